"""What an offer adds with each client, learned from history in which chance decided who got it.

S: one model of the outcome with the treatment among the features (its uplift is what switching it changes). T: one model for each arm.
X: each arm's imputed effects, by the other arm's model, weighed by the chance (S. Künzel et al., PNAS 116, 2019). DR: the doubly robust
pseudo-outcome, regressed on the features (E. Kennedy, Electronic Journal of Statistics 17, 2023). Nuisance models of X and DR are
cross-fitted: no client's own outcome has a part in what is imputed for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from guinda.solvers.uplift.measure import Flags, Floats, Range, difference

Learner = Literal["S", "T", "X", "DR"]
Base = Literal["linear", "boosted"]
Predict = Callable[[Floats], Floats]
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
    """What was learned. `pooled` says that data were too few to tell clients apart: all get the mean, drawn towards the prior."""

    predict: Predict
    pooled: bool
    mean: Range


@dataclass(frozen=True)
class Prior:
    """What is believed of the mean effect before any data, and how firmly: as its standard deviation."""

    mean: float = 0.0
    deviation: float = 0.02


def learn(trial: Trial, *, learner: Learner, base: Base, seed: int, prior: Prior | None = None) -> Model:
    """Learn from a trial; the pooled mean where either arm has fewer than CASES_LEAST of either outcome."""
    mean = difference(trial.outcome, trial.treated)
    counts = [
        int((trial.outcome[arm] == came).sum())
        for arm in (trial.treated, ~trial.treated)
        for came in (0.0, 1.0)
    ]
    if min(counts) < CASES_LEAST:
        value = _shrunk(mean, prior or Prior())
        return Model(lambda features: np.full(len(features), value), pooled=True, mean=mean)
    predict = {"S": _single, "T": _two, "X": _crossed, "DR": _robust}[learner](trial, base, seed)
    return Model(predict, pooled=False, mean=mean)


def _shrunk(mean: Range, prior: Prior) -> float:
    """The mean of the posterior, both normal."""
    error = (mean.high - mean.low) / (2 * 1.96)
    if not np.isfinite(error):
        return prior.mean
    trust = prior.deviation**2 / (prior.deviation**2 + error**2)
    return prior.mean + trust * (mean.value - prior.mean)


def expected(trial: Trial, base: Base, seed: int) -> tuple[Floats, Floats]:
    """What each client's outcome would be without and with the treatment, told by models that did not see the client."""
    folds = np.random.default_rng(seed).permutation(len(trial.outcome)) % FOLDS
    told = np.zeros((2, len(folds)))
    for fold in range(FOLDS):
        out = folds == fold
        for arm in (0, 1):
            rows = ~out & (trial.treated == bool(arm))
            told[arm, out] = _outcome(trial.part(rows), base, seed)(trial.features[out])
    return told[0], told[1]


def _single(trial: Trial, base: Base, seed: int) -> Predict:
    flag = trial.treated.astype(np.float64)[:, None]
    joined = [trial.features, flag] + ([trial.features * flag] if base == "linear" else [])
    model = _outcome(Trial(np.hstack(joined), trial.treated, trial.outcome, trial.chance), base, seed)

    def predict(features: Floats) -> Floats:
        one, none = np.ones((len(features), 1)), np.zeros((len(features), 1))
        arms = [
            np.hstack([features, arm] + ([features * arm] if base == "linear" else [])) for arm in (one, none)
        ]
        return model(arms[0]) - model(arms[1])

    return predict


def _two(trial: Trial, base: Base, seed: int) -> Predict:
    treated, other = (_outcome(trial.part(arm), base, seed) for arm in (trial.treated, ~trial.treated))
    return lambda features: treated(features) - other(features)


def _crossed(trial: Trial, base: Base, seed: int) -> Predict:
    without, within = expected(trial, base, seed)
    arm, chance = trial.treated, float(trial.chance.mean())
    treated = _effect(trial.features[arm], (trial.outcome - without)[arm], base, seed)
    other = _effect(trial.features[~arm], (within - trial.outcome)[~arm], base, seed)
    return lambda features: (1 - chance) * treated(features) + chance * other(features)


def _robust(trial: Trial, base: Base, seed: int) -> Predict:
    without, within = expected(trial, base, seed)
    arm = trial.treated
    left = np.where(
        arm, (trial.outcome - within) / trial.chance, -(trial.outcome - without) / (1 - trial.chance)
    )
    return _effect(trial.features, within - without + left, base, seed)


def _outcome(trial: Trial, base: Base, seed: int) -> Predict:
    """A model of the outcome's chance."""
    from sklearn.linear_model import LogisticRegression  # deferred: only what learns pays for it
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if base == "linear":
        model: Any = make_pipeline(StandardScaler(), LogisticRegression(C=LINEAR_C, max_iter=1_000))
    else:
        import lightgbm

        model = lightgbm.LGBMClassifier(**BOOSTED, random_state=seed)
    model.fit(trial.features, trial.outcome)
    return lambda features: np.asarray(model.predict_proba(features)[:, 1])


def _effect(features: Floats, effect: Floats, base: Base, seed: int) -> Predict:
    """A model of an effect."""
    from sklearn.linear_model import Ridge  # deferred: only what learns pays for it
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if base == "linear":
        model: Any = make_pipeline(StandardScaler(), Ridge(alpha=RIDGE_SHARE * len(features)))
    else:
        import lightgbm

        model = lightgbm.LGBMRegressor(**BOOSTED, random_state=seed)
    model.fit(features, effect)
    return lambda given: np.asarray(model.predict(given))
