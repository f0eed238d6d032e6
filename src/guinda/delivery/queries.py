"""Reads for couriers: the same number of queries however many bags there are."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.units import format_unit
from django.db.models import Prefetch
from django.utils.translation import get_language
from payments import PaymentStatus

from guinda.base import money
from guinda.base.texts import pick
from guinda.delivery.models import Courier, Shift, Task
from guinda.journal.models import Event
from guinda.orders.models import Line, Order, Payment
from guinda.places.models import Store


def route(*, courier: Courier) -> list[Task]:
    """The courier's bags in the order of what is to be done next: a pick-up counts by when it leaves the store, a door by its time.

    Three queries; each task has its order, lines, lots, varieties, payments and store at hand.
    """
    tasks = (
        Task.objects.filter(
            courier=courier,
            state__in=[Task.State.ASSIGNED, Task.State.CARRIED],
            order__state__in=[
                Order.State.CONFIRMED,
                Order.State.HANDED,
            ],  # a cancellation shows before it is announced
        )
        .select_related("order", "store")
        .prefetch_related(
            Prefetch("order__lines", queryset=Line.objects.select_related("lot__variety").order_by("pk")),
            Prefetch("order__payments", queryset=Payment.objects.order_by("pk")),
        )
    )
    return sorted(tasks, key=_next_at)


def _next_at(task: Task) -> tuple[datetime, int, int]:
    planned = task.leaves_at if task.state == Task.State.ASSIGNED else task.expected_at
    return planned or task.promised_at, task.position, task.pk


def packed(*, codes: list[str]) -> set[str]:
    """Codes of the orders whose bag stands packed: the store says so in the journal, and may take it back. One query."""
    said = Event.objects.filter(ref__in=codes, kind__in=["bag.packed", "bag.unpacked"]).order_by("pk")
    return {code for code, kind in dict(said.values_list("ref", "kind")).items() if kind == "bag.packed"}


def day(*, courier: Courier, now: datetime) -> dict[str, Any]:
    """What the courier's page shows, in the language being spoken and by the city's clocks (six queries)."""
    zone = ZoneInfo(courier.city.time_zone)
    shift = Shift.objects.select_related("wait_at").filter(courier=courier, ended_at=None).first()
    done = (
        Task.objects.filter(
            courier=courier, state=Task.State.DELIVERED, ended_at__gte=shift.started_at
        ).count()
        if shift
        else 0
    )
    tasks = route(courier=courier)
    ready = packed(codes=[task.order.code for task in tasks])
    return {
        "courier": {"name": courier.name, "mode": courier.mode},
        "shift": _shift(shift, zone) if shift else None,
        "delivered": done,
        "tasks": [{**_task(task, zone, now), "packed": task.order.code in ready} for task in tasks],
    }


def _shift(shift: Shift, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "started_text": hour_text(shift.started_at, zone),
        "ends_text": hour_text(shift.ends_at, zone),
        "lat": shift.lat,
        "lon": shift.lon,
        "wait_at": _store(shift.wait_at) if shift.wait_at else None,
    }


def _store(store: Store) -> dict[str, Any]:
    return {"name": store.title, "street": store.street, "lat": store.lat, "lon": store.lon}


def _task(task: Task, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    order, store = task.order, task.store
    by_variety: dict[str, int] = {}
    for line in order.lines.all():
        name = pick(line.lot.variety.name)
        by_variety[name] = by_variety.get(name, 0) + line.weight_g
    return {
        "id": task.pk,
        "state": task.state,
        "store": _store(store),
        "door": {
            "street": order.street,
            "flat": order.flat,
            "note": order.note,
            "lat": task.lat,
            "lon": task.lon,
        },
        "phone": order.phone,
        "weight_text": weight_text(task.weight_g),
        "lines": [{"variety": name, "weight_text": weight_text(grams)} for name, grams in by_variety.items()],
        "cash_text": _cash_text(task),
        "ready_text": hour_text(task.ready_at, zone),
        "promised_text": hour_text(task.promised_at, zone),
        "expected_text": hour_text(task.expected_at, zone) if task.expected_at else None,
        "minutes_left": math.ceil((task.promised_at - now).total_seconds() / 60),
        "leaves_at": task.leaves_at,
        "expected_at": task.expected_at,
        "promised_at": task.promised_at,
    }


def _cash_text(task: Task) -> str | None:
    """What the courier collects, or None when it is paid."""
    for payment in task.order.payments.all():
        if payment.variant == Payment.CASH and payment.status == PaymentStatus.WAITING:
            return money.show(payment.amount_minor, task.order.currency, get_language() or "en")
    return None


def hour_text(instant: datetime, zone: ZoneInfo) -> str:
    """`15:30` as the city's clocks show it, for every language of ours."""
    return instant.astimezone(zone).strftime("%H:%M")


def weight_text(weight_g: int) -> str:
    """`350 g`, `1.2 kg`, as the language writes it."""
    language = get_language() or "en"
    if weight_g < 1000:
        return format_unit(weight_g, "mass-gram", length="short", locale=language)
    return format_unit(weight_g / 1000, "mass-kilogram", length="short", locale=language)
