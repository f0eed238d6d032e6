"""The office's calendar: contracts, tools, sellers' days and plans go by its days, wherever the client is."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def today_of(now: datetime) -> date:
    """The office's day at this instant."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def begin_of(day: date) -> datetime:
    """The midnight with which it begins."""
    return datetime.combine(day, time.min, ZoneInfo(settings.TIME_ZONE))


def end_of(day: date) -> datetime:
    """The midnight after it."""
    return begin_of(day + timedelta(days=1))
