"""Which companies leave, and how long they stay: learned from who has left and who has not."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from guinda.base.refusals import Refusal
from guinda.planner.learning.companies import Companies, companies, features, names, often
from guinda.planner.learning.encoding import Floats
from guinda.planner.learning.versions import Found, Kind, Progress, in_use, keep, silent
from guinda.planner.models import Learned
from guinda.solvers import churn
from guinda.solvers.drift import tenths
from guinda.solvers.lifetime import Staying, staying

COMPANIES = "companies"
SEED = 0
FOLDS, GROUPS = 5, 10
MONTHS_MOST = 600
WEIGHT_LEAST, WEIGHT_MOST = 0.2, 5.0
"""A company's own risk beside everybody's, within reason."""


def learn_staying(*, now: datetime, by: str, progress: Progress = silent) -> Learned:
    """Learn anew how long companies stay, and keep it; used where it tells of others no worse than one chance for all months.

    Raises:
        Refusal: `nothing_to_learn_from`: nobody left, or nobody stayed.
    """
    known = _known(now)
    one, other = np.arange(len(known.left)) % 2 == 0, np.arange(len(known.left)) % 2 == 1
    try:
        apart = [
            (_heights(_fitted(known, rows), known, ~rows), _heights(_flat(known, rows), known, ~rows))
            for rows in (one, other)
        ]
        model = _fitted(known, one | other)
    except ValueError:
        raise _too_few() from None
    told, flat = (float(sum(each)) for each in zip(*apart, strict=True))
    report = {
        "log_likelihood": told, "flat": flat, "left": int(known.left.sum()), "why": "better" if told >= flat else "plain",
        "curve": [[int(month), float(share)] for month, share in zip(*_seen(known), strict=True)],
        "foretold": model.survival(int(known.stay.max())).tolist(),
    }  # fmt: skip
    content = {"staying": asdict(model), "tenths": [asdict(tenths(known.months))]}
    progress(1, 1)
    return keep(_found(Kind.LIFETIME, known, content, report, now), by=by, now=now)


def learn_leaving(*, now: datetime, by: str, progress: Progress = silent) -> Learned:
    """Learn anew who leaves, and keep it; used where it orders companies it has not seen better than chance and the version in use.

    Raises:
        Refusal: `nothing_to_learn_from`: too few left, or too few stayed.
    """
    known = _known(now)
    if min(known.left.sum(), (~known.left).sum()) * (FOLDS - 1) < churn.LEAST * FOLDS:
        raise _too_few()
    things = often(known)
    given = features(known, things)
    leaks = churn.telling(given, known.left)
    kept = [at for at in range(given.shape[1]) if at not in leaks]
    folds = _folds(known.left)
    chance, areas = np.zeros(len(folds)), []
    for fold in range(FOLDS):
        out = folds == fold
        chance[out] = churn.fit(given[~out][:, kept], known.left[~out], seed=SEED).chance(given[out][:, kept])
        areas.append(churn.auc(known.left[out], chance[out]))
        progress(fold + 1, FOLDS)
    model = churn.fit(given[:, kept], known.left, seed=SEED)
    report = _report(known, chance, np.array(areas)) | {"leaks": [names(things)[at] for at in leaks]}
    report["why"] = _why(report, known)
    content = {
        "things": things,
        "columns": kept,
        "model": model.plain(),
        "tenths": [asdict(tenths(column)) for column in given[:, kept].T],
    }
    return keep(_found(Kind.CHURN, known, content, report, now), by=by, now=now)


def _folds(left: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A fold for each company, with as many of those who left in each, so that none has too few to learn from."""
    order = np.lexsort((np.random.default_rng(SEED).permutation(len(left)), left))
    folds = np.empty(len(left), dtype=np.int64)
    folds[order] = np.arange(len(left)) % FOLDS
    return folds


def _report(known: Companies, chance: Floats, areas: Floats) -> dict[str, Any]:
    groups = np.array_split(np.argsort(-chance, kind="stable"), GROUPS)
    return {
        "auc": [float(areas.mean()), float(areas.std())],
        "calibration_error": churn.calibration_error(known.left, chance),
        "groups": [[float(chance[rows].mean()), float(known.left[rows].mean())] for rows in groups],
        "left": int(known.left.sum()),
        "by_stay": churn.auc(known.left, -known.months),
    }


