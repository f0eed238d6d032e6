"""Web Mercator between degrees and the map's own units (x to the right, y down, `WIDTH` units across)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from guinda.base.points import EARTH_RADIUS_M, Point
from guinda.places.models import Bounds

WIDTH = 1000.0


class XY(NamedTuple):
    """A place on the map."""

    x: float
    y: float


@dataclass(frozen=True)
class Projection:
    """Places on the map for points inside (and outside) the bounds."""

    bounds: Bounds

    @property
    def scale(self) -> float:
        """Map units per radian of longitude."""
        return WIDTH / math.radians(self.bounds.east - self.bounds.west)

    @property
    def height(self) -> float:
        """Map units from the north edge to the south edge."""
        return (_rise(self.bounds.north) - _rise(self.bounds.south)) * self.scale

    @property
    def units_per_m(self) -> float:
        """Map units per metre on the ground, in the middle of the map."""
        middle = math.radians((self.bounds.south + self.bounds.north) / 2)
        return self.scale / (EARTH_RADIUS_M * math.cos(middle))

    def to_xy(self, point: Point) -> XY:
        """Degrees to map units."""
        x = math.radians(point.lon - self.bounds.west) * self.scale
        return XY(x, (_rise(self.bounds.north) - _rise(point.lat)) * self.scale)

    def to_point(self, xy: XY) -> Point:
        """Map units to degrees."""
        rise = _rise(self.bounds.north) - xy.y / self.scale
        return Point(
            math.degrees(math.atan(math.sinh(rise))), self.bounds.west + math.degrees(xy.x / self.scale)
        )


def _rise(lat: float) -> float:
    return math.asinh(math.tan(math.radians(lat)))
