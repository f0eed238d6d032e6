"""The fleet as it is now: who is on duty, what there is to carry, and both as a snapshot for `solvers.dispatch`."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from guinda.base.points import Point, distance_m
from guinda.base.postgres import one_instant, prepared_cursor
from guinda.delivery.demand import Expected, expected
from guinda.delivery.models import Ruling, Shift, Task
from guinda.orders.models import Order
from guinda.places import travel
from guinda.places.travel import Kept, Mode
from guinda.solvers import dispatch

SILENT_S = 5 * 60
"""A courier not heard of for this long gets no new tasks and loses those not picked up yet."""
PREPARE_S = 180
"""From the confirmed order to a weighed, washed and closed bag at the store's counter."""
AT_STORE_M = 80
"""A courier's telephone shows this near to a store when they are in it."""

NEAR_S = 15 * 60
"""A bag that is ready only later than this is no matter of the present plan: tomorrow's orders must not move today's couriers."""
BEAT_MS, LEAST_BEAT_MS = 10_000, 1_000
"""How often a courier's page says that it is open, in real milliseconds, and how often at most."""


def beat_ms(speed: float) -> int:
    """Three beats fit into the silence that loses tasks, also when the city's clock runs `speed` times as fast as ours."""
    return max(LEAST_BEAT_MS, min(BEAT_MS, int(SILENT_S / 3 / speed * 1000)))


class Seen(NamedTuple):
    """A courier on duty who was heard of lately."""

    key: int
    mode: Mode
    capacity_g: int
    ends_at: datetime
    place: Point
    wait_at: int | None = None
    """The store at which they were told to wait."""


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
    rulings: int


class Word(NamedTuple):
    """What a person said of a task and a courier, and has not undone."""

    kind: str
    task: int
    courier: int


class Facts(NamedTuple):
    """Everything a plan of a city is made from, as it was at one instant."""

    couriers: list[Seen]
    work: list[Work]
    words: list[Word]
    expected: list[Expected]


def look(*, city_id: str, now: datetime) -> Facts:
    """The city at one instant: three queries, now and then a fourth, and nothing locked."""
    with one_instant():
        return Facts(
            couriers_of(city_id=city_id, now=now),
            work_of(city_id=city_id, now=now),
            words_of(city_id=city_id),
            expected(city_id=city_id, now=now),
        )


def couriers_of(*, city_id: str, now: datetime) -> list[Seen]:
    """The city's couriers on duty, in the order of their keys (one query)."""
    rows = (
        Shift.objects.filter(
            ended_at=None, courier__city_id=city_id, seen_at__gte=now - timedelta(seconds=SILENT_S)
        )
        .order_by("courier_id")
        .values_list(
            "courier_id", "courier__mode", "courier__carries_g", "ends_at", "lat", "lon", "wait_at_id"
        )
    )
    return [
        Seen(key, Mode(mode), carries_g, ends_at, Point(lat, lon), wait_at)
        for key, mode, carries_g, ends_at, lat, lon, wait_at in rows
    ]


def work_of(*, city_id: str, now: datetime) -> list[Work]:
    """The city's open tasks, oldest first (one query).

    Left out are tasks whose order has ended meanwhile, and those for a wished hour that is not near yet (`NEAR_S`).
    """
    rows = (
        Task.objects.filter(
            city_id=city_id,
            state__in=Task.OPEN,
            order__state__in=[Order.State.CONFIRMED, Order.State.HANDED],
            ready_at__lt=now + timedelta(seconds=NEAR_S),
        )
        .order_by("pk")
        .values_list(
            "pk",
            "state",
            "courier_id",
            "position",
            "leaves_at",
            "expected_at",
            "store_id",
            "store__lat",
            "store__lon",
            "lat",
            "lon",
            "weight_g",
            "ready_at",
            "promised_at",
            "rulings",
        )
    )
    return [Work(*row[:7], Point(row[7], row[8]), Point(row[9], row[10]), *row[11:]) for row in rows]


def words_of(*, city_id: str) -> list[Word]:
    """What people ruled about the city's tasks that no courier carries yet (one query)."""
    rows = Ruling.objects.filter(
        undone_at=None, task__city_id=city_id, task__state__in=[Task.State.WAITING, Task.State.ASSIGNED]
    )
    return [Word(*row) for row in rows.order_by("pk").values_list("kind", "task_id", "courier_id")]


