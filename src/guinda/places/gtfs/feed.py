"""The feed's tables as typed rows: only the lines of the kinds asked for, and what belongs to them."""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from guinda.base.points import Point
from guinda.places.gtfs.tables import Tables, bad_cell, wrong

KINDS: Mapping[str, Sequence[range]] = {
    # GTFS's own route types, and the extended ones that European feeds use.
    "metro": (range(1, 2), range(400, 405), range(500, 600), range(600, 700)),
    "rail": (range(2, 3), range(100, 118), range(300, 400)),
    "tram": (range(1), range(900, 1000)),
    "monorail": (range(12, 13), range(405, 406)),
    "bus": (range(3, 4), range(11, 12), range(200, 300), range(700, 900)),
    "ferry": (range(4, 5), range(1000, 1100), range(1200, 1300)),
    "cable": (range(5, 8), range(1300, 1500)),
}
STATION, ENTRANCE = "1", "2"
SEQUENCE_BITS = 24


@dataclass(frozen=True)
class FeedStop:
    """A row of stops.txt: a platform, a station (its parent) or an entrance."""

    key: str
    name: str
    at: Point | None
    kind: str
    parent: str


@dataclass(frozen=True)
class Route:
    """A row of routes.txt."""

    key: str
    kind: str
    short_name: str
    long_name: str
    colour: str


@dataclass
class Pattern:
    """Where trips of a route stop, in order, and how many do; `shape` is their shape's key or ""."""

    route: str
    stops: tuple[str, ...]
    shape: str
    trips: int = 0


@dataclass
class Feed:
    """What the tables say of the lines asked for."""

    agencies: list[str] = field(default_factory=list)
    time_zone: str = ""
    language: str = ""
    stops: dict[str, FeedStop] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    patterns: list[Pattern] = field(default_factory=list)
    shapes: dict[str, list[Point]] = field(default_factory=dict)
    latin: dict[tuple[str, str], str] = field(default_factory=dict)
    """(table, key) to the name that translations.txt gives in English."""


def load(tables: Tables, kinds: Sequence[str]) -> Feed:
    """Read what the lines of these kinds need; a Refusal names file, row and column."""
    feed = Feed()
    _agencies(tables, feed)
    _routes(tables, feed, kinds)
    _stops(tables, feed)
    _patterns(tables, feed)
    _shapes(tables, feed)
    _translations(tables, feed)
    return feed


def _agencies(tables: Tables, feed: Feed) -> None:
    columns = ("agency_name", "agency_timezone", "agency_lang")
    for _row, (name, zone, language) in tables.rows("agency.txt", (), columns):
        feed.agencies.append(clean(name))
        feed.time_zone, feed.language = feed.time_zone or zone, feed.language or language.lower()


def _routes(tables: Tables, feed: Feed, kinds: Sequence[str]) -> None:
    wanted = ("route_id", "route_type")
    more = ("route_short_name", "route_long_name", "route_color")
    for row, (key, code, short, long, colour) in tables.rows("routes.txt", wanted, more):
        kind = _kind(code, row)
        if kind not in kinds:
            feed.left_out[kind] += 1
        else:
            known = f"#{colour.upper()}" if re.fullmatch(r"[0-9A-Fa-f]{6}", colour) else ""
            feed.routes[key] = Route(key, kind, clean(short), clean(long), known)
    if not feed.routes:
        told = {"wanted": ", ".join(kinds), "found": ", ".join(sorted(feed.left_out)) or "-"}
        raise wrong(
            _("The feed has no lines of the kinds %(wanted)s; it has: %(found)s. Choose with --kinds.") % told
        )


def _kind(code: str, row: int) -> str:
    if not re.fullmatch(r"\d{1,4}", code):
        raise bad_cell("routes.txt", row, "route_type", code, _("a number of GTFS's list"))
    return next((name for name, spans in KINDS.items() if any(int(code) in span for span in spans)), "other")


