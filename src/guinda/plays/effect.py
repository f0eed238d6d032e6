"""What a play changed: those it was played with beside those left alone, and what each step of it cost and brought.

Who is left alone is drawn by a hash of play and client, so the two groups differ by chance alone. Compared is each client's **first**
run whose time for the goal is over: whether they come in again already depends on how the first one went. Versions without a holdout, and
clients merged or erased meanwhile, are left out on both sides. Of versions that left different shares alone, the share that most came in
under is looked at: other shares were drawn at other times, and together they would compare times, not groups.

A step is compared with those left alone who at its usual time had not reached the goal either (a landmark: J. R. Anderson, K. C. Cain,
R. D. Gelber, Journal of Clinical Oncology 1, 1983). Who comes to a later step is not drawn by chance, which the page says; wordings of
one step are, and are compared with each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from guinda.plays.models import Play
from guinda.solvers.effect import (
    BROKEN,
    Difference,
    Group,
    Interval,
    cost_per_gained,
    difference,
    needed,
    split_chance,
)

FIRST = """
WITH first AS (
    SELECT DISTINCT ON (r.client_id) r.id, r.client_id, r.holdout, r.entered_at, r.goal_at, r.deadline_at, r.why,
           (v.definition ->> 'holdout')::float8 AS share
    FROM plays_run r JOIN plays_playversion v ON v.id = r.version_id
    WHERE r.play_id = %(play)s AND (v.definition ->> 'holdout')::float8 > 0 ORDER BY r.client_id, r.entered_at, r.id),
over AS (SELECT * FROM first WHERE deadline_at <= %(now)s AND why <> 'gone'),
judged AS (SELECT * FROM over WHERE share = (SELECT mode() WITHIN GROUP (ORDER BY share) FROM over))
"""
GROUPS = f"""{FIRST}
SELECT (SELECT count(*) FROM first WHERE why <> 'gone' AND deadline_at > %(now)s), count(*) FILTER (WHERE NOT holdout),
    count(goal_at) FILTER (WHERE NOT holdout), count(*) FILTER (WHERE holdout), count(goal_at) FILTER (WHERE holdout), avg(share)
FROM judged
"""  # noqa: S608 - our own parts
COSTS = f"""{FIRST}
SELECT d.currency, sum(d.cost_minor) FROM judged JOIN plays_stepdone d ON d.run_id = judged.id
WHERE NOT judged.holdout AND d.currency <> '' GROUP BY d.currency ORDER BY d.currency
"""  # noqa: S608
STEPS = f"""{FIRST},
done AS (SELECT DISTINCT ON (d.run_id, d.step) d.run_id, d.step, d.variant, d.at - judged.entered_at AS passed,
                judged.goal_at >= d.at AS reached, judged.deadline_at > d.at AS in_time
         FROM judged JOIN plays_stepdone d ON d.run_id = judged.id WHERE NOT judged.holdout ORDER BY d.run_id, d.step, d.number),
spent AS (SELECT d.step, d.variant, sum(d.cost_minor) AS cost_minor, sum(d.minutes) AS minutes
          FROM judged JOIN plays_stepdone d ON d.run_id = judged.id GROUP BY d.step, d.variant)
SELECT done.step, done.variant, count(*), count(*) FILTER (WHERE reached),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY passed), coalesce(max(spent.cost_minor), 0), coalesce(max(spent.minutes), 0)
FROM done LEFT JOIN spent ON spent.step = done.step AND spent.variant = done.variant
WHERE in_time GROUP BY done.step, done.variant ORDER BY done.step, done.variant
"""  # noqa: S608
LANDMARKS = f"""{FIRST}
SELECT mark.step, count(*) FILTER (WHERE goal_at IS NULL OR goal_at >= entered_at + mark.passed),
    count(*) FILTER (WHERE goal_at >= entered_at + mark.passed)