class Trip(NamedTuple):
    """The last trip of a courier's plan, while it has not left its store."""

    store: Point
    leaves_s: int
    bags: int
    weight_g: int


class Free(NamedTuple):
    """A courier on duty with the time and place at which what they have is done."""

    mode: Mode
    capacity_g: int
    ends_s: int
    place: Point
    done_s: int | None
    """The last door of the present plan; None when they carry and expect nothing."""
    bags: int = 0
    """What they have to bring."""
    trip: Trip | None = None


class Unclaimed(NamedTuple):
    """A bag that will need a courier: nobody has it yet."""

    store: Point
    door: Point
    weight_g: int
    ready_s: int


FREE = """
SELECT courier.mode, courier.carries_g, floor(extract(epoch FROM shift.ends_at))::bigint, coalesce(last.lat, shift.lat),
       coalesce(last.lon, shift.lon), ceil(extract(epoch FROM last.expected_at))::bigint, coalesce(last.bags, 0),
       store.lat, store.lon, ceil(extract(epoch FROM last.leaves_at))::bigint, last.trip_bags, last.trip_g
FROM delivery_shift shift
JOIN delivery_courier courier ON courier.id = shift.courier_id
LEFT JOIN (
    SELECT DISTINCT ON (courier_id) courier_id, lat, lon, expected_at, store_id, CASE state WHEN 'assigned' THEN leaves_at END AS leaves_at,
           count(*) OVER (PARTITION BY courier_id) AS bags, count(*) OVER trip AS trip_bags, sum(weight_g) OVER trip AS trip_g
    FROM delivery_task
    WHERE city_id = %(city)s AND state IN ('assigned', 'carried') AND expected_at IS NOT NULL
    WINDOW trip AS (PARTITION BY courier_id, state, leaves_at)
    ORDER BY courier_id, expected_at DESC, id DESC) last ON last.courier_id = shift.courier_id
LEFT JOIN places_store store ON store.id = last.store_id AND last.leaves_at IS NOT NULL
WHERE shift.ended_at IS NULL AND shift.seen_at >= %(heard_since)s AND courier.city_id = %(city)s
ORDER BY shift.courier_id
"""

UNCLAIMED = """
SELECT store.lat, store.lon, open.lat, open.lon, open.weight_g, ceil(extract(epoch FROM open.ready_at))::bigint
FROM (SELECT store_id, lat, lon, weight_g, ready_at, promised_at, order_id FROM delivery_task task
      WHERE city_id = %(city)s AND ready_at < %(near)s AND (state = 'waiting' OR state = 'assigned' AND NOT EXISTS (
          SELECT 1 FROM delivery_shift shift
          WHERE shift.courier_id = task.courier_id AND shift.ended_at IS NULL AND shift.seen_at >= %(heard_since)s))
      UNION ALL
      SELECT store_id, lat, lon, weight_g, greatest(%(ready_at)s, start_at), promised_at, id FROM orders_order placed
      WHERE city_id = %(city)s AND state IN ('held', 'confirmed') AND (start_at IS NULL OR start_at < %(near)s)
        AND NOT EXISTS (SELECT 1 FROM delivery_task task WHERE task.order_id = placed.id)) open
JOIN places_store store ON store.id = open.store_id
ORDER BY open.promised_at, open.order_id
"""


def free_of(*, city_id: str, now: datetime) -> list[Free]:
    """When and where each courier on duty will be free (one query, whole seconds: a quote asks this while a client waits)."""
    with prepared_cursor() as cursor:
        cursor.execute(FREE, {"city": city_id, "heard_since": now - timedelta(seconds=SILENT_S)})
        return [_free(row) for row in cursor.fetchall()]


def _free(row: tuple[Any, ...]) -> Free:
    mode, carries_g, ends_s, lat, lon, done_s, bags, store_lat, store_lon, leaves_s, trip_bags, trip_g = row
    trip = None if store_lat is None else Trip(Point(store_lat, store_lon), leaves_s, trip_bags, trip_g)
    return Free(Mode(mode), carries_g, ends_s, Point(lat, lon), done_s, bags, trip)


