"""Whether what a model sees and foretells has moved since it was learned: facts by which a sentence can be said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PARTS = 10
FAINT = 1e-4
"""A share of clients below it counts as this: the index would be infinite."""
MOVED_INDEX = 0.2
"""Population stability above it is usually called a shift; below 0.1 none."""
MOVED_ERRORS = 3.0
"""Standard errors by which a week's outcomes differ from what was foretold."""


def stability(learned: Floats, seen: Floats) -> float:
    """The population stability index of one input: over tenths of the learned values, the sum of (s - l) * ln(s / l) of their shares."""
    edges = np.unique(np.quantile(learned, np.linspace(0, 1, PARTS + 1)[1:-1]))
    shares = []
    for values in (learned, seen):
        counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
        shares.append(np.maximum(counts / max(1, len(values)), FAINT))
    before, now = shares
    return float(((now - before) * np.log(now / before)).sum())


@dataclass(frozen=True)
class Week:
    """One week's clients: how many, how many outcomes were foretold and came, and by how many standard errors they differ."""

    week: int
    clients: int
    foretold: float
    came: int
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
        foretold, seen = float(chance[rows].sum()), int(came[rows].sum())
        error = max(1e-9, float(np.sqrt((chance[rows] * (1 - chance[rows])).sum())))
        told.append(Week(int(each), int(rows.sum()), foretold, seen, (seen - foretold) / error))
    return told
