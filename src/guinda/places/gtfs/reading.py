"""From a feed's file to the facts of a city, with a note for each thing that was inferred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from babel.numbers import get_territory_currencies
from django.utils.translation import gettext as _

from guinda.base.points import Point, distance_m
from guinda.places import cityfile
from guinda.places.gtfs import names
from guinda.places.gtfs.feed import KINDS, Feed, load
from guinda.places.gtfs.lines import Drawn, drawn
from guinda.places.gtfs.names import NAME_LETTERS as LETTERS
from guinda.places.gtfs.notes import Found, latin_keys, told
from guinda.places.gtfs.stations import Group, grouped
from guinda.places.gtfs.tables import Limits, opened, wrong
from guinda.places.models import Bounds

USUAL_KINDS = ("metro", "rail", "tram", "monorail")
MARGIN = 0.06
ACROSS_MAX_M = 300_000
CREDIT_LETTERS = 100


@dataclass(frozen=True)
class Wishes:
    """What the person who imports says; what is empty is inferred."""

    name: str = ""
    name_latin: str = ""
    slug: str = ""
    country: str = ""
    currency: str = ""
    bounds: Bounds | None = None
    kinds: Sequence[str] = USUAL_KINDS

    def __post_init__(self) -> None:
        unknown = sorted(set(self.kinds) - set(KINDS))
        if unknown:
            raise wrong(
                _("There are no lines of the kind %(kind)s; choose among %(kinds)s.")
                % {"kind": unknown[0], "kinds": ", ".join(KINDS)}
            )


class Title(NamedTuple):
    """What a city is called and where it is."""

    slug: str
    names: cityfile.Names
    time_zone: str
    country: str
    currency: str


@dataclass(frozen=True)
class Reading:
    """A city's facts and what was inferred to get them."""

    facts: cityfile.CityFile
    notes: list[str] = field(default_factory=list)


def read(file: Path, wishes: Wishes, *, today: date, limits: Limits | None = None) -> Reading:
    """Read the feed; `today` chooses the country's present currency.

    Raises:
        Refusal: the file is no feed, breaks a limit, or holds something that cannot be.
    """
    with opened(file, limits) as tables:
        feed = load(tables, wishes.kinds)
    groups, orphans = grouped(feed)
    lines = drawn(feed, groups)
    bounds = wishes.bounds or _around(groups)
    inside = {each.key: each for each in groups if bounds.holds(each.at)}
    kept = [each for each in (_within(line, inside, bounds) for line in lines) if each is not None]
    served = {key for line in kept for key in line.stops}
    stations = [group for key, group in inside.items() if key in served]
    if not 0 < len(stations) <= cityfile.STATIONS_MAX:
        raise wrong(
            _(
                "%(found)d stations with a line lie inside the bounds; a city has 1 to %(most)d. Give --bounds."
            )
            % {"found": len(stations), "most": cityfile.STATIONS_MAX}
        )
    notes = told(Found(feed, groups, orphans, lines, kept, stations))
    slugs = _slugs(stations, feed)
    title = _title(feed, wishes, today, notes)
    facts = cityfile.CityFile(
        slug=title.slug,
        names=title.names,
        time_zone=title.time_zone,
        country=title.country,
        currency=title.currency,
        bounds=bounds,
        water=None,
        stations=tuple(_place(each, slugs[each.key], feed) for each in stations),
        lines=tuple(_course(each, slugs) for each in kept),
        stores=(),
        credit=", ".join(dict.fromkeys(each for each in feed.agencies if each))[:CREDIT_LETTERS],
    )
    return Reading(facts, notes)


