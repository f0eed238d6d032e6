"""Reads a city written as facts (TOML) and refuses a wrong one in one sentence. Touches no database."""

from __future__ import annotations

import re
import tomllib
import zoneinfo
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from guinda.base.points import Point
from guinda.base.refusals import Refusal
from guinda.places.models import Bounds

STATIONS_MAX = 2_000
ENTRIES_MAX = 2_000_000_000
WIDTH_MAX_M = 5_000
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Names:
    """A name as the city writes it and in Latin letters."""

    name: str
    name_latin: str


@dataclass(frozen=True)
class Entrance:
    """A way into a station."""

    source_id: str
    name: str
    at: Point


@dataclass(frozen=True)
class Place:
    """A station (`yearly_entries`, `entrances`) or a store (`street`); `source_id` is its key in the feed it came from."""

    slug: str
    names: Names
    at: Point
    yearly_entries: int | None = 0  # None: the source doesn't count, and what is known stays
    street: str = ""
    source_id: str = ""
    entrances: tuple[Entrance, ...] = ()


@dataclass(frozen=True)
class Course:
    """A line: the slugs it stops at, and every point it is drawn through."""

    code: str
    names: Names
    colour: str
    stops: tuple[str, ...]
    path: tuple[Point, ...]
    source_id: str = ""


@dataclass(frozen=True)
class CityFile:
    """Everything a city's file says; None for water or parks that it says nothing of."""

    slug: str
    names: Names
    time_zone: str
    country: str
    currency: str
    bounds: Bounds
    water: list[dict[str, Any]] | None
    stations: tuple[Place, ...]
    lines: tuple[Course, ...]
    stores: tuple[Place, ...]
    parks: list[dict[str, Any]] | None = None
    credit: str = ""


def read(file: Path) -> CityFile:
    """Read and check the file; a Refusal says what is wrong and where."""
    try:
        facts = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(_("The city's file cannot be read: %(why)s.") % {"why": error}) from error
    except tomllib.TOMLDecodeError as error:
        raise _wrong(_("The city's file is not TOML: %(why)s.") % {"why": error}) from error
    return _city(facts)


def _city(facts: Mapping[str, Any]) -> CityFile:
    bounds = Bounds(*(_number(facts, side, "city") for side in ("south", "west", "north", "east")))
    if not (-85 <= bounds.south < bounds.north <= 85 and -180 <= bounds.west < bounds.east <= 180):
        raise _wrong(_("The city's south must lie below its north, and its west before its east."))
    stations = tuple(_place(each, "station") for each in _tables(facts, "stations"))
    if not 0 < len(stations) <= STATIONS_MAX:
        raise _wrong(_("A city needs between 1 and %(most)d stations.") % {"most": STATIONS_MAX})
    _once("station", [each.slug for each in stations])
    where = {each.slug: each.at for each in stations}
    lines = tuple(_course(each, where) for each in _tables(facts, "lines"))
    stores = tuple(_place(each, "store") for each in _tables(facts, "stores"))
    _once("line", [each.code for each in lines])
    _once("store", [each.slug for each in stores])
    return CityFile(
        slug=_slug(facts, "city"),
        names=_names(facts, "city"),
        time_zone=checked_time_zone(_text(facts, "time_zone", "city")),
        country=_match(facts, "country", r"[A-Z]{2}", "city"),
        currency=_match(facts, "currency", r"[A-Z]{3}", "city"),
        bounds=bounds,
        water=[_water(each) for each in _tables(facts, "water")],
        stations=stations,
        lines=lines,
        stores=stores,
    )


def _place(facts: Mapping[str, Any], kind: str) -> Place:
    slug = _slug(facts, kind)
    entries = facts.get("yearly_entries", 0)
    if not isinstance(entries, int) or not 0 <= entries <= ENTRIES_MAX:
        raise _wrong(
            _("%(where)s: yearly_entries must be a whole number from 0 to 2 billion.")
            % {"where": f"{kind} {slug}"}
        )
    street = _text(facts, "street", f"{kind} {slug}") if kind == "store" else ""
    at = _point(facts.get("at"), f"{kind} {slug}")
    return Place(slug, _names(facts, f"{kind} {slug}"), at, entries, street)


