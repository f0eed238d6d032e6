"""Fitted models as plain values: numbers and text that can be written down, read again, and then tell the same to the last bit.

What scikit-learn and LightGBM fit becomes one of these at once, so what is measured is what is kept. Reading one runs nothing that it says.
LightGBM and scikit-learn are imported when something is fitted or trees are asked, not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Plain = dict[str, Any]
"""What JSON can hold."""


@dataclass(frozen=True)
class Linear:
    """A weighted sum of standardised features; `odds` says that it is the logarithm of odds, and a chance is told."""

    mean: list[float]
    scale: list[float]
    weights: list[float]
    shift: float
    odds: bool

    def __call__(self, features: Floats) -> Floats:
        """What it tells of each row."""
        told = (features - np.array(self.mean)) / np.array(self.scale) @ np.array(self.weights) + self.shift
        return np.asarray(1 / (1 + np.exp(-told)) if self.odds else told)

    def plain(self) -> Plain:
        """As JSON can hold it."""
        return {"is": "linear", **asdict(self)}


@dataclass(frozen=True)
class Trees:
    """Boosted trees in LightGBM's own text."""

    text: str

    def __call__(self, features: Floats) -> Floats:
        """What they tell of each row."""
        return np.asarray(self._booster.predict(features, num_threads=1))

    def plain(self) -> Plain:
        """As JSON can hold it."""
        return {"is": "trees", "text": self.text}

    @cached_property
    def _booster(self) -> Any:
        import lightgbm  # deferred: only what learns or foretells pays for it

        return lightgbm.Booster(model_str=self.text)


Part = Linear | Trees


def read(said: Mapping[str, Any]) -> Part:
    """What `plain` wrote."""
    facts = {name: value for name, value in said.items() if name != "is"}
    return Trees(**facts) if said["is"] == "trees" else Linear(**facts)


def linear_chance(features: Floats, outcome: Floats, *, c: float, steps: int) -> Linear:
    """A logistic regression of a chance, drawn to the mean the more the smaller `c` is."""
    from sklearn.linear_model import LogisticRegression  # deferred: only what learns pays for it

    return _linear(features, outcome, LogisticRegression(C=c, max_iter=steps), odds=True)


def linear_value(features: Floats, value: Floats, *, ridge: float) -> Linear:
    """A ridge regression of any number."""
    from sklearn.linear_model import Ridge  # deferred: only what learns pays for it

    return _linear(features, value, Ridge(alpha=ridge), odds=False)


def _linear(features: Floats, outcome: Floats, model: Any, *, odds: bool) -> Linear:
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    scaler = StandardScaler().fit(features)
    # On a machine that is busy, two threads that wait for each other take a hundred times as long.
    with threadpool_limits(1):
        model.fit(scaler.transform(features), outcome)
    weights, shift = np.ravel(model.coef_).tolist(), float(np.ravel(model.intercept_)[0])
    return Linear(scaler.mean_.tolist(), scaler.scale_.tolist(), weights, shift, odds)


def tree_chance(features: Floats, outcome: Floats, *, options: Mapping[str, Any], seed: int) -> Trees:
    """Boosted trees of a chance."""
    import lightgbm

    return _trees(lightgbm.LGBMClassifier(**options, random_state=seed), features, outcome)


def tree_value(features: Floats, value: Floats, *, options: Mapping[str, Any], seed: int) -> Trees:
    """Boosted trees of any number."""
    import lightgbm

    return _trees(lightgbm.LGBMRegressor(**options, random_state=seed), features, value)


def _trees(model: Any, features: Floats, outcome: Floats) -> Trees:
    return Trees(model.fit(features, outcome).booster_.model_to_string())
