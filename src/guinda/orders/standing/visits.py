"""Lay the days out ahead: which visits a standing order has within the next days.

Lock order of this package: the standing order's row, then its visits', then what `orders.services` locks.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from guinda.clients.messages import withdraw
from guinda.orders.standing.models import StandingOrder, Visit, VisitLine
from guinda.orders.standing.times import AHEAD_DAYS, Times, days_ahead, times
from guinda.places.models import City

BATCH = 100
"""Standing orders laid out in one round of the worker, each in a transaction of its own."""


def lay_out_all(*, now: datetime, limit: int = BATCH) -> int:
    """The worker's chore: add the days that have come into sight; returns how many visits were made.

    Any number of workers: the rows are claimed with SKIP LOCKED, and a day is unique by the database.
    """
    made = 0
    for city in City.objects.all():
        horizon = list(days_ahead(now, StandingOrder(city=city).zone))[-1]
        due = StandingOrder.objects.filter(
            city=city, paused_at=None, ended_at=None, laid_out_until__lt=horizon
        )
        for pk in due.order_by("laid_out_until", "pk").values_list("pk", flat=True)[:limit]:
            made += _extend(pk, now)
    return made


def _extend(pk: int, now: datetime) -> int:
    """Add the new days of one standing order; none when somebody else is at it or it has ended."""
    with transaction.atomic():
        row = StandingOrder.objects.select_for_update(of=("self",), skip_locked=True).select_related("city")
        standing = row.filter(pk=pk, paused_at=None, ended_at=None).first()
        return add_days(standing, now=now, after=standing.laid_out_until) if standing else 0


def add_days(standing: StandingOrder, *, now: datetime, after: date | None = None) -> int:
    """Make the visits that are wanted and can still be decided, of the days after `after`; the standing order's row is locked.

    Returns how many were asked for; a day that has its visit already keeps it.
    """
    days = list(days_ahead(now, standing.zone, after=after))
    rows = [
        _visit(standing, day, at, now) for day in days if (at := wanted(standing, day)) and now < at.answer_by
    ]
    Visit.objects.bulk_create(rows, ignore_conflicts=True)
    standing.laid_out_until = now.astimezone(standing.zone).date() + timedelta(days=AHEAD_DAYS)
    StandingOrder.objects.filter(pk=standing.pk).update(laid_out_until=standing.laid_out_until)
    return len(rows)


def wanted(standing: StandingOrder, day: date) -> Times | None:
    """The times of that day's visit, if the standing order wants one."""
    return times(day, standing.hour, standing.zone) if day.weekday() in standing.weekdays else None


def _visit(standing: StandingOrder, day: date, at: Times, now: datetime) -> Visit:
    return Visit(
        standing=standing,
        date=day,
        wished_at=at.wished_at,
        answer_by=at.answer_by,
        due_at=max(at.place_at, now),
    )


def call_off(standing: StandingOrder, *, now: datetime) -> None:
    """What is not decided yet is not brought: paused, ended. The standing order's row is locked."""
    visits = standing.visits.filter(state__in=Visit.OPEN)
    withdraw_questions(standing, now=now)
    visits.update(state=Visit.State.CANCELLED, due_at=now)


def lay_out_anew(standing: StandingOrder, *, now: datetime) -> None:
    """After a change of days, hour or bowl: the open days follow it, what is ordered or skipped stays. The row is locked.

    A question that was open is asked anew when it still stands: it may be about what is wanted no longer.
    """
    withdraw_questions(standing, now=now)
    followers = standing.visits.filter(state__in=[*Visit.OPEN, Visit.State.CANCELLED], wished_at__gt=now)
    VisitLine.objects.filter(visit__in=followers).delete()
    for visit in followers.select_for_update().order_by("pk"):
        at = wanted(standing, visit.date)
        if at is None or now >= at.answer_by:
            Visit.objects.filter(pk=visit.pk).update(state=Visit.State.CANCELLED)
            continue
        Visit.objects.filter(pk=visit.pk).update(
            state=Visit.State.PLANNED,
            answer=Visit.Answer.NONE,
            asked_at=None,
            wished_at=at.wished_at,
            answer_by=at.answer_by,
            due_at=max(at.place_at, now),
        )
    add_days(standing, now=now)


def withdraw_questions(standing: StandingOrder, *, now: datetime) -> None:
    """Questions that nobody needs to answer any more are not sent, if they were not yet."""
    withdraw(keys=[question_key(visit) for visit in standing.visits.filter(state=Visit.State.ASKED)], now=now)


def question_key(visit: Visit) -> str:
    """The key of a visit's newest question in the outbox."""
    return f"visit:{visit.pk}:question:{visit.asks}"
