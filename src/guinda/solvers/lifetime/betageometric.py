"""Shifted beta-geometric (P. Fader, B. Hardie, Journal of Interactive Marketing 21, 2007): staying under a contract."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guinda.solvers.lifetime.fitting import Floats, Ints, fitted


@dataclass(frozen=True)
class Staying:
    """Under a contract: the chance of not renewing is beta (a, b) over clients, so that those who stayed long stay longer."""

    a: float
    b: float

    def survival(self, renewals: int) -> Floats:
        """The share of clients still there after 0, 1, ... renewals."""
        steps = np.arange(renewals)
        return np.concatenate([[1.0], np.cumprod((self.b + steps) / (self.a + self.b + steps))])

    def expected(self, renewed: int, ahead: int) -> float:
        """Renewals to be expected among the next `ahead` of a client who has renewed so often."""
        steps = renewed + np.arange(ahead)
        return float(np.cumprod((self.b + steps) / (self.a + self.b + steps)).sum())

    def risks(self, renewals: int) -> Floats:
        """The risk gathered after 0, 1, ... renewals: -log of the share still there."""
        return np.asarray(-np.log(self.survival(renewals)))

    def expected_of(self, renewed: Ints, ahead: int, weight: Floats) -> Floats:
        """The same for many clients, each with its own weight on the risk: 1 is everybody's, 2 leaves twice as readily."""
        risks = self.risks(int(renewed.max(initial=0)) + ahead)
        gone = [risks[renewed + step] - risks[renewed] for step in range(1, ahead + 1)]
        return np.asarray(sum((np.exp(-weight * each) for each in gone), np.zeros(len(renewed))))


def staying(left_after: Ints, still_there: Ints) -> Staying:
    """Fit to how many clients left at each renewal (the first, the second ...) and how many of that many renewals are there yet.

    Raises:
        ValueError: the counts differ in length, or nobody left.
    """
    if left_after.shape != still_there.shape or not left_after.any():
        raise ValueError(
            "Each renewal has a count of those who left and of those still there; somebody left."
        )

    def height(logs: Floats) -> tuple[float, Floats]:
        from scipy.special import digamma, gammaln

        a, b = np.exp(logs)
        t = np.arange(1, len(left_after) + 1)
        start = gammaln(a) + gammaln(b) - gammaln(a + b)
        gone = gammaln(a + 1) + gammaln(b + t - 1) - gammaln(a + b + t) - start
        kept = gammaln(a) + gammaln(b + t) - gammaln(a + b + t) - start
        shared = digamma(a + b) - digamma(a + b + t)
        slope_a = left_after @ (digamma(a + 1) - digamma(a) + shared) + still_there @ shared
        slope_b = left_after @ (digamma(b + t - 1) - digamma(b) + shared) + still_there @ (
            digamma(b + t) - digamma(b) + shared
        )
        weight = 1.0 / max(1, int(left_after.sum() + still_there.sum()))
        return float(left_after @ gone + still_there @ kept) * weight, np.array(
            [slope_a * a, slope_b * b]
        ) * weight

    found, _ = fitted(height, np.array([0.0, 1.0]))
    return Staying(*(float(each) for each in np.exp(found)))
