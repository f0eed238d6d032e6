"""The prices of the limits: Newton's method on Lagrange's dual, softened, with the softness taken away step by step.

    L(y) = sum over clients of max(0, max over offers of value - price of what it takes) + sum of y times bounds,  y >= 0

is never below the best plan's value. It has a kink wherever a client is torn between two offers; with each maximum replaced by
heat * log(sum of exp(. / heat)) (Y. Nesterov, Mathematical Programming 103, 2005) it is smooth, its slope is what the limits have left
over, and its curvature is the covariance of what torn clients would use. y >= 0 is kept by a logarithmic barrier. As heat and barrier
fall together, each time from where the last prices point to, a few Newton steps do; the first falls are walked on samples of the clients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guinda.solvers.allocate.blocks import Blocks, Sums
from guinda.solvers.allocate.passes import Floats

SAMPLES = (1_024, 16_384, 131_072)
"""How many clients the first falls are walked on, where there are at least four times as many."""
HOT, WARM, COOLING, COLDEST = 0.5, 0.05, 0.25, 1e-8
"""Heats are shares of what a client is worth on average."""
STEPS_MAX = 12
"""Newton steps at one heat."""
BENT_MAX = 4_000
"""Torn clients whose curvature is added up."""
LEFT = 32
"""Limits may be left over or exceeded by so many times the gap asked for."""
CEILING = 1e4
"""The price of a unit ends at so many times the largest value: a floor that needs more is not reached."""


@dataclass(frozen=True)
class Prices:
    """The prices by side of a limit, and the heat they were found at."""

    each: Floats
    heat: float


class Fall:
    """One sample's (or all clients') way from a heat to a lower one."""

    def __init__(self, blocks: Blocks, scale: float, ceilings: Floats, worth: float, torn: float) -> None:
        self.blocks, self.scale = blocks, scale
        self.bounds = np.array([float(side.bound) for side in blocks.sides]) / scale
        self.units = np.maximum(1.0, np.abs(self.bounds))
        self.ceilings = ceilings * self.units
        values = np.maximum(blocks.problem.values.max(axis=1), 0)
        self.worth = worth or max(1.0, float(values.sum(dtype=np.float64)))
        self.each = max(1e-3, self.worth / blocks.problem.clients)
        self.every = max(1, int(torn * blocks.problem.clients) // BENT_MAX)

    def start(self) -> Floats:
        """Prices at which each limit would take an equal share of all value, far below the ceilings."""
        return np.minimum(self.worth * HOT**2 / max(1, len(self.bounds)), self.ceilings / 2)

    def look(self, prices: Floats, share: float) -> tuple[float, Floats, Floats, Sums]:
        """The softened dual with its barriers at a heat (in shares), its slope and its curvature; prices times units throughout."""
        heat = share * self.each
        sums = self.blocks.sums(prices / self.units, heat, self.every)
        self.every = max(1, int(sums.torn) // BENT_MAX)
        barrier = self.worth * min(share, share**2 * 4) / max(1, len(prices))
        left = self.ceilings - prices
        height = sums.smooth + float(prices @ (self.bounds / self.units))
        height -= barrier * float(np.log(prices).sum() + np.log(left).sum())
        slope = (self.bounds - sums.used) / self.units - barrier / prices + barrier / left
        curve = sums.bend / np.outer(self.units, self.units) + np.diag(
            barrier / prices**2 + barrier / left**2
        )
        return height, slope, curve, sums

    def cool(self, prices: Floats, share: float) -> tuple[Floats, Sums, int]:
        """Newton steps at one heat until the softened dual is as low as its softness is wide."""
        height, slope, curve, sums = self.look(prices, share)
        wide = self.worth * share * min(1.0, share * 4)
        for taken in range(STEPS_MAX):
            step = -np.linalg.solve(curve + np.diag(1e-12 * np.diag(curve)), slope)
            fall = float(-slope @ step)
            if fall < 0.1 * wide:
                return prices, sums, taken
            size = min(1.0, 0.9 * _room(prices, step), 0.9 * _room(self.ceilings - prices, -step))
            for _try in range(12):
                tried = prices + size * step
                seen = self.look(tried, share)
                if seen[0] <= height - 0.05 * size * fall:
                    break
                size /= 4
            else:
                return prices, sums, STEPS_MAX
            prices, (height, slope, curve, sums) = tried, seen
        return prices, sums, STEPS_MAX

    def apart(self, prices: Floats, sums: Sums) -> tuple[float, float]:
        """How far the softened plan is from one as good as the bound: what it loses, and what limits left over or exceeded are worth."""
        bound = sums.sharp + float(prices @ (self.bounds / self.units))
        left = prices * (self.bounds - sums.used) / self.units
        lost = bound - float(left.sum()) - sums.chosen
        return lost / max(1.0, abs(bound)), float(np.abs(left).sum()) / max(1.0, abs(bound))

    def near(self, prices: Floats, sums: Sums, gap: float) -> bool:
        """Whether it is near enough: what is left over or exceeded by little is made good by few changes."""
        lost, left = self.apart(prices, sums)
        return lost <= gap and left <= LEFT * gap


def _room(prices: Floats, step: NDArray[Any]) -> float:
    """How many steps lead to 0."""
    down = step < 0
    return float((prices[down] / -step[down]).min(initial=np.inf))


class Path:
    """The last prices, their heat, and which way they went from the heat before: that tells where the next ones lie."""

    def __init__(self, start: Prices | None) -> None:
        self.share, self.cooling = HOT if start is None else WARM, COOLING
        self.heat = self.share
        self.prices = np.empty(0) if start is None else np.maximum(start.each, 1e-9)
        self.direction: Floats | float = 0.0

    def turn(self, fall: Fall) -> None:
        """To other clients: for them the prices lie elsewhere, and go much the same way."""
        if not self.prices.size:
            self.prices = fall.start() / fall.units
        self.cooling = COOLING

    def next(self, fall: Fall) -> Floats:
        """Where the prices lie at this heat, straight on, in the fall's units."""
        ahead = self.prices + self.direction * (self.share - self.heat)
        ahead = np.clip(ahead, self.prices * 0.05, self.prices * 2)
        return np.minimum(ahead * fall.units, fall.ceilings * 0.99)

    def went(self, prices: Floats, steps: int) -> None:
        """Remember; and be bolder after few steps."""
        if self.share != self.heat:
            self.direction = (prices - self.prices) / (self.share - self.heat)
        self.prices, self.heat = prices, self.share
        self.cooling = float(
            np.clip(self.cooling * (0.5 if steps <= 1 else 2.0 if steps >= 4 else 1.0), 0.02, 0.5)
        )


