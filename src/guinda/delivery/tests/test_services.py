from __future__ import annotations

import threading
from time import sleep
from uuid import UUID, uuid4

import pytest

from guinda.base.points import Point
from guinda.base.refusals import Refusal
from guinda.delivery import services
from guinda.delivery.models import Shift, Tap, Task
from guinda.delivery.tests.test_dispatcher import in_threads
from guinda.delivery.tests.world import CENTRE, FAR, NOW, World, after, order_of
from guinda.journal.models import Event
from guinda.orders.models import Payment
from guinda.orders.services import cancel
from guinda.stock.models import Movement


def refused(code):
    return pytest.raises(Refusal, match=f"^{code}$")


def picked_up(world: World, courier, **facts) -> Task:
    task = services.task_of(courier=courier, task_id=world.assigned(courier, **facts).pk)
    services.picked_up(courier=courier, task=task, now=NOW)
    return task


def tap(courier, kind, task=None, *, key=None, now=NOW, **facts):
    return services.tap(
        courier=courier, key=key or uuid4(), kind=kind, task_id=task and task.pk, now=now, **facts
    )


def test_a_shift_starts_once_and_where_the_courier_is(world: World):
    anna = world.courier("Anna", on_duty=False)
    first = services.start_shift(courier=anna, place=FAR, now=NOW)
    assert services.start_shift(courier=anna, place=CENTRE, now=after(hours=1)) == first
    assert (first.point, first.seen_at, Shift.objects.count()) == (FAR, NOW, 1)
    assert Event.objects.filter(kind="shift.started", by=f"courier:{anna.pk}").count() == 1


def test_a_shift_forgotten_open_is_closed_by_the_next_one(world: World):
    anna = world.courier("Anna")
    again = services.start_shift(courier=anna, place=None, now=after(hours=20))
    assert again.point == world.store.point
    assert Shift.objects.exclude(pk=again.pk).get().ended_at == after(hours=8)


def test_two_telephones_start_one_shift(real_world: World):
    anna = real_world.courier("Anna", on_duty=False)
    shifts = in_threads(*[lambda: services.start_shift(courier=anna, place=None, now=NOW)] * 3)
    assert len({shift.pk for shift in shifts}) == 1


def test_ending_a_shift_gives_back_what_was_not_picked_up(world: World):
    anna = world.courier("Anna")
    task = world.assigned(anna)
    services.end_shift(courier=anna, now=after(minutes=1))
    task.refresh_from_db()
    assert (task.state, task.courier, task.leaves_at) == ("waiting", None, None)
    assert Shift.objects.get().ended_at == after(minutes=1)
    services.end_shift(courier=anna, now=after(minutes=2))
    assert Shift.objects.get().ended_at == after(minutes=1)


def test_a_shift_does_not_end_while_a_bag_is_carried(world: World):
    anna = world.courier("Anna")
    picked_up(world, anna)
    with refused("bags_left"):
        services.end_shift(courier=anna, now=NOW)
    assert Shift.objects.get().ended_at is None


def test_being_seen_moves_the_courier_and_off_duty_nobody_is_seen(world: World):
    anna = world.courier("Anna")
    assert services.see(courier=anna, place=FAR, now=after(seconds=10))
    assert services.see(courier=anna, place=None, now=after(seconds=20))
    assert (Shift.objects.get().point, Shift.objects.get().seen_at) == (FAR, after(seconds=20))
    services.end_shift(courier=anna, now=after(seconds=30))
    assert not services.see(courier=anna, place=CENTRE, now=after(seconds=40))


def test_a_bag_from_the_counter_to_the_door(world: World):
    anna = world.courier("Anna")
    task = picked_up(world, anna)
    services.picked_up(
        courier=anna, task=task, now=after(minutes=1)
    )  # once more is no error and no second sale
    assert Movement.objects.filter(reason="sale").count() == 1
    services.delivered(
        courier=anna, task=task, spoken_code=order_of(task).spoken_code, note="", now=after(minutes=9)
    )
    task.refresh_from_db()
    assert (task.state, task.picked_up_at, task.ended_at, task.code_checked) == (
        "delivered",
        NOW,
        after(minutes=9),
        True,
    )
    assert order_of(task).state == "delivered"
    assert Payment.objects.get().status == "confirmed"  # cash is money in from now on


def test_a_note_may_stand_for_the_code_and_a_wrong_code_does_not_count(world: World):
    anna = world.courier("Anna")
    task = picked_up(world, anna)
    wrong = f"{(int(order_of(task).spoken_code) + 1) % 10_000:04d}"
    for code, note, why in (
        (wrong, "", "wrong_code"),
        (wrong, "with a note", "wrong_code"),
        ("", " ", "code_or_note"),
    ):
        with refused(why):
            services.delivered(courier=anna, task=task, spoken_code=code, note=note, now=NOW)
    assert order_of(task).state == "handed"
    services.delivered(courier=anna, task=task, spoken_code="", note="Left with the concierge", now=NOW)
    task.refresh_from_db()
    assert (task.state, task.code_checked, task.note) == ("delivered", False, "Left with the concierge")


def test_a_client_who_is_not_reached(world: World):
    anna = world.courier("Anna")
    task = picked_up(world, anna)
    services.cant_reach(courier=anna, task=task, note="", now=after(minutes=30))
    task.refresh_from_db()
    assert (task.state, task.ended_at, order_of(task).state) == ("failed", after(minutes=30), "failed")
    assert Movement.objects.filter(reason="return").count() == 1


