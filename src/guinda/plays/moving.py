"""Move runs from step to step, by set: one statement for all runs of a version that leave a step by the same branch.

Whoever calls holds the runs' rows locked, so that each step is left once; `StepDone` is unique by run and number besides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from guinda.plays.definition import END, GOAL, Definition, Step
from guinda.plays.hushing import hush
from guinda.plays.models import Run

SYSTEM = "system"
HOUR = """
    (SELECT (CASE WHEN day + {at} < local THEN day + interval '1 day' ELSE day END + {at}) AT TIME ZONE zone
     FROM (SELECT local, date_trunc('day', local) AS day, zone
           FROM (SELECT ({base} + {after}) AT TIME ZONE zone AS local, zone
                 FROM (SELECT coalesce(nullif(c.time_zone, ''), city.time_zone) AS zone
                       FROM clients_client c, places_city city
                       WHERE c.id = {client} AND city.slug = {city}) AS lives) AS there) AS clock)
"""
"""The first time of that hour of the client's own day, so long after `base`."""
MOVED = """
WITH moved AS (
    UPDATE plays_run r SET number = r.number + 1, step_at = %(now)s, heard_at = NULL, lapses_at = NULL, tries = 0, {sets}
    WHERE r.id = ANY(%(ids)s) AND r.step = %(step)s AND r.state IN ('waiting', 'listed', 'asked')
    RETURNING r.id, r.number - 1 AS number
)
INSERT INTO plays_stepdone (run_id, number, step, variant, outcome, at, by, evidence, minutes, cost_minor, currency)
SELECT moved.id, moved.number, %(step)s, {facts}, %(outcome)s, %(now)s, %(by)s, {evidence}, 0, {cost} FROM moved {joined}
"""
PLAIN = {"facts": "''", "evidence": "'{}'::jsonb", "cost": "0, ''", "joined": ""}
WITH_FACTS = {
    "facts": "said.variant",
    "evidence": "said.evidence",
    "cost": "said.cost_minor, said.currency",
    "joined": """JOIN unnest(%(ids)s, %(variants)s::text[], %(evidence)s::jsonb[], %(costs)s::int[], %(currencies)s::text[])
                 AS said (id, variant, evidence, cost_minor, currency) ON said.id = moved.id""",
}


@dataclass(frozen=True)
class Done:
    """What is written of one run's step besides its outcome."""

    variant: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    cost_minor: int = 0
    currency: str = ""


def due(step: Step, *, base: str, client: str, city: str) -> tuple[str, dict[str, Any]]:
    """When a step is due that is come to at `base`, as SQL over the named columns, and its values."""
    if step.until:
        return f"{base} + %(within)s", {"within": step.until.within}
    facts: dict[str, Any] = {"after": step.after}
    if step.at is None:
        return f"{base} + %(after)s", facts
    at = HOUR.format(base=base, after="%(after)s", at="%(at)s::time", client=client, city=city)
    return at, facts | {"at": step.at}


def advance(
    play: Definition,
    step: Step,
    outcome: str,
    ids: Collection[int],
    *,
    now: datetime,
    facts: Mapping[int, Done] | None = None,
    by: str = SYSTEM,
) -> int:
    """Have these runs leave `step` by the branch of `outcome`; returns how many did. With `facts`, one for each run.

    At the goal, what steps before this one have put into the outbox is taken back.
    """
    done = 0
    for target, some in _targets(play, step, step.branches[outcome], ids).items():
        if target == GOAL:
            hush(Run.objects.filter(pk__in=some).values_list("pk", "number"), now=now)
        sets, values = _sets(play, target)
        values |= {"ids": some, "step": step.slug, "outcome": outcome, "now": now, "by": by}
        if facts is not None:
            values |= _columns([facts[each] for each in some])
        with connection.cursor() as cursor:
            cursor.execute(MOVED.format(sets=sets, **(PLAIN if facts is None else WITH_FACTS)), values)
            done += cursor.rowcount
    return done


def leave(ids: Collection[int], why: str, *, now: datetime) -> int:
    """Have these active runs end before their end."""
    active = Run.objects.filter(pk__in=ids, state__in=Run.ACTIVE)
    return active.update(state=Run.State.LEFT, why=why, ended_at=now, waits_for="")


def _columns(done: Sequence[Done]) -> dict[str, Any]:
    return {
        "variants": [each.variant for each in done],
        "evidence": [Jsonb(dict(each.evidence)) for each in done],
        "costs": [each.cost_minor for each in done],
        "currencies": [each.currency for each in done],
    }


def _sets(play: Definition, target: str) -> tuple[str, dict[str, Any]]:
    """The columns of a run that has come to `target`."""
    if target in (END, GOAL):
        reached = "CASE WHEN %(now)s <= r.deadline_at THEN coalesce(r.goal_at, %(now)s) ELSE r.goal_at END"
        goal = reached if target == GOAL else "r.goal_at"
        sets = (
            f"step = '', state = 'done', waits_for = '', ended_at = %(now)s, why = %(why)s, goal_at = {goal}"
        )
        return sets, {"why": Run.Why.GOAL if target == GOAL else Run.Why.END}
    step = play.step(target)
    due_at, values = due(step, base="%(now)s", client="r.client_id", city="r.city_id")
    waits_for = step.until.event if step.until else ""
    return f"step = %(to)s, state = 'waiting', waits_for = %(waits_for)s, due_at = {due_at}", values | {
        "to": target,
        "waits_for": waits_for,
    }


def _targets(play: Definition, left: Step, target: str, ids: Collection[int]) -> dict[str, list[int]]:
    """Where each run goes: to the target, or past it when it has been there often enough."""
    found: dict[str, list[int]] = {}
    rest = list(ids)
    for _each in play.steps:
        most = None if target in (END, GOAL) else play.step(target).most_times
        often = _been_there(target, rest, most - (target == left.slug)) if most else set()
        found.setdefault(target, []).extend(each for each in rest if each not in often)
        rest = sorted(often)
        if not rest:
            break
        target = play.step(target).after_most
    found.setdefault(END, []).extend(rest)
    return {to: some for to, some in found.items() if some}


def _been_there(step: str, ids: Collection[int], most: int) -> set[int]:
    """The runs with so many visits to a step behind them."""
    if most == 0:
        return set(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT run_id FROM plays_stepdone WHERE run_id = ANY(%s) AND step = %s GROUP BY run_id HAVING count(*) >= %s",
            [list(ids), step, most],
        )
        return {run_id for (run_id,) in cursor.fetchall()}
