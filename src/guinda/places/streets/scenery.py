"""Parks and water for the map, from the extract: areas and rivers, cut to the map and simplified to what can be seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from guinda.base.points import Point
from guinda.places.gtfs import names
from guinda.places.models import Bounds
from guinda.places.projection import WIDTH, Projection
from guinda.places.simplify import flat_m, simplified
from guinda.places.streets.extract import check, each_object

WATER: Mapping[str, frozenset[str]] = {
    "natural": frozenset({"water", "bay"}),
    "waterway": frozenset({"riverbank", "dock"}),
    "landuse": frozenset({"reservoir", "basin"}),
}
PARKS: Mapping[str, frozenset[str]] = {
    "leisure": frozenset({"park", "garden", "nature_reserve", "golf_course"}),
    "landuse": frozenset({"forest", "recreation_ground", "village_green", "cemetery"}),
    "natural": frozenset({"wood", "scrub", "heath"}),
}
RIVERS: Mapping[str, float] = {"river": 30.0, "canal": 15.0}
"""Metres wide where the map doesn't say; a river's area is drawn as well where it is mapped."""
UNDER = frozenset({"yes", "culvert", "covered"})
SEEN_UNITS = 1.2
"""A bend smaller than this many of the map's units can't be seen."""
LEAST_UNITS2 = 25.0
MOST = 150
"""Areas of a kind, the largest first: more would be specks that every page carries."""
AIR = 0.1
"""Cut so much beyond the map's edge, in shares of it, so that no cut is seen."""


@dataclass
class Scenery:
    """What `City.water` and `City.parks` hold; `coast` when the sea's edge is in the extract, which is not drawn."""

    water: list[dict[str, Any]] = field(default_factory=list)
    parks: list[dict[str, Any]] = field(default_factory=list)
    coast: bool = False


def read_scenery(file: Path, bounds: Bounds) -> Scenery:
    """Read the extract's parks and water within the map.

    Raises:
        Refusal: the file is no whole extract.
    """
    check(file)
    import osmium  # deferred: a large library that only an import needs

    brush = _Brush(bounds)
    keys = osmium.filter.KeyFilter("natural", "waterway", "landuse", "leisure")
    each_object(lambda: osmium.FileProcessor(str(file)).with_areas(keys).with_filter(keys), brush.take)
    return brush.scenery()


class _Brush:
    """Sorts what the extract has into areas and lines, with their size on the ground."""

    def __init__(self, bounds: Bounds) -> None:
        high, wide = (bounds.north - bounds.south) * AIR, (bounds.east - bounds.west) * AIR
        self.frame = Bounds(bounds.south - high, bounds.west - wide, bounds.north + high, bounds.east + wide)
        self.unit_m = 1 / Projection(bounds).units_per_m
        self.areas: dict[str, list[tuple[float, dict[str, Any]]]] = {"water": [], "parks": []}
        self.rivers: list[tuple[float, dict[str, Any]]] = []
        self.coast = False

    def take(self, each: Any) -> None:
        """One object: an assembled area, or a way that may be a river."""
        if each.is_area():
            tags = {tag.k: tag.v for tag in each.tags}
            kind = "water" if _is(WATER, tags) else "parks" if _is(PARKS, tags) else ""
            if kind:
                self._area(each, tags, self.areas[kind])
        elif each.is_way():
            tags = {tag.k: tag.v for tag in each.tags}
            self.coast = self.coast or tags.get("natural") == "coastline"
            if tags.get("waterway") in RIVERS and tags.get("tunnel", "no") not in UNDER:
                self._river(each, tags)

    def scenery(self) -> Scenery:
        """The largest of each, the largest first, so that what lies on them is drawn on them."""
        return Scenery(
            [*_largest(self.areas["water"]), *_largest(self.rivers)],
            _largest(self.areas["parks"]),
            self.coast,
        )

    def _area(self, area: Any, tags: Mapping[str, str], found: list[tuple[float, dict[str, Any]]]) -> None:
        for outer in area.outer_rings():
            ring = self._ring(_points(outer))
            size_m2 = _size_m2(ring)
            if size_m2 < LEAST_UNITS2 * self.unit_m**2:
                continue
            holes = [self._ring(_points(inner)) for inner in area.inner_rings(outer)]
            kept = [_pairs(each) for each in holes if _size_m2(each) >= LEAST_UNITS2 * self.unit_m**2]
            facts = {"kind": "area", **_titles(tags), "points": _pairs(ring), "exact": True}
            found.append((size_m2, facts | ({"holes": kept} if kept else {})))

    def _ring(self, points: Sequence[Point]) -> list[Point]:
        """Cut to the frame and simplified from two corners far apart, so that no corner is lost to the seam."""
        ring = clipped(points, self.frame)
        if len(ring) < 3:
            return []
        half = max(range(len(ring)), key=lambda at: sum(each * each for each in flat_m(ring[at], ring[0])))
        there = simplified(ring[: half + 1], SEEN_UNITS * self.unit_m)
        back = simplified([*ring[half:], ring[0]], SEEN_UNITS * self.unit_m)
        whole = [*there, *back[1:-1]]
        return whole if len(whole) > 2 else []

    def _river(self, way: Any, tags: Mapping[str, str]) -> None:
        points = _points(way.nodes)
        inside = [at for at, point in enumerate(points) if self.frame.holds(point)]
        if len(points) < 2 or not inside:
            return
        course = simplified(points[max(inside[0] - 1, 0) : inside[-1] + 2], SEEN_UNITS * self.unit_m)
        long_m = sum(_far_m(a, b) for a, b in pairwise(course))
        if long_m < 10 * self.unit_m:
            return
        facts = {"kind": "line", **_titles(tags), "points": _pairs(course), "width_m": _width_m(tags)}
        self.rivers.append((long_m, facts))


