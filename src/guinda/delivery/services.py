"""A courier's verbs: start and end a shift, be seen, pick up, deliver, give up; and `tap`, which does one of them once.

The office has one verb more, `end_by_office`, for a bag whose courier can tap no longer.

Lock order: the tap's row, the shift's, the order's, then holdings, then the task's. Each change of a task is compare-and-set against the
planner, which takes its tasks with SKIP LOCKED and so never waits for a courier's tap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from guinda.base.points import Point
from guinda.base.refusals import Refusal
from guinda.delivery.models import Courier, Shift, Tap, Task
from guinda.journal.services import record
from guinda.orders import services as orders
from guinda.orders.models import Order

SHIFT_S = 8 * 3600
"""How long a shift is meant to last when it starts."""
OLDEST_TAP = timedelta(hours=12)
"""A tap that says it waited longer than this for a line comes from a telephone with a wrong clock."""


def start_shift(*, courier: Courier, place: Point | None, now: datetime) -> Shift:
    """On duty from now at `place` (the home store when unknown).

    On duty already is no error; a shift left open past its end is closed first.
    """
    with transaction.atomic():
        Courier.objects.select_for_update(no_key=True).get(pk=courier.pk)
        shift = Shift.objects.filter(courier=courier, ended_at=None).first()
        if shift and now < shift.ends_at:
            return shift
        if shift:
            Shift.objects.filter(pk=shift.pk).update(ended_at=shift.ends_at)
        lat, lon = place or courier.home_store.point
        made = Shift.objects.create(
            courier=courier,
            started_at=now,
            ends_at=now + timedelta(seconds=SHIFT_S),
            lat=lat,
            lon=lon,
            seen_at=now,
        )
        record(kind="shift.started", ref=f"courier:{courier.pk}", by=_by(courier), at=now)
    return made


def end_shift(*, courier: Courier, now: datetime) -> None:
    """Off duty: what was not picked up goes back to the others. Refused while a bag is carried. Off duty already is no error."""
    with transaction.atomic():
        # Locked in full, unlike by a tap: the planner shares the row while it gives the courier a bag, and we must see that bag.
        shift = Shift.objects.select_for_update().filter(courier=courier, ended_at=None).first()
        if shift is None:
            return
        if Task.objects.filter(courier=courier, state=Task.State.CARRIED).exists():
            raise Refusal(
                "bags_left", _("You still have a bag. Deliver it first, or tap “Can’t reach the client”.")
            )
        Shift.objects.filter(pk=shift.pk).update(ended_at=now, seen_at=now)
        release(courier_ids=[courier.pk])
        record(kind="shift.ended", ref=f"courier:{courier.pk}", by=_by(courier), at=now)


def release(*, courier_ids: list[int]) -> int:
    """Give back what these couriers have not picked up yet; returns how many tasks wait again."""
    mine = Task.objects.filter(courier_id__in=courier_ids, state=Task.State.ASSIGNED)
    with transaction.atomic():
        ids = list(mine.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
        return Task.objects.filter(pk__in=ids).update(
            state=Task.State.WAITING,
            courier=None,
            position=0,
            leaves_at=None,
            expected_at=None,
            assigned_at=None,
        )


def see(*, courier: Courier, place: Point | None, now: datetime) -> bool:
    """The courier's page is open, and `place` is where they are when their telephone tells. False when off duty."""
    facts: dict[str, object] = {"seen_at": now}
    if place:
        facts |= {"lat": place.lat, "lon": place.lon}
    return bool(Shift.objects.filter(courier=courier, ended_at=None).update(**facts))


def task_of(*, courier: Courier, task_id: int) -> Task:
    """A task given to this courier; anybody else's is as good as none."""
    task = Task.objects.select_related("order__store__city").filter(pk=task_id, courier=courier).first()
    if task is None:
        raise Refusal(
            "not_your_task",
            _("This bag is no longer yours: it was given to a courier nearer to it."),
            status=404,
        )
    return task


def picked_up(*, courier: Courier, task: Task, now: datetime, tapped_at: datetime | None = None) -> None:
    """The bag leaves the store with the courier: the sale's movement and the task in one transaction."""
    if task.state == Task.State.CARRIED:
        return
    at = happened_at(tapped_at, since=task.assigned_at, now=now)
    with transaction.atomic():
        if not Shift.objects.filter(courier=courier, ended_at=None).exists():
            raise Refusal("no_shift", _("Start your shift first, then pick the bag up."))
        if not orders.hand_over(order=task.order, by=_by(courier), now=now, **_told(tapped_at)):
            raise _order_ended(task.order)
        _move(task, of=Task.State.ASSIGNED, to=Task.State.CARRIED, picked_up_at=at)


