"""The book finds a client by any part of what is known, and its page writes a contact down once."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from guinda.clients.merging import merge
from guinda.clients.models import Client, Contact, Touch
from guinda.clients.search import SHOWN, found
from guinda.clients.tests.book import NOW, city, company, person


@pytest.mark.parametrize(
    "asked", ["ЖАН", "анн", "жанна козл", "+7 (916) 000-00-01", "60000001", "0001", "Zhanna@", "ж"]
)
def test_any_part_finds(db, asked):
    wanted = person(1, name="Жанна Козлова", email="zhanna@example.org")
    person(2222, name="Пётр", email="petr@example.org")
    assert found(asked) == [wanted]


def test_a_company_is_found_by_its_people(db):
    firm = company("North orchard")
    Contact.objects.create(company=firm, name="The buyer", phone="+79165550000")
    assert found("buyer") == found("5550") == found("orch") == [firm]


COMMON = """
INSERT INTO clients_client (phone, name, language, since_at)
SELECT '+7999' || lpad(n::text, 7, '0'), CASE WHEN n < 12000 THEN 'Борис Ибрагимов' ELSE 'Somebody else' END, 'ru', now()
FROM generate_series(1, 14000) n
"""


def test_who_shares_every_piece_with_thousands_is_found(db):
    wanted = person(1, name="Борис Ибрагимов")
    with connection.cursor() as cursor:
        cursor.execute(COMMON)
        cursor.execute("ANALYZE clients_client")
    assert len(found("борис ибрагимов")) == len(found("else")) == SHOWN
    assert found("борис 60000001") == [wanted]
    assert found("борис else") == []


def test_the_telephone_of_a_merged_client_finds_the_kept_one(db):
    a, b = person(1), person(2222)
    merge(kept_id=a.pk, gone_id=b.pk, by="x", now=NOW)
    assert found("2222") == [a]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.text(max_size=12))
@example("%%%")
@example("___")
@example("\\\\\\")
@example("\x00abc")
@example("' OR 1=1 --")
def test_whatever_is_typed_is_searched_literally(db, asked):
    Client.objects.all().delete()
    wanted = person(1, name=f"Жанна {asked}".replace("\x00", "")[:100])
    hits = found(asked)
    assert hits in ([], [wanted])
    if len(asked) >= 3 and asked.isascii() and asked.isalpha():
        assert hits == [wanted]


def test_a_contact_is_written_down_once_and_its_next_step_is_shown(office):
    city()
    buyer = person(1, name="Жанна")
    client = office("view_client", "add_touch")
    url = reverse("client", args=[buyer.pk])
    said = {
        "key": uuid4(),
        "channel": "call",
        "outcome": "later",
        "minutes": 3,
        "next_step": "call about jam",
    }
    for _ in range(2):
        assert client.post(url, said).status_code == 302
    assert Touch.objects.get().by == "staff:vera"
    assert "call about jam" in client.get(url).content.decode()


def test_what_is_refused_stays_filled_in(office):
    city()
    buyer = person(1)
    said = {
        "key": uuid4(),
        "channel": "call",
        "outcome": "later",
        "minutes": 3,
        "next_date": "2026-07-01",
        "note": "kept",
    }
    page = office("view_client", "add_touch").post(reverse("client", args=[buyer.pk]), said)
    assert page.status_code == 409
    assert "kept" in page.content.decode()
    assert not Touch.objects.exists()


def test_who_only_looks_writes_nothing_and_strangers_see_nothing(office):
    city()
    buyer = person(1)
    url, said = (
        reverse("client", args=[buyer.pk]),
        {"key": uuid4(), "channel": "call", "outcome": "later", "minutes": 3},
    )
    office("view_client").post(url, said)
    assert not Touch.objects.exists()


@pytest.mark.parametrize("name", ["clients", "client"])
def test_without_permission_the_book_is_closed(office, name):
    args = [person(1).pk] if name == "client" else []
    assert office().get(reverse(name, args=args)).status_code == 403


def test_a_merged_clients_page_leads_to_the_kept(office):
    a, b = person(1), person(2)
    merge(kept_id=a.pk, gone_id=b.pk, by="x", now=NOW)
    page = office("view_client").get(reverse("client", args=[b.pk]))
    assert page.url == reverse("client", args=[a.pk])
