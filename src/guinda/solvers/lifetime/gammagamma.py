"""Gamma-Gamma (P. Fader, B. Hardie 2013): what a client spends on a purchase, between what was seen and what all spend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guinda.solvers.lifetime.fitting import CLIENTS_LEAST, Floats, Ints, fitted


@dataclass(frozen=True)
class Spending:
    """A purchase's mean spend varies over clients: gamma (p, nu) with nu gamma (q, gamma). Minor units, as the means given."""

    p: float
    q: float
    gamma: float

    def expected(self, purchases: Ints, mean_minor: Floats) -> Floats:
        """The mean spend to be expected of each client, between what was seen and what all spend."""
        return np.asarray((self.gamma + mean_minor * purchases) * self.p / (self.p * purchases + self.q - 1))


def spending(purchases: Ints, mean_minor: Floats) -> Spending:
    """Fit to clients' counts of purchases and their mean spend, both above 0.

    Raises:
        ValueError: too few clients, or a count or mean that is not above 0.
    """
    if len(purchases) < CLIENTS_LEAST or (purchases <= 0).any() or (mean_minor <= 0).any():
        raise ValueError(
            f"A model of spending needs at least {CLIENTS_LEAST} clients with purchases and spend above 0."
        )
    unit = float(mean_minor.mean())
    found, _ = fitted(
        lambda logs: _spending_height(logs, purchases, mean_minor / unit), np.array([1.5, 1.3, 1.0])
    )
    p, q, gamma = np.exp(found)
    return Spending(float(p), float(q), float(gamma * unit))


def _spending_height(logs: Floats, count: Ints, mean: Floats) -> tuple[float, Floats]:
    from scipy.special import digamma, gammaln

    p, q, gamma = np.exp(logs)
    px, total, weight = p * count, gamma + mean * count, 1.0 / len(count)
    height = gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(gamma)
    height += (px - 1) * np.log(mean) + px * np.log(count) - (px + q) * np.log(total)
    slope_p = count * (digamma(px + q) - digamma(px) + np.log(mean) + np.log(count) - np.log(total))
    slope_q = digamma(px + q) - digamma(q) + np.log(gamma) - np.log(total)
    slope_gamma = q / gamma - (px + q) / total
    slopes = np.array([slope_p.sum() * p, slope_q.sum() * q, slope_gamma.sum() * gamma])
    return float(height.sum()) * weight, slopes * weight
