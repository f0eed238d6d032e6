"""Whether what a version in use sees and foretells has moved since it was learned: looked at weekly, told in words by `words.moved`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from guinda.planner.learning.buying import INPUTS, PEOPLE, inputs, model_of
from guinda.planner.learning.companies import companies, features, names
from guinda.planner.learning.encoding import Encoding, Floats
from guinda.planner.learning.history import Throws, throws_of
from guinda.planner.learning.leaving import chances
from guinda.planner.learning.purchases import bought
from guinda.planner.learning.versions import Kind
from guinda.planner.models import Learned
from guinda.plays.facts.numbers import columns
from guinda.solvers.drift import Tenths, Week, calibration_by_week, effect_by_week, stability
from guinda.solvers.uplift import Model

WEEK = timedelta(days=7)
LOOK_WEEKS = 4
"""Clients of the last weeks are compared with those learned from."""
LEAST = 100
"""Fewer clients differ from any others by chance."""
WEEKS_KEPT = 26


def look(version: Learned, *, now: datetime) -> bool:
    """Look if the last look is a week ago, and keep what was found; whether it looked."""
    last = version.drift.get("at")
    if last is not None and now - datetime.fromisoformat(last) < WEEK:
        return False
    found = _LOOKS[Kind(version.kind), version.subject == PEOPLE](version, now)
    version.drift = {"at": now.isoformat(), **found}
    version.save(update_fields=["drift"])
    return True


def _uplift(version: Learned, now: datetime) -> dict[str, Any]:
    """Those who came in lately, and the effect of each week whose time is over since."""
    throws = throws_of(version.subject, now=now)
    encoding = Encoding.read(version.content["columns"])
    since = throws.part(np.flatnonzero([at > version.to_at for at in throws.at]))
    given = columns(encoding.facts, since.moments)
    since, seen = since.part(given.places), encoding.matrix(given)
    began = now - LOOK_WEEKS * WEEK - _watched(since)
    lately = np.flatnonzero([at > began for at in since.at])
    facts = [column.fact for column in encoding.columns]
    model = Model.read(version.content["model"])
    weeks = effect_by_week(_weeks(since.at, version.to_at), model.predict(seen), since.treated, since.came)
    return {"inputs": _moved(version, facts, seen[lately]), "weeks": _dated(weeks, version.to_at)}


def _watched(throws: Throws) -> timedelta:
    """How long clients are watched: their week is over so much later."""
    return max(
        (until - at for at, until in zip(throws.at, throws.until_at, strict=True)), default=timedelta()
    )


def _weeks(at: Sequence[datetime], since: datetime) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([(each - since) // WEEK for each in at], dtype=np.int64)


def _people(version: Learned, now: datetime) -> dict[str, Any]:
    """Everybody's purchases now; of those known then, what they were foretold to buy in each week since."""
    known, then = bought(at=now), bought(at=version.to_at)
    model, weeks, before, told = model_of(version.content), [], 0.0, 0.0
    for week in range(min(WEEKS_KEPT, (now - version.to_at) // WEEK)):
        later = float(bought(at=version.to_at, until=version.to_at + (week + 1) * WEEK).later.sum())
        upto = float(model.expected(then.of, week + 1.0).sum())
        foretold, seen = upto - told, later - before
        weeks.append(_week(week, len(then.clients), foretold, seen))
        before, told = later, upto
    return {
        "inputs": _moved(version, INPUTS, np.column_stack(inputs(known))),
        "weeks": _dated(weeks, version.to_at),
    }


def _week(week: int, clients: int, foretold: float, seen: float) -> Week:
    """Purchases of a client; as many errors away as a Poisson count would have it."""
    many = max(1, clients)
    return Week(
        week, clients, foretold / many, seen / many, (seen - foretold) / max(1.0, np.sqrt(max(foretold, 0.0)))
    )


def _staying(version: Learned, now: datetime) -> dict[str, Any]:
    known = companies(now=now)
    return {
        "inputs": _moved(version, ["months"], known.months[:, None]),
        "weeks": version.drift.get("weeks", []),
    }


def _leaving(version: Learned, now: datetime) -> dict[str, Any]:
    """A cross-section each week: the share foretold to have left beside the share that has."""
    known = companies(now=now)
    things, kept = version.content["things"], version.content["columns"]
    read = [names(things)[at] for at in kept]
    week = np.full(len(known.left), (now - version.to_at) // WEEK, dtype=np.int64)
    weeks = calibration_by_week(week, chances(version, known), known.left)
    told = [*version.drift.get("weeks", []), *_dated(weeks, version.to_at)]
    return {"inputs": _moved(version, read, features(known, things)[:, kept]), "weeks": told[-WEEKS_KEPT:]}


def _moved(version: Learned, facts: Sequence[str], seen: Floats) -> list[list[Any]]:
    """The population stability index of each fact, the largest of its columns, the most moved first; nothing of too few clients."""
    if len(seen) < LEAST:
        return []
    index: dict[str, float] = {}
    for fact, tenths, column in zip(facts, version.content["tenths"], seen.T, strict=True):
        index[fact] = max(index.get(fact, 0.0), stability(Tenths(**tenths), column))
    return [[fact, value] for fact, value in sorted(index.items(), key=lambda each: -each[1])]


def _dated(weeks: Sequence[Week], since: datetime) -> list[dict[str, Any]]:
    """The last weeks, each with the day it began."""
    return [
        {**asdict(each), "week": (since + each.week * WEEK).date().isoformat(), "moved": bool(each.moved)}
        for each in weeks[-WEEKS_KEPT:]
    ]


_LOOKS = {
    (Kind.UPLIFT, False): _uplift,
    (Kind.LIFETIME, True): _people,
    (Kind.LIFETIME, False): _staying,
    (Kind.CHURN, False): _leaving,
}
