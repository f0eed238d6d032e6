"""The crowd is drawn from a seed alone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from random import Random
from zoneinfo import ZoneInfo

import pytest

from guinda.base.points import Point, distance_m
from guinda.twin import demand
from guinda.twin.demand import Station, arrivals, bowl, door_near, visit, visits

ZONE = ZoneInfo("Europe/Moscow")
START = datetime(2026, 6, 24, 6, 0, tzinfo=UTC)
STATIONS = [
    Station("busy", Point(55.76, 37.66), 30_000_000),
    Station("calm", Point(55.73, 37.60), 10_000_000),
    Station("uncounted", Point(55.75, 37.61), 0),
]


def people(seed: int, number: int = 50):
    return list(islice(visits(seed, start=START, stations=STATIONS, zone=ZONE), number))


def test_the_same_seed_gives_the_same_people():
    assert people(7) == people(7)
    assert people(7) != people(8)


def test_the_curve_has_a_peak_of_one_in_the_evening_and_a_quiet_night():
    assert len(demand.CURVE) == 24
    assert max(demand.CURVE) == 1.0 == demand.CURVE[18]
    assert demand.demand(datetime(2026, 6, 24, 18, 30, tzinfo=ZONE), ZONE) == 1.0
    assert demand.demand(datetime(2026, 6, 24, 3, 30, tzinfo=ZONE), ZONE) < 0.05
    assert all(0 < demand.demand(START + timedelta(minutes=each), ZONE) <= 1 for each in range(0, 1440, 7))


def test_arrivals_follow_the_curve():
    stream = arrivals(Random(1), start=START, zone=ZONE, peak_an_hour=600)
    by_hour = Counter(
        at.astimezone(ZONE).hour for at in takewhile(lambda at: at < START + timedelta(days=1), stream)
    )
    assert by_hour[18] == pytest.approx(600, rel=0.15)
    assert by_hour[3] < 40
    assert sum(by_hour.values()) == pytest.approx(600 * sum(demand.CURVE), rel=0.05)


def test_stations_get_people_in_proportion_to_their_entries():
    found = Counter(each.station for each in people(3, 3000))
    assert found["busy"] / found["calm"] == pytest.approx(3, rel=0.2)
    assert 0 < found["uncounted"] < found["calm"]


def test_doors_are_near():
    rng = Random(5)
    far = [distance_m(STATIONS[0].at, door_near(rng, STATIONS[0].at)) for _ in range(500)]
    assert max(far) <= demand.FARTHEST_M + 1
    assert 800 < sum(far) / len(far) < 1_400


def test_bowls_are_what_the_panel_accepts():
    rng, on_sale = Random(2), {"kordia": 5_000, "rainier": 350, "lapins": 90}
    for _ in range(300):
        person = visit(rng, at=START, station=STATIONS[0])
        for less in (1.0, 0.5):
            chosen = bowl(person, on_sale, less=less)
            assert chosen
            assert "lapins" not in chosen
            assert all(grams % 100 == 0 and 100 <= grams <= on_sale[name] for name, grams in chosen.items())
    assert bowl(person, {}) == {}


def test_habits_are_shares():
    rng = Random(4)
    crowd = [visit(rng, at=START, station=STATIONS[0]) for _ in range(4000)]
    assert sum(each.pays == "cash" for each in crowd) / 4000 == pytest.approx(0.85, abs=0.02)
    assert sum(each.cancels_after_s is not None for each in crowd) / 4000 == pytest.approx(0.03, abs=0.01)
    assert sum(bool(each.phone) for each in crowd) / 4000 == pytest.approx(0.3, abs=0.03)
    assert all(each.phone[:5] in {"", "+7000"} for each in crowd)
