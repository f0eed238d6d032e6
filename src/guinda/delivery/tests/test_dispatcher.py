from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections

from guinda.delivery import applying, dispatcher, services
from guinda.delivery.applying import Change
from guinda.delivery.dispatcher import plan_all
from guinda.delivery.fleet import PREPARE_S, couriers_of, rides
from guinda.delivery.listeners import order_cancelled, order_confirmed
from guinda.delivery.models import Shift, Task
from guinda.delivery.promises import CHANCE, FleetPromiser
from guinda.delivery.tests.world import CENTRE, FAR, NOW, World, after, order_of
from guinda.journal.models import Event
from guinda.journal.services import announce
from guinda.orders.models import Order
from guinda.orders.services import cancel
from guinda.places import travel


def in_threads(*works):
    """Run each in a thread of its own at once; give their results, or raise what one of them raised."""
    barrier, results, errors = threading.Barrier(len(works)), {}, []

    def run(number, work):
        try:
            barrier.wait(10)
            results[number] = work()
        except Exception as error:  # noqa: BLE001 - raised again below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    if errors:
        raise errors[0]
    return [results[number] for number in range(len(works))]


def test_an_order_placed_is_announced_planned_and_assigned(world: World):
    anna = world.courier("Anna")
    placed = world.order()
    announce(now=NOW)
    assert plan_all(now=NOW) == 1
    task = Task.objects.get(order__code=placed.code)
    assert (task.state, task.courier, task.position, task.assigned_at) == ("assigned", anna, 1, NOW)
    assert task.ready_at == NOW + timedelta(seconds=PREPARE_S)
    assert task.ready_at <= task.leaves_at < task.expected_at <= task.promised_at
    event = Event.objects.get(kind="task.assigned")
    assert (event.ref, event.data["courier"], event.by) == (placed.code, anna.pk, "dispatcher")
    assert event.announcement.due_at == NOW


def test_hearing_twice_of_an_order_makes_one_task(world: World):
    world.courier("Anna")
    task = world.task()
    event = Event.objects.get(kind="order.confirmed")
    order_confirmed(event, after(seconds=5))
    assert Task.objects.get() == task
    assert Task.objects.get().ready_at == NOW + timedelta(seconds=PREPARE_S)


def test_an_order_that_ended_before_it_was_announced_gets_no_task(world: World):
    world.courier("Anna")
    placed = world.order()
    cancel(
        order=Order.objects.get(code=placed.code), reason="changed mind", by="client", now=after(seconds=1)
    )
    announce(now=after(seconds=2))
    assert not Task.objects.exists()


def test_a_card_order_gets_its_task_only_when_it_is_paid(world: World):
    world.courier("Anna")
    world.order(pay="card")
    announce(now=NOW)
    assert not Task.objects.exists()


def test_a_cancelled_order_takes_its_task_along_and_a_carried_bag_stays(world: World):
    anna = world.courier("Anna")
    task, other = world.assigned(anna), world.assigned(anna)
    services.picked_up(courier=anna, task=services.task_of(courier=anna, task_id=other.pk), now=NOW)
    cancel(order=order_of(task), reason="", by="client", now=after(seconds=9))
    announce(now=after(seconds=9))
    task.refresh_from_db()
    assert (task.state, task.ended_at) == ("cancelled", after(seconds=9))
    order_cancelled(Event(kind="order.cancelled", ref=order_of(other).code, at=NOW), NOW)
    other.refresh_from_db()
    assert other.state == "carried"


def test_a_round_with_nothing_new_costs_one_query(world: World, django_assert_num_queries):
    world.courier("Anna")
    world.task()
    plan_all(now=NOW)
    plan_all(now=after(seconds=1))
    with django_assert_num_queries(1):
        assert plan_all(now=after(seconds=2)) == 0


def test_the_expected_time_is_renewed_while_the_bag_is_late(world: World):
    anna = world.courier("Anna")
    task = world.task()
    plan_all(now=NOW)
    services.see(courier=anna, place=None, now=after(minutes=20))
    plan_all(now=after(minutes=20))
    before = task.expected_at
    task.refresh_from_db()
    assert before is None
    assert task.expected_at > after(minutes=20)
    assert Event.objects.filter(kind="task.assigned").count() == 1


