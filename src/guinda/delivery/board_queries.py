"""Reads for the dispatcher's board: the whole city in three queries, one bag in five, however much there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from guinda.delivery.fleet import NEAR_S, PREPARE_S, SILENT_S
from guinda.delivery.models import Courier, Reason, Round, Ruling, Shift, Task
from guinda.orders.models import Order

PARTS = {
    "wait": _("Waiting longer than the soonest possible"),
    "late": _("Lateness against the promise"),
    "broken": _("A broken promise"),
    "ride": _("The courier’s riding"),
    "change": _("Changing minds"),
}
"""What `solvers.dispatch` says a cost is made of, in words; a part without a word here shows under its own name."""


@dataclass(frozen=True)
class Board:
    """A city's couriers on duty and open bags, as plain values for the page's script; instants are seconds since 1970."""

    couriers: tuple[dict[str, Any], ...]
    tasks: tuple[dict[str, Any], ...]
    now_s: float = field(compare=False)
    """Moves on by itself: no news."""
    ended: bool = field(default=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        """What the page's script gets."""
        return asdict(self)


def boards(*, city_ids: Collection[str], now: datetime) -> dict[str, Board]:
    """The boards of these cities: three queries however many."""
    couriers, tasks = _couriers(city_ids, now), _tasks(city_ids, now)
    return {
        city_id: Board(tuple(couriers[city_id]), tuple(tasks[city_id]), now.timestamp())
        for city_id in city_ids
    }


def _couriers(city_ids: Collection[str], now: datetime) -> Mapping[str, list[dict[str, Any]]]:
    rows = (
        Shift.objects.filter(ended_at=None, courier__city__in=city_ids)
        .order_by("courier__name", "courier_id")
        .values_list(
            "courier__city_id", "courier_id", "courier__name", "courier__mode", "lat", "lon", "seen_at"
        )
    )
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for city_id, key, name, mode, lat, lon, seen_at in rows:
        silent = seen_at < now - timedelta(seconds=SILENT_S)
        found[city_id].append(
            {"id": key, "name": name, "mode": mode, "lat": lat, "lon": lon, "silent": silent}
        )
    return found


def _tasks(city_ids: Collection[str], now: datetime) -> Mapping[str, list[dict[str, Any]]]:
    words: dict[int, set[str]] = defaultdict(set)
    live = Ruling.objects.filter(undone_at=None, task__city__in=city_ids, task__state__in=Task.OPEN)
    for task_id, kind in live.values_list("task_id", "kind"):
        words[task_id].add(kind)
    rows = (
        Task.objects.filter(
            city__in=city_ids,
            state__in=Task.OPEN,
            order__state__in=[Order.State.CONFIRMED, Order.State.HANDED],
            ready_at__lt=now
            + timedelta(seconds=NEAR_S),  # what the planner does not look at yet is no matter of the board
        )
        .annotate(spoken=F("order__spoken_code"), street=F("order__street"))
        .order_by("promised_at", "pk")
    )
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.values(
        "pk", "city_id", "state", "courier_id", "spoken", "street", "ready_at", "leaves_at", "picked_up_at",
        "expected_at", "promised_at", "position",
    ):  # fmt: skip
        found[row["city_id"]].append(_task(row, words[row["pk"]]))
    return found


def _task(row: Mapping[str, Any], words: set[str]) -> dict[str, Any]:
    return {
        "id": row["pk"],
        "code": row["spoken"],
        "street": row["street"],
        "state": row["state"],
        "courier": row["courier_id"],
        "position": row["position"],
        "pinned": Ruling.Kind.PIN.value in words,
        "forbidden": Ruling.Kind.FORBID.value in words,
        "ready_s": _seconds(row["ready_at"]),
        "leaves_s": _seconds(row["picked_up_at"] or row["leaves_at"]),
        "expected_s": _seconds(row["expected_at"]),
        "promised_s": _seconds(row["promised_at"]),
    }


def _seconds(instant: datetime | None) -> int | None:
    return int(instant.timestamp()) if instant else None


class Part(NamedTuple):
    """One part of a cost, in weighted minutes."""

    name: Any
    minutes: float


@dataclass(frozen=True)
class Why:
    """The newest reason of a bag, in minutes of the objective (weighted seconds, divided by sixty)."""

    reason: Reason
    minutes: float
    second_minutes: float | None
    """How much more the second best would have cost; below nought when a person's word stands against the planner's."""
    parts: list[Part]

    @property
    def second_less(self) -> float:
        """For the sentence that says how much less it would have cost."""
        return -(self.second_minutes or 0)


def why(task: Task) -> Why | None:
    """Why its present courier has it (one query); None when nobody has, or nobody said why."""
    reason = (
        Reason.objects.select_related("courier", "second")
        .filter(task=task, courier=task.courier_id)
        .order_by("-pk")
        .first()
    )
    if reason is None:
        return None
    more = None if reason.second_cost is None else round((reason.second_cost - reason.cost) / 60, 1) + 0.0
    parts = [Part(PARTS.get(name, name), value / 60) for name, value in reason.parts.items() if value]
    return Why(reason, reason.cost / 60, more, parts)


def is_new(task: Task) -> bool:
    """Whether the planner has not looked since the bag's order was confirmed (one query)."""
    confirmed_at = task.ready_at - timedelta(seconds=PREPARE_S)
    return not Round.objects.filter(city_id=task.city_id, at__gt=confirmed_at).exists()


def task_of(*, city_id: str, task_id: int) -> Task | None:
    """A bag of the city with its order, store and courier (one query)."""
    found = Task.objects.select_related("order", "store", "courier", "city")
    return found.filter(pk=task_id, city_id=city_id).first()


def words_about(task: Task) -> list[Ruling]:
    """What was said of a bag, the newest first, undone words too (one query)."""
    return list(Ruling.objects.select_related("courier").filter(task=task).order_by("-pk")[:20])


def on_duty(*, city_id: str, now: datetime) -> list[Courier]:
    """Whom a bag can be pinned to (one query)."""
    return list(
        Courier.objects.filter(city_id=city_id, shifts__ended_at=None, shifts__ends_at__gt=now)
        .order_by("name", "pk")
        .distinct()
    )
