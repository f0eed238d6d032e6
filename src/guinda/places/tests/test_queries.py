from __future__ import annotations

import pytest
from django.utils import translation

from guinda.places import queries
from guinda.places.models import City


def names(stations) -> list[tuple[str, list[str]]]:
    return [(each.title, [line.colour for line in each.lines.all()]) for each in stations]


def test_stations_with_their_lines_cost_two_queries(moscow, django_assert_num_queries):
    with django_assert_num_queries(2):
        found = dict(names(queries.stations(moscow)))

    assert found["Kurskaya"] == ["#0072BA", "#915133"]


def test_a_city_of_one_station_costs_the_same(db, django_assert_num_queries):
    city = City.objects.create(slug="small", south=0, west=0, north=1, east=1, country="ES", currency="EUR")
    line = city.lines.create(code="1", name="Un", name_latin="Un", colour="#AA0000")
    station = city.stations.create(slug="a", name="A", name_latin="A", lat=0, lon=0)
    line.stops.create(station=station, position=0)

    with django_assert_num_queries(2):
        assert names(queries.stations(city)) == [("A", ["#AA0000"])]


@pytest.mark.parametrize(("language", "title"), [("ru", "Курская"), ("en", "Kurskaya"), ("es", "Kurskaya")])
def test_a_name_is_shown_in_letters_the_reader_knows(moscow, language, title):
    with translation.override(language):
        assert moscow.stations.get(slug="kurskaya").title == title
