"""Promises learn from how they went: what was predicted is kept, and the margin follows the errors."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from guinda.delivery import dispatcher, promises
from guinda.delivery.models import Level, Margin, Prediction, Task
from guinda.delivery.prediction import Earliest
from guinda.delivery.promises import CHANCE, FleetPromiser, Kind, Known, learn, promised
from guinda.delivery.tests.test_dispatcher import in_threads
from guinda.delivery.tests.world import CENTRE, NOW, World, after
from guinda.solvers.promise import STEP

HOUR = 15  # by Moscow's clocks


def ask(world: World, door=CENTRE, now=NOW):
    stores = {world.store.pk: world.store.point}
    return FleetPromiser().promise(city_id="moscow", stores=stores, door=door, weight_g=1000, now=now)[
        world.store.pk
    ]


def history(world: World, errors_s: list[int]) -> None:
    """One order after the other, each with its error."""
    anna = world.courier("Anna")
    for number, late_s in enumerate(errors_s):
        task = world.task(door=world.store.point, weight_g=50)
        Task.objects.filter(pk=task.pk).update(
            state="delivered", courier=anna, ended_at=task.prediction.door_at + timedelta(seconds=late_s)
        )
        assert number < 10_000


def test_what_was_predicted_is_the_promise_less_its_margin(world: World):
    world.courier("Anna")
    task = world.task()
    kept = task.prediction
    assert (kept.hour, kept.band) == (HOUR, 0)
    assert kept.door_at == task.promised_at - timedelta(seconds=promises.MARGIN_S)
    promises._known["moscow"] = Known(NOW, ZoneInfo("Europe/Moscow"), {Kind(HOUR, 2): 77})
    second = world.task()
    assert second.prediction.band == 2, "one open bag for the one courier on duty"
    assert second.prediction.door_at == second.promised_at - timedelta(seconds=77)


def test_an_order_heard_of_twice_is_predicted_once(world: World):
    world.courier("Anna")
    task = world.task()
    from guinda.delivery.listeners import order_confirmed
    from guinda.journal.models import Event

    order_confirmed(Event.objects.get(kind="order.confirmed"), after(minutes=9))
    assert Prediction.objects.get().door_at == task.prediction.door_at


def test_margins_follow_the_errors_and_keep_the_aim(world: World, settings):
    settings.PROMISE_AIM = 0.9
    history(world, [60 * number for number in range(30)])
    naive = ask(world)
    assert naive.chance == CHANCE
    assert learn(now=after(days=1)) == 24 * 4
    one = Margin.objects.get(hour=HOUR, band=0)
    assert (one.margin_s, one.errors) == (60 * 27, 30), "the 28th smallest of 30: ceil(31 * 0.9)"
    promises.forget()
    learnt = ask(world)
    assert learnt.chance == 0.9
    assert learnt.door_at > naive.door_at
    assert learn(now=after(days=1)) == Margin.objects.count(), "learning again replaces"
    assert learn(now=after(days=60)) == 0, "what is long ago teaches nothing"


def test_a_process_sees_newer_margins_within_a_minute(world: World):
    world.courier("Anna")
    before = ask(world).door_at
    for band in range(4):
        Margin.objects.create(city=world.city, hour=HOUR, band=band, margin_s=3000, errors=99, made_at=NOW)
    assert ask(world, now=after(seconds=59)).chance == CHANCE
    assert ask(world, now=after(seconds=60)).door_at > before + timedelta(minutes=30)


def test_no_promise_is_sooner_than_anybody_could_be_there(settings):
    settings.PROMISE_AIM = 0.95
    soon = Earliest(door_at_s=int(NOW.timestamp()) + 900, ride_s=600, least_s=400)
    assert promised(soon, -3600, NOW).door_at == after(minutes=7)
    assert promised(soon, 0, NOW).door_at == after(minutes=15)
    assert promised(soon, 1, NOW).door_at == after(minutes=16), "whole minutes, rounded up"


def test_the_order_is_tried_in_the_trip_that_is_planned(world: World):
    """It comes with the bags Anna has not fetched yet while the trip has room, else after her whole round."""
    world.courier("Anna")
    door_at = []
    for _ in range(3):
        world.task()
        dispatcher.plan_all(now=NOW)
        Task.objects.update(leaves_at=after(minutes=6), expected_at=after(minutes=20))
        door_at.append(ask(world).door_at)
    assert door_at[0] == door_at[1] < door_at[2]


def test_each_promise_steers_the_level_once(world: World, settings):
    settings.PROMISE_AIM = 0.9
    learn(now=NOW)
    assert Level.objects.get().above_aim == 0
    history(world, [0] * 10)
    Task.objects.update(ended_at=after(seconds=1))
    Task.objects.filter(pk__in=Task.objects.order_by("pk")[:3]).update(ended_at=after(hours=5))
    learn(now=after(hours=6))
    once = Level.objects.get().above_aim
    assert once == pytest.approx(STEP * (3 * 0.9 - 7 * 0.1))
    learn(now=after(hours=6))
    learn(now=after(hours=1))
    assert Level.objects.get().above_aim == once, "counted already; a clock set back counts nothing again"
    settings.PROMISE_AIM = 0.8
    assert promises._steer("moscow", after(hours=6)) == pytest.approx(0.8 + once), (
        "another aim is another level at once"
    )


def test_workers_who_learn_at_once_count_each_promise_once(real_world: World, settings):
    settings.PROMISE_AIM = 0.9
    learn(now=NOW)
    history(real_world, [0] * 3)
    Task.objects.update(ended_at=after(hours=5))
    in_threads(*[lambda: learn(now=after(hours=6))] * 8)
    assert Level.objects.get().above_aim == pytest.approx(STEP * 3 * 0.9)
