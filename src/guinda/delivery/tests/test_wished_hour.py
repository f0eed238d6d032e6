"""Tomorrow's orders wait in the books: they move no courier, no promise and no minute of today."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from guinda.delivery import dispatcher
from guinda.delivery.board_queries import boards
from guinda.delivery.dispatcher import plan_all
from guinda.delivery.fleet import NEAR_S
from guinda.delivery.listeners import PREPARE_S
from guinda.delivery.models import Shift, Task
from guinda.delivery.promises import FleetPromiser
from guinda.delivery.tests.world import CENTRE, FAR, NOW, World
from guinda.delivery.track_queries import standings
from guinda.journal.services import announce
from guinda.orders.models import Order
from guinda.orders.quotes import quote_for
from guinda.orders.services import Ahead, Door, Who, place

WISHED = NOW + timedelta(hours=8)
STARTS = WISHED - timedelta(hours=1)


def wish(world: World, door=FAR) -> Task:
    chosen = quote_for(city=world.city, bowl={"rainier": 500}, door=door, wished_at=WISHED, now=NOW)
    ahead = Ahead(start_at=STARTS, pay_by=STARTS)
    facts = {"door": Door("Wished 1"), "pay": "cash", "who": Who(), "source": "test", "now": NOW}
    placed = place(key=uuid4(), quote=chosen, ahead=ahead, **facts)
    announce(now=NOW)
    return Task.objects.get(order__code=placed.code)


def promised(world: World):
    stores = {world.store.pk: world.store.point}
    ask = {"city_id": world.city.pk, "stores": stores, "door": CENTRE, "weight_g": 500}
    return FleetPromiser().promise(now=NOW, **ask)


def test_the_office_sees_the_task_and_nobody_is_sent(world: World):
    world.courier("Anna")
    task = wish(world)
    assert task.ready_at == STARTS + timedelta(seconds=PREPARE_S)
    assert plan_all(now=NOW) == 0
    assert Task.objects.get().state == Task.State.WAITING


def test_it_is_planned_when_its_hour_is_near_though_nothing_else_changed(world: World):
    world.courier("Anna")
    task = wish(world)
    near = task.ready_at - timedelta(seconds=NEAR_S)
    for shift in Shift.objects.all():
        shift.seen_at, shift.ends_at = near, WISHED + timedelta(hours=1)
        shift.save()
    assert plan_all(now=near) == 0
    assert plan_all(now=near + timedelta(seconds=1)) == 1
    task.refresh_from_db()
    assert task.state == Task.State.ASSIGNED
    assert task.ready_at <= task.leaves_at <= task.expected_at <= WISHED


def test_the_board_has_it_from_when_the_planner_sees_it(world: World):
    task, city = wish(world), world.city.pk
    near = task.ready_at - timedelta(seconds=NEAR_S)
    assert not boards(city_ids=[city], now=near)[city].tasks
    shown = boards(city_ids=[city], now=near + timedelta(seconds=1))[city].tasks
    assert [each["id"] for each in shown] == [task.pk]


@pytest.mark.parametrize("announced", [True, False])
def test_a_promise_of_now_is_the_same_with_and_without_it(world: World, announced):
    world.courier("Anna")
    before = promised(world)
    for _ in range(5):
        wish(world)
    if not announced:
        Task.objects.all().delete()
    assert promised(world) == before


def test_todays_plan_is_the_same_with_and_without_it(world: World):
    world.courier("Anna")
    task = world.task()
    plan_all(now=NOW)
    task.refresh_from_db()
    alone = (task.courier_id, task.leaves_at, task.expected_at)
    Task.objects.filter(pk=task.pk).update(state=Task.State.WAITING, courier=None, expected_at=None)
    for _ in range(5):
        wish(world, door=CENTRE)
    dispatcher.forget()
    plan_all(now=NOW)
    task.refresh_from_db()
    assert (task.courier_id, task.leaves_at, task.expected_at) == alone


def test_its_page_says_the_day_and_not_a_thousand_minutes(world: World, client, monkeypatch):
    order = Order.objects.get(pk=wish(world).order_id)
    assert standings(codes=[order.code], now=NOW)[order.code].stage == "planned"
    assert standings(codes=[order.code], now=STARTS)[order.code].stage == "making"
    monkeypatch.setattr("guinda.base.clock.now", lambda: NOW)
    page = client.get(order.get_absolute_url()).content.decode()
    assert "For Wednesday 1 July" in page
    assert "data-minutes" not in page
    assert "<b data-by>23:00</b>" in page