def _around(groups: Sequence[Group]) -> Bounds:
    """The stations with some air around them."""
    lats, lons = sorted(each.at.lat for each in groups), sorted(each.at.lon for each in groups)
    if not lats or distance_m(Point(lats[0], lons[0]), Point(lats[-1], lons[-1])) > ACROSS_MAX_M:
        raise wrong(
            _(
                "The feed's stations lie more than %(most)d km apart; say with --bounds which part is the city."
            )
            % {"most": ACROSS_MAX_M // 1000}
        )
    high = max((lats[-1] - lats[0]) * MARGIN, 0.01)
    wide = max((lons[-1] - lons[0]) * MARGIN, 0.01)
    return Bounds(lats[0] - high, lons[0] - wide, lats[-1] + high, lons[-1] + wide)


def _within(line: Drawn, inside: dict[str, Group], bounds: Bounds) -> Drawn | None:
    """The line's part on the map, one point beyond the edge included; None when fewer than two of its stations are."""
    line.stops = [key for key in line.stops if key in inside]
    keep = [bounds.holds(point) for point in line.path]
    near = [here or any(keep[max(at - 1, 0) : at + 2]) for at, here in enumerate(keep)]
    line.path = [point for point, wanted in zip(line.path, near, strict=True) if wanted]
    return line if len(line.stops) > 1 and len(line.path) > 1 else None


def _slugs(stations: Sequence[Group], feed: Feed) -> dict[str, str]:
    slugs: dict[str, str] = {}
    for each in sorted(stations, key=lambda group: group.key):
        slugs[each.key] = names.unique_slug(_latin(each, feed), "station", slugs.values())
    return slugs


def _latin(group: Group, feed: Feed) -> str:
    translation = next((feed.latin[key] for key in latin_keys(group) if key in feed.latin), "")
    return names.latin(names.shown(group.name), translation) or names.shown(group.name)


def _place(group: Group, slug: str, feed: Feed) -> cityfile.Place:
    entrances = tuple(
        cityfile.Entrance(each.key, names.shown(each.name), each.at)
        for each in sorted(group.entrances, key=lambda stop: stop.key)
        if each.at is not None
    )
    title = cityfile.Names(names.shown(group.name), _latin(group, feed))
    return cityfile.Place(
        slug, title, group.at, yearly_entries=None, source_id=group.key, entrances=entrances
    )


def _course(line: Drawn, slugs: dict[str, str]) -> cityfile.Course:
    title = cityfile.Names(line.name, line.latin or line.name)
    stops = tuple(slugs[key] for key in line.stops)
    path = tuple(Point(round(each.lat, 6), round(each.lon, 6)) for each in line.path)
    return cityfile.Course(line.code, title, line.colour, stops, path, source_id=line.key)


def _title(feed: Feed, wishes: Wishes, today: date, notes: list[str]) -> Title:
    """The city's own facts: as said, else by the agency's time zone, which is then noted."""
    zone = cityfile.checked_time_zone(feed.time_zone)
    name = wishes.name or zone.rsplit("/", 1)[-1].replace("_", " ")
    country = wishes.country or _country(zone)
    currencies = get_territory_currencies(country, today, today) if country else []
    currency = wishes.currency or (currencies[0] if currencies else "")
    if not country or not currency:
        raise wrong(
            _("The feed's time zone %(zone)s does not tell the country; give --country and --currency.")
            % {"zone": zone}
        )
    inferred = [
        found
        for wish, found in ((wishes.name, name), (wishes.country, country), (wishes.currency, currency))
        if not wish
    ]
    if inferred:
        notes.append(
            _("Inferred from the time zone %(zone)s: %(found)s.")
            % {"zone": zone, "found": ", ".join(inferred)}
        )
    latin = wishes.name_latin or names.latin(name, "") or name
    slug = wishes.slug or names.unique_slug(latin, "city", ())
    return Title(slug, cityfile.Names(name[:LETTERS], latin[:LETTERS]), zone, country, currency)


def _country(zone: str) -> str:
    """The country a time zone lies in, by the time zone database's own table; "" for zones of several."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return next((row[0] for row in rows if row[2] == zone), "")
