"""BG/NBD and MBG/NBD: how often a client without a contract will buy yet.

P. Fader, B. Hardie, K. Lee, Marketing Science 24, 2005; in the modified model (E. Batislam, M. Denizel, A. Filiztekin, International
Journal of Research in Marketing 24, 2007) a client may also leave right after the first purchase. Both are one formula, in which `b`
counts one more for the second. What depends on a count alone is reckoned once for each count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guinda.solvers.lifetime.fitting import Floats, Purchases, fitted


@dataclass(frozen=True)
class Buying:
    """Rates of buying are gamma (r, alpha) over clients; the chance of leaving after a purchase is beta (a, b)."""

    r: float
    alpha: float
    a: float
    b: float
    modified: bool
    log_likelihood: float

    def alive(self, of: Purchases) -> Floats:
        """The chance that a client still buys."""
        return np.asarray(1 / (1 + self._gone(of)))

    def expected(self, of: Purchases, ahead: float) -> Floats:
        """Purchases in the time `ahead` after the watch."""
        from scipy.special import hyp2f1  # deferred: only what reckons lifetimes pays for it

        b, a, count = self._b, self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6, of.repeats
        until = self.alpha + of.watched + ahead
        left = hyp2f1(self.r + count, b + count, a + b + count - 1, ahead / until)
        left *= ((self.alpha + of.watched) / until) ** (self.r + count)
        return np.asarray((a + b + count - 1) / (a - 1) * (1 - left) / (1 + self._gone(of)))

    @property
    def _b(self) -> float:
        return self.b + (1 if self.modified else 0)

    def _gone(self, of: Purchases) -> Floats:
        """The odds of having left."""
        some = (of.repeats > 0) | self.modified
        ratio = ((self.alpha + of.watched) / (self.alpha + of.last)) ** (self.r + of.repeats)
        return np.asarray(np.where(some, self.a / np.where(some, self._b + of.repeats - 1, 1) * ratio, 0.0))


def buying(of: Purchases, *, modified: bool = True) -> Buying:
    """Fit the model to clients' purchases.

    Raises:
        ValueError: fewer than CLIENTS_LEAST clients, or none who came again.
    """
    of.require()
    weight = 1.0 / len(of.repeats)
    unit = max(1e-9, float(of.watched.mean()))
    found, height = fitted(
        lambda logs: _buying_height(logs, of, unit, weight, modified), np.array([-1.0, 0.0, -0.5, 0.5])
    )
    r, alpha, a, b = np.exp(found)
    constant = float((of.repeats * np.log(unit)).sum())
    return Buying(float(r), float(alpha * unit), float(a), float(b), modified, height / weight - constant)


def _buying_height(
    logs: Floats, of: Purchases, unit: float, weight: float, modified: bool
) -> tuple[float, Floats]:
    """The log-likelihood (times the weight, in units of time) and its gradient by the parameters' logarithms."""
    from scipy.special import digamma, gammaln

    r, alpha, a, b = np.exp(logs)
    counts = np.bincount(of.repeats).astype(np.float64)
    x = np.arange(len(counts), dtype=np.float64)
    late, last = np.log(alpha + of.watched / unit), np.log(alpha + of.last / unit)
    here, n = of.repeats, of.repeats + r
    more = 1.0 if modified else 0.0
    some = (here > 0) | modified
    end = b + more + x
    height = counts @ (gammaln(r + x) - gammaln(r) + r * np.log(alpha))
    height += counts @ (gammaln(a + b) + gammaln(end) - gammaln(b) - gammaln(a + end))
    before = np.where(end > 1e-9, end - 1, 1.0)
    ratio = np.where(x + more > 0, a / np.where(x + more > 0, before, 1.0), 0.0)
    odds = np.where(some, np.log(np.where(some, ratio[here], 1.0)) + n * (late - last), -np.inf)
    height += float((np.logaddexp(0.0, odds) - n * late).sum())
    gone = np.exp(-np.logaddexp(0.0, -odds))
    slope_r = counts @ (digamma(r + x) - digamma(r) + np.log(alpha)) + float(
        (gone * (late - last) - late).sum()
    )
    scale, scale_last = 1 / (alpha + of.watched / unit), 1 / (alpha + of.last / unit)
    slope_alpha = len(here) * r / alpha + float((n * (gone * (scale - scale_last) - scale)).sum())
    by_count = np.bincount(here, weights=gone, minlength=len(x))
    shared = digamma(a + b) - digamma(a + end)
    slope_a = counts @ shared + by_count.sum() / a
    slope_b = counts @ (shared + digamma(end) - digamma(b)) - by_count @ (
        1 / np.where(x + more > 0, before, np.inf)
    )
    slopes = np.array([slope_r * r, slope_alpha * alpha, slope_a * a, slope_b * b])
    return float(height) * weight, slopes * weight
