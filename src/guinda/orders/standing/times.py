"""When a visit is at the door, when it is placed, and until when its client can decide. Pure: no rows, no clock.

A standing order lives by the clock on its city's wall. Where that clock jumps, two sentences hold: an hour that the night leaves out is
the first instant after the gap, an hour that comes twice is the first of the two. A day that a city leaves out has no visit.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

AHEAD_DAYS = 7
"""Visits are laid out for today and so many days: what the client sees and can skip."""
PLACED_FROM = time(17)
"""The evening before, a visit becomes an order: most of tomorrow's fruit is in the stores, and the shop's day is not over."""
DECIDE_S = 2 * 3600
"""So long before the wished hour a day is decided: what has no answer or no fruit then is not brought."""
START_S = 60 * 60
"""Work begins so long before the wished hour: three minutes of packing, a quarter of an hour until a courier is planned, and a ride."""


class Times(NamedTuple):
    """The instants of one visit, UTC."""

    wished_at: datetime
    place_at: datetime
    answer_by: datetime
    start_at: datetime


def times(day: date, hour: int, zone: ZoneInfo) -> Times | None:
    """The instants of a visit on a day of the city's calendar; None when the city has no such day."""
    wished_at = instant(day, time(hour), zone)
    if wished_at.astimezone(zone).date() != day:
        return None
    return Times(
        wished_at=wished_at,
        place_at=instant(day - timedelta(days=1), PLACED_FROM, zone),
        answer_by=wished_at - timedelta(seconds=DECIDE_S),
        start_at=wished_at - timedelta(seconds=START_S),
    )


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A wall clock's time as an instant: the first of two, and of none the first after the gap."""
    return datetime.combine(day, at, zone).replace(fold=0).astimezone(UTC)


def days_ahead(now: datetime, zone: ZoneInfo, *, after: date | None = None) -> Iterator[date]:
    """The days of the city's calendar that are to be laid out now, those up to `after` left out."""
    today = now.astimezone(zone).date()
    for number in range(AHEAD_DAYS + 1):
        day = today + timedelta(days=number)
        if after is None or day > after:
            yield day