def _course(facts: Mapping[str, Any], stations: Mapping[str, Point]) -> Course:
    code = _match(facts, "code", r"\S{1,8}", "line")
    stops: list[str] = []
    path: list[Point] = []
    for each in _list(facts, "course", f"line {code}"):
        if isinstance(each, str) and each not in stations:
            told = {"where": f"line {code}", "slug": each}
            raise _wrong(_("%(where)s stops at “%(slug)s”, which is not among the stations.") % told)
        if isinstance(each, str) and each not in stops:
            stops.append(each)
        path.append(stations[each] if isinstance(each, str) else _point(each, f"line {code}"))
    if len(stops) < 2:
        raise _wrong(_("%(where)s needs a course of two stations or more.") % {"where": f"line {code}"})
    colour = _match(facts, "colour", r"#[0-9A-Fa-f]{6}", f"line {code}")
    return Course(code, _names(facts, f"line {code}"), colour, tuple(stops), tuple(path))


def _water(facts: Mapping[str, Any]) -> dict[str, Any]:
    name = _text(facts, "name", "water")
    kind = _match(facts, "kind", r"area|line", f"water {name}")
    points = [list(_point(each, f"water {name}")) for each in _list(facts, "points", f"water {name}")]
    if len(points) < (3 if kind == "area" else 2):
        raise _wrong(_("%(where)s has too few points.") % {"where": f"water {name}"})
    extra: dict[str, Any] = {}
    for key, most in (("width_m", WIDTH_MAX_M), ("label_at", 1)):
        if key in facts:
            extra[key] = _number(facts, key, f"water {name}")
            if not 0 < extra[key] <= most:
                told = {"where": f"water {name}", "key": key, "most": most}
                raise _wrong(_("%(where)s: “%(key)s” must be above 0 and at most %(most)d.") % told)
    if "name_latin" in facts:
        extra["name_latin"] = _text(facts, "name_latin", f"water {name}")
    return {"kind": kind, "name": name, "points": points, **extra}


def _list(facts: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = facts.get(key)
    if not isinstance(value, list):
        raise _wrong(_("%(where)s needs “%(key)s”: a list.") % {"where": where, "key": key})
    return value


def _tables(facts: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    tables = facts.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise _wrong(_("“%(key)s” must be a list of tables.") % {"key": key})
    return tables


def _once(kind: str, keys: Sequence[str]) -> None:
    for key, count in Counter(keys).items():
        if count > 1:
            raise _wrong(_("%(where)s appears twice; give each its own.") % {"where": f"{kind} {key}"})


def _text(facts: Mapping[str, Any], key: str, where: str) -> str:
    value = facts.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > 80:
        raise _wrong(_("%(where)s needs “%(key)s”: 1 to 80 letters.") % {"where": where, "key": key})
    return value.strip()


def _match(facts: Mapping[str, Any], key: str, pattern: str, where: str) -> str:
    value = _text(facts, key, where)
    if not re.fullmatch(pattern, value):
        told = {"where": where, "key": key, "value": value, "pattern": pattern}
        raise _wrong(_("%(where)s: “%(value)s” is not a “%(key)s” (expected %(pattern)s).") % told)
    return value


def _slug(facts: Mapping[str, Any], where: str) -> str:
    return _match(facts, "slug", SLUG.pattern, where)


def _names(facts: Mapping[str, Any], where: str) -> Names:
    return Names(_text(facts, "name", where), _text(facts, "name_latin", where))


def _number(facts: Mapping[str, Any], key: str, where: str) -> float:
    value = facts.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(_("%(where)s needs “%(key)s”: a number.") % {"where": where, "key": key})
    return float(value)


def _point(pair: object, where: str) -> Point:
    right = isinstance(pair, list) and len(pair) == 2 and all(isinstance(each, int | float) for each in pair)
    if not right or not (-90 <= pair[0] <= 90 and -180 <= pair[1] <= 180):  # type: ignore[index]
        raise _wrong(_("%(where)s needs a place: [latitude, longitude] in degrees.") % {"where": where})
    return Point(float(pair[0]), float(pair[1]))  # type: ignore[index]


def checked_time_zone(name: str) -> str:
    """The name of a time zone that exists; a Refusal otherwise."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _wrong(_("“%(name)s” is not a time zone; try Europe/Moscow.") % {"name": name}) from error
    return name


def _wrong(sentence: str) -> Refusal:
    return Refusal("bad-city-file", sentence, status=422)
