"""A bag whose courier is silent is ended by the office, once, and its client reads the truth."""

from __future__ import annotations

from uuid import uuid4

import pytest

from guinda.base.refusals import Refusal
from guinda.delivery import services
from guinda.delivery.models import Courier, Shift, Task
from guinda.delivery.tests.test_dispatcher import in_threads
from guinda.delivery.tests.world import NOW, World, after, order_of
from guinda.journal.models import Event
from guinda.orders.models import Payment
from guinda.stock.models import Movement


def carried(world: World, courier: Courier) -> Task:
    task = services.task_of(courier=courier, task_id=world.assigned(courier).pk)
    services.picked_up(courier=courier, task=task, now=NOW)
    return task


def end(task: Task, *, delivered: bool, reason: str = "The client called", now=None) -> None:
    services.end_by_office(
        task=Task.objects.get(pk=task.pk),
        delivered=delivered,
        reason=reason,
        by="staff:vera",
        now=now or after(minutes=40),
    )


def test_the_client_says_it_came_and_no_code_is_asked_for(world: World):
    task = carried(world, world.courier("Anna"))
    Shift.objects.update(seen_at=after(hours=-1))  # the telephone is dead
    end(task, delivered=True)
    task.refresh_from_db()
    assert (task.state, task.by_office, task.code_checked, task.note) == (
        "delivered",
        True,
        False,
        "The client called",
    )
    assert (task.ended_at, order_of(task).state) == (after(minutes=40), "delivered")
    assert Payment.objects.get().status == "confirmed"  # the courier took the cash
    event = Event.objects.get(kind="order.delivered")
    assert (event.by, event.data["reason"]) == ("staff:vera", "The client called")


def test_a_lost_bag_frees_the_client_of_paying_and_its_fruit_is_waste(world: World):
    task = carried(world, world.courier("Anna"))
    end(task, delivered=False, reason="The bicycle was stolen")
    task.refresh_from_db()
    assert (task.state, task.by_office, order_of(task).state) == ("failed", True, "failed")
    assert Payment.objects.get().status not in {"waiting", "confirmed"}
    assert Movement.objects.filter(reason="return").count() == 1
    assert Event.objects.get(kind="order.failed").data["reason"] == "The bicycle was stolen"


@pytest.mark.parametrize("delivered", [True, False])
def test_a_reason_is_needed_and_only_a_carried_bag_is_ended(world: World, delivered):
    anna = world.courier("Anna")
    task = carried(world, anna)
    with pytest.raises(Refusal, match=r"^reason_needed$"):
        end(task, delivered=delivered, reason="  ")
    end(task, delivered=delivered)
    for again in (True, False):
        with pytest.raises(Refusal, match=r"^not_carried$"):
            end(task, delivered=again)
    with pytest.raises(Refusal, match=r"^not_carried$"):
        end(world.assigned(anna), delivered=delivered)


def test_the_courier_who_is_heard_again_is_told_and_changes_nothing(world: World):
    anna = world.courier("Anna")
    task = carried(world, anna)
    end(task, delivered=False)
    for kind, facts in (("delivered", {"note": "At the door"}), ("picked_up", {})):
        answer = services.tap(
            courier=anna, key=uuid4(), kind=kind, task_id=task.pk, now=after(minutes=50), **facts
        )
        assert answer["code"] == "order_ended"
    task.refresh_from_db()
    assert (task.state, order_of(task).state) == ("failed", "failed")


@pytest.mark.parametrize("delivered", [True, False])
def test_the_courier_s_tap_and_the_office_at_once_have_one_winner(real_world: World, delivered):
    anna = real_world.courier("Anna")
    kind = "cant_reach" if delivered else "delivered"
    for _ in range(4):
        task = carried(real_world, anna)

        def office(task=task):
            try:
                end(task, delivered=delivered)
            except Refusal as refusal:
                return refusal.code
            return "ok"

        def courier(task=task):
            return services.tap(
                courier=anna,
                key=uuid4(),
                kind=kind,
                task_id=task.pk,
                note="At the door",
                now=after(minutes=40),
            ).get("code", "ok")

        said = in_threads(office, courier)
        assert said in (["ok", "order_ended"], ["not_carried", "ok"])
        task.refresh_from_db()
        office_won = said[0] == "ok"
        assert task.state == ("delivered" if delivered == office_won else "failed")
        assert (task.by_office, order_of(task).state) == (office_won, task.state)
        ends = Event.objects.filter(ref=task.order.code, kind__in=["order.delivered", "order.failed"])
        assert [event.by == "staff:vera" for event in ends] == [office_won]