FROM judged, unnest(%(steps)s::text[], %(passed)s::interval[]) AS mark (step, passed) WHERE holdout GROUP BY mark.step
"""  # noqa: S608
JUDGED = f"""{FIRST}
SELECT client_id, entered_at, deadline_at, NOT holdout, goal_at IS NOT NULL, 1 - share FROM judged ORDER BY entered_at, client_id
"""  # noqa: S608


class Split(NamedTuple):
    """How the holdout came out: clients left alone, how many were to be, and the chance of one so uneven; None where it can't be said."""

    alone: int
    wanted: float
    chance: float | None

    @property
    def is_broken(self) -> bool:
        """So uneven that something takes clients out of one group."""
        return self.chance is not None and self.chance < BROKEN


@dataclass(frozen=True)
class Did:
    """One step, or one wording of it: who had it, how many reached the goal afterwards, and what it cost."""

    step: str
    variant: str
    group: Group
    beside: Difference | None
    cost_minor: int
    minutes: int


@dataclass(frozen=True)
class Effect:
    """A play's effect so far. `found` is None until both groups have somebody whose time is over; `waiting` are those whose is not."""

    treated: Group
    alone: Group
    waiting: int
    split: Split
    found: Difference | None
    costs: Sequence[tuple[str, int]]
    steps: Sequence[Did]

    @property
    def cost(self) -> tuple[str, int] | None:
        """Currency and what the treated cost together, where it is one currency."""
        return self.costs[0] if len(self.costs) == 1 else None

    def per_gained(self) -> tuple[float | None, Interval] | None:
        """What a goal gained cost, with its interval, in minor units."""
        return cost_per_gained(self.cost[1], self.found) if self.cost and self.found else None

    def enough(self) -> int | None:
        """How many clients it would take to be sure of the difference seen, while it is not."""
        if self.found is None or self.found.is_sure or not self.found.gained:
            return None
        share = self.split.wanted / (self.treated.clients + self.alone.clients)
        return needed(self.found.rate_alone, self.found.gained, alone=share)


def effect_of(play: Play, *, now: datetime) -> Effect:
    """What the play changed, as far as is known now. Four queries, whatever its size."""
    asked: dict[str, Any] = {"play": play.pk, "now": now}
    (waiting, clients, reached, alone_clients, alone_reached, share) = _rows(GROUPS, asked)[0]
    treated, alone = Group(reached, clients), Group(alone_reached, alone_clients)
    return Effect(
        treated=treated,
        alone=alone,
        waiting=waiting,
        split=_split(clients, alone_clients, share or 0.0),
        found=difference(treated, alone),
        costs=[(currency, int(cost_minor)) for currency, cost_minor in _rows(COSTS, asked)],
        steps=_steps(asked),
    )


def judged_runs(play: Play, *, now: datetime) -> list[tuple[Any, ...]]:
    """Each client compared: who, entered, until when, played with, whether the goal was reached, and the chance of being played with."""
    return _rows(JUDGED, {"play": play.pk, "now": now})


def _split(clients: int, alone: int, share: float) -> Split:
    chance = split_chance([clients, alone], [1 - share, share]) if 0 < share < 1 else None
    return Split(alone, (clients + alone) * share, chance)


def _steps(asked: Mapping[str, Any]) -> list[Did]:
    """Each step beside those left alone, and each wording but the first beside the first."""
    rows = _rows(STEPS, asked)
    by_step: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        by_step.setdefault(row[0], []).append(row)
    passed: dict[str, timedelta] = {
        step: sorted((row[4], row[2]) for row in some)[len(some) // 2][0] for step, some in by_step.items()
    }
    marks = {"steps": list(passed), "passed": list(passed.values())}
    alone = {step: Group(reached, clients) for step, clients, reached in _rows(LANDMARKS, {**asked, **marks})}
    made: list[Did] = []
    for step, some in by_step.items():
        whole = Group(sum(row[3] for row in some), sum(row[2] for row in some))
        beside = difference(whole, alone.get(step, Group(0, 0)))
        made.append(
            Did(step, "", whole, beside, sum(int(row[5]) for row in some), sum(int(row[6]) for row in some))
        )
        first = Group(some[0][3], some[0][2])
        for row in some if len(some) > 1 else ():
            group = Group(row[3], row[2])
            against = None if row is some[0] else difference(group, first)
            made.append(Did(step, row[1], group, against, int(row[5]), int(row[6])))
    return made


def _rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
