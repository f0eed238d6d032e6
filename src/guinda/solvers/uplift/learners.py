"""What an offer adds with each client, learned from history in which chance decided who got it.

S: one model of the outcome with the treatment among the features (its uplift is what switching it changes). T: one model for each arm.
X: each arm's imputed effects, by the other arm's model, weighed by the chance (S. Künzel et al., PNAS 116, 2019). DR: the doubly robust
pseudo-outcome, regressed on the features (E. Kennedy, Electronic Journal of Statistics 17, 2023). Nuisance models of X and DR are
cross-fitted: no client's own outcome has a part in what is imputed for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from guinda.solvers.plain import (
    Linear,
    Part,
    Plain,
    linear_chance,
    linear_value,
    read,
    tree_chance,
    tree_value,
)
from guinda.solvers.uplift.measure import SURE, Flags, Floats, Range, difference

Learner = Literal["S", "T", "X", "DR"]
Base = Literal["linear", "boosted"]
Expected = tuple[Floats, Floats]
"""Each client's outcome without and with the treatment."""
FOLDS = 5
CASES_LEAST = 200
"""Clients of the rarer outcome that each arm needs before a model of single clients is worth more than the mean over all."""
# One thread each: on a machine that is busy, two that wait for each other take a hundred times as long.
BOOSTED: dict[str, Any] = {
    "n_estimators": 60, "learning_rate": 0.05, "num_leaves": 8, "min_child_samples": 200, "subsample": 0.8, "subsample_freq": 1,
    "colsample_bytree": 0.8, "reg_lambda": 5.0, "verbose": -1, "n_jobs": 1, "deterministic": True,
}  # fmt: skip
LINEAR_C, RIDGE_SHARE = 0.05, 0.07
"""The ridge grows with the clients: effects are small beside their noise however many there are."""


@dataclass(frozen=True)
class Trial:
    """Clients (rows) with their features, who was treated, what came of it (0 or 1), and each one's chance of being treated."""

    features: Floats
    treated: Flags
    outcome: Floats
    chance: Floats

    def __post_init__(self) -> None:
        clients = len(self.features)
        if not all(each.shape == (clients,) for each in (self.treated, self.outcome, self.chance)):
            raise ValueError("A trial has one treatment, one outcome and one chance for each client.")
        if not np.isfinite(self.features).all():
            raise ValueError("The features of a trial are finite numbers.")
        if not np.isin(self.outcome, (0, 1)).all():
            raise ValueError("The outcome of a trial is 0 or 1.")
        if ((self.chance <= 0) | (self.chance >= 1)).any():
            raise ValueError(
                "Each client could have been treated, and could have been left out: a chance lies between 0 and 1."
            )

    def part(self, rows: Any) -> Trial:
        """Some of the clients."""
        return Trial(self.features[rows], self.treated[rows], self.outcome[rows], self.chance[rows])


@dataclass(frozen=True)
class Model:
    """What was learned. `pooled` says that data were too few to tell clients apart: all get the mean, drawn towards the prior.

    `number` is that mean where it is pooled, else the share of clients treated, by which X weighs its two parts.
    """

    learner: Learner
    parts: tuple[Part, ...]
    number: float
    pooled: bool
    mean: Range

    def predict(self, features: Floats) -> Floats:
        """What the treatment adds with each client."""
        if self.pooled:
            return np.full(len(features), self.number)
        if self.learner == "S":
            return _single_effect(self.parts[0], features)
        told = [part(features) for part in self.parts]
        if self.learner == "T":
            return told[0] - told[1]
        if self.learner == "X":
            return (1 - self.number) * told[0] + self.number * told[1]
        return told[0]

    @property
    def name(self) -> str:
        """How it was learned."""
        base = "linear" if self.parts and isinstance(self.parts[0], Linear) else "boosted"
        return "pooled" if self.pooled else f"{self.learner} {base}"

    def plain(self) -> Plain:
        """As JSON can hold it: what is read from it predicts the same to the last bit."""
        return {**asdict(self), "mean": self.mean.plain(), "parts": [part.plain() for part in self.parts]}

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Model:
        """What `plain` wrote."""
        return cls(**{**said, "mean": Range.read(said["mean"]), "parts": tuple(map(read, said["parts"]))})


