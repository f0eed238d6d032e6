"""A plan made from facts that are no longer so changes nothing wrongly, and one worker plans a city at a time."""

from __future__ import annotations

import threading
from contextlib import suppress
from uuid import uuid4

import pytest
from django.db import connection, connections

from guinda.base.refusals import Refusal
from guinda.catalog.models import Lot
from guinda.catalog.recalls import recall
from guinda.delivery import applying, dispatcher, fleet, leading, rulings, services
from guinda.delivery.applying import Change
from guinda.delivery.listeners import order_cancelled
from guinda.delivery.models import Round, Shift, Task
from guinda.delivery.tests.test_dispatcher import in_threads
from guinda.delivery.tests.world import NOW, World, after, order_of
from guinda.journal.models import Event
from guinda.journal.services import announce
from guinda.orders.services import cancel


def given(task: Task, to, *, seen=None, rulings_seen: int = 0) -> Change:
    """What a planner wishes who saw the task with `seen` (nobody: waiting)."""
    state, before = ("assigned", seen.pk) if seen else ("waiting", None)
    return Change(
        task.pk, state, before, rulings_seen, to.pk if to else None, 1, after(minutes=5), after(minutes=9)
    )


def test_a_snapshot_is_one_instant_whatever_commits_between_its_queries(real_world: World, monkeypatch):
    anna = real_world.courier("Anna")
    task = real_world.task()
    read = fleet.couriers_of

    def others_go_on(**asked):
        found = read(**asked)
        in_threads(lambda: Task.objects.filter(pk=task.pk).update(rulings=7), real_world.task)
        return found

    monkeypatch.setattr(fleet, "couriers_of", others_go_on)
    facts = fleet.look(city_id="moscow", now=NOW)
    assert [(each.key, each.rulings) for each in facts.work] == [(task.pk, 0)]
    assert [each.key for each in facts.couriers] == [anna.pk]
    assert Task.objects.count() == 2


def test_no_transaction_is_open_and_no_row_locked_while_the_planner_thinks(real_world: World, monkeypatch):
    anna = real_world.courier("Anna")
    task = real_world.assigned(anna)
    think = dispatcher.dispatch.plan

    def slowly(snapshot):
        assert not connection.in_atomic_block
        [answer] = in_threads(
            lambda: services.tap(courier=anna, key=uuid4(), kind="picked_up", task_id=task.pk, now=NOW)
        )
        assert answer["ok"]
        return think(snapshot)

    monkeypatch.setattr(dispatcher.dispatch, "plan", slowly)
    made = dispatcher.plan_city(city_id="moscow", now=NOW)
    task.refresh_from_db()
    assert (made.changed, task.state, task.position) == (0, "carried", 1)


def test_a_round_that_wrote_less_than_it_wished_is_followed_by_another_at_once(world: World, monkeypatch):
    world.courier("Anna")
    world.task()
    write = applying.write
    monkeypatch.setattr(dispatcher.applying, "write", lambda changes, *, now: 0)
    assert dispatcher.plan_all(now=NOW) == 0
    monkeypatch.setattr(dispatcher.applying, "write", write)
    assert dispatcher.plan_all(now=NOW) == 1
    assert list(Round.objects.order_by("pk").values_list("wished", "changed")) == [(1, 0), (1, 1)]


def ends_shift(world, task, anna, boris):
    services.end_shift(courier=boris, now=NOW)


def is_cancelled(world, task, anna, boris):
    cancel(order=order_of(task), reason="", by="client", now=NOW)


def is_recalled(world, task, anna, boris):
    recall(lots=Lot.objects.all(), by="staff:vera", now=NOW)
    announce(now=NOW)


def is_pinned(world, task, anna, boris):
    rulings.pin(task_id=task.pk, courier=anna, by="staff:vera", now=NOW)


def is_forbidden(world, task, anna, boris):
    rulings.forbid(task_id=task.pk, courier=boris, by="staff:vera", now=NOW)


MEANWHILE = [ends_shift, is_cancelled, is_recalled, is_pinned, is_forbidden]


