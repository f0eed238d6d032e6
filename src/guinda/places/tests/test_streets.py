"""A network made of an extract answers as a plain search over the same streets does."""

from __future__ import annotations

import heapq
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guinda.base.points import Point, distance_m
from guinda.places.streets import building, snapping
from guinda.places.streets.building import NEVER_MS
from guinda.places.streets.extract import read_ways
from guinda.places.streets.network import ACCESS_M_S, Network
from guinda.places.streets.profiles import BICYCLE, CAR
from guinda.places.tests import extracts
from guinda.places.travel import Mode

MODES = list(Mode)


def network(file, *arguments, **named):
    return Network.of(building.build(read_ways(extracts.grid(file, *arguments, **named))))


@pytest.fixture
def plain(tmp_path):
    return network(tmp_path / "grid.osm.pbf")


def searched(graph, number, start):
    """Dijkstra's own search, in the plainest words: milliseconds from a junction to every other."""
    leaving = {}
    for edge in range(len(graph.tail)):
        for a, b, ms in (
            (graph.tail[edge], graph.head[edge], graph.times_ms[number, 0, edge]),
            (graph.head[edge], graph.tail[edge], graph.times_ms[number, 1, edge]),
        ):
            if ms < NEVER_MS:
                leaving.setdefault(int(a), []).append((int(b), int(ms)))
    best, queue = {start: 0}, [(0, start)]
    while queue:
        ms, here = heapq.heappop(queue)
        for there, more in leaving.get(here, []) if ms == best[here] else []:
            if ms + more < best.get(there, NEVER_MS):
                best[there] = ms + more
                heapq.heappush(queue, (ms + more, there))
    return [best.get(node, NEVER_MS) for node in range(len(graph.lat))]


def test_a_grid_has_its_crossings_and_streets(plain):
    graph = plain.graph
    assert (len(graph.lat), len(graph.tail)) == (36, 60)
    assert graph.core.all()
    assert graph.metres.sum() == pytest.approx(60 * 107, rel=0.05)


