"""What time at the door may be promised now: fills the seam in `orders.promise`.

The plan's prediction for this bag (`prediction`) plus a margin learnt from the errors of past predictions at this hour and load
(`solvers.promise`), so that promises are kept at the rate the setting `PROMISE_AIM` names, and are no longer than that needs. What was
predicted is kept beside each order's task, without a row written for the many quotes that nobody takes: the promise less its margin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from guinda.base.points import Point
from guinda.delivery.fleet import PREPARE_S, free_of, unclaimed_of
from guinda.delivery.models import Level, Margin, Prediction, Task
from guinda.delivery.prediction import Earliest, Load
from guinda.orders.models import Order
from guinda.orders.promise import Promise, Promiser
from guinda.places.models import City
from guinda.solvers import promise as solver

CHANCE = 0.9
"""The chance stated with a promise while too few errors are known: an assumption, as the margin below is."""
MARGIN_SHARE, MARGIN_S = 0.10, 180
"""Until errors are known: a tenth of the riding for lights and detours, and three minutes for the client's thinking and slow lifts."""
WHOLE_S = 60
"""Promises are whole minutes, rounded up."""
KNOWN_S = 60
"""A process looks for newer margins this often, in the city's time."""
PAST_DAYS, ERRORS_MAX = 28, 50_000
"""Errors of the last four weeks teach: the same weekdays, and no longer ago than a city stays as it is."""


class Kind(NamedTuple):
    """What sets a promise's margin."""

    hour: int
    band: int


class Known(NamedTuple):
    """A city's margins as a process read them at `at`."""

    at: datetime
    zone: ZoneInfo
    margins: Mapping[Kind, int]


_known: dict[str, Known] = {}


def forget() -> None:
    """Read every city's margins anew."""
    _known.clear()


class FleetPromiser(Promiser):
    """Asks: given what every courier has to do already, when could the first of them have this bag at this door?"""

    def promise(
        self,
        *,
        city_id: str,
        stores: Mapping[int, Point],
        door: Point,
        weight_g: int,
        now: datetime,
    ) -> dict[int, Promise]:
        """See `Promiser.promise`: two queries and now and then a third, arrays over couriers and stores."""
        couriers = free_of(city_id=city_id, now=now)
        if not couriers or not stores:
            return {}
        waiting = unclaimed_of(city_id=city_id, now=now, ready_at=now + timedelta(seconds=PREPARE_S))
        load = Load(couriers, waiting, list(stores.values()), now)
        known = known_of(city_id, now)
        bags = len(waiting) + sum(each.bags for each in couriers)
        kind = Kind(now.astimezone(known.zone).hour, solver.band_of(bags, len(couriers)))
        return {
            store_id: promised(earliest, known.margins.get(kind), now)
            for store_id, earliest in zip(stores, load.earliest(door, weight_g), strict=True)
            if earliest
        }


def promised(earliest: Earliest, margin_s: int | None, now: datetime) -> Promise:
    """A prediction and its margin as a promise; never sooner than anybody could be there. Without a margin an assumed one."""
    now_s = now.timestamp()
    if margin_s is None:
        assumed_s = earliest.ride_s * MARGIN_SHARE + MARGIN_S
        return _whole(now, earliest.door_at_s + assumed_s - now_s, CHANCE)
    needs_s = max(earliest.door_at_s + margin_s - now_s, earliest.least_s)
    return _whole(now, needs_s, settings.PROMISE_AIM)


def _whole(now: datetime, needs_s: float, chance: float) -> Promise:
    return Promise(now + timedelta(seconds=math.ceil(needs_s / WHOLE_S) * WHOLE_S), chance)


