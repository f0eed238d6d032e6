"""What a play changed: two shares beside each other, and how sure one can be of the difference.

**The interval of a difference** is the hybrid of two score intervals, without continuity correction (R. G. Newcombe, "Interval estimation
for the difference between independent proportions: comparison of eleven methods", Statistics in Medicine 17, 1998, method 10): it holds
its level for small groups and for shares near nought, where the textbook's interval does not, and never leaves -1 to 1. The score interval
of one share is E. B. Wilson's (JASA 22, 1927).

**Whether a split is broken** is Pearson's chi-square of the groups' sizes against the shares they were to have. Something that lets one
group lose its clients makes every comparison worthless, so the check comes before the effect; the limit of one in a thousand is the one of
A. Fabijan and others, "Diagnosing sample ratio mismatch in online controlled experiments" (KDD 2019).

Intervals hold for one look. Who looks every day and stops at the first good one sees effects where there are none: `needed` says before
the first look how many clients a difference takes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

CONFIDENCE = 0.95
BROKEN = 0.001
"""Chance below which sizes as uneven as these are no accident: one honest play in a thousand is suspected."""
LEAST_EXPECTED = 5
"""Clients that each group should have for the chi-square to say anything (W. G. Cochran's rule)."""


class Group(NamedTuple):
    """How many clients a group has, and how many of them reached the goal."""

    reached: int
    clients: int


class Interval(NamedTuple):
    """From `low` to `high`; None where there is no bound."""

    low: float | None
    high: float | None


@dataclass(frozen=True)
class Difference:
    """The share of the treated less the share of those left alone, and between what it lies."""

    treated: Group
    alone: Group
    rate: float
    rate_alone: float
    low: float
    high: float

    @property
    def gained(self) -> float:
        """Goals gained for each client treated; below nought the play does harm."""
        return self.rate - self.rate_alone

    @property
    def is_sure(self) -> bool:
        """Nought lies outside the interval."""
        return self.low > 0 or self.high < 0


def share(group: Group, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Between what the true share lies: Wilson's interval; of nobody nothing is known, 0 to 1."""
    _check(group)
    if not group.clients:
        return 0.0, 1.0
    z = _z(confidence)
    n, p = group.clients, group.reached / group.clients
    middle = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = (middle - half) / scale if group.reached else 0.0
    high = (middle + half) / scale if group.reached < n else 1.0
    return low, high


def difference(treated: Group, alone: Group, *, confidence: float = CONFIDENCE) -> Difference | None:
    """What treatment changed; None while one of the groups has nobody."""
    low_treated, high_treated = share(treated, confidence=confidence)
    low_alone, high_alone = share(alone, confidence=confidence)
    if not treated.clients or not alone.clients:
        return None
    rate, rate_alone = treated.reached / treated.clients, alone.reached / alone.clients
    between = rate - rate_alone
    low = between - math.hypot(rate - low_treated, high_alone - rate_alone)
    high = between + math.hypot(high_treated - rate, rate_alone - low_alone)
    return Difference(treated, alone, rate, rate_alone, max(low, -1.0), min(high, 1.0))


def cost_per_gained(cost_minor: int, found: Difference) -> tuple[float | None, Interval]:
    """What one goal gained cost, and between what it lies, in minor units; `cost_minor` is of all treated clients together.

    Nothing gained has no price: then the first is None. An interval whose bad end gains nothing has no upper bound.
    """
    if cost_minor < 0:
        raise ValueError("A cost is not below nought.")
    each = cost_minor / found.treated.clients
    best, worst = (each / gain if gain > 0 else None for gain in (found.high, found.low))
    return (each / found.gained if found.gained > 0 else None), Interval(best, worst)


def split_chance(sizes: Sequence[int], shares: Sequence[float]) -> float | None:
    """The chance of sizes at least as far from the wanted `shares` as these; None while they are too small to tell.

    Shares that do not sum to 1 are taken as parts of their sum. Below `BROKEN` the split is broken.
    """
    if len(sizes) != len(shares) or len(sizes) < 2:
        raise ValueError("Each of two groups or more has a size and a share.")
    if min(sizes) < 0 or min(shares) <= 0:
        raise ValueError("A size is not below nought, and a share above it.")
    expected = [sum(sizes) * each / sum(shares) for each in shares]
    if min(expected) < LEAST_EXPECTED:
        return None
    pairs = zip(sizes, expected, strict=True)
    return _beyond(sum((seen - due) ** 2 / due for seen, due in pairs), len(sizes) - 1)


def needed(
    rate: float, gain: float, *, alone: float, power: float = 0.8, confidence: float = CONFIDENCE
) -> int:
    """Clients in both groups together, a share `alone` of them left alone, to see `gain` above `rate` with a chance of `power`.

    J. L. Fleiss, B. Levin, M. C. Paik, Statistical Methods for Rates and Proportions (2003), section 4.3, without continuity correction.
    """
    higher = rate + gain
    if not (0 <= rate <= 1 and 0 <= higher <= 1 and gain):
        raise ValueError("Both rates lie between 0 and 1 and differ.")
    if not (0 < alone < 1 and 0 < power < 1):
        raise ValueError("A share left alone and a power are above 0 and below 1.")
    mixed = alone * rate + (1 - alone) * higher
    under_equal = math.sqrt(mixed * (1 - mixed) * (1 / alone + 1 / (1 - alone)))
    under_gain = math.sqrt(rate * (1 - rate) / alone + higher * (1 - higher) / (1 - alone))
    reach = _z(confidence) * under_equal + NormalDist().inv_cdf(power) * under_gain
    return max(2, math.ceil((reach / gain) ** 2))


def _check(group: Group) -> None:
    if not 0 <= group.reached <= group.clients:
        raise ValueError("No more clients reach the goal than there are.")


def _z(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError("A confidence is above 0 and below 1.")
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def _beyond(chi_square: float, freedom: int) -> float:
    """The upper tail of chi-square: the closed forms of one and two degrees of freedom, then up by twos."""
    half = chi_square / 2
    tail = math.erfc(math.sqrt(half)) if freedom % 2 else math.exp(-half)
    at = 0.5 if freedom % 2 else 1.0
    while at < freedom / 2:
        tail += math.exp(at * math.log(half) - half - math.lgamma(at + 1)) if half else 0.0
        at += 1
    return min(tail, 1.0)