def _stops(tables: Tables, feed: Feed) -> None:
    wanted = ("stop_id",)
    more = ("stop_name", "stop_lat", "stop_lon", "location_type", "parent_station")
    for row, (key, name, lat, lon, kind, parent) in tables.rows("stops.txt", wanted, more):
        if not key:
            raise bad_cell("stops.txt", row, "stop_id", key, _("a key"))
        at = None
        if lat or lon:
            place = _degrees(lat, 90), _degrees(lon, 180)
            if place[0] is None:
                raise bad_cell("stops.txt", row, "stop_lat", lat, _("degrees from -90 to 90"))
            if place[1] is None:
                raise bad_cell("stops.txt", row, "stop_lon", lon, _("degrees from -180 to 180"))
            at = Point(place[0], place[1])
        feed.stops[key] = FeedStop(key, clean(name), at, kind, parent)


def _patterns(tables: Tables, feed: Feed) -> None:
    trips: dict[str, tuple[str, str]] = {}
    for _row, (trip, route, shape) in tables.rows("trips.txt", ("trip_id", "route_id"), ("shape_id",)):
        if route in feed.routes:
            trips[trip] = (route, shape)
    found: dict[tuple[str, tuple[str, ...]], Pattern] = {}
    for trip, stops in _sequences(tables, feed, trips).items():
        route, shape = trips[trip]
        pattern = found.setdefault((route, stops), Pattern(route, stops, shape))
        pattern.shape = pattern.shape or shape
        pattern.trips += 1
    feed.patterns = list(found.values())


def _sequences(tables: Tables, feed: Feed, trips: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Each trip's stops in order. Sequence and stop share one number: a feed may hold millions of rows."""
    keys = list(feed.stops)
    packed: dict[str, array[int]] = defaultdict(lambda: array("q"))
    number_of = {key: number for number, key in enumerate(keys)}
    for row, (trip, stop, sequence) in tables.rows("stop_times.txt", ("trip_id", "stop_id", "stop_sequence")):
        if trip not in trips:
            continue
        if not re.fullmatch(r"\d{1,9}", sequence):
            raise bad_cell("stop_times.txt", row, "stop_sequence", sequence, _("a whole number"))
        if stop not in number_of:
            raise bad_cell("stop_times.txt", row, "stop_id", stop, _("a stop_id of stops.txt"))
        packed[trip].append(int(sequence) << SEQUENCE_BITS | number_of[stop])
    mask = (1 << SEQUENCE_BITS) - 1
    return {trip: tuple(keys[each & mask] for each in sorted(numbers)) for trip, numbers in packed.items()}


def _shapes(tables: Tables, feed: Feed) -> None:
    used = {each.shape for each in feed.patterns} - {""}
    rows: dict[str, list[tuple[int, Point]]] = {key: [] for key in used}
    columns = ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence")
    if not used or "shapes.txt" not in tables:
        return
    for row, (key, lat, lon, sequence) in tables.rows("shapes.txt", columns):
        if key not in used:
            continue
        place = _degrees(lat, 90), _degrees(lon, 180)
        if place[0] is None or place[1] is None or not re.fullmatch(r"\d{1,9}", sequence):
            raise bad_cell(
                "shapes.txt", row, "shape_pt_*", f"{lat}, {lon}, {sequence}", _("a place and its number")
            )
        rows[key].append((int(sequence), Point(place[0], place[1])))
    feed.shapes = {key: [point for _n, point in sorted(points)] for key, points in rows.items() if points}


def _translations(tables: Tables, feed: Feed) -> None:
    """English names, by key or by the text itself (both forms that GTFS allows)."""
    wanted = ("table_name", "field_name", "language", "translation")
    more = ("record_id", "field_value")
    if "translations.txt" not in tables:
        return
    by_text: dict[str, str] = {}
    for _row, (table, column, language, text, key, value) in tables.rows("translations.txt", wanted, more):
        if language.lower().split("-")[0] != "en" or column not in {"stop_name", "route_long_name"}:
            continue
        if key:
            feed.latin[table, key] = clean(text)
        else:
            by_text[clean(value)] = clean(text)
    _by_text(feed, "stops", ((each.key, each.name) for each in feed.stops.values()), by_text)
    _by_text(feed, "routes", ((each.key, each.long_name) for each in feed.routes.values()), by_text)


def _by_text(feed: Feed, table: str, names: Iterable[tuple[str, str]], by_text: Mapping[str, str]) -> None:
    for key, name in names:
        if name in by_text:
            feed.latin.setdefault((table, key), by_text[name])


def clean(text: str) -> str:
    """Without control characters, and with single spaces."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _degrees(text: str, most: int) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -most <= value <= most else None
