"""How the promise went and how the planner did, day by day: three statements over sets, however many orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from guinda.places.models import City

DAYS = 14


@dataclass(frozen=True)
class Day:
    """One day by the city's clocks. Shares are of 1; None where nothing happened to count."""

    date: date
    delivered: int = 0
    kept: float | None = None
    late_minutes: float | None = None
    """Of the bags that came late: the mean."""
    door_minutes: float | None = None
    """From the click to the door: the mean."""
    courier_minutes: float | None = None
    """On duty, for each delivered bag."""
    rounds: int = 0
    solver_ms: int | None = None
    """The slowest but one in a hundred."""
    round_ms: int | None = None
    gap: float | None = None

    @property
    def kept_percent(self) -> float | None:
        """For people."""
        return None if self.kept is None else 100 * self.kept


BAGS = """
SELECT date(task.ended_at AT TIME ZONE %(zone)s), count(*), avg((task.ended_at <= task.promised_at)::int)::float,
       (avg(extract(epoch FROM task.ended_at - task.promised_at) / 60) FILTER (WHERE task.ended_at > task.promised_at))::float,
       (avg(extract(epoch FROM task.ended_at - placed.placed_at)) / 60)::float
FROM delivery_task task JOIN orders_order placed ON placed.id = task.order_id
WHERE task.city_id = %(city)s AND task.state = 'delivered' AND task.ended_at >= %(since)s
GROUP BY 1
"""

DUTY = """
SELECT date(day.at), sum(extract(epoch FROM least(coalesce(shift.ended_at, %(now)s), (day.at + interval '1 day') AT TIME ZONE %(zone)s)
                                          - greatest(shift.started_at, day.at AT TIME ZONE %(zone)s)) / 60)::float
FROM delivery_shift shift JOIN delivery_courier courier ON courier.id = shift.courier_id
JOIN generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day') AS day(at)
    ON shift.started_at < (day.at + interval '1 day') AT TIME ZONE %(zone)s
   AND coalesce(shift.ended_at, %(now)s) > day.at AT TIME ZONE %(zone)s
WHERE courier.city_id = %(city)s
GROUP BY 1
"""

ROUNDS = """
SELECT date(at AT TIME ZONE %(zone)s), count(*), percentile_disc(0.99) WITHIN GROUP (ORDER BY solver_ms),
       percentile_disc(0.99) WITHIN GROUP (ORDER BY took_ms), avg(gap)
FROM delivery_round WHERE city_id = %(city)s AND at >= %(since)s
GROUP BY 1
"""


def days(*, city: City, now: datetime, count: int = DAYS) -> list[Day]:
    """The last days, today first; a day on which nothing happened is there too."""
    zone = ZoneInfo(city.time_zone)
    today = now.astimezone(zone).date()
    first = today - timedelta(days=count - 1)
    since = datetime.combine(first, datetime.min.time(), zone)
    facts: dict[str, Any] = {
        "city": city.pk, "zone": city.time_zone, "now": now, "since": since, "first": first, "last": today,
    }  # fmt: skip
    bags, duty, rounds = (_by_day(query, facts) for query in (BAGS, DUTY, ROUNDS))
    return [_day(today - timedelta(days=ago), bags, duty, rounds) for ago in range(count)]


Rows = dict[date, tuple[Any, ...]]


def _by_day(query: str, facts: dict[str, Any]) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(query, facts)
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _day(day: date, bags: Rows, duty: Rows, rounds: Rows) -> Day:
    delivered, kept, late, door = bags.get(day, (0, None, None, None))
    (minutes,) = duty.get(day, (None,))
    count, solver_ms, round_ms, gap = rounds.get(day, (0, None, None, None))
    each = minutes / delivered if minutes is not None and delivered else None
    return Day(day, delivered, kept, late, door, each, count, solver_ms, round_ms, gap)
