"""After the door: one rating, and the same again in one tap that is one order however often it is tapped."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from guinda.delivery.models import Rating
from guinda.delivery.tests.track_world import _promiser, at, city, real_city  # noqa: F401 - fixtures
from guinda.journal.models import Event
from guinda.orders.models import Order
from guinda.orders.services import hand_over
from guinda.stock.models import Holding
from tests.world import NOW

RATING = {"fruit": "5", "kindness": "4", "word": "  Sweet! "}


def offer(client, order):
    """The fields of the button "The same again" as the page shows them."""
    page = client.get(f"/track/{order.code}/").content.decode()
    return dict(re.findall(r'name="(key|quote)" value="([^"]+)"', page))


def at_once(*jobs):
    start = threading.Barrier(len(jobs))

    def run(job):
        start.wait()
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


def test_a_rating_is_kept_and_journaled(client, city):
    order = city.delivered()
    assert client.post(f"/track/{order.code}/rate/", RATING).status_code == 302
    rating = Rating.objects.get()
    assert (rating.fruit, rating.kindness, rating.word, rating.rated_at) == (5, 4, "Sweet!", NOW)
    event = Event.objects.get(kind="order.rated")
    assert (event.ref, event.by, event.data["kindness"]) == (order.code, "client", 4)
    assert "Thank you for your rating" in client.get(f"/track/{order.code}/").content.decode()


def test_the_first_rating_stays(client, city):
    order = city.delivered()
    client.post(f"/track/{order.code}/rate/", RATING)
    second = client.post(f"/track/{order.code}/rate/", RATING | {"fruit": "1"})
    assert second.status_code == 409
    assert "rated this order already" in second.content.decode()
    assert Rating.objects.get().fruit == 5
    assert Event.objects.filter(kind="order.rated").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_ratings_at_once_are_one(real_city):
    order = real_city.delivered()
    taps = [partial(Client().post, f"/track/{order.code}/rate/", RATING) for _tap in range(6)]
    answers = at_once(*taps)
    assert sorted(each.status_code for each in answers) == [302, 409, 409, 409, 409, 409]
    assert Rating.objects.count() == 1


@pytest.mark.parametrize("stage", ["paying", "making", "riding", "cancelled"])
def test_only_what_was_delivered_is_rated(client, city, stage):
    order = getattr(city, stage)()
    assert client.post(f"/track/{order.code}/rate/", RATING).status_code == 409
    assert not Rating.objects.exists()


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"fruit": "6"},
        {"fruit": "0"},
        {"kindness": "five"},
        {"fruit": ""},
        {"word": "x" * 301},
        {"word": "a\0b"},
        {"fruit": "٣"},
    ],
)
def test_a_broken_rating_loses_nothing_and_says_what_is_missing(client, city, broken):
    order = city.delivered()
    answer = client.post(
        f"/track/{order.code}/rate/", {**RATING, "word": "Kept <b>", **broken} if broken else {}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "errorlist" in page
    if broken and "word" not in broken:
        assert "Kept &lt;b&gt;" in page
    assert not Rating.objects.exists()


def test_the_same_again_states_price_and_time_and_keeps_them(client, city):
    order = city.delivered()
    page = client.get(f"/track/{order.code}/").content.decode()
    assert "712, at your door by 12:30" in page
    answer = client.post(f"/track/{order.code}/again/", offer(client, order))
    fresh = Order.objects.exclude(pk=order.pk).get()
    assert answer["Location"] == f"/track/{fresh.code}/"
    assert (fresh.source, fresh.state, fresh.total_minor) == (
        f"again:{order.pk}",
        "confirmed",
        order.total_minor,
    )
    assert (fresh.street, fresh.flat, fresh.lat, fresh.lon) == (
        order.street,
        order.flat,
        order.lat,
        order.lon,
    )
    assert fresh.payments.get().variant == "cash"
    assert Event.objects.filter(kind="order.confirmed", ref=fresh.code, by=f"again:{order.pk}").exists()


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_is_one_order(real_city):
    order = real_city.delivered()
    fields = offer(Client(), order)
    taps = [partial(Client().post, f"/track/{order.code}/again/", fields) for _tap in range(6)]
    assert len({each["Location"] for each in at_once(*taps)}) == 1
    assert taps[0]()["Location"] == f"/track/{Order.objects.exclude(pk=order.pk).get().code}/"


def test_a_lapsed_offer_shows_the_new_one_and_asks_again(client, city, at):
    order = city.delivered()
    fields = offer(client, order)
    at(minutes=6)
    answer = client.post(f"/track/{order.code}/again/", fields)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "have lapsed" in page
    assert "at your door by 12:36" in page
    assert Order.objects.count() == 1
    fresh = dict(re.findall(r'name="(key|quote)" value="([^"]+)"', page))
    assert client.post(f"/track/{order.code}/again/", fresh).status_code == 302


def test_sold_out_says_so_and_what_can_be_done(client, city):
    order = city.delivered()
    fields = offer(client, order)
    Holding.objects.update(held_g=0, on_hand_g=100)
    answer = client.post(f"/track/{order.code}/again/", fields)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "sold out" in page
    assert "choose another bowl at the nearest panel" in page
    assert page.count("sold out") == 1
    assert Order.objects.count() == 1


def test_no_courier_is_said_before_anybody_taps(client, city, settings):
    order = city.delivered()
    settings.PROMISER = "guinda.delivery.tests.track_world.Nobody"
    page = client.get(f"/track/{order.code}/").content.decode()
    assert "No courier is free just now" in page
    assert 'name="quote"' not in page


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"key": "1", "quote": "x"},
        {"key": str(uuid4())},
        {"key": str(uuid4()), "quote": "a" * 20_000},
        {"key": "\0", "quote": "\0"},
    ],
)
def test_a_form_that_is_not_ours_leads_back_to_the_page(client, city, fields):
    order = city.delivered()
    assert client.post(f"/track/{order.code}/again/", fields)["Location"] == f"/track/{order.code}/#again"


def test_a_forged_offer_is_refused(client, city):
    order, other = city.delivered(), city.world.order({"lapins": 100})
    for quote in ("forged", "🍒", city.world.quote({"lapins": 1000}).token()):
        answer = client.post(f"/track/{order.code}/again/", {"key": str(uuid4()), "quote": quote})
        assert answer.status_code == 422
    assert set(Order.objects.values_list("pk", flat=True)) == {order.pk, other.pk}


def test_a_page_starts_only_so_many_bowls_an_hour(client, city):
    order = city.delivered()
    answers = [client.post(f"/track/{order.code}/again/", offer(client, order)).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]


def test_forms_of_a_stranger_are_refused_by_csrf(city):
    strict = Client(enforce_csrf_checks=True)
    order = city.delivered()
    for verb in ("rate", "again", "cancel"):
        assert strict.post(f"/track/{order.code}/{verb}/", RATING).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_cancel_and_pick_up_at_once_have_one_winner(real_city):
    for _round in range(4):
        order = real_city.assigned()
        tap = partial(Client().post, f"/track/{order.code}/cancel/")
        pick_up = partial(hand_over, order=Order.objects.get(pk=order.pk), by="courier:vera", now=NOW)
        cancelled, picked_up = at_once(tap, pick_up)
        state = Order.objects.get(pk=order.pk).state
        assert (cancelled.status_code, picked_up, state) in {(302, False, "cancelled"), (409, True, "handed")}
