"""How much is still to come from a person who buys without a contract: models of buying and of spending, fitted to everybody's orders.

Models are compared on the past: fitted to what was bought until a moment some weeks ago, and asked what was bought since. The one that errs
least is fitted anew to all of it; beside it stands the plain guess that people go on as in the weeks before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.planner.learning.encoding import Floats
from guinda.planner.learning.purchases import WEEK_DAYS, Bought, bought, part
from guinda.planner.learning.versions import Found, Kind, Progress, keep, silent
from guinda.planner.models import Learned
from guinda.solvers.drift import tenths
from guinda.solvers.lifetime import Buying, Pareto, Purchases, Spending, buying, pareto, spending

PEOPLE = "people"
SEED = 0
FITTED_MOST = 20_000
"""People drawn to fit a model to: its four numbers are known to a hundredth with fewer."""
AHEAD_WEEKS, AHEAD_LEAST_WEEKS = 26, 3
GROUPS = 5
FIT: dict[str, Callable[[Purchases], Buying | Pareto]] = {
    "BG/NBD": lambda of: buying(of, modified=False),
    "MBG/NBD": lambda of: buying(of, modified=True),
    "Pareto/NBD": pareto,
}
INPUTS = ("purchases", "last_week", "watched_weeks", "mean_minor")


def learn_people(*, now: datetime, by: str, progress: Progress = silent) -> Learned:
    """Learn anew how much is still to come from people, and keep it; used where it errs no more than the plain guess.

    Raises:
        Refusal: `nothing_to_learn_from`: too few people came again, or the shop is too young.
    """
    known = bought(at=now)
    weeks = _ahead(known)
    try:
        tried = _tried(bought(at=now - timedelta(weeks=weeks), until=now), weeks, progress)
        best = min(FIT, key=lambda name: tried[name]["root"])
        content = _content(known, best)
    except ValueError:
        said = _("Too few people came again yet to learn from. Let the shop sell for some weeks.")
        raise Refusal("nothing_to_learn_from", said) from None
    why = "better" if tried[best]["root"] <= tried["plain"]["root"] else "plain"
    found = Found(
        kind=Kind.LIFETIME,
        subject=PEOPLE,
        from_at=now - timedelta(days=WEEK_DAYS * float(known.of.watched.max())),
        to_at=now,
        clients=len(known.clients),
        method=f"{best}, Gamma-Gamma",
        facts=list(INPUTS),
        content=content,
        report={"ahead_weeks": weeks, "tried": tried, "best": best, "why": why},
        fit=why == "better",
    )
    return keep(found, by=by, now=now)


def _content(known: Bought, best: str) -> dict[str, Any]:
    return {
        "model": best,
        "buying": asdict(FIT[best](part(known.of, _drawn(known)))),
        "spending": _spending(known),
        "tenths": [asdict(tenths(column)) for column in inputs(known)],
    }


def _ahead(known: Bought) -> int:
    """Weeks to foretell: half of the shop's life, half a year at the most."""
    return int(min(AHEAD_WEEKS, known.of.watched.max(initial=0.0) // 2))


def _tried(then: Bought, weeks: int, progress: Progress) -> dict[str, dict[str, Any]]:
    """Of each model and the plain guess: what was foretold in all, errors of a client, and foretold and seen by groups."""
    if weeks < AHEAD_LEAST_WEEKS:
        raise ValueError(f"{weeks} weeks tell nothing of the next.")
    fitted, later = part(then.of, _drawn(then)), then.later
    told = {}
    for done, (name, fit) in enumerate(FIT.items(), 1):
        told[name] = fit(fitted).expected(then.of, weeks)
        progress(done, len(FIT))
    told["plain"] = np.minimum(1.0, weeks / np.maximum(then.of.watched, 1.0)) * then.count
    return {name: _errors(each, later) for name, each in told.items()}


def _errors(foretold: Floats, later: Floats) -> dict[str, Any]:
    error = foretold - later
    groups = np.array_split(np.argsort(-foretold, kind="stable"), GROUPS)
    return {
        "foretold": float(foretold.sum()),
        "seen": float(later.sum()),
        "mean": float(np.abs(error).mean()),
        "root": float(np.sqrt((error**2).mean())),
        "groups": [[float(foretold[rows].mean()), float(later[rows].mean())] for rows in groups if len(rows)],
    }


def _drawn(known: Bought) -> np.ndarray[Any, np.dtype[np.int64]]:
    rows = np.random.default_rng(SEED).permutation(len(known.clients))[:FITTED_MOST]
    return np.sort(rows)


def _spending(known: Bought) -> dict[str, dict[str, float]]:
    """By currency, where there is enough of it."""
    found = {}
    for currency in np.unique(known.currency):
        rows = np.flatnonzero(known.currency == currency)[:FITTED_MOST]
        try:
            found[str(currency)] = asdict(spending(known.count[rows], known.mean_minor[rows]))
        except ValueError:
            continue
    return found


def inputs(known: Bought) -> list[Floats]:
    """What a drift is looked for in, in the order of INPUTS."""
    return [known.count.astype(np.float64), known.of.last, known.of.watched, known.mean_minor]


def model_of(content: Mapping[str, Any]) -> Buying | Pareto:
    """What was fitted."""
    return (Pareto if content["model"] == "Pareto/NBD" else Buying)(**content["buying"])


def still_to_spend(version: Learned, known: Bought, *, weeks: float) -> Floats:
    """What each person will yet spend within the weeks ahead, minor units."""
    told, means = model_of(version.content).expected(known.of, weeks), known.mean_minor.copy()
    for currency, facts in version.content["spending"].items():
        rows, model = known.currency == currency, Spending(**facts)
        usual = model.p * model.gamma / (model.q - 1) if model.q > 1 else np.inf
        own = known.mean_minor[rows]
        each = model.expected(known.count[rows], own)
        means[rows] = np.clip(each, np.minimum(own, usual), np.maximum(own, usual))
    return np.asarray(np.maximum(told, 0.0) * means)
