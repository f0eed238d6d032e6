"""Stores are suggested where the demand is, saved closed and once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from guinda.base.points import Point, distance_m
from guinda.base.refusals import Refusal
from guinda.journal.models import Event
from guinda.places import suggesting
from guinda.places.models import City, Station, Store
from guinda.places.travel import Mode

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)


def suggest(city, count=3, demand=None):
    return suggesting.suggest(
        city=city, demand=demand or suggesting.of_stations(city), count=count, mode=Mode.BICYCLE, limit_s=30
    )


def test_stations_by_their_entries_and_each_alike_without(moscow):
    assert suggesting.of_stations(moscow).source.startswith("yearly entries")
    Station.objects.update(yearly_entries=0)
    assert set(suggesting.of_stations(moscow).weights) == {1.0}


def test_more_stores_are_nearer_and_all_demand_is_served(moscow):
    few, more = suggest(moscow, 2), suggest(moscow, 6)
    assert more.mean_s < few.mean_s
    assert few.bound_s <= few.mean_s <= few.farthest_s
    assert sum(each.share for each in more.stores) == pytest.approx(1)
    assert few.gap < 1e-6


def test_saved_twice_they_are_there_once_and_closed(moscow):
    before = Store.objects.count()
    found = suggest(moscow)
    assert suggesting.save(city=moscow, stores=found.stores, by="test", now=NOW) == 3
    assert suggesting.save(city=moscow, stores=found.stores, by="test", now=NOW) == 0
    made = Store.objects.filter(slug__startswith="suggested-")
    assert Store.objects.count() == before + 3
    assert not made.filter(active=True).exists()
    assert all(distance_m(each.point, Point(each.lat, each.lon)) == 0 for each in made)
    assert Event.objects.filter(kind="stores.suggested").count() == 2


def grid(tmp_path, text):
    file = tmp_path / "grid.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_grid_of_people_inside_the_city_draws_the_stores(moscow, tmp_path):
    file = grid(
        tmp_path,
        "id,lon,lat,population\na,37.6,55.75,900\nb,37.65,55.76,100\nc,30.3,59.9,9000\nd,37.6,55.76,0\n",
    )
    demand = suggesting.of_grid(file, moscow)
    assert (list(demand.points), list(demand.weights)) == (
        [Point(55.75, 37.6), Point(55.76, 37.65)],
        [900, 100],
    )
    assert suggest(moscow, 1, demand).stores[0].at == Point(55.75, 37.6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lat,lon\n1,2\n", "row 2, column population"),
        ("lat,lon,population\n95,37,1\n", "row 2, column lat"),
        ("lat,lon,population\n55.75,37.6,-1\n", "column population"),
        ("lat,lon,population\n55.75,37.6,many\n", "“many”"),
        ("lat,lon,population\nnan,37.6,1\n", "column lat"),
        ("lat,lon,population\n", "0 places with people"),
        ("lat,lon,population\n1,1,1\n", "0 places with people"),
        ("lat,lon,population\n" + "55.75,37.6,1\n" * 3_001, "3001 places"),
        ("широта,lon,population\n".encode("cp1251"), "cannot be read"),
    ],
)
def test_a_grid_that_cannot_be_is_refused_with_its_place(moscow, tmp_path, text, said):
    with pytest.raises(Refusal) as refused:
        suggesting.of_grid(grid(tmp_path, text), moscow)
    assert said in str(refused.value.sentence)


def test_a_large_or_absent_grid_is_refused(moscow, tmp_path, monkeypatch):
    monkeypatch.setattr(suggesting, "GRID_MAX_BYTES", 10)
    for file in (grid(tmp_path, "lat,lon,population\n"), tmp_path / "nowhere.csv"):
        with pytest.raises(Refusal):
            suggesting.of_grid(file, moscow)


def test_too_many_stores_are_refused_with_the_limit(moscow):
    with pytest.raises(Refusal) as refused:
        suggest(moscow, 200)
    assert f"1 to {moscow.stations.count()} stores" in str(refused.value.sentence)


def test_which_city_is_asked_when_it_is_not_clear(moscow):
    assert suggesting.the_city("") == suggesting.the_city("moscow") == moscow
    City.objects.create(
        slug="x", name="X", name_latin="X", time_zone="Europe/Paris", country="FR", currency="EUR",
        south=1, west=1, north=2, east=2,
    )  # fmt: skip
    for wrong in ("", "nowhere"):
        with pytest.raises(Refusal) as refused:
            suggesting.the_city(wrong)
        assert "moscow, x" in str(refused.value.sentence)


def test_a_city_without_stations_is_refused(moscow):
    Station.objects.all().delete()
    with pytest.raises(Refusal):
        suggesting.of_stations(moscow)
