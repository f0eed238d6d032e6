"""Whether what a model sees and foretells has moved since it was learned: facts by which a sentence can be said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guinda.solvers.uplift.measure import SURE, difference

Floats = NDArray[np.float64]
PARTS = 10
FAINT = 1e-4
"""A share of clients below it counts as this: the index would be infinite."""
MOVED_INDEX = 0.2
"""Population stability above it is usually called a shift; below 0.1 none."""
MOVED_ERRORS = 3.0
"""Standard errors by which a week's outcomes differ from what was foretold."""


@dataclass(frozen=True)
class Tenths:
    """Where the tenths of the learned values end, and the share of clients in each: all that a comparison needs of them."""

    edges: list[float]
    shares: list[float]


def tenths(values: Floats) -> Tenths:
    """Of one input, as it was learned; values that many clients share make fewer parts than ten."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, PARTS + 1)[1:-1]))
    return Tenths(edges.tolist(), _shares(edges, values).tolist())


def stability(learned: Tenths, seen: Floats) -> float:
    """The population stability index of one input: over the learned tenths, the sum of (s - l) * ln(s / l) of their shares."""
    before, now = np.array(learned.shares), _shares(np.array(learned.edges), seen)
    return float(((now - before) * np.log(now / before)).sum())


def _shares(edges: Floats, values: Floats) -> Floats:
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return np.maximum(counts / max(1, len(values)), FAINT)


@dataclass(frozen=True)
class Week:
    """One week's clients: how many, the share foretold and the share seen, and by how many standard errors they differ."""

    week: int
    clients: int
    foretold: float
    seen: float
    errors: float

    @property
    def moved(self) -> bool:
        """Whether chance alone is a poor reason."""
        return abs(self.errors) > MOVED_ERRORS


def calibration_by_week(week: NDArray[np.int64], chance: Floats, came: NDArray[np.bool_]) -> list[Week]:
    """Foretold and seen outcomes of each week."""
    told = []
    for each in np.unique(week):
        rows = week == each
        foretold, seen = float(chance[rows].mean()), float(came[rows].mean())
        error = float(np.sqrt((chance[rows] * (1 - chance[rows])).sum())) / int(rows.sum())
        told.append(Week(int(each), int(rows.sum()), foretold, seen, (seen - foretold) / max(1e-9, error)))
    return told


def effect_by_week(
    week: NDArray[np.int64], uplift: Floats, treated: NDArray[np.bool_], came: Floats
) -> list[Week]:
    """Foretold and seen effects of each week that has at least two clients treated and two left alone."""
    told = []
    for each in np.unique(week):
        rows = week == each
        found, foretold = difference(came[rows], treated[rows]), float(uplift[rows].mean())
        error = (found.high - found.low) / (2 * SURE)
        if np.isfinite(error):
            errors = (found.value - foretold) / max(1e-9, error)
            told.append(Week(int(each), int(rows.sum()), foretold, found.value, errors))
    return told
