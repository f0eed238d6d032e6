"""What an offer or a play adds with each client, learned from what chance decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.planner.learning.encoding import Encoding, Floats, encoding_of
from guinda.planner.learning.history import EVER, Throws, note_reached, reached_share, throws_of
from guinda.planner.learning.versions import Found, Kind, Progress, in_use, keep, silent
from guinda.planner.models import Learned
from guinda.plays.conditions import Moment
from guinda.plays.facts.numbers import DATED, columns
from guinda.solvers.drift import tenths
from guinda.solvers.uplift import Model, Prior, Trial, difference, fewest, learn
from guinda.solvers.uplift.judging import KNOWN_SHARE, SPLITS, WAYS, Rival, Way, compare, judge
from guinda.solvers.uplift.learners import CASES_LEAST

SEED = 0
CLIENTS_MOST = 100_000
"""The newest are learned from: behaviour of long ago tells less, and the night is short."""
UNSEEN_LEAST = 30
"""Clients of the rarest outcome that both versions have not seen, for a comparison on them alone."""
PRIOR_DEVIATION = 0.02


@dataclass(frozen=True)
class History:
    """The newest of the `seen` throws whose clients are still in the book, with their features and how these were made.

    `reached` is the share of those given it whom it reached.
    """

    seen: int
    reached: float
    throws: Throws
    encoding: Encoding
    trial: Trial


def learn_uplift(
    subject: str,
    *,
    now: datetime,
    by: str,
    ways: Sequence[Way] = WAYS,
    progress: Progress = silent,
) -> Learned:
    """Learn anew what `play:NAME` or `tool:NAME` adds, and keep it; used only if no worse than what is in use.

    Raises:
        Refusal: `nothing_to_learn_from`: chance has decided nothing yet whose time is over.
    """
    note_reached(now=now, since=EVER)
    history = _history(subject, now=now)
    if history is None:
        said = _(
            "Nobody’s time is over yet of those whom chance chose. Let the play leave a share of clients alone, or let plans explore."
        )
        raise Refusal("nothing_to_learn_from", said)
    old = in_use(Kind.UPLIFT, subject)
    if fewest(history.trial) * KNOWN_SHARE < CASES_LEAST:
        few = {"why": "few", "cases": fewest(history.trial), "wanted": round(CASES_LEAST / KNOWN_SHARE)}
        return keep(_found(subject, history, *_mean(history, old, few)), by=by, now=now)
    return keep(_found(subject, history, *_told_apart(history, old, ways, progress)), by=by, now=now)


def _history(subject: str, *, now: datetime) -> History | None:
    throws = throws_of(subject, now=now)
    seen = len(throws)
    throws = throws.part(np.arange(seen)[-CLIENTS_MOST:])
    given = columns(DATED, throws.moments)
    throws = throws.part(given.places)
    if not len(throws):
        return None
    encoding = encoding_of(given)
    trial = Trial(encoding.matrix(given), throws.treated, throws.came, throws.chance)
    return History(seen, reached_share(subject, now=now), throws, encoding, trial)


def _told_apart(
    history: History, old: Learned | None, ways: Sequence[Way], progress: Progress
) -> tuple[Model, dict[str, Any], bool]:
    """The learner whose order does best; the mean of all where not even that order beats chance."""
    steps, done = len(ways) * SPLITS, 0

    def one_done() -> None:
        nonlocal done
        done += 1
        progress(done, steps)

    found = compare(history.trial, ways=ways, seeds=range(SPLITS), done=one_done)
    best = max(found, key=lambda way: float(found[way].mean()))
    report = judge(history.trial, best, seeds=range(SPLITS, 2 * SPLITS), rival=_rival(history, old))
    report["tried"] = [[" ".join(way), float(each.mean()), float(each.std())] for way, each in found.items()]
    if not report["sure"]:
        return _mean(history, old, report | {"why": "chance"})
    qini = report["qini"]
    worse = "in_use" in qini and qini["beside"][0] < qini["in_use"][0]
    model = learn(history.trial, learner=best[0], base=best[1], seed=SEED)
    return model, report | {"why": "worse" if worse else "better"}, not worse


def _mean(
    history: History, old: Learned | None, report: dict[str, Any]
) -> tuple[Model, dict[str, Any], bool]:
    """The mean of all clients, drawn to what is assumed: never in place of a version that tells clients apart."""
    prior = Prior(settings.ASSUMED_ADDED_PERCENT / 100, PRIOR_DEVIATION)
    mean = difference(history.trial.outcome, history.trial.treated)
    model = Model("DR", (), prior.drawn(mean), pooled=True, mean=mean)
    told = {"all": mean.plain(), "pooled": model.number}
    return model, report | told, old is None or bool(old.content["model"]["pooled"])


def _rival(history: History, old: Learned | None) -> Rival | None:
    if old is None or old.content["model"]["pooled"]:
        return None
    unseen = np.array([at > old.to_at for at in history.throws.at], dtype=np.bool_)
    if not unseen.any() or fewest(history.trial.part(unseen)) * (1 - KNOWN_SHARE) < UNSEEN_LEAST:
        unseen[:] = False
    return Rival(predicted(old, history.throws.moments), unseen)


def _found(subject: str, history: History, model: Model, report: dict[str, Any], fit: bool) -> Found:
    features, encoding = history.trial.features, history.encoding
    return Found(
        kind=Kind.UPLIFT,
        subject=subject,
        from_at=history.throws.at[0],
        to_at=history.throws.at[-1],
        clients=len(history.throws),
        method=model.name,
        facts=encoding.facts,
        content={
            "columns": encoding.plain(),
            "model": model.plain(),
            "reached": history.reached,
            "tenths": [asdict(tenths(column)) for column in features.T],
        },
        report=report | {"seen": history.seen},
        fit=fit,
    )


def predicted(version: Learned, moments: Sequence[Moment]) -> Floats:
    """What is added with each client whom it reaches, known at its moment; 0 for who is not in the book.

    Where plans withhold a play's messages from some, all those given it add so much less on average: what is seen of all is divided by
    the share whom it reached (Imbens, Angrist 1994).
    """
    model, encoding = Model.read(version.content["model"]), Encoding.read(version.content["columns"])
    reached = version.content.get("reached", 1.0)
    if model.pooled:
        return np.full(len(moments), np.clip(model.number / reached, -1.0, 1.0))
    told, given = np.zeros(len(moments)), columns(encoding.facts, moments)
    if len(given.places):
        told[given.places] = np.clip(model.predict(encoding.matrix(given)) / reached, -1.0, 1.0)
    return told
