"""Clock, money, points, codes, texts, the database's address."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from guinda.base import codes, money, postgres
from guinda.base.clock import Clock
from guinda.base.points import Point, distance_m
from guinda.base.texts import in_all_languages, pick

NOON = datetime(2026, 6, 24, 12, 0, tzinfo=UTC)


def test_a_clock_runs_at_its_speed_and_survives_writing_down():
    clock = Clock(NOON, 1_000.0, 10)
    assert clock.at(1_006.0) == datetime(2026, 6, 24, 12, 1, tzinfo=UTC)
    assert Clock.parse(clock.text()) == clock


@pytest.mark.parametrize("speed", [0, -1, 1001, float("nan")])
def test_a_clock_refuses_nonsense(speed):
    with pytest.raises(ValueError, match="speed"):
        Clock(NOON, 0, speed)


def test_a_clock_needs_a_time_zone():
    with pytest.raises(ValueError, match="time zone"):
        Clock(datetime(2026, 6, 24), 0)  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("amount", "currency", "language", "shown"),
    [
        (129_000, "RUB", "ru", "1 290 ₽"),
        (129_050, "RUB", "ru", "1 290,50 ₽"),
        (129_000, "RUB", "en", "₽1,290"),
        (12_900, "RUB", "es", "129 ₽"),
        (64_000, "EUR", "en", "€640"),
        (64_005, "EUR", "es", "640,05 €"),
        (500, "JPY", "en", "¥500"),
    ],
)
def test_money_is_shown_as_the_language_writes_it(amount, currency, language, shown):
    assert money.show(amount, currency, language).replace("\xa0", " ").replace("\u202f", " ") == shown


@given(st.integers(0, 50_000), st.integers(1, 10_000_000))
def test_a_price_is_the_nearest_minor_unit(weight_g, per_kg_minor):
    assert abs(money.price_minor(weight_g, per_kg_minor) * 1000 - weight_g * per_kg_minor) <= 500


def test_distance_of_a_degree_of_latitude():
    assert distance_m(Point(55, 37), Point(56, 37)) == pytest.approx(111_195, abs=5)


@given(
    st.tuples(st.floats(-90, 90), st.floats(-180, 180)), st.tuples(st.floats(-90, 90), st.floats(-180, 180))
)
def test_distance_is_symmetric_and_at_most_half_the_earth(a, b):
    there, back = distance_m(Point(*a), Point(*b)), distance_m(Point(*b), Point(*a))
    assert there == pytest.approx(back)
    assert 0 <= there <= 20_015_200


def test_codes_have_their_form():
    assert len({codes.secret_code() for _ in range(1000)}) == 1000
    assert all(len(codes.spoken_code()) == 4 and len(codes.telephone_code()) == 6 for _ in range(50))


def test_texts_are_picked_by_language_and_checked_for_all():
    assert pick({"en": "cherry", "ru": "вишня"}, "ru") == "вишня"
    assert pick({"en": "cherry"}, "es") == "cherry"
    with pytest.raises(ValidationError):
        in_all_languages({"en": "cherry", "es": " ", "ru": "вишня"})


def test_a_database_address_becomes_settings():
    made = postgres.django_settings("postgresql://shop:p%40ss@db.example:6432/guinda?sslmode=require")
    assert (made["USER"], made["PASSWORD"], made["HOST"], made["PORT"], made["NAME"]) == (
        "shop",
        "p@ss",
        "db.example",
        "6432",
        "guinda",
    )
    assert made["OPTIONS"]["sslmode"] == "require"
    with pytest.raises(ValueError, match="postgresql://"):
        postgres.django_settings("mysql://x/y")
