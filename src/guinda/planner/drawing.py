"""The curve of value against budget as a picture, and the range of the slider that stands before it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

WIDE, HIGH = 1000, 300
"""The picture's own units."""
ABOVE = 1.08
"""Air above the highest point."""
STEPS = 100
"""How many steps of the slider there are at the least."""


@dataclass(frozen=True)
class Drawn:
    """Paths in the picture's units, and the slider's range in minor units. `points` are [budget, adds, bound], budgets ascending."""

    line: str
    under: str
    dots: Sequence[tuple[int, int]]
    own: tuple[int, int]
    points: Sequence[tuple[int, int, int]]
    least: int
    most: int
    step: int
    top: int

    @property
    def told(self) -> str:
        """The points, for the page's script."""
        return json.dumps(self.points)

    @property
    def spots(self) -> str:
        """The dots as strokes of no length, so that they stay round however the picture is stretched."""
        return "".join(f"M{x} {y}h0" for x, y in self.dots)


def reachable(curve: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The budgets with which every floor can be reached; a plan with any other has its bound below it and can't be compared."""
    return [each for each in curve if each["bound"] >= each["adds"]]


def draw(curve: Sequence[Mapping[str, Any]], own_minor: int) -> Drawn | None:
    """The picture for a plan's curve and its own budget; None where there is nothing between two points."""
    points = sorted({(int(each["most"]), int(each["adds"]), int(each["bound"])) for each in reachable(curve)})
    if len(points) < 2 or points[0][0] == points[-1][0]:
        return None
    step = round_step((points[-1][0] - points[0][0]) / STEPS)
    least, most = points[0][0] // step * step, -(-points[-1][0] // step) * step
    top = max(1, round(ABOVE * max(adds for _most, adds, _bound in points)))

    def at(budget: float, adds: float) -> tuple[int, int]:
        return round(WIDE * (budget - least) / (most - least)), round(HIGH * (1 - max(0.0, adds) / top))

    dots = [at(budget, adds) for budget, adds, _bound in points]
    line = "M" + "L".join(f"{x} {y}" for x, y in dots)
    return Drawn(
        line=line,
        under=f"{line}L{dots[-1][0]} {HIGH}L{dots[0][0]} {HIGH}Z",
        dots=dots,
        own=at(min(max(own_minor, points[0][0]), points[-1][0]), between(points, own_minor)),
        points=points,
        least=least,
        most=most,
        step=step,
        top=top,
    )


def between(points: Sequence[tuple[int, int, int]], budget: int) -> float:
    """What a budget adds by the straight line between its neighbours on the curve; the ends hold beyond it."""
    if budget <= points[0][0]:
        return points[0][1]
    for (low, adds_low, _), (high, adds_high, _) in pairwise(points):
        if budget <= high:
            return adds_low + (adds_high - adds_low) * (budget - low) / (high - low)
    return points[-1][1]


def round_step(wanted: float) -> int:
    """The greatest of 1, 2, 5, 10, 20, 50 ... that is no more than `wanted`; 1 at the least."""
    if wanted < 1:
        return 1
    unit = 10 ** math.floor(math.log10(wanted))
    return int(next(each * unit for each in (5, 2, 1) if each * unit <= wanted))