def unclaimed_of(*, city_id: str, now: datetime, ready_at: datetime) -> list[Unclaimed]:
    """Bags without a courier by promised time (one query).

    Tasks that wait or are about to be taken from the silent, and orders that hold stock but have no task yet: not announced, or not paid.
    """
    facts: dict[str, Any] = {
        "city": city_id,
        "heard_since": now - timedelta(seconds=SILENT_S),
        "ready_at": ready_at,
        "near": now + timedelta(seconds=NEAR_S),
    }
    with prepared_cursor() as cursor:
        cursor.execute(UNCLAIMED, facts)
        return [Unclaimed(Point(*row[:2]), Point(*row[2:4]), *row[4:]) for row in cursor.fetchall()]


class Rides:
    """Travel times for snapshots of one city, each a little different from the last: most of them are known already. For one thread."""

    def __init__(self) -> None:
        self.from_courier, self.between = Kept(travel.get()), Kept(travel.get())


def snapshot_of(facts: Facts, *, now: datetime, known: Rides) -> dispatch.Snapshot:
    """Plain values for the solver: seconds since 1970, sites numbered. Bags carried by somebody not heard of are not planned."""
    sites: dict[Point, int] = {}
    couriers, now_s = facts.couriers, math.ceil(now.timestamp())
    demand = {sites.setdefault(each.point, len(sites)): each.orders for each in facts.expected}
    tasks = tuple(_tasks(facts, sites))
    points = list(sites)
    modes = sorted({each.mode for each in couriers})
    return dispatch.Snapshot(
        couriers=tuple(
            dispatch.Courier(each.key, each.mode.value, now_s, int(each.ends_at.timestamp()), each.capacity_g)
            for each in couriers
        ),
        tasks=tasks,
        from_courier=rides(
            known.from_courier,
            [each.mode for each in couriers],
            [each.place for each in couriers],
            points,
        ),
        between={mode.value: known.between.seconds(points, points, mode) for mode in modes},
        now_s=now_s,
        forbidden=frozenset(
            (word.task, word.courier) for word in facts.words if word.kind == Ruling.Kind.FORBID
        ),
        demand=demand,
    )


def _tasks(facts: Facts, sites: dict[Point, int]) -> Iterator[dispatch.Task]:
    """The tasks that can be planned; their stores and doors are numbered on the way."""
    places = {courier.key: courier.place for courier in facts.couriers}
    pins = {
        word.task: word.courier
        for word in facts.words
        if word.kind == Ruling.Kind.PIN and word.courier in places
    }
    ruled_out = {(word.task, word.courier) for word in facts.words if word.kind == Ruling.Kind.FORBID}
    fetched_next = _fetched_next(facts.work)
    for each in facts.work:
        if each.state == Task.State.CARRIED and each.courier not in places:
            continue
        courier = each.courier if each.courier in places else None
        pinned = pins.get(each.key)
        at_store = (
            courier is not None
            and each.key in fetched_next
            and distance_m(places[courier], each.store) <= AT_STORE_M
            and pinned in {None, courier}
            and (each.key, courier) not in ruled_out
        )
        yield dispatch.Task(
            key=each.key,
            store=sites.setdefault(each.store, len(sites)),
            door=sites.setdefault(each.door, len(sites)),
            ready_s=math.ceil(each.ready_at.timestamp()),
            promise_s=int(each.promised_at.timestamp()),
            weight_g=each.weight_g,
            courier=courier,
            carried=each.state == Task.State.CARRIED,
            pinned=pinned,
            at_store=at_store,
        )


def _fetched_next(work: Sequence[Work]) -> set[int]:
    """The bags each courier fetches next: they leave the store first. Who still carries something has not come back for more."""
    carrying = {each.courier for each in work if each.state == Task.State.CARRIED}
    trips: dict[int, list[Work]] = defaultdict(list)
    for each in work:
        if each.courier is not None and each.leaves_at and each.courier not in carrying:
            trips[each.courier].append(each)
    return {
        each.key
        for fetched in trips.values()
        for each in fetched
        if each.leaves_at == min(one.leaves_at for one in fetched if one.leaves_at)
    }


def rides(
    times: travel.TravelTimes,
    modes: Sequence[Mode],
    origins: Sequence[Point],
    targets: Sequence[Point],
) -> dispatch.Seconds:
    """Seconds from each courier's own origin to each target, each in the courier's mode."""
    found = np.zeros((len(modes), len(targets)), dtype=np.int64)
    for mode in sorted(set(modes)):
        rows = [number for number, each in enumerate(modes) if each == mode]
        found[rows] = times.seconds([origins[row] for row in rows], targets, mode)
    return found
