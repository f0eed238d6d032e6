"""The demo city's facts, checked against the collected data where that lies beside the repository."""

from __future__ import annotations

import csv
import os
import re
from collections import defaultdict
from pathlib import Path

import pytest

from guinda.base.points import Point, distance_m
from guinda.places import cityfile
from guinda.places.services import MOSCOW

DATA = Path(os.environ.get("GUINDA_DATA") or Path(__file__).parents[4] / "../shared/data")
SAME_PLACE_M = 300
RING = "5"

facts = cityfile.read(MOSCOW)
line_of = {(line.code, slug): line for line in facts.lines for slug in line.stops}


@pytest.fixture(scope="module")
def collected() -> dict[tuple[str, str], dict[str, str]]:
    file = DATA / "city" / "moscow" / "stations.csv"
    if not file.exists():
        pytest.skip(
            f"No collected data at {file}: set GUINDA_DATA to check the demo city's facts against it."
        )
    with file.open(encoding="utf-8") as opened:
        return {(row["line_id"], _plain(row["station_name_ru"])): row for row in csv.DictReader(opened)}


def _plain(name: str) -> str:
    name = name.lower().replace("ё", "е").replace("имени", "им.").replace(" ", "")
    return re.sub(r"[^а-я0-9.-]", "", name)


def _row(collected, code, slug):
    return collected.get((code, _plain(_station(slug).names.name)))


def _station(slug):
    return next(each for each in facts.stations if each.slug == slug)


@pytest.mark.parametrize(("code", "slug"), line_of)
def test_each_stop_is_where_and_on_the_line_it_is_known_to_be(collected, code, slug):
    row = _row(collected, code, slug)

    assert row, f"No station {slug} on line {code} in the collected data."
    there = Point(float(row["lat"]), float(row["lon"]))
    assert distance_m(_station(slug).at, there) <= SAME_PLACE_M
    line = line_of[code, slug]
    assert line.colour.lstrip("#") == row["line_hex_color"]
    assert _plain(line.names.name) == _plain(row["line_name_ru"])


def test_entries_agree_where_they_are_known(collected):
    known: dict[str, float] = defaultdict(float)
    for code, slug in line_of:
        known[slug] += float((_row(collected, code, slug) or {}).get("entries_2023") or 0)

    for slug, entries in known.items():
        assert _station(slug).yearly_entries == pytest.approx(entries, rel=0.2), slug


def test_latin_names_are_latin_and_russian_names_russian():
    for each in (*facts.stations, *facts.stores):
        assert re.fullmatch(r"[A-Za-z0-9 -]+", each.names.name_latin), each
        assert re.fullmatch(r"[А-Яа-яЁё0-9 -]+", each.names.name), each


def test_the_ring_and_enough_radial_stations():
    ring = next(line for line in facts.lines if line.code == RING)

    assert len(ring.stops) == 12
    assert ring.path[0] == ring.path[-1]
    assert len(facts.stations) >= 40
    assert {slug for _code, slug in line_of} == {each.slug for each in facts.stations}


def test_everything_lies_on_the_map_and_nothing_is_one_place_under_two_names():
    for each in (*facts.stations, *facts.stores):
        assert each.at in facts.bounds, each.slug
    assert len({each.names.name for each in facts.stations}) == len(facts.stations)


def test_a_bicycle_from_some_store_reaches_every_station_in_twenty_minutes():
    from guinda.places.travel import Detour, Mode

    stores, stations = [each.at for each in facts.stores], [each.at for each in facts.stations]

    assert len(stores) == 5
    assert Detour().seconds(stores, stations, Mode.BICYCLE).min(axis=0).max() <= 20 * 60
