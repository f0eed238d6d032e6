from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from guinda.base.points import Point, distance_m
from guinda.places import curves, labels, maps
from guinda.places.models import Bounds
from guinda.places.projection import WIDTH, XY, Projection

RAW_MOST = 25_000  # bytes: it is inlined on the panel's first page
cities = st.builds(
    lambda south, west, high, wide: Bounds(south, west, south + high, west + wide),
    st.floats(-80, 79),
    st.floats(-179, 177),
    st.floats(0.01, 1),
    st.floats(0.01, 1),
)
shares = st.floats(-0.5, 1.5)


def drawn(city, language="en") -> str:
    with translation.override(language):
        return Template("{% load places %}{% city_map city %}").render(Context({"city": city}))


@given(cities, shares, shares)
def test_there_and_back_again(bounds, down, across):
    projection = Projection(bounds)
    point = Point(
        bounds.south + down * (bounds.north - bounds.south),
        bounds.west + across * (bounds.east - bounds.west),
    )

    assert distance_m(projection.to_point(projection.to_xy(point)), point) < 0.01


@given(cities)
def test_corners_are_the_corners(bounds):
    projection = Projection(bounds)

    assert projection.to_xy(Point(bounds.north, bounds.west)) == pytest.approx((0, 0), abs=1e-6)
    corner = projection.to_xy(Point(bounds.south, bounds.east))
    assert corner == pytest.approx((WIDTH, projection.height), rel=1e-6)


def test_one_unit_is_one_unit_of_ground(moscow):
    a, b = moscow.stations.get(slug="kurskaya").point, moscow.stations.get(slug="kievskaya").point
    far = maps.to_xy(moscow, a), maps.to_xy(moscow, b)
    units = ((far[0].x - far[1].x) ** 2 + (far[0].y - far[1].y) ** 2) ** 0.5

    assert units / Projection(moscow.bounds).units_per_m == pytest.approx(distance_m(a, b), rel=0.005)
    assert distance_m(maps.to_point(moscow, far[0]), a) < 0.01


@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_the_map_is_small_well_formed_and_unstyled(moscow, language):
    markup = drawn(moscow, language)

    root = ET.fromstring(markup)  # noqa: S314 - our own markup
    assert not [
        each for each in root.iter() if "style" in each.attrib or each.tag.endswith(("style", "script"))
    ]
    assert len(markup.encode()) < RAW_MOST
    assert not re.search(r'="-?\d+,\d', markup)  # 3,5 is how a Russian page would write 3.5
    assert "url(" not in markup


def test_the_map_shows_every_station_and_store_in_the_readers_letters(moscow):
    root = ET.fromstring(drawn(moscow, "ru"))  # noqa: S314 - our own markup
    text = [each.text for each in root.iter("{http://www.w3.org/2000/svg}title")]

    assert {each.name for each in moscow.stations.all()} <= set(text)
    assert {each.name for each in moscow.stores.all()} <= set(text)
    assert len([each for each in root.iter() if "data-station" in each.attrib]) == moscow.stations.count()


def test_a_name_from_the_rows_cannot_break_out_of_the_markup(moscow):
    moscow.stations.filter(slug="kurskaya").update(name_latin='<script>"&')

    root = ET.fromstring(drawn(moscow))  # noqa: S314 - our own markup

    assert '<script>"&' in [each.text for each in root.iter("{http://www.w3.org/2000/svg}title")]


def test_it_is_drawn_once_and_again_after_a_change(moscow, django_assert_num_queries):
    before = drawn(moscow)

    with django_assert_num_queries(1):
        assert drawn(moscow) == before
    moscow.stores.filter(slug="taganka").update(active=False)
    assert "Taganka" not in drawn(moscow)
    with django_assert_num_queries(1):
        drawn(moscow)


def test_a_line_without_a_shape_is_not_drawn(moscow):
    before = len(maps.city_map(moscow)["lines"])
    moscow.lines.create(code="99", name="Новая", name_latin="New", colour="#123456", path=[])
    assert len(maps.city_map(moscow)["lines"]) == before


def test_names_lie_on_the_map_apart_from_each_other():
    wishes = [labels.Wish("Taganskaya", XY(500 + 3 * i, 500 + 2 * i), 10) for i in range(40)]

    placed = labels.place(wishes, [], [], size=14, width=1000, height=1000)

    assert 4 <= len(placed) < 40
    assert len({each.xy for each in placed}) == len(placed)
    edge = labels.place(
        [labels.Wish("Taganskaya", XY(990, 990), 10)], [], [], size=14, width=1000, height=1000
    )
    assert edge[0].anchor == "end"


def test_a_name_prefers_where_no_line_runs():
    wish = labels.Wish("Kurskaya", XY(500, 500), 10)
    line = [XY(500 + 5 * i, 500) for i in range(1, 40)]

    placed = labels.place([wish], [], line, size=14, width=1000, height=1000)

    assert placed[0].anchor == "end"


def test_a_smooth_path_goes_through_its_points_and_a_ring_closes():
    square = [XY(0, 0), XY(100, 0), XY(100, 100), XY(0, 100), XY(0, 0)]

    d = curves.smooth(square, closed=True)

    assert d.startswith("M0 0c")
    assert d.endswith("z")
    assert d.count("c") == 4
    assert set(square) <= set(curves.along(square, 30, closed=True))


def test_two_lines_along_one_street_run_side_by_side_whichever_way_they_are_written():
    street = [XY(0, 0), XY(100, 0), XY(200, 50)]
    alone = [XY(0, 500), XY(200, 500)]

    one, other, third = curves.set_apart([street, street[::-1], alone], 8)

    assert third == alone
    assert one[1] != street[1]
    for a, b in zip(one, other[::-1], strict=True):
        assert ((a.x - b.x) ** 2 + (a.y - b.y) ** 2) ** 0.5 == pytest.approx(8)


def test_a_pale_line_has_an_edge_and_a_line_without_a_drawing_is_left_out(moscow):
    first, second = moscow.lines.order_by("code")[:2]
    type(first).objects.filter(pk=first.pk).update(colour="#FFFF00")
    type(second).objects.filter(pk=second.pk).update(path=[])
    html = maps.drawn(moscow)
    assert html.count('class="map-edge"') == 1
    assert html.count("<path stroke=") == moscow.lines.count() - 1
