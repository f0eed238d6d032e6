"""Parks and water of an extract: cut to the map, simplified, islands kept, and credited on every map."""

from __future__ import annotations

import itertools

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from guinda.base.points import Point
from guinda.base.refusals import Refusal
from guinda.places.maps import city_map, drawn
from guinda.places.models import Bounds
from guinda.places.simplify import flat_m, off_segment_m, simplified
from guinda.places.streets import scenery
from guinda.places.tests import extracts

BOUNDS = Bounds(*extracts.at(0, 0), *extracts.at(10, 10))


def square(first, row, column, side):
    """Four nodes of a square, keyed from `first`."""
    corners = ((0, 0), (0, side), (side, side), (side, 0))
    return {first + at: extracts.at(row + a, column + b) for at, (a, b) in enumerate(corners)}


def ring(first):
    return [first, first + 1, first + 2, first + 3, first]


@pytest.fixture
def painted(tmp_path):
    nodes = (
        square(1, 1, 1, 4)
        | square(11, 2, 2, 1)
        | square(21, 6, 6, 2)
        | square(31, 8, 1, 0.02)
        | square(41, 5, 5, 30)
    )
    nodes |= {51: extracts.at(-5, 3), 52: extracts.at(5, 3.0000001), 53: extracts.at(20, 3)}
    ways = [
        (1, ring(1), {}),
        (2, ring(11), {}),
        (3, ring(21), {"leisure": "park", "name": "PARQUE  DEL SOL"}),
        (4, ring(31), {"leisure": "garden"}),
        (5, ring(41), {"landuse": "forest", "name": "Лес"}),
        (6, [51, 52, 53], {"waterway": "river", "name": "Rio", "width": "40"}),
        (7, [51, 52, 53], {"waterway": "river", "tunnel": "culvert"}),
        (8, [1, 2], {"natural": "coastline"}),
    ]
    lake = [
        (
            1,
            [("w", 1, "outer"), ("w", 2, "inner")],
            {"type": "multipolygon", "natural": "water", "name": "Lago"},
        )
    ]
    return scenery.read_scenery(extracts.write(tmp_path / "x.osm.pbf", nodes, ways, lake), BOUNDS)


def test_a_lake_has_its_island_and_a_river_its_width(painted):
    lake, river = painted.water
    assert (lake["kind"], lake["name"], len(lake["points"]), len(lake["holes"])) == ("area", "Lago", 4, 1)
    assert (river["kind"], river["width_m"]) == ("line", 40)
    assert painted.coast


def test_parks_come_the_largest_first_without_specks_and_cut_to_the_map(painted):
    forest, park = painted.parks
    assert (forest["name"], forest["name_latin"], park["name"]) == ("Лес", "Les", "Parque del Sol")
    air = scenery.AIR * 1.001
    high, wide = BOUNDS.north - BOUNDS.south, BOUNDS.east - BOUNDS.west
    assert all(
        BOUNDS.south - air * high <= lat <= BOUNDS.north + air * high
        and BOUNDS.west - air * wide <= lon <= BOUNDS.east + air * wide
        for lat, lon in forest["points"]
    )


def test_an_extract_of_streets_alone_has_none(tmp_path):
    found = scenery.read_scenery(extracts.grid(tmp_path / "grid.osm.pbf"), BOUNDS)
    assert (found.water, found.parks, found.coast) == ([], [], False)


def test_a_broken_extract_is_refused(tmp_path):
    file = tmp_path / "x.osm.pbf"
    file.write_bytes(b"nonsense")
    with pytest.raises(Refusal):
        scenery.read_scenery(file, BOUNDS)


def test_the_map_draws_them_with_their_credit(moscow, painted):
    moscow.parks, moscow.water, moscow.credit = painted.parks, painted.water, "© Somebody & Sons"
    moscow.south, moscow.west, moscow.north, moscow.east = BOUNDS
    html = render_to_string("places/map.html", city_map(moscow))
    assert 'class="map-park"' in html
    assert html.count("z") > 3
    assert '<p class="map-credit">© Somebody &amp; Sons</p>' in html


def test_a_city_without_credit_writes_none_and_a_new_one_is_seen(moscow):
    assert "map-credit" not in drawn(moscow)
    type(moscow).objects.update(credit="© A")
    assert "© A" in drawn(moscow)


POINT = st.builds(Point, st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))


@given(st.lists(POINT, min_size=3, max_size=12))
def test_a_cut_ring_lies_within_its_frame(points):
    frame = Bounds(-0.02, -0.02, 0.02, 0.02)
    edge = 1e-9
    for lat, lon in scenery.clipped([*points, points[0]], frame):
        assert frame.south - edge <= lat <= frame.north + edge
        assert frame.west - edge <= lon <= frame.east + edge


@given(st.lists(POINT, min_size=2, max_size=30), st.floats(1, 500))
def test_a_simplified_line_stays_near_the_one_given(points, tolerance_m):
    kept = simplified(points, tolerance_m)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    flat = [flat_m(each, points[0]) for each in kept]
    for point in points:
        place = flat_m(point, points[0])
        assert min(off_segment_m(place, a, b)[0] for a, b in itertools.pairwise(flat)) <= tolerance_m + 1e-6
