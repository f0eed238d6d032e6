"""Verbs on a whole city."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import transaction

from guinda.places import cityfile
from guinda.places.models import City, Entrance, Line, Station, Stop, Store

MOSCOW = Path(__file__).parent / "cities" / "moscow.toml"
PLACE_FIELDS = ("name", "name_latin", "lat", "lon")


@transaction.atomic
def load_city(*, file: Path) -> City:
    """Bring a city's rows in line with its file; twice is the same as once.

    Rows the file doesn't name stay, and so does a store's `active`: those are the staff's decisions.

    Raises:
        Refusal: the file is wrong; nothing is changed.
    """
    return write_city(facts=cityfile.read(file))


@transaction.atomic
def write_city(*, facts: cityfile.CityFile) -> City:
    """Bring a city's rows in line with facts that were checked; what they say nothing of stays."""
    drawn = {
        key: value
        for key, value in (("water", facts.water), ("parks", facts.parks), ("credit", facts.credit or None))
        if value is not None
    }
    city, _created = City.objects.update_or_create(
        slug=facts.slug,
        defaults={
            "name": facts.names.name,
            "name_latin": facts.names.name_latin,
            "time_zone": facts.time_zone,
            "country": facts.country,
            "currency": facts.currency,
            **drawn,
            **facts.bounds._asdict(),
        },
    )
    _write_stations(city, facts.stations)
    _write_stores(city, facts.stores)
    _write_lines(city, facts.lines)
    return city


def _write_stations(city: City, places: Sequence[cityfile.Place]) -> None:
    counted = ["yearly_entries"] if any(each.yearly_entries is not None for each in places) else []
    Station.objects.bulk_create(
        [
            Station(
                city=city,
                yearly_entries=each.yearly_entries or 0,
                source_id=each.source_id,
                **_facts(each),
            )
            for each in places
        ],
        update_conflicts=True,
        unique_fields=["city", "slug"],
        update_fields=[*PLACE_FIELDS, "source_id", *counted],
    )
    _write_entrances(city, places)


def _write_entrances(city: City, places: Sequence[cityfile.Place]) -> None:
    """Add and update the ways in; those that are gone go."""
    station = dict(city.stations.values_list("slug", "pk"))
    wanted = [(station[place.slug], each) for place in places for each in place.entrances]
    Entrance.objects.bulk_create(
        [
            Entrance(station_id=key, source_id=each.source_id, name=each.name, **each.at._asdict())
            for key, each in wanted
        ],
        update_conflicts=True,
        unique_fields=["station", "source_id"],
        update_fields=["name", "lat", "lon"],
    )
    known = Entrance.objects.filter(station__in=[station[each.slug] for each in places])
    kept = {(key, each.source_id) for key, each in wanted}
    gone = [pk for pk, *key in known.values_list("pk", "station", "source_id") if tuple(key) not in kept]
    Entrance.objects.filter(pk__in=gone).delete()


def _write_stores(city: City, places: Sequence[cityfile.Place]) -> None:
    Store.objects.bulk_create(
        [Store(city=city, street=each.street, **_facts(each)) for each in places],
        update_conflicts=True,
        unique_fields=["city", "slug"],
        update_fields=[*PLACE_FIELDS, "street"],
    )


def _facts(place: cityfile.Place) -> dict[str, Any]:
    """What stations and stores have in common."""
    return {"slug": place.slug, **asdict(place.names), **place.at._asdict()}


def _write_lines(city: City, courses: Sequence[cityfile.Course]) -> None:
    Line.objects.bulk_create(
        [
            Line(
                city=city,
                code=each.code,
                name=each.names.name,
                name_latin=each.names.name_latin,
                colour=each.colour,
                path=[list(point) for point in each.path],
                source_id=each.source_id,
            )
            for each in courses
        ],
        update_conflicts=True,
        unique_fields=["city", "code"],
        update_fields=["name", "name_latin", "colour", "path", "source_id"],
    )
    _write_stops(city, courses)


def _write_stops(city: City, courses: Sequence[cityfile.Course]) -> None:
    """Replace the stops of the lines named, only when they differ."""
    lines = dict(city.lines.values_list("code", "pk"))
    stations = dict(city.stations.values_list("slug", "pk"))
    wanted = [
        (lines[course.code], stations[slug], position)
        for course in courses
        for position, slug in enumerate(course.stops)
    ]
    found = Stop.objects.filter(line__in=[lines[each.code] for each in courses])
    if set(found.values_list("line", "station", "position")) == set(wanted):
        return
    found.delete()
    Stop.objects.bulk_create(
        Stop(line_id=line, station_id=station, position=position) for line, station, position in wanted
    )
