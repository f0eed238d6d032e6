"""What was tapped without a line counts from the tap, unless the telephone's clock can't be right."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from guinda.delivery import services
from guinda.delivery.models import Task
from guinda.delivery.tests.world import NOW, World, after
from guinda.delivery.track_queries import standings
from guinda.journal.models import Event

ARRIVED = after(minutes=55)


def tap(world_courier, kind: str, task: Task, tapped_at: datetime | None, *, now: datetime = ARRIVED) -> None:
    answer = services.tap(
        courier=world_courier,
        key=uuid4(),
        kind=kind,
        task_id=task.pk,
        note="Left with the neighbour",
        tapped_at=tapped_at,
        now=now,
    )
    assert answer == {"ok": True}


def test_delivered_in_time_without_a_line_is_delivered_in_time(world: World):
    anna = world.courier("Anna")
    task = world.assigned(anna)
    tap(anna, "picked_up", task, after(minutes=3))
    tap(anna, "delivered", task, after(minutes=8))
    task.refresh_from_db()
    assert ARRIVED > task.promised_at > after(minutes=8)
    assert (task.picked_up_at, task.ended_at) == (after(minutes=3), after(minutes=8))
    standing = standings(codes=[task.order.code], now=ARRIVED)[task.order.code]
    assert (standing.late, standing.by) == (False, "15:08")
    for kind, minutes in (("order.handed", 3), ("order.delivered", 8)):
        event = Event.objects.get(ref=task.order.code, kind=kind)
        assert (event.at, event.data["tapped_at"]) == (ARRIVED, after(minutes=minutes).isoformat())


def test_a_client_not_reached_counts_from_the_tap(world: World):
    anna = world.courier("Anna")
    task = world.assigned(anna)
    tap(anna, "picked_up", task, after(minutes=6))
    tap(anna, "cant_reach", task, after(minutes=31))
    task.refresh_from_db()
    assert (task.state, task.ended_at) == ("failed", after(minutes=31))


@pytest.mark.parametrize(
    "wrong",
    [timedelta(days=3), timedelta(days=-3), timedelta(seconds=1), timedelta(hours=-12, seconds=-1), None],
    ids=["days ahead", "days behind", "a second ahead", "too old", "not told"],
)
def test_a_clock_that_can_not_be_right_is_not_asked(world: World, wrong):
    anna = world.courier("Anna")
    task = world.assigned(anna)
    Task.objects.update(assigned_at=NOW - timedelta(days=9))
    tapped_at = wrong and ARRIVED + wrong
    tap(anna, "picked_up", task, tapped_at)
    Task.objects.update(picked_up_at=NOW - timedelta(days=9))
    tap(anna, "delivered", task, tapped_at)
    task.refresh_from_db()
    assert task.ended_at == ARRIVED
    assert Task.objects.filter(pk=task.pk, ended_at=ARRIVED).exists()


def test_a_clock_that_jumps_between_two_taps_never_turns_their_order(world: World):
    anna = world.courier("Anna")
    task = world.assigned(anna, now=NOW)
    tap(anna, "picked_up", task, after(minutes=-1))  # before the bag was given to her
    task.refresh_from_db()
    assert task.picked_up_at == ARRIVED
    tap(anna, "delivered", task, after(minutes=20), now=after(minutes=60))
    task.refresh_from_db()
    assert task.ended_at == after(minutes=60)


def test_the_edges_are_believed():
    now = after(hours=20)
    for tapped_at in (now, now - services.OLDEST_TAP):
        assert services.happened_at(tapped_at, since=None, now=now) == tapped_at
    assert services.happened_at(after(hours=19), since=after(hours=19), now=now) == after(hours=19)