def known_of(city_id: str, now: datetime) -> Known:
    """The city's margins, read again when they may have changed (one query then, and the city's clock with the first)."""
    known = _known.get(city_id)
    if known is None or not timedelta(0) <= now - known.at < timedelta(seconds=KNOWN_S):
        zone = (
            known.zone
            if known
            else ZoneInfo(City.objects.values_list("time_zone", flat=True).get(pk=city_id))
        )
        rows = Margin.objects.filter(city_id=city_id).values_list("hour", "band", "margin_s")
        known = _known[city_id] = Known(
            now, zone, {Kind(hour, band): margin_s for hour, band, margin_s in rows}
        )
    return known


BAGS = """
SELECT (SELECT count(*) FROM delivery_task WHERE city_id = %(city)s AND state IN ('waiting', 'assigned', 'carried')),
       (SELECT count(*) FROM delivery_shift shift JOIN delivery_courier courier ON courier.id = shift.courier_id
        WHERE courier.city_id = %(city)s AND shift.ended_at IS NULL)
"""


def remember(*, order: Order, task: Task, at: datetime) -> None:
    """Keep what was predicted for an order that has just been confirmed at `at`, before its own task counts as load."""
    known = known_of(order.city_id, at)
    with connection.cursor() as cursor:
        cursor.execute(BAGS, {"city": order.city_id})
        bags, couriers = cursor.fetchone()
    kind = Kind(at.astimezone(known.zone).hour, solver.band_of(max(bags - 1, 0), couriers))
    margin_s = known.margins.get(kind, MARGIN_S)
    door_at = order.promised_at - timedelta(seconds=margin_s)
    Prediction.objects.create(task=task, door_at=door_at, hour=kind.hour, band=kind.band)


ERRORS = """
SELECT extract(epoch FROM task.ended_at - prediction.door_at)::bigint, prediction.hour, prediction.band
FROM delivery_prediction prediction JOIN delivery_task task ON task.id = prediction.task_id
WHERE task.city_id = %(city)s AND task.state = 'delivered' AND task.ended_at >= %(since)s
ORDER BY task.ended_at DESC LIMIT %(most)s
"""

OUTCOMES = """
SELECT count(*) FILTER (WHERE ended_at <= promised_at), count(*) FILTER (WHERE ended_at > promised_at)
FROM delivery_task WHERE city_id = %(city)s AND state = 'delivered' AND ended_at > %(since)s AND ended_at <= %(now)s
"""


def learn(*, now: datetime) -> int:
    """Learn every city's margins from how its predictions went; returns how many margins there are now."""
    return sum(_learn(city_id, now) for city_id in City.objects.order_by("pk").values_list("pk", flat=True))


def _learn(city_id: str, now: datetime) -> int:
    since = now - timedelta(days=PAST_DAYS)
    with transaction.atomic():
        level = _steer(city_id, now)
        with connection.cursor() as cursor:
            cursor.execute(ERRORS, {"city": city_id, "since": since, "most": ERRORS_MAX})
            rows = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 3)
        found = solver.margins(rows[:, 0], rows[:, 1], rows[:, 2], aim=level)
        Margin.objects.filter(city_id=city_id).delete()
        Margin.objects.bulk_create(Margin(city_id=city_id, made_at=now, **each._asdict()) for each in found)
    return len(found)


def _steer(city_id: str, now: datetime) -> float:
    """The level for new margins, after each promise that came to its end since the last time was counted once.

    The row stays locked until the margins are written: workers learn one after the other.
    """
    aim = settings.PROMISE_AIM
    Level.objects.get_or_create(city_id=city_id, defaults={"counted_to": now})
    row = Level.objects.select_for_update().get(city_id=city_id)
    if now > row.counted_to:
        with connection.cursor() as cursor:
            cursor.execute(OUTCOMES, {"city": city_id, "since": row.counted_to, "now": now})
            kept, late = cursor.fetchone()
        level = solver.steered(aim + row.above_aim, kept=kept, late=late, aim=aim)
        row.above_aim, row.counted_to = level - aim, now
        row.save(update_fields=["above_aim", "counted_to"])
    return min(solver.HIGHEST, aim + row.above_aim)