def clipped(ring: Sequence[Point], frame: Bounds) -> list[Point]:
    """The part of a ring inside the frame (I. Sutherland and G. Hodgman, CACM 17, 1974); the last point is not the first."""
    points = [*ring[:-1]] if len(ring) > 1 and ring[0] == ring[-1] else [*ring]
    for axis, limit, sign in (
        (0, frame.south, 1),
        (0, frame.north, -1),
        (1, frame.west, 1),
        (1, frame.east, -1),
    ):
        kept: list[Point] = []
        for here, there in zip(points, [*points[1:], *points[:1]], strict=True):
            a, b = (here[axis] - limit) * sign, (there[axis] - limit) * sign
            if a >= 0:
                kept.append(here)
            if (a >= 0) != (b >= 0):
                share = a / (a - b)
                kept.append(Point(*(x + (y - x) * share for x, y in zip(here, there, strict=True))))
        points = kept
    return points


def _is(kinds: Mapping[str, frozenset[str]], tags: Mapping[str, str]) -> bool:
    return any(tags.get(key) in values for key, values in kinds.items())


def _points(nodes: Iterable[Any]) -> list[Point]:
    return [Point(each.lat, each.lon) for each in nodes if each.location.valid()]


def _pairs(points: Sequence[Point]) -> list[list[float]]:
    return [[round(each.lat, 5), round(each.lon, 5)] for each in points]


def _size_m2(ring: Sequence[Point]) -> float:
    flat = [flat_m(each, ring[0]) for each in ring]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(flat, [*flat[1:], *flat[:1]], strict=True))) / 2


def _far_m(a: Point, b: Point) -> float:
    east, north = flat_m(b, a)
    return math.hypot(east, north)


def _titles(tags: Mapping[str, str]) -> dict[str, str]:
    name = names.shown(" ".join(tags.get("name", "").split()))
    latin = names.latin(name, tags.get("name:en", "")) if name else ""
    return {"name": name, **({"name_latin": latin} if latin and latin != name else {})}


def _width_m(tags: Mapping[str, str]) -> float:
    try:
        width_m = float(tags.get("width", ""))
    except ValueError:
        width_m = 0.0
    return width_m if 1 <= width_m <= WIDTH else RIVERS[tags["waterway"]]


def _largest(found: Sequence[tuple[float, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [facts for _size, facts in sorted(found, key=lambda each: -each[0])[:MOST]]
