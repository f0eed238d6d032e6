"""From a point to the nearest street: a grid over short pieces of the streets, nine cells looked at for each question."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guinda.base.points import EARTH_RADIUS_M, Point
from guinda.places.streets.building import Graph
from guinda.places.travel import distances_along_m

LIMIT_M = 250.0
"""A door farther from every street is not on this network: the middle of the largest blocks is nearer."""
CELL_M = 1.5 * LIMIT_M
"""Pieces are at most `LIMIT_M` long, so a piece within the limit has its middle in the point's cell or beside it."""
KEPT = 100_000
"""Answers remembered: the dispatcher asks for the same doors every second."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Snap:
    """A spot on a street: the edge, how far along it (0 to 1), and the metres from the point asked about."""

    edge: int
    share: float
    away_m: float


class Index:
    """The usable streets' pieces by grid cell."""

    def __init__(self, ends: Floats, edge: Ints, shares: Floats, origin: Point) -> None:
        middle = (ends[:, :2] + ends[:, 2:]) / 2
        cell = np.floor(middle / CELL_M).astype(np.int64)
        self.origin, self.columns = origin, int(cell[:, 0].max(initial=0)) + 3
        key = (cell[:, 1] + 1) * self.columns + cell[:, 0] + 1
        order = np.argsort(key, kind="stable")
        self.key, self.ends, self.edge, self.shares = key[order], ends[order], edge[order], shares[order]
        self._answers: dict[Point, Snap | None] = {}

    @classmethod
    def of(cls, graph: Graph, usable: NDArray[np.bool_]) -> Index:
        """Index the edges that are usable."""
        origin = Point(float(graph.shape_lat.min()), float(graph.shape_lon.min()))
        x, y = _flat(graph.shape_lat, graph.shape_lon, origin)
        first = np.delete(
            np.arange(len(x)), graph.shape_start[1:] - 1
        )  # the last point of an edge begins no piece
        edge = np.repeat(np.arange(len(graph.tail)), np.diff(graph.shape_start) - 1)
        long_m = np.maximum(distances_along_m(graph.shape_lat, graph.shape_lon)[first], 1e-3)
        whole_m = np.bincount(edge, weights=long_m, minlength=len(graph.tail))
        before = np.concatenate([[0.0], np.cumsum(long_m)[:-1]])
        start_m = before - before[np.searchsorted(edge, edge)]
        wanted = usable[edge]
        ends = np.column_stack([x[first], y[first], x[first + 1], y[first + 1]])[wanted]
        shares = np.column_stack([start_m, start_m + long_m])[wanted] / whole_m[edge[wanted], None]
        return cls(*_cut(ends, edge[wanted], shares, long_m[wanted]), origin)

    def snap(self, point: Point) -> Snap | None:
        """The nearest spot within the limit, or None."""
        if point not in self._answers:
            if len(self._answers) >= KEPT:
                self._answers.clear()
            self._answers[point] = self._nearest(point)
        return self._answers[point]

    def _nearest(self, point: Point) -> Snap | None:
        x, y = (float(each) for each in _flat(np.float64(point.lat), np.float64(point.lon), self.origin))
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        column, row = math.floor(x / CELL_M) + 1, math.floor(y / CELL_M) + 1
        if not 0 <= column < self.columns:
            return None
        keys = [
            (each * self.columns + column - 1, each * self.columns + column + 2)
            for each in (row - 1, row, row + 1)
        ]
        spans = np.searchsorted(self.key, keys)
        near = np.concatenate([np.arange(first, last) for first, last in spans])
        if not len(near):
            return None
        share, away_m = _off(self.ends[near], x, y)
        best = int(np.argmin(away_m))
        if away_m[best] > LIMIT_M:
            return None
        start, end = self.shares[near[best]]
        along = min(max(float(start + (end - start) * share[best]), 0.0), 1.0)
        return Snap(int(self.edge[near[best]]), along, float(away_m[best]))


def _flat(lat: Floats | np.float64, lon: Floats | np.float64, origin: Point) -> tuple[Floats, Floats]:
    """Metres east and north of the network's corner, as if the earth were flat there: distances are right to a thousandth."""
    narrow = math.cos(math.radians(origin.lat))
    return np.radians(lon - origin.lon) * narrow * EARTH_RADIUS_M, np.radians(
        lat - origin.lat
    ) * EARTH_RADIUS_M


def _cut(ends: Floats, edge: Ints, shares: Floats, long_m: Floats) -> tuple[Floats, Ints, Floats]:
    """Cut pieces that are longer than the limit into equal ones."""
    counts = np.ceil(long_m / LIMIT_M).astype(np.int64)
    row = np.repeat(np.arange(len(counts)), counts)
    number = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    a, b = (number / counts[row])[:, None], ((number + 1) / counts[row])[:, None]
    start, step = ends[row, :2], ends[row, 2:] - ends[row, :2]
    cut = np.hstack([start + step * a, start + step * b])
    from_share, width = shares[row, :1], shares[row, 1:] - shares[row, :1]
    return cut, edge[row], np.hstack([from_share + width * a, from_share + width * b])


def _off(ends: Floats, x: float, y: float) -> tuple[Floats, Floats]:
    """How far along each piece (0 to 1) its nearest spot lies, and how many metres away."""
    dx, dy = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
    long = np.maximum(dx * dx + dy * dy, 1e-9)
    share = np.clip(((x - ends[:, 0]) * dx + (y - ends[:, 1]) * dy) / long, 0.0, 1.0)
    return share, np.hypot(ends[:, 0] + share * dx - x, ends[:, 1] + share * dy - y)