WAY = st.tuples(
    st.lists(st.integers(0, 24), min_size=2, max_size=6, unique=True),
    st.sampled_from(["residential", "primary", "footway", "steps", "cycleway"]),
    st.sampled_from(["no", "yes", "-1"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WAY, min_size=1, max_size=14), st.sampled_from(MODES))
def test_any_network_agrees_with_a_plain_search(tmp_path, ways, mode):
    nodes = {number + 1: extracts.at(number // 5, number % 5) for number in range(25)}
    written = [
        (key + 1, [each + 1 for each in refs], {"highway": kind, "oneway": oneway})
        for key, (refs, kind, oneway) in enumerate(ways)
    ]
    graph = building.build(read_ways(extracts.write(tmp_path / "any.osm.pbf", nodes, written)))
    built, number = Network.of(graph), MODES.index(mode)
    everywhere = range(len(graph.lat))

    found = built.junctions_ms(everywhere, everywhere, mode)

    expected = [searched(graph, number, start) for start in everywhere]
    np.testing.assert_array_equal(found, expected)
    reach = np.array(expected) < NEVER_MS
    together = (reach & reach.T).sum(axis=1)
    passable = (graph.times_ms[number] < NEVER_MS).any()
    assert graph.core[number].sum() == (together.max() if passable else 0)


def test_a_ride_along_a_street_is_its_length_at_the_speed(plain):
    a, b = Point(*extracts.at(2, 1)), Point(*extracts.at(2, 4))
    found = plain.table([a], [b], Mode.BICYCLE).ms[0, 0]
    assert found == pytest.approx(
        distance_m(a, b) / BICYCLE.speeds({"highway": "residential"}).forward_m_s * 1000, rel=1e-3
    )


def test_within_one_street_one_needs_no_crossing(plain):
    (lat, lon), step = extracts.at(2, 1), extracts.STEP
    a, b = Point(lat, lon + 0.2 * step), Point(lat, lon + 0.7 * step)
    found = plain.table([a, b], [a, b], Mode.FOOT).ms
    assert found[0, 1] == found[1, 0] == pytest.approx(distance_m(a, b) / ACCESS_M_S * 1000, rel=0.01)
    assert found[0, 0] == found[1, 1] == 0


def test_the_way_to_the_door_is_walked(plain):
    lat, lon = extracts.at(2, 1)
    street, yard = Point(lat, lon + 0.0004), Point(lat + 0.0003, lon + 0.0004)
    found = plain.table([street], [yard], Mode.CAR).ms[0, 0]
    assert found == pytest.approx(distance_m(street, yard) / ACCESS_M_S * 1000, rel=0.02)


def test_a_one_way_street_is_a_long_way_back_for_all_but_walkers(tmp_path):
    made = network(tmp_path / "oneway.osm.pbf", tags={"highway": "residential", "oneway": "yes"},
                   more_ways=[(500, [6, 506, 505, 504, 503, 502, 501, 1], {"highway": "residential"})])  # fmt: skip
    a, b = Point(*extracts.at(0, 1)), Point(*extracts.at(0, 4))
    foot, bicycle = (made.table([a, b], [a, b], mode).ms for mode in (Mode.FOOT, Mode.BICYCLE))
    assert abs(foot[0, 1] - foot[1, 0]) <= 1
    assert bicycle[1, 0] > 2 * bicycle[0, 1]


def test_cyclists_may_ride_against_a_one_way_street_that_says_so(tmp_path):
    made = network(
        tmp_path / "contra.osm.pbf", tags={"highway": "residential", "oneway": "yes", "oneway:bicycle": "no"}
    )
    a, b = Point(*extracts.at(0, 1)), Point(*extracts.at(0, 4))
    bicycle = made.table([a, b], [a, b], Mode.BICYCLE).ms
    assert bicycle[0, 1] == pytest.approx(bicycle[1, 0], abs=2)


def test_a_street_that_one_cannot_leave_is_not_snapped_to(tmp_path):
    """An island of streets nearer to the door than the city's: nobody could be sent there."""
    island = {901: extracts.at(8, 0), 902: extracts.at(8, 1)}
    made = network(
        tmp_path / "island.osm.pbf",
        more_nodes=island,
        more_ways=[(900, [901, 902], {"highway": "residential"})],
    )
    assert made.snap(Point(*extracts.at(8, 0)), Mode.FOOT) is None
    assert made.connected(Mode.FOOT) == 36


def test_beyond_the_limit_there_is_no_street(plain):
    lat, lon = extracts.at(0, 2)
    degree_m = distance_m(Point(lat, lon), Point(lat - 0.001, lon)) / 0.001
    near, far = (Point(lat - (snapping.LIMIT_M + more_m) / degree_m, lon) for more_m in (-2, 2))
    assert plain.snap(near, Mode.CAR).away_m == pytest.approx(snapping.LIMIT_M - 2, abs=0.5)
    assert plain.snap(far, Mode.CAR) is None
    table = plain.table([near, far], [near], Mode.CAR)
    assert table.origin_ok.tolist() == [True, False]
    assert table.ms[1, 0] == NEVER_MS


@pytest.mark.parametrize(
    "wild", [Point(math.nan, 0), Point(0, 0), Point(-90, -180), Point(90, 180), Point(math.inf, 1)]
)
def test_wild_points_are_nowhere(plain, wild):
    assert plain.snap(wild, Mode.FOOT) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(-0.004, 0.009), st.floats(-0.004, 0.009))
def test_the_nearest_street_is_the_nearest(plain, north, east):
    lat, lon = extracts.at(0, 0)
    point = Point(lat + north, lon + east)
    graph = plain.graph
    spots = [
        Point(graph.shape_lat[start] + (graph.shape_lat[end] - graph.shape_lat[start]) * share,
              graph.shape_lon[start] + (graph.shape_lon[end] - graph.shape_lon[start]) * share)
        for start, last in zip(graph.shape_start[:-1], graph.shape_start[1:], strict=True)
        for end in range(start + 1, last)
        for share in np.linspace(0, 1, 60)
    ]  # fmt: skip
    nearest_m = min(distance_m(point, spot) for spot in spots)

    found = plain.snap(point, Mode.FOOT)

    if found is None:
        assert nearest_m > snapping.LIMIT_M * 0.995
    else:
        assert found.away_m == pytest.approx(nearest_m, rel=0.01, abs=1.5)


def test_long_streets_loops_and_a_way_through_one_node_twice(tmp_path):
    nodes = {
        1: extracts.at(0, 0),
        2: extracts.at(0, 20),
        3: extracts.at(1, 20),
        4: extracts.at(1, 21),
        5: extracts.at(0, 21),
    }
    ways = [
        (1, [1, 2], {"highway": "residential"}),
        (2, [2, 3, 4, 5, 2], {"highway": "residential"}),
        (3, [1, 1], {"highway": "service"}),
    ]
    made = Network.of(building.build(read_ways(extracts.write(tmp_path / "loop.osm.pbf", nodes, ways))))
    lat, lon = extracts.at(0, 10.5)
    assert made.snap(Point(lat, lon), Mode.CAR).away_m < 0.1
    assert made.table([Point(*nodes[1])], [Point(*nodes[4])], Mode.CAR).ms[0, 0] < NEVER_MS
    assert all(tail != head for tail, head in zip(made.graph.tail, made.graph.head, strict=True))


def test_threads_ask_at_once_and_get_the_same(plain):
    rng = np.random.default_rng(5)
    points = [Point(*extracts.at(*each)) for each in rng.uniform(0, 5, (12, 2))]
    alone = plain.table(points, points, Mode.BICYCLE).ms
    fresh = Network(plain.graph, plain.order)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _n: fresh.table(points, points, Mode.BICYCLE).ms, range(40)))
    assert all((each == alone).all() for each in found)


def test_a_car_is_slower_where_it_is_told_to_be(tmp_path):
    made = network(tmp_path / "slow.osm.pbf", tags={"highway": "primary", "maxspeed": "10"})
    a, b = Point(*extracts.at(0, 0)), Point(*extracts.at(0, 5))
    speed = distance_m(a, b) / made.table([a], [b], Mode.CAR).ms[0, 0] * 1000
    assert speed == pytest.approx(CAR.speeds({"highway": "primary", "maxspeed": "10"}).forward_m_s, rel=1e-3)