def delivered(
    *,
    courier: Courier,
    task: Task,
    spoken_code: str,
    note: str,
    now: datetime,
    tapped_at: datetime | None = None,
) -> None:
    """At the door: the client's four digits, or a note that says why there are none."""
    if task.state == Task.State.DELIVERED:
        return
    if spoken_code and spoken_code != task.order.spoken_code:
        raise Refusal(
            "wrong_code", _("These are not the client’s four digits. Ask once more, or write a note instead.")
        )
    if not spoken_code and not note.strip():
        raise Refusal(
            "code_or_note",
            _("Ask for the client’s four digits, or write a note: who took the bag, and where."),
        )
    _check_carried(task)
    at = happened_at(tapped_at, since=task.picked_up_at, now=now)
    with transaction.atomic():
        if not orders.delivered(order=task.order, by=_by(courier), now=now, **_told(tapped_at)):
            raise _order_ended(task.order)
        _end(task, to=Task.State.DELIVERED, at=at, note=note, code_checked=bool(spoken_code))


def cant_reach(
    *, courier: Courier, task: Task, note: str, now: datetime, tapped_at: datetime | None = None
) -> None:
    """Nobody at the door: the bag comes back, and what was paid goes back to the client."""
    if task.state == Task.State.FAILED:
        return
    _check_carried(task)
    at = happened_at(tapped_at, since=task.picked_up_at, now=now)
    reason = note.strip() or "client not reached"
    with transaction.atomic():
        if not orders.could_not_deliver(
            order=task.order, reason=reason, by=_by(courier), now=now, **_told(tapped_at)
        ):
            raise _order_ended(task.order)
        _end(task, to=Task.State.FAILED, at=at, note=note)


def end_by_office(*, task: Task, delivered: bool, reason: str, by: str, now: datetime) -> None:
    """A carried bag whose courier can't tap any more: the client has it, or nobody will bring it and what was paid goes back.

    No spoken code is asked for: the reason stands for it. The courier's own tap at the same moment waits for the shift's row; whoever
    comes second is refused and changes nothing.
    """
    reason = reason.strip()
    if not reason:
        raise Refusal("reason_needed", _("Write down why: what the client or the courier said."), status=422)
    with transaction.atomic():
        Shift.objects.select_for_update(no_key=True).filter(courier=task.courier_id, ended_at=None).first()
        verb = orders.delivered if delivered else orders.could_not_deliver
        if not verb(order=task.order, reason=reason, by=by, now=now):
            raise Refusal(
                "not_carried", _("No courier carries this bag now. Reload the page to see how it stands.")
            )
        to = Task.State.DELIVERED if delivered else Task.State.FAILED
        _end(task, to=to, at=now, note=reason, by_office=True)


def happened_at(tapped_at: datetime | None, *, since: datetime | None, now: datetime) -> datetime:
    """When something was done: at the tap when its telephone's clock can be believed, else when the tap arrived.

    Believed is what is not in the future, not before the step before it (`since`) and not older than `OLDEST_TAP`.
    """
    earliest = max(since or now - OLDEST_TAP, now - OLDEST_TAP)
    return tapped_at if tapped_at and earliest <= tapped_at <= now else now


def _told(tapped_at: datetime | None) -> dict[str, str]:
    """What the journal keeps of a tap beside the time of its arrival."""
    return {"tapped_at": tapped_at.isoformat()} if tapped_at else {}


def _by(courier: Courier) -> str:
    return f"courier:{courier.pk}"


def _check_carried(task: Task) -> None:
    if task.state not in Task.OPEN:
        raise _order_ended(task.order)
    if task.state != Task.State.CARRIED:
        raise Refusal(
            "not_picked_up", _("This bag was not picked up yet. Tap “Picked up” at the store first.")
        )


def _order_ended(order: Order) -> Refusal:
    order.refresh_from_db(fields=["state"])
    if order.state == Order.State.CANCELLED:
        return Refusal(
            "order_cancelled", _("The client has cancelled this order. Leave the bag at the store, please.")
        )
    return Refusal(
        "order_ended", _("This order has ended already. Take the next one, please."), state=order.state
    )


def _end(task: Task, *, to: Task.State, at: datetime, note: str, **facts: object) -> None:
    _move(task, of=Task.State.CARRIED, to=to, ended_at=at, position=0, note=note.strip(), **facts)


def _move(task: Task, *, of: Task.State, to: Task.State, **facts: object) -> None:
    """Compare-and-set of the task; whoever comes second changes nothing, the order included (the transaction is rolled back)."""
    still = Q(pk=task.pk, courier=task.courier_id, state=of)
    if not Task.objects.filter(still).update(state=to, **facts):
        raise Refusal(
            "not_your_task",
            _("This bag is no longer yours: it was given to a courier nearer to it."),
            status=404,
        )
    task.state = to