@pytest.mark.parametrize("tasks", [1, 6])
def test_a_round_costs_as_many_queries_for_many_tasks_as_for_one(
    world: World, django_assert_num_queries, tasks
):
    world.courier("Anna")
    world.courier("Boris")
    for _ in range(tasks):
        world.task()
    # fingerprints, lock; savepoint in and out, couriers, tasks, rulings, demand; savepoint in and out, one write, the round
    with django_assert_num_queries(12):
        assert plan_all(now=NOW) == tasks


def test_a_silent_courier_loses_what_was_not_picked_up(world: World):
    anna, boris = world.courier("Anna"), world.courier("Boris", at=FAR)
    first, second = world.assigned(anna), world.assigned(anna, position=2)
    services.picked_up(courier=anna, task=services.task_of(courier=anna, task_id=first.pk), now=NOW)
    later = after(seconds=301)
    services.see(courier=boris, place=None, now=later)
    plan_all(now=later)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.courier, first.state) == (anna, "carried")
    assert (second.courier, second.state, second.assigned_at) == (boris, "assigned", later)


def test_without_anybody_a_task_waits_again_and_the_journal_says_so(world: World):
    anna = world.courier("Anna")
    task = world.task()
    plan_all(now=NOW)
    plan_all(now=after(seconds=301))
    task.refresh_from_db()
    assert (task.state, task.courier, task.position, task.expected_at) == ("waiting", None, 0, None)
    assert Event.objects.get(kind="task.released").data["before"] == anna.pk


def test_nobody_is_sent_for_an_order_that_has_just_been_cancelled(world: World):
    world.courier("Anna")
    task = world.task()
    cancel(order=order_of(task), reason="", by="client", now=NOW)
    assert plan_all(now=NOW) == 0  # though the cancellation is not announced yet


def test_a_task_stays_with_its_courier_when_another_comes_a_little_nearer(world: World):
    anna = world.courier("Anna", at=CENTRE)
    task = world.task()
    plan_all(now=NOW)
    boris = world.courier("Boris", at=world.store.point)
    plan_all(now=after(seconds=10))
    task.refresh_from_db()
    assert task.courier == anna
    Shift.objects.filter(courier=anna).update(lat=FAR.lat, lon=FAR.lon)
    plan_all(now=after(seconds=20))
    task.refresh_from_db()
    assert task.courier == boris


def test_what_changed_since_the_snapshot_is_left_alone(world: World):
    """The planner saw Anna's task assigned; she has picked it up meanwhile."""
    anna, boris = world.courier("Anna"), world.courier("Boris")
    task = world.assigned(anna)
    stale = Change(task.pk, "assigned", anna.pk, 0, boris.pk, 1, after(minutes=5), after(minutes=9))
    services.picked_up(courier=anna, task=services.task_of(courier=anna, task_id=task.pk), now=NOW)
    assert applying.write([stale], now=NOW) == 0
    task.refresh_from_db()
    assert (task.courier, task.state) == (anna, "carried")


def test_two_planners_at_once_assign_each_task_once(real_world: World):
    for name in ("Anna", "Boris", "Clara"):
        real_world.courier(name)
    for _ in range(5):
        real_world.task()
    rounds = in_threads(*[lambda: dispatcher.plan_city(city_id="moscow", now=NOW)] * 4)
    assert sum(each.changed for each in rounds if each) == 5
    assert Event.objects.filter(kind="task.assigned").count() == 5
    assert Task.objects.filter(state="assigned", courier__isnull=False).count() == 5


def test_picking_up_while_the_planner_gives_the_task_away(real_world: World):
    """Either Anna has the bag, or Boris has the task and Anna was told: never both, and the order follows the bag."""
    anna, boris = real_world.courier("Anna"), real_world.courier("Boris")
    for _ in range(8):
        task = real_world.assigned(anna)
        give_away = Change(task.pk, "assigned", anna.pk, 0, boris.pk, 1, after(minutes=5), after(minutes=9))

        def pick_up(task=task):
            return services.tap(courier=anna, key=uuid4(), kind="picked_up", task_id=task.pk, now=NOW)

        answer, given = in_threads(pick_up, lambda change=give_away: applying.write([change], now=NOW))
        task.refresh_from_db()
        state = order_of(task).state
        assert answer["ok"] != bool(given)
        assert (task.courier, task.state, state) == (
            (anna, "carried", "handed") if answer["ok"] else (boris, "assigned", "confirmed")
        )


