"""Orders that each store may expect in the hour to come, as last week's same hour brought them, and where couriers had better wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from guinda.base.points import Point
from guinda.solvers import dispatch

PAST_DAYS = 7
KNOWN_S = 600
"""A worker counts anew this often, in the city's time: the hour to come moves slowly."""

EXPECTED = """
SELECT store.id, store.lat, store.lon,
       count(task.id) / least(%(days)s, greatest(1, ceil(extract(epoch FROM %(now)s - min(min(task.ended_at)) OVER ()) / 86400)))::float
FROM delivery_task task JOIN places_store store ON store.id = task.store_id
WHERE task.city_id = %(city)s AND task.ended_at >= %(since)s AND task.ended_at < %(now)s
  AND mod(extract(epoch FROM task.ready_at - %(since)s)::bigint, 86400) BETWEEN 0 AND 3599
GROUP BY store.id ORDER BY store.id
"""


class Expected(NamedTuple):
    """Orders of an hour at a store."""

    store_id: int
    point: Point
    orders: float


_known: dict[str, tuple[datetime, list[Expected]]] = {}


def forget() -> None:
    """Count every city anew."""
    _known.clear()


def expected(*, city_id: str, now: datetime) -> list[Expected]:
    """By store, orders an hour: the mean of this hour of the day over the last week's days that had any (one query, every few minutes)."""
    at, found = _known.get(city_id, (now, None))
    if found is None or not timedelta(0) <= now - at < timedelta(seconds=KNOWN_S):
        facts: dict[str, Any] = {
            "city": city_id,
            "now": now,
            "since": now - timedelta(days=PAST_DAYS),
            "days": PAST_DAYS,
        }
        with connection.cursor() as cursor:
            cursor.execute(EXPECTED, facts)
            found = [Expected(key, Point(lat, lon), orders) for key, lat, lon, orders in cursor]
        _known[city_id] = (now, found)
    return found


SEND = """
UPDATE delivery_shift shift SET wait_at_id = wish.store_id
FROM unnest(%(couriers)s::bigint[], %(stores)s::bigint[]) AS wish(courier_id, store_id)
WHERE shift.courier_id = wish.courier_id AND shift.ended_at IS NULL
"""


def send(wishes: Mapping[int, int | None]) -> None:
    """Tell couriers, by their keys, at which store they had better wait; None: wherever they are (one statement)."""
    if wishes:
        with connection.cursor() as cursor:
            cursor.execute(SEND, {"couriers": list(wishes), "stores": list(wishes.values())})


def wishes_of(
    plan: dispatch.Plan, stores: Mapping[int, int], waits: Mapping[int, int | None]
) -> dict[int, int | None]:
    """What changes: couriers whose store to wait at (`waits`, as it stands) differs from the plan's; `stores` are ids by site."""
    wanted = {move.courier: stores[move.site] for move in plan.moves if move.site in stores}
    return {key: wanted.get(key) for key, store_id in waits.items() if wanted.get(key) != store_id}
