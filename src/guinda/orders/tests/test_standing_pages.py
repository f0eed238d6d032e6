"""The pages of a standing order open to their client alone, in three languages, and every button does what it says."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guinda.base import clock
from guinda.clients.models import Client, Message
from guinda.orders.standing.models import StandingOrder, Visit
from guinda.orders.tests.standing_world import (
    DAILY,
    WEDNESDAY,
    Regular,
    empty,
    local,
    placed,
    visit_of,
    work,
)
from tests.world import NOW

THURSDAY = WEDNESDAY + timedelta(days=1)
EVENING = local(24, 17)
POSTS = ("pause", "resume", "2026-06-25/skip", "2026-06-25/bring", "2026-06-25/wait", "2026-06-25/choose")


@pytest.fixture(autouse=True)
def at(monkeypatch):
    def set_to(now):
        monkeypatch.setattr(clock, "now", lambda: now)

    set_to(NOW)
    return set_to


@pytest.fixture
def she(world) -> Regular:
    return Regular(world)


def page_of(client, standing, **options):
    return client.get(standing.get_absolute_url(), **options).content.decode()


def post(client, standing, what, data=None):
    return client.post(f"/standing/{standing.code}/{what}/", data or {})


def new(client, order, **data):
    facts = {"key": str(uuid4()), "days": ["0", "3"], "hour": "18", "pay": "cash", **data}
    return client.post(f"/standing/new/{order.code}/", facts)


@pytest.mark.parametrize("language", ["en", "es", "ru"])
@pytest.mark.parametrize("path", ["{page}", "{page}change/", "{page}end/", "/standing/new/{order}/"])
def test_each_page_opens_in_each_language(client, she, language, path):
    standing, order = she.makes(days=DAILY), she.order()
    empty(she.world, "kordia")
    work(EVENING)
    address = path.format(page=standing.get_absolute_url(), order=order.code)
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    assert "noindex" in answer["X-Robots-Tag"]


@pytest.mark.parametrize("code", ["x", "A" * 22, "..", "%00", "é" * 22, "A" * 300])
def test_a_stranger_finds_nothing(client, she, code):
    standing = she.makes()
    before = list(StandingOrder.objects.values())
    for path in ("", "change/", "end/"):
        assert client.get(f"/standing/{code}/{path}").status_code == 404
    for path in (*POSTS, "change", "end"):
        assert client.post(f"/standing/{code}/{path}/").status_code == 404
    assert client.get(f"/standing/new/{code}/").status_code == 404
    assert client.get(f"/standing/{standing.pk}/").status_code == 404
    assert list(StandingOrder.objects.values()) == before


def test_one_clients_code_does_not_reach_anothers_day(client, she):
    mine, theirs = she.makes(), Regular(she.world, phone="+79160000002").makes(days=DAILY)
    friday = THURSDAY + timedelta(days=1)
    answer = post(client, mine, f"{friday}/skip")
    assert answer.status_code == 404
    assert visit_of(theirs, friday).state == Visit.State.PLANNED


def test_what_only_looks_changes_nothing(client, she):
    standing = she.makes(days=DAILY)
    for path in POSTS:
        assert client.get(f"/standing/{standing.code}/{path}/").status_code == 405
    client.get(f"/standing/{standing.code}/end/")
    standing.refresh_from_db()
    assert standing.live
    assert set(standing.visits.values_list("state", flat=True)) == {"planned"}


def test_from_the_tracking_page_with_a_known_client(client, she):
    order = she.order()
    answer = new(client, order)
    standing = StandingOrder.objects.get()
    assert answer["Location"] == standing.get_absolute_url()
    assert (standing.client, standing.weekdays, standing.hour) == (she.client, [0, 3], 18)
    assert "Mon, Thu by 18:00" in page_of(client, standing)
    assert client.get(f"/standing/new/{order.code}/")["Location"] == standing.get_absolute_url()


def test_an_unknown_client_proves_the_telephone_first(client, she):
    order = she.world.order()
    assert "Your telephone" in client.get(f"/standing/new/{order.code}/").content.decode()
    asked = {"key": str(uuid4()), "phone": "8 916 765 43 21"}
    answer = new(client, order, **asked)
    assert "six digits" in answer.content.decode()
    assert not StandingOrder.objects.exists()
    wrong = new(client, order, **asked, code="000000")
    assert wrong.status_code == 403
    assert not StandingOrder.objects.exists()
    code = re.search(r"\d{6}", Message.objects.get(purpose="code").text)[0]
    new(client, order, **asked, code=code)
    assert StandingOrder.objects.get().client == Client.objects.get(phone="+79167654321")


@pytest.mark.parametrize(
    "bad",
    [
        {"days": []}, {"days": ["7"]}, {"days": ["-1"]}, {"hour": "3"}, {"hour": "x"}, {"pay": "gold"}, {"key": "1"},
    ],
)  # fmt: skip
def test_a_form_that_can_not_be_is_said_beside_its_fields(client, she, bad):
    answer = new(client, she.order(), **bad)
    assert answer.status_code == 422
    assert not StandingOrder.objects.exists()


def test_skip_and_bring_after_all(client, she):
    standing = she.makes()
    answer = post(client, standing, f"{THURSDAY}/skip")
    assert answer["Location"] == f"{standing.get_absolute_url()}#day-2026-06-25"
    assert "Skipped: nothing comes." in page_of(client, standing)
    post(client, standing, f"{THURSDAY}/bring")
    assert "Planned. We order it Wed 24 June, 17:00." in page_of(client, standing)


def test_the_question_states_each_price_and_the_answer_is_ordered(client, she, at):
    standing = she.makes()
    empty(she.world, "kordia")
    work(EVENING)
    at(EVENING)
    page = page_of(client, standing)
    assert "There is not enough Kordia (500 g) for you." in page
    assert 'name="for_kordia" value="lapins:89000"' in page
    assert "445" in page
    assert "checked" not in page, "nothing is chosen for the client"
    post(client, standing, f"{THURSDAY}/choose", {"for_kordia": "lapins:89000"})
    page = page_of(client, standing)
    assert "Ordered: your fruit is kept for you." in page
    assert "Lapins 500\u00a0g" in page
    assert placed(standing)[0].get_absolute_url() in page


@pytest.mark.parametrize(
    "data", [{}, {"for_kordia": "lapins"}, {"for_kordia": "lapins:1"}, {"for_kordia": "\x00:1"}, {"for_x": "y:89000"}]
)  # fmt: skip
def test_an_answer_that_can_not_be_is_a_sentence_and_no_order(client, she, at, data):
    standing = she.makes()
    empty(she.world, "kordia")
    work(EVENING)
    at(EVENING)
    answer = post(client, standing, f"{THURSDAY}/choose", data)
    assert answer.status_code in {409, 422}
    assert 'role="alert"' in answer.content.decode()
    assert not placed(standing)


def test_wait_pause_resume_change_and_end(client, she, at):
    standing = she.makes()
    empty(she.world, "kordia")
    work(EVENING)
    at(EVENING)
    post(client, standing, f"{THURSDAY}/wait")
    assert "We wait for new fruit until Thu 25 June, 16:00" in page_of(client, standing)
    post(client, standing, "pause")
    assert "It is paused" in page_of(client, standing)
    post(client, standing, "resume")
    data = {"days": ["4"], "hour": "20", "pay": "cash", "g_rainier": "700", "g_kordia": "", "g_lapins": "0"}
    assert post(client, standing, "change", data).status_code == 302
    standing.refresh_from_db()
    assert (standing.weekdays, standing.hour) == ([4], 20)
    assert list(standing.lines.values_list("variety_id", "weight_g")) == [("rainier", 700)]
    post(client, standing, "end")
    assert "It has ended" in page_of(client, standing)
    assert client.get(f"/standing/{standing.code}/change/").status_code == 302


@pytest.mark.parametrize("grams", ["", "5", "505", "10010", "-50", "1e3", "٣٠٠", "9" * 30])
def test_a_bowl_that_can_not_be_is_refused_and_what_was_typed_stays(client, she, grams):
    standing = she.makes()
    data = {"days": ["4"], "hour": "20", "pay": "cash", "g_rainier": grams}
    answer = post(client, standing, "change", data)
    assert answer.status_code == 422
    standing.refresh_from_db()
    assert standing.hour == 18


def test_a_refusal_is_said_on_the_page(client, she):
    standing = she.makes()
    answer = post(client, standing, f"{THURSDAY}/wait")
    assert answer.status_code == 409
    assert "This day is decided already." in answer.content.decode()


def test_queries_do_not_grow_with_days_and_lines(client, she, at):
    few = she.makes(days=0b100_0000, bowl={"kordia": 100})
    many = she.makes(days=DAILY, bowl={"kordia": 100, "rainier": 100, "lapins": 100})
    work(NOW)

    def asked(standing, path=""):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(standing.get_absolute_url() + path).status_code == 200
        return len(queries)

    assert asked(few) == asked(many) <= 6
    assert asked(few, "change/") == asked(many, "change/") <= 5


def test_the_tracking_page_leads_here(client, she):
    order = she.order()
    assert f"/standing/new/{order.code}/" in client.get(order.get_absolute_url()).content.decode()
    standing = she.makes()
    work(EVENING)
    made = placed(standing)[0]
    assert client.get(f"/standing/new/{made.code}/")["Location"] == standing.get_absolute_url()
