"""A city from a feed: matched with the rows that are there by the feed's own keys, written whole or not at all, and told.

A station or line that an earlier import made is found by its key in the feed, and keeps its short name (panels' addresses
hold it) whatever it is called now. What the feed no longer has stays, and is counted: closing it is the staff's decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import models, transaction

from guinda.journal.services import record
from guinda.places import cityfile
from guinda.places.models import City, Entrance, Line, Station, Stop
from guinda.places.services import write_city

OSM_CREDIT = "© OpenStreetMap, openstreetmap.org/copyright"


@dataclass(frozen=True)
class Change:
    """What an import does to one kind of row."""

    new: int
    changed: int
    same: int
    absent: int
    """Rows that the feed doesn't name: stations and lines stay, stops and entrances go."""


def import_city(
    *, facts: cityfile.CityFile, by: str, now: datetime, dry_run: bool = False
) -> dict[str, Change]:
    """Write the city in one transaction; with `dry_run` everything is tried, told and taken back."""
    with transaction.atomic():
        before = _snapshot(facts.slug)
        facts = _with_known_names(facts)
        city = write_city(facts=facts)
        after = _snapshot(facts.slug)
        left = {
            "lines": after["lines"].keys() - {(each.code,) for each in facts.lines},
            "stations": after["stations"].keys() - {(each.slug,) for each in facts.stations},
        }
        changes = {kind: _compared(rows, before[kind], left.get(kind, set())) for kind, rows in after.items()}
        if dry_run:
            transaction.set_rollback(True)
        else:
            data = {kind: vars(each) for kind, each in changes.items()}
            record(kind="city.imported", ref=city.slug, by=by, at=now, data=data)
    return changes


def _with_known_names(facts: cityfile.CityFile) -> cityfile.CityFile:
    """The facts under the short names and codes that the city's rows have already."""
    known = _keys(Station.objects.filter(city=facts.slug), "slug")
    stations = _adopted({each.source_id: each.slug for each in facts.stations}, known, letters=50)
    known = _keys(Line.objects.filter(city=facts.slug), "code")
    codes = _adopted({each.source_id: each.code for each in facts.lines}, known, letters=8)
    slug_of = {each.slug: stations[each.source_id] for each in facts.stations}
    return replace(
        facts,
        credit=_credit(facts),
        stations=tuple(replace(each, slug=slug_of[each.slug]) for each in facts.stations),
        lines=tuple(
            replace(each, code=codes[each.source_id], stops=tuple(slug_of[slug] for slug in each.stops))
            for each in facts.lines
        ),
    )


def _credit(facts: cityfile.CityFile) -> str:
    """With OpenStreetMap's as long as the map keeps parks or water that an earlier import took from it."""
    before = City.objects.filter(pk=facts.slug).values_list("credit", flat=True).first() or ""
    if OSM_CREDIT in before and OSM_CREDIT not in facts.credit:
        return " · ".join(each for each in (facts.credit, OSM_CREDIT) if each)
    return facts.credit


def _keys(rows: models.QuerySet[Any], name: str) -> dict[str, str]:
    return dict(rows.exclude(source_id="").values_list("source_id", name))


def _adopted(wanted: Mapping[str, str], known: Mapping[str, str], letters: int) -> dict[str, str]:
    """For each key in the feed its name of last time, else the wanted one, numbered where another key has it."""
    found = {key: known[key] for key in wanted if key in known}
    taken = set(found.values())
    for key in wanted.keys() - found.keys():
        name, number = wanted[key], 2
        while name in taken:
            tail = f"-{number}"
            name, number = wanted[key][: letters - len(tail)] + tail, number + 1
        found[key] = name
        taken.add(name)
    return found


def _snapshot(city: str) -> dict[str, dict[Any, Sequence[Any]]]:
    """The city's rows by key, as plain values (five queries)."""
    return {
        "city": _rows(City.objects.filter(pk=city), ("slug",)),
        "lines": _rows(Line.objects.filter(city=city), ("code",)),
        "stations": _rows(Station.objects.filter(city=city), ("slug",)),
        "stops": _rows(Stop.objects.filter(line__city=city), ("line__code", "station__slug"), ("position",)),
        "entrances": _rows(
            Entrance.objects.filter(station__city=city),
            ("station__slug", "source_id"),
            ("name", "lat", "lon"),
        ),
    }


def _rows(
    rows: models.QuerySet[Any], key: Sequence[str], fields: Sequence[str] = ()
) -> dict[Any, Sequence[Any]]:
    names = fields or [each.attname for each in rows.model._meta.concrete_fields]  # noqa: SLF001 - Django's own documented way
    return {row[: len(key)]: row[len(key) :] for row in rows.values_list(*key, *names)}


def _compared(after: Mapping[Any, Any], before: Mapping[Any, Any], left: AbstractSet[Any]) -> Change:
    """What became of the rows; `left` are those that stay though the feed doesn't name them."""
    named = (after.keys() & before.keys()) - left
    changed = sum(after[key] != before[key] for key in named)
    gone = len(before.keys() - after.keys())
    return Change(len(after.keys() - before.keys()), changed, len(named) - changed, len(left) + gone)
