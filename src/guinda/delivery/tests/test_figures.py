"""The day's figures add up, by the city's clocks, at a constant price."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guinda.base import clock
from guinda.delivery import dispatcher
from guinda.delivery.figure_queries import days
from guinda.delivery.models import Shift, Task
from guinda.delivery.tests.test_board import staff
from guinda.delivery.tests.world import NOW, World, after


def delivered(world: World, courier, *, late_minutes: float) -> None:
    task = world.assigned(courier)
    ended_at = task.promised_at + timedelta(minutes=late_minutes)
    Task.objects.filter(pk=task.pk).update(state="delivered", ended_at=ended_at)


def test_the_promise_lateness_and_minutes_of_a_day(world: World):
    anna = world.courier("Anna")
    for late_minutes in (-5, 0, 4, 10):
        delivered(world, anna, late_minutes=late_minutes)
    today, yesterday, *_rest = days(city=world.city, now=after(hours=1))
    assert (today.date.isoformat(), today.delivered, today.kept_percent) == ("2026-07-01", 4, 50)
    assert today.late_minutes == pytest.approx(7)
    assert today.courier_minutes == pytest.approx(15), "an hour on duty for four bags"
    assert (yesterday.delivered, yesterday.kept, yesterday.courier_minutes) == (0, None, None)


def test_a_shift_over_midnight_counts_on_both_days(world: World):
    anna = world.courier("Anna")
    midnight = after(hours=9)  # in Moscow
    for hours in (8.5, 9.5):
        task = world.assigned(anna)
        Task.objects.filter(pk=task.pk).update(state="delivered", ended_at=after(hours=hours))
    Shift.objects.update(started_at=after(hours=8), ended_at=after(hours=10), ends_at=after(hours=11))
    last, first, *_rest = days(city=world.city, now=midnight + timedelta(hours=2))
    assert (first.delivered, first.courier_minutes, last.delivered, last.courier_minutes) == (1, 60, 1, 60)


def test_rounds_are_counted_with_their_time(world: World):
    world.courier("Anna")
    world.task()
    dispatcher.plan_all(now=NOW)
    [today, *_rest] = days(city=world.city, now=after(minutes=1))
    assert today.rounds == 1
    assert 0 <= today.solver_ms <= today.round_ms


@pytest.mark.parametrize("bags", [1, 4])
def test_the_page_costs_the_same_for_many_bags(world: World, monkeypatch, django_assert_num_queries, bags):
    monkeypatch.setattr(clock, "now", lambda: after(hours=1))
    anna = world.courier("Anna")
    for _ in range(bags):
        delivered(world, anna, late_minutes=1)
    client = staff("view_task")
    with django_assert_num_queries(8):  # session, account, two for permissions; city; bags, duty, rounds
        page = client.get("/dispatch/moscow/figures/", headers={"accept-language": "ru"})
    assert page.status_code == 200
    assert "0,0 %" in page.content.decode()
    assert staff().get("/dispatch/moscow/figures/").status_code == 403
