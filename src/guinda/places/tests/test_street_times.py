"""The seam: streets where there are some, the plain detour elsewhere, and the log says which."""

from __future__ import annotations

import numpy as np
import pytest

from guinda.base.points import Point
from guinda.places import travel
from guinda.places.streets import building
from guinda.places.streets.extract import read_ways
from guinda.places.streets.network import Network, StaleNetwork
from guinda.places.streets.travel import StreetTimes
from guinda.places.tests import extracts
from guinda.places.travel import Detour, Mode

INSIDE = [Point(*extracts.at(row, column)) for row, column in ((0, 0), (2.3, 4), (5, 5))]
FAR = Point(*extracts.at(2.5, 30))


@pytest.fixture
def built(tmp_path):
    made = Network.of(building.build(read_ways(extracts.grid(tmp_path / "grid.osm.pbf"))), "digest")
    made.save(tmp_path / "streets" / "grid.npz")
    return made


@pytest.fixture
def times(tmp_path, built):
    return StreetTimes(tmp_path / "streets")


def test_seconds_are_the_networks_milliseconds_rounded_up(times, built):
    found = times.seconds(INSIDE, INSIDE, Mode.BICYCLE)
    np.testing.assert_array_equal(found, np.ceil(built.table(INSIDE, INSIDE, Mode.BICYCLE).ms / 1000))
    assert (np.diag(found) == 0).all()
    assert found.dtype == np.int64


def test_points_off_the_streets_get_the_detour_and_it_is_said_once_without_the_door(times, caplog):
    for _time in range(3):
        found = times.seconds([INSIDE[0], FAR], [INSIDE[1]], Mode.CAR)
    assert found[1, 0] == Detour().seconds([FAR], [INSIDE[1]], Mode.CAR)[0, 0]
    assert found[0, 0] != Detour().seconds([INSIDE[0]], [INSIDE[1]], Mode.CAR)[0, 0]
    assert [record.message for record in caplog.records] == [
        "-23.547, -46.600 lies more than 250 m from any street; distance times a detour there."
    ]


def test_another_city_gets_the_detour(times, caplog):
    a, b = Point(55.75, 37.61), Point(55.76, 37.62)
    np.testing.assert_array_equal(times.seconds([a], [b], Mode.FOOT), Detour().seconds([a], [b], Mode.FOOT))
    assert "no street network" in caplog.text


def test_nobody_to_send_is_an_empty_answer(times):
    assert times.seconds([], INSIDE, Mode.FOOT).shape == (0, 3)


def test_a_network_is_kept_and_read_back_alike(tmp_path, built):
    read = Network.load(tmp_path / "streets" / "grid.npz")
    assert read.digest == "digest"
    np.testing.assert_array_equal(
        read.table(INSIDE, INSIDE, Mode.CAR).ms, built.table(INSIDE, INSIDE, Mode.CAR).ms
    )


def test_a_network_imported_anew_is_taken_up_while_the_house_runs(tmp_path, times, built):
    before = times.seconds(INSIDE, INSIDE, Mode.CAR)
    slow = extracts.grid(tmp_path / "slow.osm.pbf", tags={"highway": "residential", "maxspeed": "5"})
    Network.of(building.build(read_ways(slow))).save(tmp_path / "streets" / "grid.npz")
    assert times.seconds(INSIDE, INSIDE, Mode.CAR)[0, 2] > 2 * before[0, 2]


def damaged(built, name):
    """The network's arrays with one of them out of range."""
    graph = vars(built.graph) | {"order": built.order, "version": 1, "digest": ""}
    wrong = {
        "tail": built.graph.tail + 1_000_000,
        "head": built.graph.head - 1_000,
        "order": built.order[::-1] * 0,
        "times_ms": built.graph.times_ms * 0 - 1,
        "shape_start": built.graph.shape_start + 7,
        "version": 99,
        "core": built.graph.core[:, :3],
        "shape_lat": built.graph.shape_lat * np.nan,
    }
    return graph | {name: wrong[name]}


@pytest.mark.parametrize(
    "name", ["tail", "head", "order", "times_ms", "shape_start", "version", "core", "shape_lat"]
)
def test_numbers_out_of_range_never_reach_the_native_code(tmp_path, built, name, caplog):
    np.savez(tmp_path / "streets" / "grid.npz", **damaged(built, name))
    with pytest.raises(StaleNetwork, match="import the city's streets again"):
        Network.load(tmp_path / "streets" / "grid.npz")
    found = StreetTimes(tmp_path / "streets").seconds(INSIDE, INSIDE, Mode.CAR)
    np.testing.assert_array_equal(found, Detour().seconds(INSIDE, INSIDE, Mode.CAR))
    assert "import the city's streets again" in caplog.text


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"nonsense" * 100])
def test_a_broken_file_is_the_detour(tmp_path, built, content):
    (tmp_path / "streets" / "grid.npz").write_bytes(content)
    found = StreetTimes(tmp_path / "streets").seconds(INSIDE, INSIDE, Mode.CAR)
    np.testing.assert_array_equal(found, Detour().seconds(INSIDE, INSIDE, Mode.CAR))


def test_a_pickle_in_the_file_is_not_run(tmp_path, built):
    np.savez(tmp_path / "streets" / "grid.npz", version=np.array([object()], dtype=object))
    with pytest.raises(StaleNetwork):
        Network.load(tmp_path / "streets" / "grid.npz")


def test_the_setting_chooses_the_streets(settings):
    settings.TRAVEL_TIMES = "guinda.places.streets.travel.StreetTimes"
    assert isinstance(travel.get(), StreetTimes)
