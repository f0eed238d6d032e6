"""What the models of a lifetime share: the purchases they are fitted to, and the fit by likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CLIENTS_LEAST = 10
LOG_MOST = 12.0
"""Parameters stay between e^-12 and e^12."""


@dataclass(frozen=True)
class Purchases:
    """Of each client: repeat purchases, the time of the last one and the time watched, both from the first purchase on."""

    repeats: Ints
    last: Floats
    watched: Floats

    def __post_init__(self) -> None:
        if not len(self.repeats) == len(self.last) == len(self.watched):
            raise ValueError("Each client has a count, a time of the last purchase and a time watched.")
        if (self.repeats < 0).any() or (self.last < 0).any() or (self.last > self.watched).any():
            raise ValueError("Counts and times are not below 0, and no purchase is later than the watch.")
        if ((self.repeats == 0) != (self.last == 0)).any():
            raise ValueError("The last purchase is at 0 exactly where there was no repeat.")

    def __len__(self) -> int:
        return len(self.repeats)

    def require(self) -> None:
        """Refuse what is too little to learn from."""
        if len(self) < CLIENTS_LEAST or not self.repeats.any():
            raise ValueError(
                f"A model of buying needs at least {CLIENTS_LEAST} clients, some of whom came again."
            )


def fitted(height: Callable[[Floats], tuple[float, Floats]], start: Floats) -> tuple[Floats, float]:
    """The logarithms of the parameters at which the height is greatest, and that height."""
    from scipy.optimize import minimize  # deferred: only what reckons lifetimes pays for it

    def below(logs: Floats) -> tuple[float, Floats]:
        value, slope = height(logs)
        return -value, -slope

    bounds = [(-LOG_MOST, LOG_MOST)] * len(start)
    found: Any = minimize(
        below,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500},
    )
    return np.asarray(found.x), -float(found.fun)
