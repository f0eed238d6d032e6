from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guinda.base.points import Point, distance_m
from guinda.places import travel
from guinda.places.travel import PACES, Detour, Kept, Mode, Pace, TravelTimes

points = st.builds(Point, st.floats(-89, 89), st.floats(-179, 179))


@given(st.lists(points, min_size=1, max_size=4), st.lists(points, min_size=1, max_size=4))
def test_distances_agree_with_the_plain_formula(origins, destinations):
    found = travel.distances_m(origins, destinations)

    expected = [[distance_m(a, b) for b in destinations] for a in origins]
    assert found.shape == (len(origins), len(destinations))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-3)


@given(st.lists(points, min_size=1, max_size=5), st.sampled_from(Mode))
def test_there_is_as_far_as_back_and_here_is_no_way(places, mode):
    seconds = Detour().seconds(places, places, mode)

    assert np.issubdtype(seconds.dtype, np.integer)
    assert (np.abs(seconds - seconds.T) <= 1).all()
    assert (np.diag(seconds) == 0).all()


@given(st.lists(st.floats(0, 0.2), min_size=2, max_size=8).map(sorted), st.sampled_from(Mode))
def test_farther_never_takes_less(steps, mode):
    start = Point(55.7, 37.6)
    seconds = Detour().seconds([start], [Point(55.7 + step, 37.6) for step in steps], mode)[0]

    assert (np.diff(seconds) >= 0).all()


def test_a_known_ride_and_the_order_of_the_modes():
    a, b = Point(55.7586, 37.6600), Point(55.7763, 37.5822)  # Kurskaya to Belorusskaya

    foot, bicycle, car = (Detour().seconds([a], [b], mode)[0, 0] for mode in Mode)

    pace = PACES[Mode.BICYCLE]
    assert bicycle == math.ceil(distance_m(a, b) * pace.detour / pace.speed_m_s)
    assert foot > bicycle > car
    assert 25 * 60 < bicycle < 30 * 60


def test_nobody_to_send_is_an_empty_answer():
    assert Detour().seconds([], [Point(0, 0)], Mode.FOOT).shape == (0, 1)


@pytest.mark.parametrize("wrong", [(0.9, 1.0), (1.2, 0.0)])
def test_a_pace_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="detour factor"):
        Pace(*wrong)


class Instant(travel.TravelTimes):
    def seconds(self, origins, destinations, mode):
        return np.zeros((len(origins), len(destinations)), dtype=np.int64)


def test_the_setting_chooses_the_back_end(settings):
    assert isinstance(travel.get(), Detour)
    settings.TRAVEL_TIMES = f"{__name__}.Instant"
    assert isinstance(travel.get(), travel.TravelTimes)
    assert not isinstance(travel.get(), Detour)
    settings.TRAVEL_TIMES = "guinda.places.models.City"
    with pytest.raises(TypeError, match="not a TravelTimes"):
        travel.get()


class Counting(TravelTimes):
    """The detour's times, with the pairs that were asked for."""

    def __init__(self):
        self.pairs, self.made_from = 0, 0

    def stamp(self):
        return self.made_from

    def seconds(self, origins, destinations, mode):
        self.pairs += len(origins) * len(destinations)
        return Detour().seconds(origins, destinations, mode) + self.made_from


PLACES = [Point(55.7 + number / 100, 37.6) for number in range(12)]
some = st.lists(st.sampled_from(PLACES), max_size=8)


@settings(deadline=None)
@given(st.lists(st.tuples(some, some, st.sampled_from(Mode)), max_size=6))
def test_what_is_kept_is_what_would_be_answered(questions):
    kept = Kept(Detour())
    for origins, destinations, mode in questions:
        np.testing.assert_array_equal(
            kept.seconds(origins, destinations, mode), Detour().seconds(origins, destinations, mode)
        )


def test_only_what_is_new_is_asked_and_everything_when_the_streets_changed():
    times = Counting()
    kept = Kept(times)
    first = kept.seconds(PLACES[:10], PLACES[:10], Mode.FOOT)
    first[:] = 0  # whoever was answered may write into it
    kept.seconds(PLACES[1:11], PLACES[1:11], Mode.FOOT)
    assert times.pairs == 100 + 10 + 9
    times.made_from = 1
    found = kept.seconds(PLACES[1:11], PLACES[1:11], Mode.FOOT)
    assert times.pairs == 119 + 100
    np.testing.assert_array_equal(found, Detour().seconds(PLACES[1:11], PLACES[1:11], Mode.FOOT) + 1)
