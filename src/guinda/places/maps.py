"""The city drawn as SVG by us: land, water, lines, stations, stores and names. No tile server, no styles in the markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from guinda.base.points import Point
from guinda.places import curves, labels, queries
from guinda.places.models import City, Line, Station, Store
from guinda.places.projection import WIDTH, XY, Projection

DOT, HUB = 5.0, 7.5  # radii of a station on one line and on several
NEAR_SIZE, FAR_SIZE = 14.5, 30.0  # letters on a wide screen and on a telephone (map.css says the same)
FAR_NAMES_MAX = 16
LINE_GAP = 7.0  # between the middles of two lines side by side (map.css draws them 6 wide)
STORE_GAP = 15.0
CROSSING_GAP = 5.0
SCALE_BAR_M = 1000
PALE = 0.85  # lines lighter than this get a dark edge, or they would be lost on the land


def city_map(city: City) -> dict[str, Any]:
    """What the template `places/map.svg` draws, in the language being spoken (four queries).

    Every number is text already: templates would write `3,5` in Russian and Spanish, and SVG reads `3.5`.
    """
    if city.get_deferred_fields():  # a panel's city comes without its drawing: all of it in one query
        city.refresh_from_db(fields=city.get_deferred_fields())
    projection = Projection(city.bounds)
    stations = sorted(queries.stations(city), key=_importance, reverse=True)
    stores = list(city.stores.filter(active=True).order_by("slug"))
    lines = [line for line in city.lines.order_by("code") if len(line.path) > 1]
    paths = _paths(lines, projection)
    crossings = [xy for path in paths for xy in curves.along(path, CROSSING_GAP, closed=_is_ring(path))]
    return {
        "city": city,
        "bounds": {side: repr(value) for side, value in city.bounds._asdict().items()},
        "width": _n(WIDTH),
        "height": _n(projection.height),
        "scale_bar": _scale_bar(projection),
        "parks": [_area(each, projection) for each in city.parks],
        "water": [_water(each, number, projection) for number, each in enumerate(city.water)],
        "lines": [_line(line, path) for line, path in zip(lines, paths, strict=True)],
        "stations": [_dot(each, projection) for each in stations],
        "stores": [_store(each, projection) for each in stores],
        "near_labels": _labels(stations, stores, crossings, projection, NEAR_SIZE),
        "far_labels": _labels(stations, stores, crossings, projection, FAR_SIZE)[:FAR_NAMES_MAX],
    }


def drawn(city: City) -> SafeString:
    """The map as markup, in the language being spoken; drawn again only when the city's rows have changed (one query)."""
    return _drawn(city.slug, get_language() or "", queries.stamp(city))


@lru_cache(maxsize=64)
def _drawn(slug: str, _language: str, _stamp: str) -> SafeString:
    return render_to_string("places/map.html", city_map(City.objects.get(slug=slug)))


def to_xy(city: City, point: Point) -> XY:
    """Where a point lies on the city's map."""
    return Projection(city.bounds).to_xy(point)


def to_point(city: City, xy: XY) -> Point:
    """Which point lies at a place of the city's map."""
    return Projection(city.bounds).to_point(xy)


def _importance(station: Station) -> tuple[int, int]:
    return len(station.lines.all()), station.yearly_entries


def _water(facts: dict[str, Any], number: int, projection: Projection) -> dict[str, Any]:
    russian = (get_language() or "").startswith("ru")
    return {
        "kind": facts["kind"],
        "d": _area(facts, projection),
        "stroke_width": _n(max(2.0, facts.get("width_m", 50) * projection.units_per_m)),
        "name": facts["name"] if russian else facts.get("name_latin", facts["name"]),
        "label_at": f"{facts['label_at']:.1%}" if "label_at" in facts else "",
        "key": f"water-{number}",
    }


def _area(facts: dict[str, Any], projection: Projection) -> str:
    """The path of a park, a lake or a river: `exact` ones with straight sides, and `holes` where there are islands."""
    rings = [
        [projection.to_xy(Point(*each)) for each in ring]
        for ring in (facts["points"], *facts.get("holes", ()))
    ]
    if facts.get("exact"):
        return "".join(curves.straight(ring) for ring in rings)
    return "".join(curves.smooth(ring, closed=facts.get("kind") != "line") for ring in rings)


def _paths(lines: Sequence[Line], projection: Projection) -> list[list[XY]]:
    paths = [[projection.to_xy(Point(*each)) for each in line.path] for line in lines]
    return curves.set_apart(paths, LINE_GAP)


def _line(line: Line, path: Sequence[XY]) -> dict[str, Any]:
    ring = _is_ring(path)
    return {
        "colour": line.colour,
        "pale": _lightness(line.colour) > PALE,
        "d": curves.smooth(path, closed=ring),
        "ring": ring,
        "title": line.title,
    }


def _lightness(colour: str) -> float:
    """How light a colour is, 0 to 1, as eyes weigh red, green and blue (Rec. 709)."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _is_ring(path: Sequence[XY]) -> bool:
    return len(path) > 2 and path[0] == path[-1]


def _dot(station: Station, projection: Projection) -> dict[str, Any]:
    """A station's dot: its ring has an equal part of each line's colour."""
    xy = projection.to_xy(station.point)
    colours = [line.colour for line in station.lines.all()] or ["#777777"]
    return {
        "x": _n(xy.x),
        "y": _n(xy.y),
        "slug": station.slug,
        "title": station.title,
        "colour": colours[0],
        "parts": len(colours),
        "arcs": [(colour, -number) for number, colour in enumerate(colours)][1:],
        "r": _n(_radius(station)),
    }


def _store(store: Store, projection: Projection) -> dict[str, Any]:
    xy = projection.to_xy(store.point)
    return {"x": _n(xy.x), "y": _n(xy.y), "title": store.title}


def _labels(
    stations: Sequence[Station],
    stores: Sequence[Store],
    crossings: Sequence[XY],
    projection: Projection,
    size: float,
) -> list[dict[str, str]]:
    wishes = [labels.Wish(each.title, projection.to_xy(each.point), _radius(each) + 5) for each in stations]
    taken = [
        *_around(stations, projection, HUB),
        *_around(stores, projection, STORE_GAP),
        labels.Box(0, projection.height - 50, 150, projection.height),  # the scale bar
        labels.Box(WIDTH - 80, projection.height - 80, WIDTH, projection.height),  # the zoom button
    ]
    placed = labels.place(wishes, taken, crossings, size=size, width=WIDTH, height=projection.height)
    return [
        {"x": f"{each.xy.x:.0f}", "y": f"{each.xy.y:.0f}", "anchor": each.anchor, "text": each.text}
        for each in placed
    ]


def _around(
    places: Iterable[Station] | Iterable[Store], projection: Projection, radius: float
) -> Iterable[labels.Box]:
    for xy in (projection.to_xy(each.point) for each in places):
        yield labels.Box(xy.x - radius, xy.y - radius, xy.x + radius, xy.y + radius)


def _radius(station: Station) -> float:
    return HUB if len(station.lines.all()) > 1 else DOT


def _scale_bar(projection: Projection) -> dict[str, str]:
    long = SCALE_BAR_M * projection.units_per_m
    y = projection.height - 24
    return {"d": f"M24 {_n(y - 6)}v6h{_n(long)}v-6", "x": _n(24 + long / 2), "y": _n(y - 10)}


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
