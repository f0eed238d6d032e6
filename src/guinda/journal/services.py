"""Write an event; tell the listeners after commit."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from guinda.journal.models import Announcement, Event

Listener = Callable[[Event, datetime], None]
_listeners: dict[str, list[Listener]] = defaultdict(list)
logger = logging.getLogger(__name__)

LONGEST_WAIT_S = 300
"""Between attempts to tell a failing listener: 1, 2, 4 ... seconds, never longer than this."""


def listen(kind: str, listener: Listener) -> None:
    """Have `listener(event, now)` called for each event of `kind`, at least once, after commit, each in a savepoint of its own."""
    if listener not in _listeners[kind]:
        _listeners[kind].append(listener)


def record(*, kind: str, ref: str, by: str, at: datetime, data: dict[str, Any] | None = None) -> Event:
    """Write an event, to be announced once the surrounding transaction commits."""
    with transaction.atomic():
        event = Event.objects.create(kind=kind, ref=ref, by=by, at=at, data=data or {})
        Announcement.objects.create(event=event, due_at=at)
    return event


def announce(*, now: datetime, limit: int = 200) -> int:
    """Tell the listeners of up to `limit` events that are due; returns how many events were told.

    Safe with any number of workers: rows are claimed with SKIP LOCKED and stay claimed until the listeners' work commits with them.
    """
    with transaction.atomic():
        due = list(
            Announcement.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("event")
            .filter(due_at__lte=now)
            .order_by("event_id")[:limit],
        )
        told = [each.event_id for each in due if _tell(each, now)]
        Announcement.objects.filter(event_id__in=told).delete()
    return len(told)


def _tell(announcement: Announcement, now: datetime) -> bool:
    event = announcement.event
    listeners = _listeners.get(event.kind)
    if not listeners:
        return True  # most events: a savepoint each would cost the worker two round trips for nothing
    try:
        with transaction.atomic():
            for listener in listeners:
                listener(event, now)
    except Exception as error:
        logger.exception("A listener of %s failed", event)
        announcement.attempts += 1
        announcement.due_at = now + timedelta(seconds=min(2 ** (announcement.attempts - 1), LONGEST_WAIT_S))
        announcement.last_error = f"{type(error).__name__}: {error}"[:1000]
        announcement.save(update_fields=["attempts", "due_at", "last_error"])
        return False
    return True


RECORD_CTE = """
     event AS (INSERT INTO journal_event (at, kind, ref, by, data)
               SELECT %(at)s, %(event_kind)s, %(event_ref)s, %(event_by)s, %(event_data)s::jsonb FROM {source} RETURNING id),
     announcement AS (INSERT INTO journal_announcement (event_id, due_at, attempts, last_error)
                      SELECT id, %(at)s, 0, '' FROM event)"""
"""`record` as a part of a larger statement, for the path where every round trip counts: one event if `source` gave a row."""
