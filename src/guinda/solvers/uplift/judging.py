"""Which learner suits a trial, and how the chosen one does on clients it has not seen.

Learners are compared on seeded splits; the one chosen is measured on other splits, so that what was picked for its luck does not show it
off (the clients are the same, so a little of that luck stays). All that is told is plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guinda.solvers.uplift.learners import Base, Learner, Trial, expected, learn, response
from guinda.solvers.uplift.measure import (
    Flags,
    Floats,
    Range,
    difference,
    policy_value,
    qini,
    qini_curve,
    uplift_at,
)

Rows = NDArray[np.int64]
Way = tuple[Learner, Base]
WAYS: tuple[Way, ...] = tuple(
    (learner, base) for base in ("linear", "boosted") for learner in ("S", "T", "X", "DR")
)
KNOWN_SHARE = 0.7
SPLITS = 10
FIRST_TENTHS = (0.1, 0.2, 0.3)
BETTER_HALF = 0.5
GROUPS = 5
POINTS = 41
SURE_T = 1.833
"""Student's t of nine degrees of freedom that chance exceeds one time in twenty: ten splits."""


@dataclass(frozen=True)
class Split:
    """Clients learned from and clients measured on."""

    seed: int
    known: Trial
    rows: Rows
    other: Trial


def splits(trial: Trial, seeds: Sequence[int]) -> Iterator[Split]:
    """One for each seed."""
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(trial.outcome))
        cut = int(KNOWN_SHARE * len(order))
        yield Split(seed, trial.part(order[:cut]), order[cut:], trial.part(order[cut:]))


def compare(
    trial: Trial, *, ways: Sequence[Way], seeds: Sequence[int], done: Callable[[], None]
) -> dict[Way, Floats]:
    """The Qini of each learner on each split; `done` is called after each of them."""
    found: dict[Way, list[float]] = {way: [] for way in ways}
    for split in splits(trial, seeds):
        told = {base: expected(split.known, base, split.seed) for base in _imputing(ways)}
        for learner, base in ways:
            model = learn(split.known, learner=learner, base=base, seed=split.seed, told=told.get(base))
            score = model.predict(split.other.features)
            found[learner, base].append(qini(split.other.outcome, score, split.other.treated))
            done()
    return {way: np.array(each) for way, each in found.items()}


def _imputing(ways: Sequence[Way]) -> set[Base]:
    return {base for learner, base in ways if learner in {"X", "DR"}}


def is_sure(values: Floats) -> bool:
    """Whether a mean over splits is above 0 beyond chance.

    Splits share clients, so their deviation alone would promise too much: C. Nadeau, Y. Bengio, Machine Learning 52, 2003.
    """
    error = float(values.std(ddof=1)) * np.sqrt(1 / len(values) + (1 - KNOWN_SHARE) / KNOWN_SHARE)
    return bool(values.mean() > SURE_T * error)


@dataclass(frozen=True)
class Rival:
    """What is in use: its score of every client of the trial, and which of them it has not seen."""

    score: Floats
    unseen: Flags


def judge(trial: Trial, way: Way, *, seeds: Sequence[int], rival: Rival | None = None) -> dict[str, Any]:
    """How this learner does on clients it has not seen, beside chance, the likeliest, the unlikeliest, and what is in use."""
    learner, base = way
    told = [_judged(split, learner, base, rival) for split in splits(trial, seeds)]
    qinis = {name: np.array([each["qini"][name] for each in told]) for name in told[0]["qini"]}
    return {
        "splits": len(told),
        "qini": {name: [float(each.mean()), float(each.std())] for name, each in qinis.items()},
        "sure": is_sure(qinis["learned"]),
        "beats_likeliest": is_sure(qinis["learned"] - qinis["likeliest"]),
        "beats_unlikeliest": is_sure(qinis["learned"] - qinis["unlikeliest"]),
        "curve": np.mean([each["curve"] for each in told], axis=0).tolist(),
        **{name: _mean_ranges([each[name] for each in told]) for name in ("first", "policy")},
        "groups": _mean_ranges([each["groups"] for each in told]),
        "groups_foretold": np.mean([each["foretold"] for each in told], axis=0).tolist(),
        "all": difference(trial.outcome, trial.treated).plain(),
    }


def _judged(split: Split, learner: Learner, base: Base, rival: Rival | None) -> dict[str, Any]:
    other = split.other
    score = learn(split.known, learner=learner, base=base, seed=split.seed).predict(other.features)
    likely = response(split.known, base, split.seed)(other.features)
    groups = np.array_split(np.argsort(-score, kind="stable"), GROUPS)
    return {
        "qini": {
            "learned": qini(other.outcome, score, other.treated),
            "likeliest": qini(other.outcome, likely, other.treated),
            "unlikeliest": qini(other.outcome, -likely, other.treated),
            **(_against(split, score, rival) if rival else {}),
        },
        "curve": _curve(other, score),
        "first": [uplift_at(share, other.outcome, score, other.treated) for share in FIRST_TENTHS],
        "policy": _policies(other, score, expected(other, "linear", split.seed)),
        "groups": [difference(other.outcome[rows], other.treated[rows]) for rows in groups],
        "foretold": [float(score[rows].mean()) for rows in groups],
    }


def _against(split: Split, score: Floats, rival: Rival) -> dict[str, float]:
    """Both on the clients of the split that neither has seen, where there are enough; else on all, which flatters what is in use."""
    rows = np.flatnonzero(rival.unseen[split.rows]) if rival.unseen.any() else np.arange(len(score))
    other = split.other.part(rows)
    old = rival.score[split.rows][rows]
    return {
        "in_use": qini(other.outcome, old, other.treated),
        "beside": qini(other.outcome, score[rows], other.treated),
    }


def _curve(other: Trial, score: Floats) -> list[float]:
    """Came because of the treatment for each hundred treated, after each fortieth of the clients by score."""
    clients, more = qini_curve(other.outcome, score, other.treated)
    at = np.interp(np.linspace(0, len(score), POINTS), clients, more)
    return list(100 * at / max(1, int(other.treated.sum())))


def _policies(other: Trial, score: Floats, told: tuple[Floats, Floats]) -> list[Range]:
    """The mean outcome: the better half treated, by inverse propensity and doubly robust; everybody treated; nobody."""
    rank = np.argsort(np.argsort(-score, kind="stable"), kind="stable")
    half, everybody = rank < len(score) * BETTER_HALF, np.ones(len(score), dtype=np.bool_)
    facts = (other.outcome, other.treated, other.chance)
    return [
        policy_value(half, *facts),
        policy_value(half, *facts, told),
        policy_value(everybody, *facts),
        policy_value(~everybody, *facts),
    ]


def _mean_ranges(told: Sequence[Sequence[Range]]) -> list[list[float | None]]:
    """Estimate by estimate the mean over splits, and of the ends of their intervals: those of a single split, so rather wide."""
    rows = np.array([[(each.value, each.low, each.high) for each in ranges] for ranges in told]).mean(axis=0)
    return [Range(*row).plain() for row in rows]