def test_a_promise_is_never_earlier_than_a_courier_can_ride(world: World):
    for name, at, mode in (("Anna", FAR, "foot"), ("Boris", CENTRE, "bicycle"), ("Clara", FAR, "car")):
        world.courier(name, at=at, mode=mode)
    times = travel.get()
    for door in (CENTRE, FAR, world.store.point):
        placed = world.order(door=door)
        couriers = couriers_of(city_id="moscow", now=NOW)
        order = Order.objects.get(code=placed.code)
        modes = [each.mode for each in couriers]
        to_store = rides(times, modes, [each.place for each in couriers], [order.store.point])[:, 0]
        to_door = rides(times, modes, [order.store.point] * len(couriers), [door])[:, 0]
        least_s = min(max(int(a), PREPARE_S) + int(b) for a, b in zip(to_store, to_door, strict=True))
        assert placed.promised_at >= NOW + timedelta(seconds=least_s)
        assert placed.promised_at.second == placed.promised_at.microsecond == 0
        announce(now=NOW)
    plan_all(now=NOW)
    for task in Task.objects.all():
        assert task.expected_at <= task.promised_at


def test_more_work_promises_later_and_nobody_on_duty_promises_nothing(world: World):
    def ask():
        return FleetPromiser().promise(
            city_id="moscow",
            stores={world.store.pk: world.store.point},
            door=CENTRE,
            weight_g=1000,
            now=NOW,
        )

    assert ask() == {}
    world.courier("Anna", carries_g=5000)
    idle = ask()[world.store.pk]
    assert idle.chance == CHANCE
    assert idle.door_at <= after(minutes=15)  # honest, not inflated to half an hour
    world.task()
    waiting = ask()[world.store.pk]
    plan_all(now=NOW)
    assigned = ask()[world.store.pk]
    assert idle.door_at < waiting.door_at
    assert idle.door_at < assigned.door_at
    Shift.objects.update(ends_at=after(seconds=60))
    assert ask() == {}


def test_nobody_strong_enough_promises_nothing(world: World):
    world.courier("Anna", carries_g=900)
    asked = {"city_id": "moscow", "stores": {world.store.pk: world.store.point}, "door": CENTRE, "now": NOW}
    assert FleetPromiser().promise(weight_g=1000, **asked) == {}
    assert FleetPromiser().promise(weight_g=900, **asked)


def test_orders_that_nobody_was_told_of_yet_count_too(world: World):
    world.courier("Anna")
    first, second, third = (
        world.order(door=door, pay=pay) for door, pay in ((CENTRE, "cash"), (FAR, "card"), (CENTRE, "cash"))
    )
    assert first.promised_at < second.promised_at < third.promised_at


def test_what_a_silent_courier_will_lose_counts_too(world: World):
    world.assigned(world.courier("Anna"))
    boris = world.courier("Boris")

    def ask():
        stores = {world.store.pk: world.store.point}
        return (
            FleetPromiser()
            .promise(city_id="moscow", stores=stores, door=CENTRE, weight_g=1000, now=NOW)[world.store.pk]
            .door_at
        )

    before = ask()
    Shift.objects.exclude(courier=boris).update(seen_at=after(seconds=-301))
    assert ask() > before


def test_a_promise_costs_two_queries_however_much_there_is_to_do(world: World, django_assert_num_queries):
    world.courier("Anna")
    world.courier("Boris")
    for _ in range(4):
        world.task()
    with django_assert_num_queries(2):
        FleetPromiser().promise(
            city_id="moscow",
            stores={store.pk: store.point for store in (world.store, world.far_store)},
            door=CENTRE,
            weight_g=100,
            now=NOW,
        )