def test_what_was_not_picked_up_can_not_be_delivered(world: World):
    anna = world.courier("Anna")
    task = services.task_of(courier=anna, task_id=world.assigned(anna).pk)
    with refused("not_picked_up"):
        services.delivered(courier=anna, task=task, spoken_code=task.order.spoken_code, note="", now=NOW)
    with refused("not_picked_up"):
        services.cant_reach(courier=anna, task=task, note="", now=NOW)
    assert order_of(task).state == "confirmed"


def test_off_duty_nothing_is_picked_up(world: World):
    anna = world.courier("Anna", on_duty=False)
    world.courier("Boris")  # somebody is, else nothing would be promised
    mine = world.assigned(anna)
    with refused("no_shift"):
        services.picked_up(courier=anna, task=services.task_of(courier=anna, task_id=mine.pk), now=NOW)
    assert order_of(mine).state == "confirmed"


def test_a_cancelled_order_is_not_picked_up_and_the_courier_is_told_what_to_do(world: World):
    anna = world.courier("Anna")
    task = world.assigned(anna)
    cancel(order=order_of(task), reason="", by="client", now=NOW)
    answer = tap(anna, "picked_up", task)
    assert (answer["ok"], answer["code"]) == (False, "order_cancelled")
    assert "Leave the bag at the store" in answer["sentence"]
    task.refresh_from_db()
    assert (task.state, order_of(task).state) == ("assigned", "cancelled")
    assert not Movement.objects.filter(reason="sale").exists()


def test_somebody_elses_bag_is_as_good_as_none(world: World):
    anna, boris = world.courier("Anna"), world.courier("Boris")
    task = world.assigned(anna)
    for kind in ("picked_up", "delivered", "cant_reach"):
        assert tap(boris, kind, task)["code"] == "not_your_task"
    assert (
        services.tap(courier=boris, key=uuid4(), kind="picked_up", task_id=999_999, now=NOW)["code"]
        == "not_your_task"
    )
    assert tap(boris, "picked_up")["code"] == "no_task"
    task.refresh_from_db()
    assert (task.state, task.courier) == ("assigned", anna)


def test_the_same_tap_again_has_the_same_answer_and_no_second_effect(world: World):
    anna = world.courier("Anna")
    task, key = world.assigned(anna), uuid4()
    answers = [tap(anna, "picked_up", task, key=key, now=after(seconds=n)) for n in range(3)]
    assert answers == [{"ok": True}] * 3
    assert Movement.objects.filter(reason="sale").count() == 1
    assert Tap.objects.get().arrived_at == NOW
    refused_key = uuid4()
    first = tap(anna, "delivered", task, key=refused_key, spoken_code="")
    assert first["code"] == "code_or_note"
    assert tap(anna, "delivered", task, key=refused_key, note="now with a note") == first
    assert order_of(task).state == "handed"


def test_a_key_that_was_used_for_something_else_is_refused(world: World):
    anna, boris = world.courier("Anna"), world.courier("Boris")
    task, key = world.assigned(anna), uuid4()
    tap(anna, "picked_up", task, key=key)
    assert tap(anna, "cant_reach", task, key=key)["code"] == "key_reused"
    assert tap(boris, "picked_up", task, key=key)["code"] == "key_reused"
    assert order_of(task).state == "handed"


def test_the_same_tap_from_two_threads_counts_once(real_world: World):
    anna = real_world.courier("Anna")
    for number in range(5):
        task, key = real_world.assigned(anna), UUID(int=number + 1)

        def press(key=key, task=task):
            return tap(anna, "picked_up", task, key=key)

        assert in_threads(press, press, press) == [{"ok": True}] * 3
    assert Movement.objects.filter(reason="sale").count() == 5
    assert Tap.objects.count() == 5


def test_two_taps_with_two_keys_sell_a_bag_once(real_world: World):
    anna = real_world.courier("Anna")
    task = real_world.assigned(anna)
    answers = in_threads(*[lambda: tap(anna, "picked_up", task)] * 4)
    assert Movement.objects.filter(reason="sale").count() == 1
    assert any(answer["ok"] for answer in answers)


def test_a_tap_tells_where_the_courier_is(world: World):
    anna = world.courier("Anna")
    task = world.assigned(anna, door=Point(55.76, 37.64))
    tap(anna, "picked_up", task)
    assert Shift.objects.get().point == order_of(task).store.point != CENTRE
    tap(anna, "delivered", task, note="left at the door", now=after(minutes=5))
    assert (Shift.objects.get().point, Shift.objects.get().seen_at) == (Point(55.76, 37.64), after(minutes=5))
    tap(anna, "end_shift", now=after(minutes=6))
    tap(anna, "start_shift", place=FAR, now=after(minutes=7))
    assert Shift.objects.get(ended_at=None).point == FAR


def test_ending_the_shift_while_a_bag_is_picked_up_waits_and_is_refused(real_world: World, monkeypatch):
    anna = real_world.courier("Anna")
    task = real_world.assigned(anna)
    moved = threading.Event()
    move = services._move

    def slow(*given, **facts):
        move(*given, **facts)
        moved.set()
        sleep(0.3)  # the other telephone's tap arrives meanwhile

    monkeypatch.setattr(services, "_move", slow)
    end = in_threads(
        lambda: tap(anna, "picked_up", task), lambda: (moved.wait(10), tap(anna, "end_shift"))[1]
    )
    assert [answer.get("code", "ok") for answer in end] == ["ok", "bags_left"]
