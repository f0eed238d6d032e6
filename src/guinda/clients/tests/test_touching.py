"""A contact is written once, at the price of its day, and its next step can be found."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError

from guinda.base.refusals import Refusal
from guinda.clients.models import Channel, ChannelPrice, Client, Competitor, Supply, Touch
from guinda.clients.tests.book import NOW, city, company, person
from guinda.clients.touching import log
from tests.races import at_once

KEY = UUID(int=7)


@pytest.fixture
def here(db):
    made = city()
    for day, minute in ((date(2026, 1, 1), 900), (date(2026, 6, 25), 1200)):
        ChannelPrice.objects.create(
            channel="call", currency="RUB", from_date=day, minute_minor=minute, each_minor=50
        )
    return made


def call(client: Client, here, key=KEY, now=NOW, **said) -> Touch:
    facts = {"channel": Channel.CALL, "outcome": Touch.Outcome.REACHED, "by": "staff:vera"}
    return log(key=key, client=client, city=here, now=now, **{**facts, **said})


def test_it_costs_its_minutes_its_channel_and_what_was_given_away(here):
    made = call(person(), here, minutes=4, given_minor=10_000)
    assert (made.cost_minor, made.currency) == (4 * 900 + 50 + 10_000, "RUB")


def test_the_price_of_the_citys_day_holds(here):
    evening = datetime(2026, 6, 24, 21, 30, tzinfo=UTC)  # half past midnight of the 25th in Moscow
    assert call(person(), here, now=evening, minutes=1).cost_minor == 1250


def test_a_channel_without_a_price_costs_what_was_given(here):
    assert call(person(), here, channel=Channel.VISIT, minutes=30, given_minor=5).cost_minor == 5


def test_sent_twice_it_is_one_touch(transactional_db):
    here, client = city(), person()
    assert len(set(at_once([lambda: call(client, here).pk] * 8))) == 1
    assert Touch.objects.count() == 1


def test_a_day_without_a_step_is_refused(here):
    with pytest.raises(Refusal, match="next_step_missing"):
        call(person(), here, next_date=date(2026, 7, 1))
    assert not Touch.objects.exists()


def test_nobody_is_logged_under_a_client_who_is_gone(here):
    kept, gone = person(1), person(2)
    gone.merged_into = kept
    with pytest.raises(Refusal, match="not_in_the_book"):
        call(gone, here, key=uuid4())


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "person", "phone": "+79160000001", "size": 5},
        {"kind": "person", "phone": None},
        {"kind": "person", "phone": "8916"},
    ],
)
def test_the_database_knows_what_a_client_is(db, facts):
    with pytest.raises(IntegrityError):
        Client.objects.create(since_at=NOW, **facts)


def test_a_company_needs_no_telephone_and_a_person_may_be_known_by_e_mail(db):
    company(size=300)
    person(1, phone=None, email="lena@example.org")
    person(2, phone=None, email="vera@example.org")
    assert Client.objects.filter(phone=None).count() == 3


def test_what_is_bought_and_from_whom_is_said_once(db):
    firm, other = company(), Competitor.objects.create(name="The other orchard")
    Supply.objects.create(company=firm, what="fruit for the office", competitor=other)
    Supply.objects.create(company=firm, what="fruit for the office")
    with pytest.raises(IntegrityError, match="supply_once"):
        Supply.objects.create(company=firm, what="fruit for the office")
