"""Pin, forbid, undo: who said it stays known, the planner obeys, and nothing can be said that can't be done."""

from __future__ import annotations

import pytest

from guinda.base.refusals import Refusal
from guinda.delivery import dispatcher, rulings, services
from guinda.delivery.models import Reason, Ruling, Shift, Task
from guinda.delivery.tests.test_dispatcher import in_threads
from guinda.delivery.tests.world import FAR, NOW, World, after, order_of
from guinda.journal.models import Event


def planned(task: Task, *, now=NOW):
    dispatcher.plan_all(now=now)
    task.refresh_from_db()
    return task.courier


def live() -> set[tuple[str, str]]:
    return {(each.kind, each.courier.name) for each in Ruling.objects.filter(undone_at=None)}


def test_the_planner_obeys_a_pin_until_it_is_undone(world: World):
    anna, boris = world.courier("Anna"), world.courier("Boris", at=FAR)
    task = world.task()
    assert planned(task) == anna
    pin = rulings.pin(task_id=task.pk, courier=boris, by="staff:vera", now=after(seconds=1))
    assert planned(task, now=after(seconds=2)) == boris
    rulings.undo(ruling=pin, by="staff:oleg", now=after(seconds=3))
    rulings.undo(ruling=pin, by="staff:vera", now=after(seconds=4))
    assert planned(task, now=after(seconds=5)) == anna
    pin.refresh_from_db()
    assert (pin.by, pin.at, pin.undone_by, pin.undone_at) == (
        "staff:vera",
        after(seconds=1),
        "staff:oleg",
        after(seconds=3),
    )
    told = Event.objects.filter(kind__in=["task.pinned", "task.unruled"]).order_by("pk")
    assert [(each.kind, each.by, each.ref) for each in told] == [
        ("task.pinned", "staff:vera", order_of(task).code),
        ("task.unruled", "staff:oleg", order_of(task).code),
    ]


def test_the_planner_obeys_a_forbidding_even_of_a_courier_at_the_store(world: World):
    anna = world.courier("Anna", at=world.store.point)
    boris = world.courier("Boris", at=FAR)
    task = world.task()
    assert planned(task) == anna
    Shift.objects.filter(courier=boris).update(lat=world.store.lat, lon=world.store.lon)
    assert planned(task, now=after(seconds=1)) == anna, "who is at the store keeps the bag"
    rulings.forbid(task_id=task.pk, courier=anna, by="staff:vera", now=after(seconds=2))
    assert planned(task, now=after(seconds=3)) == boris
    rulings.forbid(task_id=task.pk, courier=boris, by="staff:vera", now=after(seconds=4))
    assert planned(task, now=after(seconds=5)) is None


def test_the_newest_word_counts_and_said_twice_is_said_once(world: World):
    anna, boris = world.courier("Anna"), world.courier("Boris")
    task = world.task()
    first = rulings.pin(task_id=task.pk, courier=anna, by="staff:vera", now=NOW)
    assert rulings.pin(task_id=task.pk, courier=anna, by="staff:oleg", now=NOW) == first
    assert live() == {("pin", "Anna")}
    rulings.forbid(task_id=task.pk, courier=anna, by="staff:vera", now=NOW)
    assert live() == {("forbid", "Anna")}
    rulings.pin(task_id=task.pk, courier=boris, by="staff:vera", now=NOW)
    assert live() == {("forbid", "Anna"), ("pin", "Boris")}
    rulings.pin(task_id=task.pk, courier=anna, by="staff:vera", now=NOW)
    assert live() == {("pin", "Anna")}
    task.refresh_from_db()
    assert task.rulings == 4


def test_a_pin_rests_while_its_courier_is_silent(world: World):
    anna, boris = world.courier("Anna"), world.courier("Boris", at=FAR)
    task = world.task()
    rulings.pin(task_id=task.pk, courier=anna, by="staff:vera", now=NOW)
    assert planned(task) == anna
    services.see(courier=boris, place=None, now=after(seconds=301))
    assert planned(task, now=after(seconds=301)) == boris
    services.see(courier=anna, place=None, now=after(seconds=310))
    assert planned(task, now=after(seconds=310)) == anna


def test_what_cannot_be_done_is_refused_and_changes_nothing(world: World):
    anna, off = world.courier("Anna"), world.courier("Boris", on_duty=False)
    carried, task = world.assigned(anna), world.task()
    services.picked_up(courier=anna, task=services.task_of(courier=anna, task_id=carried.pk), now=NOW)
    for code, said in (
        ("off_duty", lambda: rulings.pin(task_id=task.pk, courier=off, by="x", now=NOW)),
        ("task_left", lambda: rulings.pin(task_id=carried.pk, courier=anna, by="x", now=NOW)),
        ("task_left", lambda: rulings.forbid(task_id=carried.pk, courier=anna, by="x", now=NOW)),
        ("no_task", lambda: rulings.forbid(task_id=task.pk + 99, courier=anna, by="x", now=NOW)),
    ):
        with pytest.raises(Refusal, match=f"^{code}$"):
            said()
    assert not Ruling.objects.exists()
    assert not Task.objects.exclude(rulings=0).exists()


def test_ten_people_pin_at_once_and_one_pin_holds(real_world: World):
    couriers = [real_world.courier(name) for name in ("Anna", "Boris", "Clara", "Dora", "Egor")]
    task = real_world.task()
    in_threads(
        *[
            lambda each=each: rulings.pin(task_id=task.pk, courier=each, by="staff:vera", now=NOW)
            for each in couriers * 2
        ]
    )
    assert len(live()) == 1
    task.refresh_from_db()
    assert task.rulings == Ruling.objects.count()
    [(_kind, name)] = live()
    assert planned(task).name == name


def test_each_assignment_keeps_its_reason_with_the_second_best(world: World):
    anna, boris = world.courier("Anna"), world.courier("Boris", at=FAR)
    task = world.task()
    planned(task)
    [reason] = Reason.objects.all()
    assert (reason.task, reason.courier, reason.second) == (task, anna, boris)
    assert reason.second_cost > reason.cost
    assert sum(reason.parts.values()) == pytest.approx(reason.cost)
    dispatcher.plan_all(now=after(seconds=30))
    assert Reason.objects.count() == 1, "a plan that changes nothing has no new reasons"
    rulings.forbid(task_id=task.pk, courier=anna, by="staff:vera", now=after(seconds=31))
    planned(task, now=after(seconds=32))
    assert Reason.objects.latest("pk").courier == boris