@dataclass(frozen=True)
class Prior:
    """What is believed of the mean effect before any data, and how firmly: as its standard deviation."""

    mean: float = 0.0
    deviation: float = 0.02

    def drawn(self, seen: Range) -> float:
        """The mean of the posterior, both normal."""
        error = (seen.high - seen.low) / (2 * SURE)
        if not np.isfinite(error):
            return self.mean
        trust = self.deviation**2 / (self.deviation**2 + error**2)
        return self.mean + trust * (seen.value - self.mean)


def learn(
    trial: Trial,
    *,
    learner: Learner,
    base: Base,
    seed: int,
    prior: Prior | None = None,
    told: Expected | None = None,
) -> Model:
    """Learn from a trial; the pooled mean where either arm has fewer than CASES_LEAST of either outcome.

    `told` is what `expected` gave for the same trial, base and seed, where it is known already: X and DR share it.
    """
    mean = difference(trial.outcome, trial.treated)
    if fewest(trial) < CASES_LEAST:
        return Model(learner, (), (prior or Prior()).drawn(mean), pooled=True, mean=mean)
    if learner in {"S", "T"}:
        parts = _single(trial, base, seed) if learner == "S" else _two(trial, base, seed)
    else:
        told = told or expected(trial, base, seed)
        parts = (_crossed if learner == "X" else _robust)(trial, base, seed, told)
    return Model(learner, parts, float(trial.chance.mean()), pooled=False, mean=mean)


def fewest(trial: Trial) -> int:
    """Clients of the rarest outcome in either arm."""
    arms, outcomes = (trial.treated, ~trial.treated), (0.0, 1.0)
    return min(int((trial.outcome[arm] == came).sum()) for arm in arms for came in outcomes)


def expected(trial: Trial, base: Base, seed: int) -> Expected:
    """What each client's outcome would be without and with the treatment, told by models that did not see the client."""
    folds = np.random.default_rng(seed).permutation(len(trial.outcome)) % FOLDS
    told = np.zeros((2, len(folds)))
    for fold in range(FOLDS):
        out = folds == fold
        for arm in (0, 1):
            rows = ~out & (trial.treated == bool(arm))
            told[arm, out] = response(trial.part(rows), base, seed)(trial.features[out])
    return told[0], told[1]


def response(trial: Trial, base: Base, seed: int) -> Part:
    """A model of who comes, treated or not."""
    return _outcome(trial.features, trial.outcome, base, seed)


def _single(trial: Trial, base: Base, seed: int) -> tuple[Part, ...]:
    flag = trial.treated.astype(np.float64)[:, None]
    joined = _joined(trial.features, flag, crossed=base == "linear")
    return (_outcome(joined, trial.outcome, base, seed),)


def _joined(features: Floats, flag: Floats, *, crossed: bool) -> Floats:
    return np.hstack([features, flag] + ([features * flag] if crossed else []))


def _single_effect(part: Part, features: Floats) -> Floats:
    crossed = isinstance(part, Linear)
    one, none = np.ones((len(features), 1)), np.zeros((len(features), 1))
    return part(_joined(features, one, crossed=crossed)) - part(_joined(features, none, crossed=crossed))


def _two(trial: Trial, base: Base, seed: int) -> tuple[Part, ...]:
    return tuple(response(trial.part(arm), base, seed) for arm in (trial.treated, ~trial.treated))


def _crossed(trial: Trial, base: Base, seed: int, told: Expected) -> tuple[Part, ...]:
    without, within = told
    arm = trial.treated
    treated = _effect(trial.features[arm], (trial.outcome - without)[arm], base, seed)
    return treated, _effect(trial.features[~arm], (within - trial.outcome)[~arm], base, seed)


def _robust(trial: Trial, base: Base, seed: int, told: Expected) -> tuple[Part, ...]:
    without, within = told
    arm = trial.treated
    left = np.where(
        arm, (trial.outcome - within) / trial.chance, -(trial.outcome - without) / (1 - trial.chance)
    )
    return (_effect(trial.features, within - without + left, base, seed),)


def _outcome(features: Floats, outcome: Floats, base: Base, seed: int) -> Part:
    """A model of the outcome's chance."""
    if base == "linear":
        return linear_chance(features, outcome, c=LINEAR_C, steps=1_000)
    return tree_chance(features, outcome, options=BOOSTED, seed=seed)


def _effect(features: Floats, effect: Floats, base: Base, seed: int) -> Part:
    """A model of an effect."""
    if base == "linear":
        return linear_value(features, effect, ridge=RIDGE_SHARE * len(features))
    return tree_value(features, effect, options=BOOSTED, seed=seed)
