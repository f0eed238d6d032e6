"""A recorded day once more: nothing is written, more couriers help, and what was changed is the only difference."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from guinda.base.points import Point
from guinda.delivery import replay
from guinda.delivery.fleet import Work
from guinda.delivery.models import Round, Task
from guinda.delivery.replay import Duty, Recorded
from guinda.delivery.tests.world import CENTRE, NOW, World, after
from guinda.places.travel import Mode
from guinda.solvers.dispatch import Rules

AWAY = Point(55.765, 37.645)
"""Half an hour there and back by bicycle, with what is done on the way."""


def day(*, orders: int, couriers: int, every_s: int = 60, ends_minutes: int = 300) -> Recorded:
    """Orders from one store, one a minute, to doors near and far."""
    work = [
        Work(
            number, "waiting", None, 0, None, None, 1, CENTRE, AWAY if number % 3 else CENTRE, 1000,
            after(seconds=number * every_s + 180), after(seconds=number * every_s + 1800), 0,
        )
        for number in range(1, orders + 1)
    ]  # fmt: skip
    duties = [
        Duty(number, Mode.BICYCLE, 12_000, NOW, after(minutes=ends_minutes), CENTRE)
        for number in range(1, couriers + 1)
    ]
    return Recorded(work, {each.key: each.ready_at - timedelta(seconds=180) for each in work}, {}, duties)


def test_every_bag_comes_no_sooner_than_it_can_and_the_same_again(db):
    made = day(orders=12, couriers=4)
    came_at = replay.run(made)
    assert set(came_at) == {each.key for each in made.work}
    for each in made.work:
        assert came_at[each.key] >= each.ready_at + timedelta(seconds=Rules().pickup_s)
    assert replay.run(made) == came_at


def test_nobody_carries_more_than_one_trip_at_a_time(db):
    """A courier is at one place at a time: alone, the doors of two trips lie at least the ride apart."""
    came_at = replay.run(day(orders=8, couriers=1, every_s=1), rules=Rules(bundle=1))
    times = sorted(came_at.values())
    assert all(b - a >= timedelta(seconds=Rules().door_s) for a, b in pairwise(times))


def test_more_couriers_keep_more_promises(db):
    few = day(orders=15, couriers=1)
    many = replay.with_couriers(few, 6)
    assert len(many.duties) == len({each.key for each in many.duties}) == 6
    few_went, many_went = (replay.outcome(each, replay.run(each)) for each in (few, many))
    assert many_went.kept > few_went.kept
    assert many_went.door_minutes < few_went.door_minutes
    assert replay.with_couriers(many, 2).duties == many.duties[:2]


def test_without_couriers_or_orders_nothing_comes(db):
    assert replay.run(day(orders=2, couriers=0)) == {}
    assert replay.run(day(orders=0, couriers=2)) == {}
    assert replay.outcome(day(orders=2, couriers=0), {}).kept == 0


def test_parameters_are_known_by_name():
    rules, weights = replay.parameters({"bundle": 2, "late": 3.5})
    assert (rules.bundle, weights.late) == (2, 3.5)
    with pytest.raises(ValueError, match="There are: pickup_s"):
        replay.parameters({"luck": 1})


def test_the_recorded_day_is_read_and_left_as_it_is(world: World):
    anna = world.courier("Anna")
    first, second = world.assigned(anna), world.task()
    Task.objects.filter(pk=first.pk).update(state="delivered", ended_at=after(minutes=21))
    recorded = replay.read(city_id="moscow", since=after(hours=-1), until=after(hours=1))
    assert recorded.came_at == {first.pk: after(minutes=21)}
    assert [each.key for each in recorded.work] == [first.pk, second.pk]
    assert [each.begins_at for each in recorded.duties] == [NOW]
    before = list(Task.objects.order_by("pk").values())
    went = replay.outcome(recorded, replay.run(recorded))
    assert (went.orders, went.delivered) == (2, 2)
    assert list(Task.objects.order_by("pk").values()) == before
    assert not Round.objects.exists()
