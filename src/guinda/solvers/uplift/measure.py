"""How well an order by uplift does on clients it was not learned from: Qini, uplift of the first tenths, what a policy is worth.

Qini is defined as scikit-uplift defines it (`qini_auc_score`, with negative effect). Clients stand in descending order of their score;
after the first n of them, ties only as a whole, the curve is Y1 - Y0 * N1 / N0: the treated who came, less the controls who came scaled
to as many. The area between it and the straight line to its end is divided by the same area for the ideal order: treated who came
first, controls who came last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
SURE = 1.96
"""Standard errors on each side of an interval that holds 95 % of the time."""


@dataclass(frozen=True)
class Range:
    """An estimate with the interval that holds it 95 % of the time."""

    value: float
    low: float
    high: float

    def plain(self) -> list[float | None]:
        """As JSON can hold it: an end that is not known is None."""
        return [float(each) if np.isfinite(each) else None for each in (self.value, self.low, self.high)]

    @classmethod
    def read(cls, said: Sequence[float | None]) -> Range:
        """What `plain` wrote."""
        value, low, high = said
        return cls(value or 0.0, -np.inf if low is None else low, np.inf if high is None else high)


def qini(outcome: Floats, score: Floats, treated: Flags) -> float:
    """0 for chance, 1 for the ideal order; both arms and both outcomes must be there."""
    ideal = np.where(treated, outcome, -outcome)
    area = _above_chance(*qini_curve(outcome, ideal, treated))
    return 0.0 if area == 0 else _above_chance(*qini_curve(outcome, score, treated)) / area


def qini_curve(outcome: Floats, score: Floats, treated: Flags) -> tuple[Floats, Floats]:
    """After how many clients, and how many came because of the treatment among them."""
    order = np.argsort(score, kind="mergesort")[::-1]
    came, ranked, given = outcome[order].astype(np.float64), score[order], treated[order]
    ends = np.concatenate([np.flatnonzero(np.diff(ranked)), [len(ranked) - 1]])
    first = np.cumsum(given)[ends].astype(np.float64)
    others = ends + 1 - first
    scale = np.divide(first, others, out=np.zeros_like(first), where=others > 0)
    more = np.cumsum(came * given)[ends] - np.cumsum(came * ~given)[ends] * scale
    return np.concatenate([[0.0], ends + 1.0]), np.concatenate([[0.0], more])


def _above_chance(clients: Floats, more: Floats) -> float:
    return float(np.trapezoid(more, clients) - more[-1] * clients[-1] / 2)


def uplift_at(share: float, outcome: Floats, score: Floats, treated: Flags) -> Range:
    """The difference between treated and controls among the first `share` of clients by score."""
    some = np.argsort(-score, kind="mergesort")[: int(len(score) * share)]
    return difference(outcome[some], treated[some])


def difference(outcome: Floats, treated: Flags) -> Range:
    """What the treatment adds on average, by a trial's two arms. Without one of them nothing is known: the interval is infinite."""
    first, other = outcome[treated], outcome[~treated]
    if min(len(first), len(other)) < 2:
        return Range(0.0, -np.inf, np.inf)
    value = float(first.mean() - other.mean())
    error = SURE * float(np.sqrt(_noise(first) + _noise(other)))
    return Range(value, value - error, value + error)


def _noise(outcome: Floats) -> float:
    """The variance of an arm's share, with one yes and one no more: a few clients of one outcome are not sure of it."""
    share = (float(outcome.sum()) + 1) / (len(outcome) + 2)
    return share * (1 - share) / len(outcome)


def policy_value(
    treat: Flags,
    outcome: Floats,
    treated: Flags,
    chance: Floats,
    expected: tuple[Floats, Floats] | None = None,
) -> Range:
    """The mean outcome, were exactly those treated whom the policy names; `chance` is each client's of having been treated.

    By inverse propensity; doubly robust with `expected`, what a model foretells without and with the treatment (made without these
    clients): right if either the chances or the model are, and with less noise.
    """
    agrees = treat == treated
    weight = agrees / np.where(treated, chance, 1 - chance)
    told = np.zeros(len(outcome)) if expected is None else np.where(treat, expected[1], expected[0])
    each = told + weight * (outcome - told)
    value, error = float(each.mean()), SURE * float(each.std(ddof=1) / np.sqrt(len(each)))
    return Range(value, value - error, value + error)