@pytest.mark.parametrize("happens", MEANWHILE)
def test_what_happened_since_the_snapshot_is_respected(world: World, happens):
    anna, boris = world.courier("Anna"), world.courier("Boris")
    task = world.task()
    happens(world, task, anna, boris)
    assert applying.write([given(task, boris)], now=NOW) == 0
    task.refresh_from_db()
    assert task.courier is None
    assert not Event.objects.filter(kind="task.assigned").exists()


@pytest.mark.parametrize("happens", MEANWHILE)
def test_what_happens_while_the_plan_is_written_is_respected(real_world: World, happens):
    """Whoever comes second sees the first: nobody off duty, ruled out or cancelled keeps a bag after both are through."""
    anna, boris = real_world.courier("Anna"), real_world.courier("Boris")
    for _ in range(6):
        Shift.objects.filter(courier=boris).update(ended_at=None)
        task = real_world.task()
        in_threads(
            lambda task=task: applying.write([given(task, boris)], now=NOW),
            lambda task=task: happens(real_world, task, anna, boris),
        )
        announce(now=after(seconds=1))
        task.refresh_from_db()
        if happens is ends_shift:
            assert (task.state, task.courier) == ("waiting", None)
        elif happens in {is_cancelled, is_recalled}:
            assert task.state == "cancelled"
            if happens is is_recalled:
                break  # there is nothing left to sell
        else:
            dispatcher.plan_city(city_id="moscow", now=after(seconds=1))
            task.refresh_from_db()
            assert (task.state, task.courier) == ("assigned", anna)


class Rush:
    """The planner plans all the time while couriers tap and clients cancel."""

    def __init__(self, world: World) -> None:
        self.couriers = [world.courier(name) for name in ("Anna", "Boris", "Clara")]
        self.tasks = [world.task() for _ in range(18)]
        self.over = threading.Event()
        self.took: dict[int, int] = {}

    def plans(self) -> None:
        seconds = 0
        while not self.over.is_set():
            seconds += 1
            dispatcher.plan_city(city_id="moscow", now=after(seconds=seconds))
        connections.close_all()

    def carries(self, courier) -> None:
        for task in self.tasks:
            answer = services.tap(courier=courier, key=uuid4(), kind="picked_up", task_id=task.pk, now=NOW)
            if answer["ok"]:
                assert self.took.setdefault(task.pk, courier.pk) == courier.pk

    def cancels(self) -> None:
        for task in self.tasks[::4]:
            with suppress(Refusal):
                cancel(order=order_of(task), reason="", by="client", now=NOW)


def test_a_city_in_which_everything_moves_at_once_stays_true(real_world: World):
    """Tasks follow their orders, and bags their tappers."""
    rush = Rush(real_world)
    planner = threading.Thread(target=rush.plans)
    planner.start()
    try:
        for _ in range(3):
            in_threads(*[lambda each=each: rush.carries(each) for each in rush.couriers], rush.cancels)
    finally:
        rush.over.set()
        planner.join(30)
    for event in Event.objects.filter(kind="order.cancelled"):
        order_cancelled(event, NOW)
    wanted = {"confirmed": {"waiting", "assigned"}, "handed": {"carried"}, "cancelled": {"cancelled"}}
    for task in Task.objects.select_related("order"):
        assert task.state in wanted[task.order.state]
        assert (task.pk in rush.took) == (task.state == "carried")
        assert task.courier_id == rush.took.get(task.pk, task.courier_id)
    assert rush.took


def test_one_connection_leads_a_city_until_it_is_gone(real_world: World):
    """As with two workers: the second plans nothing while the first lives, and everything once its session has ended."""
    real_world.courier("Anna")
    real_world.task()
    assert leading.lead("moscow")
    assert in_threads(lambda: leading.lead("moscow")) == [False]
    assert in_threads(lambda: leading.lead("kazan")) == [True]
    assert in_threads(lambda: dispatcher.plan_city(city_id="moscow", now=NOW)) == [None]
    connection.close()
    [made] = in_threads(lambda: dispatcher.plan_city(city_id="moscow", now=NOW))
    assert made.changed == 1
    assert leading.lead("moscow"), (
        "a closed connection leads nothing, though this process once led by another"
    )
