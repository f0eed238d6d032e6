"""The client hears of each step once, in their language, on their city's clock, and of nothing that is no longer so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from guinda.base.messages import GSM, GSM_DOUBLE, parts
from guinda.clients.models import Client, Message
from guinda.clients.sending import claim
from guinda.delivery import services, telling
from guinda.delivery.models import Task
from guinda.delivery.telling import key, tell_late, text
from guinda.delivery.tests.world import NOW, World, after, order_of
from guinda.delivery.track_services import cancel, rate
from guinda.journal.models import Announcement, Event
from guinda.journal.services import announce
from guinda.orders.models import Order
from tests.races import at_once

Purpose, State = Message.Purpose, Message.State


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://shop.example"


@pytest.fixture
def anna(world: World):
    """Somebody on duty, so that a time can be promised."""
    return world.courier("Anna")


def heard(order: Order) -> dict[str, str]:
    """Purpose and state of what was written about an order."""
    rows = Message.objects.filter(key__startswith=f"order:{order.code}:").order_by("pk")
    return dict(rows.values_list("purpose", "state"))


def words(order: Order, purpose: Message.Purpose) -> str:
    return Message.objects.get(key=key(order.code, purpose)).text


def carried(world: World, anna) -> Task:
    task = world.assigned(anna)
    services.picked_up(courier=anna, task=task, now=after(minutes=5))
    announce(now=after(minutes=5))
    return task


def test_an_orders_way_is_told_step_by_step(world: World, anna):
    task = carried(world, anna)
    order = order_of(task)
    assert heard(order) == {"confirmed": State.WAITING, "on_the_way": State.WAITING}
    url = f"https://shop.example/track/{order.code}/"
    assert words(order, Purpose.CONFIRMED) == (
        f"Guinda: your order is confirmed and will be with you by {_clock(order.promised_at)}."
        f" Code for the courier: {order.spoken_code}. {url}"
    )
    assert words(order, Purpose.ON_THE_WAY) == (
        f"Guinda: the courier is on the way, at your door about {_clock(task.expected_at)}."
        f" Code for the courier: {order.spoken_code}. {url}"
    )
    services.delivered(
        courier=task.courier, task=task, spoken_code=order.spoken_code, note="", now=after(minutes=20)
    )
    announce(now=after(minutes=20))
    assert heard(order) == {
        "confirmed": State.LAPSED,
        "on_the_way": State.LAPSED,
        "delivered": State.WAITING,
    }
    assert words(order, Purpose.DELIVERED).endswith(url)


def _clock(at) -> str:
    return f"{(telling.whole_minute(at) + timedelta(hours=3)):%H:%M}"  # Moscow


def test_told_twice_it_is_one_message_each(world: World, anna):
    task = carried(world, anna)
    for event in Event.objects.filter(ref=order_of(task).code):
        Announcement.objects.create(event=event, due_at=NOW)
    announce(now=after(minutes=6))
    assert Message.objects.count() == 2


def test_what_happened_meanwhile_is_not_told_any_more(world: World, anna):
    """The worker was away: it hears of everything at once."""
    task = world.assigned(anna)
    order = order_of(task)
    Message.objects.all().delete()
    Announcement.objects.bulk_create(
        Announcement(event=event, due_at=NOW) for event in Event.objects.filter(ref=order.code)
    )
    services.picked_up(courier=anna, task=task, now=after(minutes=5))
    services.delivered(courier=anna, task=task, spoken_code=order.spoken_code, note="", now=after(minutes=9))
    announce(now=after(minutes=60))
    assert heard(order) == {"delivered": State.WAITING}


def test_a_cancelled_order_is_not_announced_as_coming(world: World, anna):
    task = world.task()
    order = order_of(task)
    cancel(order=order, now=NOW)
    announce(now=NOW)
    assert heard(order) == {"confirmed": State.LAPSED}


def test_who_rated_already_is_not_asked_in_the_morning(world: World, anna):
    task = carried(world, anna)
    order = order_of(task)
    late_at_night = after(hours=9)
    services.delivered(courier=task.courier, task=task, spoken_code="", note="neighbour", now=late_at_night)
    announce(now=late_at_night)
    morning = Message.objects.get(key=key(order.code, Purpose.DELIVERED)).due_at
    assert morning.hour == 6  # nine in Moscow
    order.refresh_from_db()
    rate(order=order, fruit=5, kindness=5, word="", now=after(hours=10))
    announce(now=after(hours=10))
    assert heard(order)["delivered"] == State.LAPSED


def test_who_left_no_telephone_hears_nothing(world: World, anna):
    order = order_of(world.task())
    Message.objects.all().delete()
    Order.objects.filter(pk=order.pk).update(phone="")
    Announcement.objects.create(event=Event.objects.get(ref=order.code), due_at=NOW)
    announce(now=NOW)
    assert tell_late(now=after(hours=3)) == 0
    assert not Message.objects.exists()


def test_a_message_that_cannot_be_written_holds_up_no_order(world: World, anna, caplog):
    placed = world.order()
    Order.objects.filter(code=placed.code).update(phone="not a number")
    announce(now=NOW)
    assert Task.objects.get(order__code=placed.code).state == Task.State.WAITING
    assert not Message.objects.exists()
    assert "No message of order.confirmed" in caplog.text


def test_a_known_client_is_spoken_to_in_their_own_language(world: World, anna):
    client = Client.objects.create(phone="+74951234567", language="ru", since_at=NOW)
    placed = world.order()
    Order.objects.filter(code=placed.code).update(client=client, language="en")
    announce(now=NOW)
    row = Message.objects.get()
    assert (row.language, row.client) == ("ru", client)
    assert "заказ" in row.text


@pytest.mark.parametrize(
    ("expected_min", "at_min", "told"),
    [(0, 1, 0), (5, 1, 0), (6, 1, 1), (None, 1, 0), (None, 2, 0), (None, 40, 1), (3, 40, 1)],
)
def test_a_delay_is_told_when_it_is_one(world: World, expected_min, at_min, told):
    """Minutes of the plan after the promise, and when it is looked at."""
    task = world.assigned(world.courier("Anna"))
    expected_at = None if expected_min is None else task.promised_at + timedelta(minutes=expected_min)
    Task.objects.filter(pk=task.pk).update(expected_at=expected_at)
    assert tell_late(now=after(minutes=at_min)) == told
    assert tell_late(now=after(minutes=at_min + 1)) == 0
    assert ("late" in heard(order_of(task))) is bool(told)


def test_the_apology_says_the_new_time_and_what_the_client_may_do(world: World):
    task = world.assigned(world.courier("Anna"))
    order = order_of(task)
    expected_at = task.promised_at + timedelta(minutes=17)
    Task.objects.filter(pk=task.pk).update(expected_at=expected_at)
    tell_late(now=NOW)
    said = words(order, Purpose.LATE)
    assert "sorry" in said
    assert _clock(expected_at) in said
    assert "cancel it or hand it back: you owe nothing" in said


def test_a_delay_is_told_once_by_however_many_workers(real_world: World):
    real_world.courier("Anna")
    task = real_world.task()
    late = task.promised_at + timedelta(minutes=30)
    assert sorted(at_once([lambda: tell_late(now=late)] * 6)) == [0] * 5 + [1]
    assert Message.objects.filter(purpose=Purpose.LATE).count() == 1


def test_looking_for_delays_costs_one_query(world: World, anna):
    world.task()
    for orders in (1, 4):
        for _ in range(orders):
            world.task()
        with CaptureQueriesContext(connection) as queries:
            assert tell_late(now=NOW) == 0
        assert len(queries) == 1


def test_what_is_waited_for_at_night_is_told_at_night(world: World, anna):
    night = after(hours=10)  # one in the night in Moscow
    placed = world.order()
    Order.objects.filter(code=placed.code).update(promised_at=night + timedelta(minutes=30))
    announce(now=night)
    assert claim(now=night).key == key(placed.code, Purpose.CONFIRMED)


@pytest.mark.parametrize(("language", "usual", "late"), [("en", 1, 2), ("es", 1, 2), ("ru", 2, 3)])
def test_each_message_fits_into_few_short_ones(world: World, anna, language, usual, late):
    """And has no letter outside of GSM's alphabet in English and Spanish. The address is as long as a usual one."""
    order = order_of(world.task())
    with override(language):
        said = {
            purpose: text(order, purpose, by=NOW)
            for purpose in (Purpose.CONFIRMED, Purpose.ON_THE_WAY, Purpose.DELIVERED)
        }
        apologies = [text(order, Purpose.LATE, by=by) for by in (NOW, None)]
    assert {purpose: parts(sentence) for purpose, sentence in said.items()} == dict.fromkeys(said, usual)
    assert [parts(sentence) for sentence in apologies] == [late, late]
    if language != "ru":
        assert set("".join([*said.values(), *apologies])) <= GSM | GSM_DOUBLE
