"""Fewer points for a line that looks the same: Douglas and Peucker's algorithm on metres around the line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from guinda.base.points import EARTH_RADIUS_M, Point

XYM = tuple[float, float]


def simplified(points: Sequence[Point], tolerance_m: float) -> list[Point]:
    """The points that a line needs to stay within `tolerance_m` of the one given; both ends stay."""
    if len(points) < 3:
        return list(points)
    flat = [flat_m(each, points[0]) for each in points]
    kept = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        far, worst_m = 0, tolerance_m
        for number in range(first + 1, last):
            away_m = off_segment_m(flat[number], flat[first], flat[last])[0]
            if away_m > worst_m:
                far, worst_m = number, away_m
        if far:
            kept.add(far)
            spans += [(first, far), (far, last)]
    return [points[number] for number in sorted(kept)]


def flat_m(point: Point, origin: Point) -> XYM:
    """Metres east and north of an origin, as if the earth were flat there: right to a thousandth across a city."""
    east = math.radians(point.lon - origin.lon) * math.cos(math.radians(origin.lat))
    return east * EARTH_RADIUS_M, math.radians(point.lat - origin.lat) * EARTH_RADIUS_M


def off_segment_m(place: XYM, start: XYM, end: XYM) -> tuple[float, float]:
    """Metres from a place to a segment, and how far along it (0 to 1) the nearest spot lies."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    long = dx * dx + dy * dy
    share = 0.0 if long == 0 else ((place[0] - start[0]) * dx + (place[1] - start[1]) * dy) / long
    share = min(max(share, 0.0), 1.0)
    return math.dist(place, (start[0] + share * dx, start[1] + share * dy)), share
