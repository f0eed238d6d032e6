"""Clients come into plays, by set: through an event of theirs, or each night by a segment.

A client is in a play once at a time and not again before `again_after`; the same event never lets them in twice. Who is held out by the
hash comes in as well, and gets nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from guinda.plays import conditions, matching
from guinda.plays.definition import Definition
from guinda.plays.hashing import is_held_out
from guinda.plays.knowing import definition_of
from guinda.plays.models import Play
from guinda.plays.moving import due

NIGHT_BEGINS = timedelta(hours=3)
"""UTC: when a day's segments are looked at, so that what a step says at ten in the morning is decided before."""
CHUNK = 10_000
NEVER = timedelta(days=200 * 365)
ENTERED = """
INSERT INTO plays_run (play_id, version_id, client_id, city_id, entry_key, entered_at, holdout, state, step, number, step_at, due_at,
                       waits_for, tries, deadline_at, why)
SELECT %(play)s, %(version)s, came.client_id, came.city_id, came.key, came.at, came.holdout, 'waiting',
       CASE WHEN came.holdout THEN '' ELSE %(step)s END, 0, came.at,
       CASE WHEN came.holdout THEN came.at + %(goal)s ELSE {due} END,
       CASE WHEN came.holdout THEN '' ELSE %(waits_for)s END, 0, came.at + %(goal)s, ''
FROM (SELECT c.id AS client_id, each.key, each.at, each.holdout, coalesce(each.city_id, c.city_id, any_city.slug) AS city_id
      FROM unnest(%(clients)s::bigint[], %(cities)s::text[], %(keys)s::text[], %(ats)s::timestamptz[], %(holdouts)s::bool[])
           AS each (client_id, city_id, key, at, holdout)
      JOIN clients_client c ON c.id = each.client_id AND c.kind = %(whom)s AND c.merged_into_id IS NULL AND c.erased_at IS NULL,
      (SELECT min(slug) AS slug FROM places_city) AS any_city) AS came
WHERE came.city_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM plays_run before WHERE before.client_id = came.client_id AND before.play_id = %(play)s
    AND before.entered_at > came.at - %(again)s)
ORDER BY came.at
ON CONFLICT DO NOTHING
"""


class Coming(NamedTuple):
    """A client who may come in: by what, when, in which city where that is known."""

    client_id: int
    city_id: str | None
    key: str
    at: datetime


def enter(play: Play, coming: Sequence[Coming], *, now: datetime, matched: bool = False) -> int:
    """Let those in who meet the play's conditions (`matched`: they have been asked already); returns how many came in.

    Inside the caller's transaction: the play can't be switched until it ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version_id FROM plays_play WHERE id = %s AND state = 'on' FOR SHARE", [play.pk]
        )
        found = cursor.fetchone()
    if found is None:
        return 0
    definition = definition_of(found[0])
    if not matched:
        match = matching.who_match(definition.entry.when, among={each.client_id for each in coming}, now=now)
        coming = [each for each in coming if each.client_id in match]
    done = 0
    for first in range(0, len(coming), CHUNK):
        done += _insert(play.pk, found[0], definition, coming[first : first + CHUNK])
    return done


def enter_nightly(*, now: datetime) -> int:
    """Once a day each play that begins with a segment takes in whoever is in it; returns how many came in."""
    tonight = (now - NIGHT_BEGINS).date()
    by_segment = Play.objects.filter(state=Play.State.ON, event="")
    waiting = by_segment.exclude(night_date__gte=tonight).order_by("priority", "pk")
    return sum(_night(play, tonight, now) for play in waiting)


@transaction.atomic
def _night(play: Play, tonight: Any, now: datetime) -> int:
    mine = Play.objects.filter(pk=play.pk, state=Play.State.ON).exclude(night_date__gte=tonight)
    if not mine.update(night_date=tonight):
        return 0
    play.refresh_from_db()
    definition = definition_of(play.version_id or 0)
    ids = conditions.matching(definition.entry.when, now=now, kind=definition.whom)
    coming = [Coming(pk, None, f"{play.slug}:night:{tonight}:{pk}", now) for pk in ids]
    return enter(play, coming, now=now, matched=True)


def _insert(play_id: int, version_id: int, definition: Definition, coming: Sequence[Coming]) -> int:
    first = definition.steps[0]
    due_at, values = due(first, base="came.at", client="came.client_id", city="came.city_id")
    values |= {
        "play": play_id,
        "version": version_id,
        "whom": definition.whom,
        "step": first.slug,
        "waits_for": first.until.event if first.until else "",
        "goal": definition.goal.within,
        "again": definition.entry.again_after or NEVER,
        "clients": [each.client_id for each in coming],
        "cities": [each.city_id for each in coming],
        "keys": [each.key for each in coming],
        "ats": [each.at for each in coming],
        "holdouts": [is_held_out(definition, each.client_id) for each in coming],
    }
    with connection.cursor() as cursor:
        cursor.execute(ENTERED.format(due=due_at), values)
        return int(cursor.rowcount)
