"""The tracking page tells the truth at every stage, to its client alone."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guinda.catalog.models import Lot
from guinda.catalog.recalls import recall
from guinda.delivery.models import Shift, Task
from guinda.delivery.services import end_by_office
from guinda.delivery.tests.track_world import BOWL, STAGES, _promiser, at, city  # noqa: F401 - fixtures
from guinda.delivery.track_queries import standings
from guinda.journal.services import announce
from guinda.orders.models import Order
from tests.world import NOW

PAGES = ("", "state/", "live/", "rate/", "word/", "again/", "cancel/")
SAID = {
    "paying": "Waiting for your payment",
    "making": "Your bowl is being made ready",
    "assigned": "Vera will bring it",
    "riding": "Vera is on the way to you",
    "delivered": "It is with you",
    "failed": "We could not give you the bag",
    "cancelled": "The order is cancelled",
    "expired": "Not paid in time",
}


def look(client, order, **headers):
    return client.get(f"/track/{order.code}/", **headers)


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_says_where_the_bowl_is(client, city, stage):
    order = getattr(city, stage)()
    answer = look(client, order)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert SAID[stage] in page
    assert "Kordia" in page
    assert "500&nbsp;g" in page
    assert "Pokrovka 12" in page
    assert ("track-map-frame" in page) == (stage in {"paying", "making", "assigned", "riding"})
    assert ('id="again"' in page) == (stage in {"delivered", "failed", "cancelled", "expired"})
    assert (f"<b>{order.spoken_code}</b>" in page) == (stage in {"paying", "making", "assigned", "riding"})
    assert ("/cancel/" in page) == (stage in {"paying", "making", "assigned"})


def test_recalled_fruit_is_not_called_a_cancellation(client, city):
    order = city.making()
    recall(lots=Lot.objects.filter(lines__order=order), by="support", now=NOW)
    announce(now=NOW)
    page = look(client, order).content.decode()
    assert "We took this fruit back" in page
    assert "The order is cancelled" not in page


@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_it_opens_in_three_languages(client, city, language):
    answer = look(client, city.riding(), headers={"accept-language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


def test_a_weight_from_two_lots_is_one_portion(client, city):
    city.world.add_lot("lapins", weight_g=20, expires_at=NOW + timedelta(hours=9))
    order = city.world.order({"lapins": 300})
    assert order.lines.count() == 2
    page = look(client, order).content.decode()
    assert page.count("Lapins") == 1
    assert "300&nbsp;g" in page


def test_minutes_and_time_follow_the_plan(city):
    order = city.riding()
    found = standings(codes=[order.code], now=NOW)[order.code]
    assert (found.by, found.promised, found.minutes, found.late) == ("12:24", "12:30", 24, False)
    assert (found.courier, found.lat, found.lon) == ("Vera", 55.7595, 37.6430)


def test_a_part_of_a_minute_counts_as_one(city):
    order = city.riding()
    Task.objects.update(expected_at=NOW + timedelta(minutes=24, seconds=1))
    found = standings(codes=[order.code], now=NOW)[order.code]
    assert (found.by, found.minutes) == ("12:25", 25)


def test_late_is_said_with_the_new_time(client, city):
    order = city.riding()
    Task.objects.update(expected_at=NOW + timedelta(minutes=41))
    page = look(client, order).content.decode()
    assert "We promised 12:30 and we are late. We are sorry." in page
    assert "<b data-by>12:41</b>" in page


def test_when_the_time_has_passed_it_is_never_in_the_past(city):
    order = city.riding()
    on_time = standings(codes=[order.code], now=NOW + timedelta(minutes=29, seconds=50))[order.code]
    overdue = standings(codes=[order.code], now=NOW + timedelta(minutes=33, seconds=10))[order.code]
    assert (on_time.by, on_time.late) == ("12:30", False)
    assert (overdue.by, overdue.minutes, overdue.late) == ("12:34", 1, True)


def test_the_courier_is_seen_only_while_carrying_this_bag(city):
    for stage in ("making", "assigned", "delivered", "failed"):
        order = getattr(city, stage)()
        found = standings(codes=[order.code], now=NOW)[order.code]
        assert (found.lat, found.lon) == (None, None)
    Shift.objects.update(ended_at=NOW)
    riding = city.riding()
    assert standings(codes=[riding.code], now=NOW)[riding.code].lat is None


def test_delivered_says_whether_the_promise_was_kept(client, city):
    early, late = city.delivered(), city.delivered(at=NOW + timedelta(minutes=35))
    assert "Delivered at 12:26; we promised 12:30. Vera brought it." in look(client, early).content.decode()
    assert "We were late, and we are sorry." in look(client, late).content.decode()


def test_money_is_told_at_each_turn(client, city):
    cash, card, waiting = city.making(), city.making(pay="card"), city.paying()
    given_back, done = city.cancelled(pay="card"), city.delivered()
    assert "You pay the courier" in look(client, cash).content.decode()
    assert "Paid by card" in look(client, card).content.decode()
    assert f"/pay/{waiting.payments.get().token}/" in look(client, waiting).content.decode()
    assert "goes back to your card" in look(client, given_back).content.decode()
    assert "Paid to the courier in cash" in look(client, done).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_bowl(client, city):
    small, large = city.riding(), city.world.order(dict.fromkeys(("kordia", "rainier", "lapins"), 200))
    counts = []
    look(client, small)  # what is kept from the first look (the city's map) is there now
    for order in (small, large):
        with CaptureQueriesContext(connection) as queries:
            look(client, order)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_an_ended_page_has_a_constant_number_of_queries_too(client, city):
    order = city.delivered()
    with CaptureQueriesContext(connection) as queries:
        look(client, order)
    assert len(queries) <= 9


def test_all_streams_together_cost_one_query(city, django_assert_num_queries):
    codes = [getattr(city, stage)().code for stage in STAGES]
    with django_assert_num_queries(1):
        assert len(standings(codes=codes, now=NOW)) == len(STAGES)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "code", ["a" * 22, "%00", "%F0%9F%8D%92", "x" * 500, "..%5C..", "'--", "%22%3E%3Cscript%3E"]
)
def test_a_strangers_code_is_the_same_404(client, city, page, code):
    for answer in (client.get(f"/track/{code}/{page}"), client.post(f"/track/{code}/{page}")):
        assert answer.status_code in {404, 405}
    missing = client.get(f"/track/{code}/")
    assert missing.content == client.get("/nothing/here/").content


@pytest.mark.parametrize("page", ["", "state/", "cancel/"])
def test_nobody_keeps_or_lists_the_page(client, city, page):
    for answer in (
        client.get(f"/track/{city.making().code}/{page}"),
        client.get(f"/track/{'a' * 22}/{page}"),
    ):
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["X-Robots-Tag"].startswith("noindex")


def test_the_couriers_telephone_and_family_name_stay_ours(client, city):
    order = city.riding()
    for page in ("", "state/"):
        said = client.get(f"/track/{order.code}/{page}").content.decode()
        assert "4951112233" not in said
        assert "Pavlova" not in said


def test_the_plain_state_is_what_the_script_needs(client, city):
    order = city.riding()
    said = json.loads(client.get(f"/track/{order.code}/state/").content)
    assert said == {
        "stage": "riding", "by": "12:24", "promised": "12:30", "minutes": 24, "late": False, "courier": "Vera",
        "lat": 55.7595, "lon": 37.643, "trouble": "", "known": True, "ended": False,
    }  # fmt: skip


def test_cancel_asks_first_and_works_without_a_script(client, city):
    order = city.making(pay="card")
    asked = client.get(f"/track/{order.code}/cancel/").content.decode()
    assert "What you paid goes back to your card" in asked
    assert Order.objects.get(pk=order.pk).state == "confirmed"
    for _tap in range(2):
        assert client.post(f"/track/{order.code}/cancel/")["Location"] == f"/track/{order.code}/"
    assert Order.objects.get(pk=order.pk).state == "cancelled"
    assert order.payments.get().refunds.count() == 1


def test_cancel_when_the_courier_has_the_bag_is_refused_clearly(client, city):
    order = city.riding()
    answer = client.post(f"/track/{order.code}/cancel/")
    assert answer.status_code == 409
    assert "The courier already has your bag" in answer.content.decode()
    assert client.get(f"/track/{order.code}/cancel/")["Location"] == f"/track/{order.code}/"
    assert Order.objects.get(pk=order.pk).state == "handed"


def test_bowl_has_all_its_varieties(city):
    assert set(city.making().lines.values_list("lot__variety_id", flat=True)) == set(BOWL)


def test_what_the_office_ended_is_told_without_inventing_a_visit_or_a_minute(client, city):
    came, lost = city.riding(), city.riding(pay="card")
    for order, delivered in ((came, True), (lost, False)):
        end_by_office(
            task=Task.objects.get(order=order),
            delivered=delivered,
            reason="She called",
            by="staff:vera",
            now=NOW + timedelta(hours=2),
        )
    page = look(client, came).content.decode()
    assert "You told us that your bag has come; we promised 12:30." in page
    assert "Delivered at" not in page
    assert not standings(codes=[came.code], now=NOW)[came.code].late
    page = look(client, lost).content.decode()
    assert "Your bag will not come" in page
    assert "goes back to your card" in page
    assert "was at your door" not in page
    assert 'id="again"' in page