def _why(report: dict[str, Any], known: Companies) -> str:
    """The version in use has seen some of these companies: it is beaten by coming within a deviation of it."""
    mean, deviation = report["auc"]
    if mean - deviation <= 0.5:
        return "chance"
    old = in_use(Kind.CHURN, COMPANIES)
    return "worse" if old and mean + deviation < churn.auc(known.left, chances(old, known)) else "better"


def _known(now: datetime) -> Companies:
    known = companies(now=now)
    if not known.left.any() or known.left.all():
        raise _too_few()
    return known


def _too_few() -> Refusal:
    said = _(
        "Too few companies left, or too few stayed, to learn from. Enter in the book what they buy and from whom."
    )
    return Refusal("nothing_to_learn_from", said)


def _found(
    kind: Kind, known: Companies, content: dict[str, Any], report: dict[str, Any], now: datetime
) -> Found:
    is_churn = kind is Kind.CHURN
    return Found(
        kind=kind,
        subject=COMPANIES,
        from_at=now,
        to_at=now,
        clients=len(known.left),
        method="linear, boosted" if is_churn else "shifted beta-geometric",
        facts=[names(content["things"])[at] for at in content["columns"]] if is_churn else ["months"],
        content=content,
        report=report,
        fit=report["why"] == "better",
    )


def _fitted(known: Companies, rows: np.ndarray[Any, np.dtype[np.bool_]]) -> Staying:
    return staying(*_counts(known, rows))


def _counts(known: Companies, rows: np.ndarray[Any, np.dtype[np.bool_]]) -> tuple[Any, Any]:
    """Who left in each month of the stay, and who is there after so many."""
    stay, left = np.minimum(known.stay[rows], MONTHS_MOST), known.left[rows]
    longest = int(stay.max(initial=1))
    return (np.bincount(stay[each] - 1, minlength=longest) for each in (left, ~left))  # type: ignore[return-value]


def _flat(known: Companies, rows: np.ndarray[Any, np.dtype[np.bool_]]) -> Staying:
    """One chance for all months: beta with hardly any spread."""
    share = known.left[rows].sum() / known.stay[rows].sum()
    return Staying(1e6 * share, 1e6 * (1 - share))


def _heights(model: Staying, known: Companies, rows: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    """The logarithm of the chance of what was seen of these companies."""
    stay, left = np.minimum(known.stay[rows], MONTHS_MOST), known.left[rows]
    share = model.survival(MONTHS_MOST)
    return float(np.log(np.where(left, share[stay - 1] - share[stay], share[stay])).sum())


def _seen(known: Companies) -> tuple[Any, Any]:
    """Months of the stay, and the share still there after each (Kaplan, Meier 1958)."""
    left, there = _counts(known, np.ones(len(known.left), dtype=np.bool_))
    at_risk = np.cumsum((left + there)[::-1])[::-1]
    return np.arange(1, len(left) + 1), np.cumprod(1 - left / np.maximum(1, at_risk))


def chances(version: Learned, known: Companies) -> Floats:
    """Of having left, by what a version of who leaves tells."""
    given = features(known, version.content["things"])[:, version.content["columns"]]
    return churn.Model.read(version.content["model"]).chance(given)


def months_ahead(stays: Learned, leaves: Learned | None, known: Companies, *, most: int) -> Floats:
    """Months to be expected of each company within the next ones; of one that buys from others, were it won: as of a new one.

    How long all stay gives the gathered risk H(t) after t months. Where it is known who leaves, a company's chance p of having left by t
    is 1 - exp(-w H(t)), which gives its own weight w on the risk of the months to come.
    """
    model = Staying(**stays.content["staying"])
    renewed = np.where(known.left, 0, np.minimum(known.stay, MONTHS_MOST))
    weight = np.ones(len(renewed))
    if leaves is not None:
        chance = np.clip(chances(leaves, known), 1e-6, 1 - 1e-6)
        risk = model.risks(MONTHS_MOST)[np.maximum(1, renewed)]
        weight = np.where(known.left, 1.0, np.clip(-np.log1p(-chance) / risk, WEIGHT_LEAST, WEIGHT_MOST))
    return model.expected_of(renewed, most, weight)
