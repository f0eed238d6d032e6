"""Where orders are expected is learnt from the same hour of past days, and idle couriers are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guinda.delivery import demand, dispatcher, queries
from guinda.delivery.models import Shift, Task
from guinda.delivery.tests.world import NOW, World, after
from guinda.solvers.dispatch import Move, Plan


def past(world: World, *, days: int, hours: float = 0.5, orders: int = 1, courier=None) -> None:
    """Orders delivered so many days ago, ready at this time of the day plus `hours`, from the near store."""
    for _ in range(orders):
        task = world.task(weight_g=50)
        Task.objects.filter(pk=task.pk).update(
            store=world.store, state="delivered", courier=courier, ready_at=NOW - timedelta(days=days, hours=-hours),
            ended_at=NOW - timedelta(days=days, hours=-hours - 0.4),
        )  # fmt: skip


def test_the_same_hour_of_past_days_is_what_is_expected(world: World):
    anna = world.courier("Anna")
    past(world, days=1, orders=3, courier=anna)
    past(world, days=2, orders=1, courier=anna)
    past(world, days=2, hours=5, orders=4, courier=anna)
    past(world, days=9, orders=2, courier=anna)
    [found] = demand.expected(city_id="moscow", now=NOW)
    assert (found.store_id, found.point) == (world.store.pk, world.store.point)
    assert found.orders == pytest.approx(2.0), "four orders in two days"
    assert demand.expected(city_id="moscow", now=after(hours=3)) == [], "another hour"


def test_it_is_counted_every_few_minutes_only(world: World, django_assert_num_queries):
    demand.expected(city_id="moscow", now=NOW)
    with django_assert_num_queries(0):
        demand.expected(city_id="moscow", now=after(minutes=9))
    with django_assert_num_queries(1):
        demand.expected(city_id="moscow", now=after(minutes=10))


def test_an_idle_courier_is_told_where_to_wait_until_it_no_longer_pays(world: World):
    anna, boris = world.courier("Anna"), world.courier("Boris")
    plan = Plan((), (), moves=(Move(anna.pk, 0),))
    stores = {0: world.store.pk}
    wishes = demand.wishes_of(plan, stores, {anna.pk: None, boris.pk: world.far_store.pk})
    assert wishes == {anna.pk: world.store.pk, boris.pk: None}
    demand.send(wishes)
    assert queries.day(courier=anna, now=NOW)["shift"]["wait_at"]["name"] == world.store.title
    assert queries.day(courier=boris, now=NOW)["shift"]["wait_at"] is None
    assert demand.wishes_of(plan, stores, {anna.pk: world.store.pk}) == {}, "told once"


def test_a_round_sends_couriers_where_orders_are_expected(world: World):
    anna = world.courier("Anna", at=world.far_store.point, mode="foot")
    past(world, days=1, orders=40, courier=anna)
    world.courier("Boris", at=world.far_store.point)
    world.courier("Clara", at=world.far_store.point)
    world.task(door=world.far_store.point)
    dispatcher.forget()
    dispatcher.plan_all(now=NOW)
    sent = Shift.objects.exclude(wait_at=None)
    assert {each.wait_at_id for each in sent} == {world.store.pk}
    busy = set(Task.objects.filter(state="assigned").values_list("courier_id", flat=True))
    assert not {each.courier_id for each in sent} & busy, "who has a bag is not sent elsewhere"
