"""What chance decided and what came of it: the rows that uplift is learned from, and the outcomes of the planner's own trials.

Of a play each client's first run counts, of a tool the first trial of a plan that was kept, whose time is over: whether a client comes in
again depends on how the first time went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from guinda.plays.conditions import Moment
from guinda.plays.effect import judged_runs
from guinda.plays.models import Play

TRIED = """
SELECT client_id, at, until_at, treated, reached_at IS NOT NULL, chance FROM (
    SELECT DISTINCT ON (t.client_id) t.* FROM planner_trial t JOIN offers_tool o ON o.id = t.tool_id
    JOIN planner_plan p ON p.id = t.plan_id AND p.kept_at IS NOT NULL WHERE o.slug = %(tool)s ORDER BY t.client_id, t.at, t.id) AS first
WHERE until_at <= %(now)s ORDER BY at, client_id
"""
REACHED = """
UPDATE planner_trial SET reached_at = came.at FROM (
    SELECT t.id, least(
        (SELECT min(o.ended_at) FROM offers_offer o WHERE o.client_id = t.client_id AND o.state = 'accepted'
         AND o.ended_at > t.at AND o.ended_at <= t.until_at AND o.ended_at <= %(now)s),
        (SELECT min(o.placed_at) FROM orders_order o WHERE o.client_id = t.client_id AND o.state NOT IN ('held', 'cancelled', 'expired')
         AND o.placed_at > t.at AND o.placed_at <= t.until_at AND o.placed_at <= %(now)s)) AS at
    FROM planner_trial t WHERE t.at <= %(now)s AND t.until_at > %(since)s) AS came
WHERE came.id = planner_trial.id AND planner_trial.reached_at IS DISTINCT FROM came.at
"""
TOOLS = """
SELECT DISTINCT o.slug FROM planner_trial t JOIN offers_tool o ON o.id = t.tool_id
JOIN planner_plan p ON p.id = t.plan_id AND p.kept_at IS NOT NULL WHERE t.until_at <= %(now)s ORDER BY 1
"""
PLAYS = """
SELECT p.slug FROM plays_play p WHERE EXISTS (
    SELECT FROM plays_run r WHERE r.play_id = p.id AND r.holdout AND r.deadline_at <= %(now)s) ORDER BY 1
"""


SENT = """
SELECT count(*), count(*) FILTER (WHERE r.why = 'left_out') FROM plays_run r JOIN plays_play p ON p.id = r.play_id
WHERE p.slug = %s AND NOT r.holdout AND r.deadline_at <= %s
"""
REACHED_LEAST = 0.1
"""No effect is taken for more than ten times what was seen of all."""
LATE = timedelta(days=2)
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Throws:
    """Clients by the time they came in: when, until when they were watched, and what chance gave them with what probability."""

    clients: NDArray[np.int64]
    at: Sequence[datetime]
    until_at: Sequence[datetime]
    treated: NDArray[np.bool_]
    came: NDArray[np.float64]
    chance: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.clients)

    @property
    def moments(self) -> list[Moment]:
        """What was known of each when chance decided."""
        return [Moment(int(client), at) for client, at in zip(self.clients, self.at, strict=True)]

    def part(self, places: NDArray[np.int64]) -> Throws:
        """Some of them."""
        at, until_at = ([each[place] for place in places] for each in (self.at, self.until_at))
        return Throws(
            self.clients[places], at, until_at, self.treated[places], self.came[places], self.chance[places]
        )


def throws_of(subject: str, *, now: datetime) -> Throws:
    """The randomised history of `play:NAME` or `tool:NAME`; without any, nobody."""
    of, _colon, slug = subject.partition(":")
    if of == "play":
        play = Play.objects.filter(slug=slug).first()
        rows = judged_runs(play, now=now) if play else []
    else:
        with connection.cursor() as cursor:
            cursor.execute(TRIED, {"tool": slug, "now": now})
            rows = cursor.fetchall()
    clients, at, until_at, treated, came, chance = (
        zip(*rows, strict=True) if rows else ([], [], [], [], [], [])
    )
    return Throws(
        np.array(clients, dtype=np.int64),
        at,
        until_at,
        np.array(treated, dtype=np.bool_),
        np.array(came, dtype=np.float64),
        np.array(chance, dtype=np.float64),
    )


def reached_share(subject: str, *, now: datetime) -> float:
    """Of whom chance gave a play, the share whose run no plan ended by leaving its message out; 1 for tools."""
    of, _colon, slug = subject.partition(":")
    if of != "play":
        return 1.0
    with connection.cursor() as cursor:
        cursor.execute(SENT, [slug, now])
        count, left_out = cursor.fetchone()
    return max(REACHED_LEAST, 1.0 - int(left_out) / max(1, int(count)))


def note_reached(*, now: datetime, since: datetime | None = None) -> int:
    """Write of each trial when what was hoped for came, if it came in time and was not called off; returns how many changed.

    Looked at are those whose time was not over at `since`: two days ago, so that a look a minute stays short. What is learned from looks at
    all of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(REACHED, {"now": now, "since": since or now - LATE})
        return int(cursor.rowcount)


def subjects(*, now: datetime) -> list[str]:
    """Everything that chance decided and whose time is over for somebody."""
    found = []
    with connection.cursor() as cursor:
        for of, sql in (("play", PLAYS), ("tool", TOOLS)):
            cursor.execute(sql, {"now": now})
            found += [f"{of}:{slug}" for (slug,) in cursor.fetchall()]
    return found
