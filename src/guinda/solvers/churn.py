"""How likely each client leaves, as a chance that means what it says: two kinds of model, averaged and calibrated.

A logistic regression and boosted trees are averaged in log-odds: they err differently. Their joint log-odds are then calibrated by a
straight line (J. Platt, 1999) learned from out-of-fold predictions, so that nothing is calibrated on what it was fitted to. Nothing is
resampled: rare leavers stay rare, and the chances stay chances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guinda.solvers.plain import Floats, Part, Plain, linear_chance, read, tree_chance

Flags = NDArray[np.bool_]
FOLDS, BINS = 5, 10
LEAST = 50
"""Clients who left, and who stayed, that learning needs."""
TELLING = 0.9
"""A feature that alone orders leavers so well is more likely to have been written after they left than to foretell it."""
LINEAR_C = 0.1
# One thread: on a machine that is busy, two that wait for each other take a hundred times as long.
BOOSTED: dict[str, Any] = {
    "n_estimators": 300, "learning_rate": 0.03, "num_leaves": 6, "min_child_samples": 40, "subsample": 0.7, "subsample_freq": 1,
    "colsample_bytree": 0.4, "reg_lambda": 10.0, "verbose": -1, "n_jobs": 1, "deterministic": True,
}  # fmt: skip


@dataclass(frozen=True)
class Model:
    """What was learned: two models and the line that calibrates their mean."""

    linear: Part
    boosted: Part
    slope: float
    shift: float

    def chance(self, features: Floats) -> Floats:
        """Of leaving, for each client."""
        return _chance(self.slope * _log_odds(self.linear, self.boosted, features) + self.shift)

    def plain(self) -> Plain:
        """As JSON can hold it: what is read from it tells the same to the last bit."""
        parts = {"linear": self.linear.plain(), "boosted": self.boosted.plain()}
        return {**parts, "slope": self.slope, "shift": self.shift}

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Model:
        """What `plain` wrote."""
        return cls(read(said["linear"]), read(said["boosted"]), said["slope"], said["shift"])


def fit(features: Floats, left: Flags, *, seed: int) -> Model:
    """Learn who leaves.

    Raises:
        ValueError: too few left or stayed to learn from.
    """
    from sklearn.linear_model import LogisticRegression  # deferred: only what learns pays for it
    from sklearn.model_selection import StratifiedKFold

    if min(left.sum(), (~left).sum()) < LEAST:
        raise ValueError(
            f"Learning who leaves needs at least {LEAST} clients who left and as many who stayed."
        )
    odds = np.zeros(len(left))
    for rows, out in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(features, left):
        odds[out] = _log_odds(*_pair(features[rows], left[rows], seed), features[out])
    line = LogisticRegression(C=1e6).fit(odds[:, None], left)
    return Model(*_pair(features, left, seed), float(line.coef_[0, 0]), float(line.intercept_[0]))


def _pair(features: Floats, left: Flags, seed: int) -> tuple[Part, Part]:
    outcome = left.astype(np.float64)
    linear = linear_chance(features, outcome, c=LINEAR_C, steps=2_000)
    return linear, tree_chance(features, outcome, options=BOOSTED, seed=seed)


def _log_odds(linear: Part, boosted: Part, features: Floats) -> Floats:
    chances = [np.clip(model(features), 1e-6, 1 - 1e-6) for model in (linear, boosted)]
    return np.asarray(sum(np.log(each / (1 - each)) for each in chances) / 2)


def _chance(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)))


def auc(left: Flags, chance: Floats) -> float:
    """How often one who left had the higher chance than one who stayed (ties count half)."""
    order, counts = np.unique(chance, return_inverse=True, return_counts=True)[1:]
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[order]
    first, others = int(left.sum()), int((~left).sum())
    return float((ranks[left].sum() - first * (first + 1) / 2) / (first * others))


def calibration_error(left: Flags, chance: Floats, bins: int = BINS) -> float:
    """The mean distance between foretold and seen shares over bins of equally many clients."""
    parts = np.array_split(np.argsort(chance, kind="stable"), bins)
    return float(sum(abs(left[part].sum() - chance[part].sum()) for part in parts) / len(left))


def telling(features: Floats, left: Flags) -> list[int]:
    """The columns that alone foretell too well, either way round: signs of a leak to be looked at before learning."""
    alone = [auc(left, column) for column in features.T]
    return [at for at, each in enumerate(alone) if max(each, 1 - each) > TELLING]
