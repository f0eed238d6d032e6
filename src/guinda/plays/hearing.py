"""What plays do when something happens to a client: goals are reached, waiting ends, clients come in. By set, in the background.

The listener only notes the event, in the transaction in which the journal tells of it: whatever plays make of it, no bag waits for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from guinda.clients import contacting
from guinda.journal.models import Event
from guinda.journal.services import listen
from guinda.plays import events, matching, moving
from guinda.plays.definition import Definition, Filters
from guinda.plays.entering import Coming, enter
from guinda.plays.hushing import hush
from guinda.plays.knowing import definition_of
from guinda.plays.models import Heard, Play, Run

BATCH = 500
HAPPENED = "unnest(%(clients)s::bigint[], %(ats)s::timestamptz[]) AS happened (client_id, at)"
GOALS = """
SELECT r.id, r.client_id, r.version_id, '', min(happened.at) FROM {happened}
JOIN plays_run r ON r.client_id = happened.client_id AND r.goal_at IS NULL AND r.why <> 'gone'
     AND happened.at > r.entered_at AND happened.at <= r.deadline_at
JOIN plays_playversion v ON v.id = r.version_id AND v.definition -> 'goal' ->> 'event' = %(kind)s
GROUP BY r.id
"""
AWAITED = """
SELECT r.id, r.client_id, r.version_id, r.step, min(happened.at) FROM {happened}
JOIN plays_run r ON r.client_id = happened.client_id AND r.state = 'waiting' AND r.waits_for = %(kind)s AND r.heard_at IS NULL
     AND happened.at >= r.step_at AND happened.at <= r.due_at
GROUP BY r.id
"""
REACHED = """
UPDATE plays_run r SET goal_at = found.at,
    state = CASE WHEN r.ended_at IS NULL THEN 'done' ELSE r.state END, step = CASE WHEN r.ended_at IS NULL THEN '' ELSE r.step END,
    why = CASE WHEN r.ended_at IS NULL THEN 'goal' ELSE r.why END, ended_at = coalesce(r.ended_at, %(now)s), waits_for = ''
FROM (SELECT own.id, given.at FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[]) AS given (id, at)
      JOIN plays_run own ON own.id = given.id ORDER BY own.id FOR NO KEY UPDATE OF own) AS found
WHERE r.id = found.id AND r.goal_at IS NULL RETURNING r.id, r.number
"""
HEARD = """
UPDATE plays_run r SET heard_at = found.at, due_at = least(r.due_at, found.at)
FROM (SELECT own.id, given.at FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[]) AS given (id, at)
      JOIN plays_run own ON own.id = given.id ORDER BY own.id FOR NO KEY UPDATE OF own) AS found
WHERE r.id = found.id AND r.state = 'waiting' AND r.waits_for = %(kind)s AND r.heard_at IS NULL
  AND r.step_at <= found.at RETURNING r.id, r.number
"""


class Candidate(NamedTuple):
    """A run that an event may concern, if its version's conditions are met."""

    run_id: int
    client_id: int
    version_id: int
    step: str
    at: datetime


class Happened(NamedTuple):
    """An event of a client."""

    event: Event
    subject: events.Subject


def listen_to_all() -> None:
    """Note every event that plays can know of, and what becomes of clients."""
    for kind in events.kinds():
        listen(kind, note)
    listen("client.merged", client_merged)
    listen("client.erased", client_erased)


def note(event: Event, now: datetime) -> None:  # noqa: ARG001 - a listener's signature
    """Keep the event for `look`."""
    Heard.objects.get_or_create(event=event)


def client_merged(event: Event, now: datetime) -> None:
    """Runs move with their client; what stayed behind, because the kept client is in the same play, ends."""
    _leave_all(event.data["gone"], now)


def client_erased(event: Event, now: datetime) -> None:
    """Whoever is forgotten is in no play."""
    _leave_all(int(event.ref.removeprefix("client:")), now)


def _leave_all(client_id: int, now: datetime) -> None:
    active = Run.objects.filter(client=client_id, state__in=Run.ACTIVE)
    moving.leave(list(active.values_list("pk", flat=True)), Run.Why.GONE, now=now)


@transaction.atomic
def look(*, now: datetime, batch: int = BATCH) -> int:
    """Look at noted events, oldest first; returns how many. Any number of workers may look at once.

    Clients are locked before their runs, in ascending id, as a merge and a seller's answer lock them.
    """
    noted = Heard.objects.select_for_update(skip_locked=True, of=("self",)).select_related("event")
    rows = [each.event for each in noted.order_by("pk")[:batch]]
    by_kind: dict[str, list[Event]] = defaultdict(list)
    for event in rows:
        by_kind[event.kind].append(event)
    whose = {kind: _whose(kind, some) for kind, some in by_kind.items()}
    contacting.lock({each.subject.client_id for some in whose.values() for each in some})
    for kind, happened in whose.items():
        _look_at(kind, happened, now)
    Heard.objects.filter(pk__in=[event.pk for event in rows]).delete()
    return len(rows)


def _whose(kind: str, some: Sequence[Event]) -> list[Happened]:
    """The events of clients we know, in their order."""
    known = events.kinds().get(kind)
    subjects = known.find({event.ref for event in some}) if known else {}
    return [Happened(event, subjects[event.ref]) for event in some if event.ref in subjects]


def _look_at(kind: str, happened: Sequence[Happened], now: datetime) -> None:
    """Goals first: an order that ends one run may begin another. What waits in the outbox for whoever reached theirs is taken back."""
    if not happened:
        return
    facts = {
        "kind": kind,
        "clients": [each.subject.client_id for each in happened],
        "ats": [each.event.at for each in happened],
    }
    hush(_write(REACHED, _met(_candidates(GOALS, facts), now, goal=True), kind, now), now=now)
    _write(HEARD, _met(_candidates(AWAITED, facts), now, goal=False), kind, now)
    for play in Play.objects.filter(state=Play.State.ON, event=kind).order_by("priority", "pk"):
        coming = [
            Coming(subject.client_id, subject.city_id, f"{play.slug}:event:{event.pk}", event.at)
            for event, subject in happened
        ]
        enter(play, coming, now=now)


def _candidates(sql: str, facts: Mapping[str, Any]) -> list[Candidate]:
    with connection.cursor() as cursor:
        cursor.execute(sql.format(happened=HAPPENED), facts)
        return [Candidate(*row) for row in cursor.fetchall()]


def _met(candidates: Sequence[Candidate], now: datetime, *, goal: bool) -> list[Candidate]:
    """Those whose version's conditions are met by the client."""
    by_place: dict[tuple[int, str], list[Candidate]] = defaultdict(list)
    for each in candidates:
        by_place[each.version_id, each.step].append(each)
    met = []
    for (version_id, step), some in by_place.items():
        when = _conditions(definition_of(version_id), step, goal=goal)
        match = matching.who_match(when, among={each.client_id for each in some}, now=now)
        met += [each for each in some if each.client_id in match]
    return met


def _conditions(play: Definition, step: str, *, goal: bool) -> Filters:
    if goal:
        return play.goal.when
    until = play.step(step).until
    return until.when if until else ()


def _write(sql: str, met: Collection[Candidate], kind: str, now: datetime) -> list[tuple[int, int]]:
    """Returns each run that was written, with how many steps are behind it."""
    if not met:
        return []
    values: dict[str, Any] = {
        "ids": [each.run_id for each in met],
        "ats": [each.at for each in met],
        "kind": kind,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
