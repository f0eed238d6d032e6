"""What staff say over the planner's head: this courier brings the bag, this one does not; and taking it back.

A ruling changes no courier by itself: the planner plans around it within a second, and a plan made before it is not written any more (the
task counts its rulings). A pin rests while its courier is off duty or silent: a client should not wait for somebody who does not come.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.delivery.models import Courier, Ruling, Shift, Task
from guinda.journal.services import record


def pin(*, task_id: int, courier: Courier, by: str, now: datetime) -> Ruling:
    """This courier brings it. Another pin of the task, or a word against this courier, is undone by it. Said twice is said once."""
    return _say(Ruling.Kind.PIN, task_id, courier, by, now)


def forbid(*, task_id: int, courier: Courier, by: str, now: datetime) -> Ruling:
    """This courier does not bring it; a pin to them is undone by it. Said twice is said once."""
    return _say(Ruling.Kind.FORBID, task_id, courier, by, now)


def undo(*, ruling: Ruling, by: str, now: datetime) -> None:
    """The planner decides again. Undone already is no error."""
    with transaction.atomic():
        task = Task.objects.select_for_update(no_key=True).get(pk=ruling.task_id)
        if _undo(Q(pk=ruling.pk), by, now):
            _tell(task, "task.unruled", ruling, by, now)


def _say(kind: Ruling.Kind, task_id: int, courier: Courier, by: str, now: datetime) -> Ruling:
    with transaction.atomic():
        task = _open_task(task_id, courier)
        live = Ruling.objects.filter(task=task, undone_at=None)
        same = live.filter(kind=kind, courier=courier).first()
        if same:
            return same
        if (
            kind == Ruling.Kind.PIN
            and not Shift.objects.filter(courier=courier, ended_at=None, ends_at__gt=now).exists()
        ):
            raise Refusal(
                "off_duty", _("This courier is off duty. Choose one who is on duty, please."), status=422
            )
        contrary = (
            Q(courier=courier) | Q(kind=Ruling.Kind.PIN) if kind == Ruling.Kind.PIN else Q(courier=courier)
        )
        _undo(Q(task=task) & contrary, by, now)
        ruling = Ruling.objects.create(kind=kind, task=task, courier=courier, by=by, at=now)
        _tell(task, "task.pinned" if kind == Ruling.Kind.PIN else "task.forbidden", ruling, by, now)
    return ruling


def _open_task(task_id: int, courier: Courier) -> Task:
    """The task's row, locked against the planner and other rulings, while it can still change hands."""
    task = Task.objects.select_for_update(no_key=True).filter(pk=task_id, city_id=courier.city_id).first()
    if task is None:
        raise Refusal(
            "no_task", _("There is no such bag in this city. Reload the board, please."), status=404
        )
    if task.state not in {Task.State.WAITING, Task.State.ASSIGNED}:
        raise Refusal(
            "task_left",
            _("This bag has left the store or its order has ended, so nobody else can take it."),
        )
    return task


def _undo(which: Q, by: str, now: datetime) -> int:
    return Ruling.objects.filter(which, undone_at=None).update(undone_by=by, undone_at=now)


def _tell(task: Task, kind: str, ruling: Ruling, by: str, now: datetime) -> None:
    """Make plans of before stale, and write down who said what."""
    Task.objects.filter(pk=task.pk).update(rulings=F("rulings") + 1)
    data = {"task": task.pk, "courier": ruling.courier_id, "ruling": ruling.pk}
    record(kind=kind, ref=task.order.code, by=by, at=now, data=data)