class Kind(StrEnum):
    """What can be tapped."""

    START_SHIFT = "start_shift"
    END_SHIFT = "end_shift"
    PICKED_UP = "picked_up"
    DELIVERED = "delivered"
    CANT_REACH = "cant_reach"


@dataclass(frozen=True)
class Pressed:
    """One tap as it was sent."""

    key: UUID
    kind: Kind
    tapped_at: datetime
    task_id: int | None = None
    spoken_code: str = ""
    note: str = ""
    place: Point | None = None


def tap(
    *,
    courier: Courier,
    key: UUID,
    kind: str,
    now: datetime,
    task_id: int | None = None,
    spoken_code: str = "",
    note: str = "",
    place: Point | None = None,
    tapped_at: datetime | None = None,
) -> dict[str, Any]:
    """Do what was tapped and say how it went: `{"ok": true}` or `{"ok": false, "code", "sentence"}`.

    The same key again, also at the same time, gives the same answer and has no second effect: the key's row is written first, so the
    second comer waits for the first and reads its answer. A refusal is an answer too and undoes whatever came before it.
    """
    pressed = Pressed(key, Kind(kind), tapped_at or now, task_id, spoken_code, note, place)
    with transaction.atomic():
        row = Tap(
            key=pressed.key,
            courier=courier,
            kind=pressed.kind.value,
            tapped_at=pressed.tapped_at,
            arrived_at=now,
            answer={},
        )
        Tap.objects.bulk_create([row], ignore_conflicts=True)
        first = Tap.objects.select_for_update(no_key=True).get(pk=pressed.key)
        if first.answer:
            return _again(first, courier, pressed)
        answer, task = _act(courier, pressed, now)
        Tap.objects.filter(pk=pressed.key).update(answer=answer, task=task)
    return answer


def _again(first: Tap, courier: Courier, pressed: Pressed) -> dict[str, Any]:
    same = first.courier_id == courier.pk and first.kind == pressed.kind.value
    if same and (first.task_id == pressed.task_id or not first.answer["ok"]):
        return dict(first.answer)
    sentence = _("This tap was sent before for something else. Reload the page, please.")
    return {"ok": False, "code": "key_reused", "sentence": sentence}


def _act(courier: Courier, pressed: Pressed, now: datetime) -> tuple[dict[str, Any], Task | None]:
    task = None
    try:
        with transaction.atomic():
            if pressed.kind not in {Kind.START_SHIFT, Kind.END_SHIFT}:
                task = task_of(courier=courier, task_id=_task_id(pressed))
            # First of all, because it locks the shift: a tap of the other telephone waits here.
            see(courier=courier, place=pressed.place or _place_of(task, pressed.kind), now=now)
            if task:
                TASK_VERBS[pressed.kind](courier, task, pressed, now)
            else:
                _change_shift(courier, pressed, now)
    except Refusal as refusal:
        return {"ok": False, "code": refusal.code, "sentence": str(refusal.sentence)}, task
    return {"ok": True}, task


def _change_shift(courier: Courier, pressed: Pressed, now: datetime) -> None:
    if pressed.kind is Kind.START_SHIFT:
        start_shift(courier=courier, place=pressed.place, now=now)
    else:
        end_shift(courier=courier, now=now)


def _task_id(pressed: Pressed) -> int:
    if pressed.task_id is None:
        raise Refusal(
            "no_task",
            _("Say which bag this is about: reload the page and tap once more, please."),
            status=422,
        )
    return pressed.task_id


def _place_of(task: Task | None, kind: Kind) -> Point | None:
    """A telephone that does not tell where it is was at the store or at the door when this was tapped."""
    if task is None:
        return None
    return task.order.store.point if kind is Kind.PICKED_UP else task.door


def _picked_up(courier: Courier, task: Task, pressed: Pressed, now: datetime) -> None:
    picked_up(courier=courier, task=task, now=now, tapped_at=pressed.tapped_at)


def _delivered(courier: Courier, task: Task, pressed: Pressed, now: datetime) -> None:
    delivered(
        courier=courier,
        task=task,
        spoken_code=pressed.spoken_code,
        note=pressed.note,
        now=now,
        tapped_at=pressed.tapped_at,
    )


def _cant_reach(courier: Courier, task: Task, pressed: Pressed, now: datetime) -> None:
    cant_reach(courier=courier, task=task, note=pressed.note, now=now, tapped_at=pressed.tapped_at)


TASK_VERBS: dict[Kind, Callable[[Courier, Task, Pressed, datetime], None]] = {
    Kind.PICKED_UP: _picked_up,
    Kind.DELIVERED: _delivered,
    Kind.CANT_REACH: _cant_reach,
}
