"""The fleet as it is now: who is on duty, what there is to carry, and both as a snapshot for `solvers.dispatch`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from guinda.base.points import Point
from guinda.delivery.models import Shift, Task
from guinda.orders.models import Order
from guinda.places import travel
from guinda.places.travel import Mode
from guinda.solvers import dispatch

SILENT_S = 5 * 60
"""A courier not heard of for this long gets no new tasks and loses those not picked up yet."""


class Seen(NamedTuple):
    """A courier on duty who was heard of lately."""

    key: int
    mode: Mode
    capacity_g: int
    ends_at: datetime
    place: Point


class Work(NamedTuple):
    """An open task of an order that is still live."""

    key: int
    state: str
    courier: int | None
    position: int
    leaves_at: datetime | None
    expected_at: datetime | None
    store_id: int
    store: Point
    door: Point
    weight_g: int
    ready_at: datetime
    promised_at: datetime


def couriers_of(*, city_id: str, now: datetime) -> list[Seen]:
    """The city's couriers on duty, in the order of their keys (one query)."""
    rows = (
        Shift.objects.filter(ended_at=None, courier__city_id=city_id, seen_at__gte=now - timedelta(seconds=SILENT_S))
        .order_by("courier_id")
        .values_list("courier_id", "courier__mode", "courier__carries_g", "ends_at", "lat", "lon")
    )
    return [Seen(key, Mode(mode), carries_g, ends_at, Point(lat, lon)) for key, mode, carries_g, ends_at, lat, lon in rows]


def work_of(*, city_id: str) -> list[Work]:
    """The city's open tasks, oldest first (one query). A task whose order has ended meanwhile is left out."""
    rows = (
        Task.objects.filter(city_id=city_id, state__in=Task.OPEN, order__state__in=[Order.State.CONFIRMED, Order.State.HANDED])
        .order_by("pk")
        .values_list(
            "pk", "state", "courier_id", "position", "leaves_at", "expected_at", "store_id", "store__lat", "store__lon", "lat",
            "lon", "weight_g", "ready_at", "promised_at",
        )
    )
    return [Work(*row[:7], Point(row[7], row[8]), Point(row[9], row[10]), *row[11:]) for row in rows]


def ordered_of(*, city_id: str, ready_at: datetime) -> list[Work]:
    """Orders that hold stock but have no task yet: not announced, or waiting for their payment (one query)."""
    rows = (
        Order.objects.filter(city_id=city_id, state__in=Order.LIVE, task__isnull=True)
        .order_by("pk")
        .values_list("pk", "store_id", "store__lat", "store__lon", "lat", "lon", "weight_g", "promised_at")
    )
    return [
        Work(-key, Task.State.WAITING, None, 0, None, None, store_id, Point(*place), Point(*door), weight_g, ready_at, promised_at)
        for key, store_id, *both, weight_g, promised_at in rows
        for place, door in [(both[:2], both[2:])]
    ]


def snapshot_of(couriers: Sequence[Seen], work: Sequence[Work], *, now: datetime) -> dispatch.Snapshot:
    """Plain values for the solver: seconds since 1970, sites numbered. Bags carried by somebody not heard of are not planned."""
    sites: dict[Point, int] = {}
    on_duty = {courier.key for courier in couriers}
    tasks = tuple(
        dispatch.Task(
            key=each.key,
            store=sites.setdefault(each.store, len(sites)),
            door=sites.setdefault(each.door, len(sites)),
            ready_s=math.ceil(each.ready_at.timestamp()),
            promise_s=int(each.promised_at.timestamp()),
            weight_g=each.weight_g,
            courier=each.courier if each.courier in on_duty else None,
            carried=each.state == Task.State.CARRIED,
        )
        for each in work
        if each.state != Task.State.CARRIED or each.courier in on_duty
    )
    now_s = math.ceil(now.timestamp())
    team = tuple(
        dispatch.Courier(each.key, each.mode.value, now_s, int(each.ends_at.timestamp()), each.capacity_g) for each in couriers
    )
    points = list(sites)
    times, modes = travel.get(), sorted({each.mode for each in couriers})
    return dispatch.Snapshot(
        couriers=team,
        tasks=tasks,
        from_courier=rides(times, couriers, [each.place for each in couriers], points),
        between={mode.value: times.seconds(points, points, mode) for mode in modes},
    )


def rides(times: travel.TravelTimes, couriers: Sequence[Seen], origins: Sequence[Point], targets: Sequence[Point]) -> dispatch.Seconds:
    """Seconds from each courier's own origin to each target, each in the courier's mode."""
    found = np.zeros((len(couriers), len(targets)), dtype=np.int64)
    for mode in sorted({each.mode for each in couriers}):
        rows = [number for number, each in enumerate(couriers) if each.mode == mode]
        found[rows] = times.seconds([origins[row] for row in rows], targets, mode)
    return found
