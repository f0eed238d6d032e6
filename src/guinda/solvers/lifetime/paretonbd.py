"""Pareto/NBD: how often a client without a contract will buy yet, who may leave at any time and not only after a purchase.

D. Schmittlein, D. Morrison, R. Colombo, Management Science 33, 1987, as written by P. Fader and B. Hardie (2005). Slower to fit than
BG/NBD, for its likelihood holds Gauss's hypergeometric function; clients with the same count and times are reckoned once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guinda.solvers.lifetime.fitting import Floats, Purchases, fitted

STEP = 1e-5
OUT_OF_REACH = -1e9
"""The height where numbers end, far out: the search turns back from it."""


@dataclass(frozen=True)
class Pareto:
    """Rates of buying are gamma (r, alpha) over clients, rates of leaving gamma (s, beta)."""

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float

    def alive(self, of: Purchases) -> Floats:
        """The chance that a client still buys."""
        here, gone = _parts(np.array([self.r, self.alpha, self.s, self.beta]), of)
        return np.asarray(1 / (1 + np.exp(gone - here)))

    def expected(self, of: Purchases, ahead: float) -> Floats:
        """Purchases in the time `ahead` after the watch."""
        less = self.s - 1 if abs(self.s - 1) > 1e-6 else 1e-6
        until = self.beta + of.watched
        rate = (self.r + of.repeats) * until / ((self.alpha + of.watched) * less)
        return np.asarray(rate * (1 - (until / (until + ahead)) ** less) * self.alive(of))


def pareto(of: Purchases) -> Pareto:
    """Fit the model to clients' purchases.

    Raises:
        ValueError: too few clients, or none who came again.
    """
    of.require()
    rows = np.column_stack([of.repeats.astype(np.float64), of.last, of.watched])
    alike, times = np.unique(rows, axis=0, return_counts=True)
    unit = max(1e-9, float(of.watched.mean()))
    few = Purchases(alike[:, 0].astype(np.int64), alike[:, 1] / unit, alike[:, 2] / unit)
    weight = times / len(of)

    def height(logs: Floats) -> tuple[float, Floats]:
        steps = np.eye(4) * STEP
        slopes = [
            (_height(logs + step, few, weight) - _height(logs - step, few, weight)) / (2 * STEP)
            for step in steps
        ]
        return _height(logs, few, weight), np.array(slopes)

    found, best = fitted(height, np.array([-0.5, -0.5, -0.5, -0.5]))
    r, alpha, s, beta = (float(each) for each in np.exp(found))
    constant = float(of.repeats.sum() * np.log(unit))
    return Pareto(r, alpha * unit, s, beta * unit, best * len(of) - constant)


def _height(logs: Floats, of: Purchases, weight: Floats) -> float:
    from scipy.special import gammaln  # deferred: only what reckons lifetimes pays for it

    r, alpha, s, beta = np.exp(logs)
    start = gammaln(r + of.repeats) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    with np.errstate(invalid="ignore", over="ignore"):
        height = float((start + np.logaddexp(*_parts(np.exp(logs), of))) @ weight)
    return height if np.isfinite(height) else OUT_OF_REACH


def _parts(parameters: Floats, of: Purchases) -> tuple[Floats, Floats]:
    """The logarithms of the two parts of the likelihood: still here, and gone since the last purchase."""
    from scipy.special import hyp2f1  # deferred: only what reckons lifetimes pays for it

    r, alpha, s, beta = parameters
    count = of.repeats
    here = -(r + count) * np.log(alpha + of.watched) - s * np.log(beta + of.watched)
    larger, other = max(alpha, beta), s + 1 if alpha >= beta else r + count
    power = r + s + count

    def part(time: Floats) -> tuple[Floats, Floats]:
        z = abs(alpha - beta) / (larger + time)
        value = hyp2f1(1.0, power + 1 - other, power + 1, z)  # Euler's transformation: finite for any count
        return np.log(value) + (1 - other) * np.log1p(-z), -power * np.log(larger + time)

    (first, first_scale), (then, then_scale) = part(of.last), part(of.watched)
    late = np.exp(np.minimum(then - first + then_scale - first_scale, 0.0))
    gone = np.log(s / power) + first + first_scale + np.log(np.maximum(1 - late, 1e-300))
    return np.asarray(here), np.asarray(gone)