def find(
    blocks: Blocks,
    *,
    gap: float,
    seed: int,
    start: Prices | None = None,
    ceilings: Floats | None = None,
    worth: float = 0.0,
) -> Prices:
    """Prices at which the softened plan loses less than `gap`, in shares.

    `start`: prices of a problem like this one, from which it is not far. `ceilings` and `worth`: the highest price of each side, and
    what all clients together may be worth, where the values don't tell.
    """
    problem = blocks.problem
    if ceilings is None:
        ceilings = np.full(len(blocks.sides), CEILING * max(1.0, float(problem.values.max())))
    rng, path, torn = np.random.default_rng(seed), Path(start), 0.0
    for size in (*SAMPLES, problem.clients):
        whole = size == problem.clients
        if not whole and (size * 4 > problem.clients or start is not None):
            continue
        part = (
            blocks
            if whole
            else Blocks(
                problem.part(np.sort(rng.choice(problem.clients, size, replace=False))), blocks.threads
            )
        )
        scale = problem.clients / size
        fall = Fall(part, scale, ceilings, worth / scale, torn)
        path.turn(fall)
        last = COLDEST if whole else 2 / np.sqrt(size)
        while True:
            prices, sums, steps = fall.cool(path.next(fall), path.share)
            path.went(prices / fall.units, steps)
            if path.share <= last or (whole and fall.near(prices, sums, gap)):
                break
            path.share *= path.cooling
        torn = sums.torn / size
    return Prices(path.prices, path.share * fall.each)
