"""How much later than predicted a bag may come: the margin that a promise adds, learnt from past errors.

Split conformal prediction (V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World, 2005): of n past errors of the same
kind the margin is the ceil((n + 1) * aim)-th smallest. When the next error is exchangeable with them, the promise is kept with a chance of
at least `aim`, whatever the errors' distribution; with fewer than aim / (1 - aim) errors no margin can say so.

A city does not stay exchangeable: a longer promise gives the planner room, which it uses. So the level whose quantile is taken is steered
by how promises were kept (I. Gibbs, E. Candès, Adaptive Conformal Inference Under Distribution Shift, 2021): each broken one raises it by
`STEP * aim`, each kept one lowers it by `STEP * (1 - aim)`. Over n promises the share kept is then within about 1 / (STEP * n) of the aim.

Kinds are an hour of the day and a band of load. A kind with few errors is pooled with the hours beside it, then with all hours of its load,
then with everything. Whole seconds; an error below nought is a bag that came before it was predicted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

HOURS = 24
BANDS = (0.5, 1.0, 2.0)
"""Loads (open bags for each courier on duty) at which a band begins: below one, most find a free courier at once."""
LEAST = 60
"""Errors that a kind needs to stand alone: at 95 % its margin is then the third largest of them, not one day's storm."""
NEAR_HOURS = (1, 2, 4)
STEP = 0.005
"""The paper's own choice."""
HIGHEST = 0.999
"""No level is above: what happens once in a thousand bags is not promised around."""

Whole = NDArray[np.int64]


class Margin(NamedTuple):
    """What to add to a prediction of one kind, and from how many errors we know."""

    hour: int
    band: int
    margin_s: int
    errors: int


def band_of(bags: int, couriers: int) -> int:
    """The band of a load: 0 for a quiet city up to `len(BANDS)`; without couriers the highest."""
    return sum(bags >= limit * couriers for limit in BANDS) if couriers else len(BANDS)


def margin(errors_s: Whole, *, aim: float) -> int | None:
    """The margin that keeps a share `aim` of promises; None when there are too few errors to say."""
    if not 0 < aim < 1:
        raise ValueError("A share of promises to keep is above 0 and below 1.")
    rank = math.ceil((len(errors_s) + 1) * aim)
    if rank > len(errors_s):
        return None
    return int(np.partition(errors_s, rank - 1)[rank - 1])


def steered(level: float, *, kept: int, late: int, aim: float) -> float:
    """The level after so many more promises kept and broken; between a level far below the aim and `HIGHEST`."""
    moved = level + STEP * (late * aim - kept * (1 - aim))
    return min(HIGHEST, max(2 * aim - 1, aim / 2, moved))


def margins(errors_s: Whole, hours: Whole, bands: Whole, *, aim: float) -> list[Margin]:
    """A margin for every hour and band that can be known, each from its own kind or the narrowest pool that is large enough.

    A pool that is large enough, and yet too small for the aim, gives its largest error.
    """
    if not len(errors_s) == len(hours) == len(bands):
        raise ValueError("Each error has one hour and one band.")
    found = []
    for hour in range(HOURS):
        for band in range(len(BANDS) + 1):
            pool = next((each for each in _pools(hours, bands, hour, band) if each.sum() >= LEAST), None)
            kind = errors_s if pool is None else errors_s[pool]
            most = aim if pool is None else min(aim, (len(kind) - 0.5) / (len(kind) + 1))
            known_s = margin(kind, aim=most)
            if known_s is not None:
                found.append(Margin(hour, band, known_s, len(kind)))
    return found


def _pools(hours: Whole, bands: Whole, hour: int, band: int) -> Iterator[NDArray[np.bool_]]:
    """From the kind itself to all hours of its band. Midnight lies beside both its neighbours."""
    same = bands == band
    apart = np.abs(hours - hour)
    apart = np.minimum(apart, HOURS - apart)
    yield same & (apart == 0)
    for near in NEAR_HOURS:
        yield same & (apart <= near)
    yield same
