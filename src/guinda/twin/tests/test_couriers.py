"""How the twin's couriers ride, work and keep score."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from guinda.base.points import Point
from guinda.places.travel import Detour, Mode
from guinda.twin.board import Awaited, Board
from guinda.twin.couriers import leg, minutes_until, on_duty, poll_s

NOW = datetime(2026, 6, 24, 9, 0, tzinfo=UTC)
STORE, DOOR = Point(55.7590, 37.6450), Point(55.7424, 37.6533)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_ride_takes_what_the_promise_counts_with(mode):
    ride = leg(STORE, DOOR, mode, NOW)
    assert ride.takes_s == pytest.approx(Detour().seconds([STORE], [DOOR], mode)[0, 0], abs=1)
    assert ride.at(NOW) == STORE
    assert ride.at(NOW + timedelta(seconds=ride.takes_s)) == DOOR
    half = ride.at(NOW + timedelta(seconds=ride.takes_s / 2))
    assert half.lat == pytest.approx((STORE.lat + DOOR.lat) / 2, abs=1e-5)
    assert not ride.over(NOW + timedelta(seconds=ride.takes_s - 1))


def test_a_ride_to_where_one_is_is_over():
    assert leg(STORE, STORE, Mode.FOOT, NOW).over(NOW)
    assert leg(STORE, STORE, Mode.FOOT, NOW).at(NOW) == STORE


def test_enough_couriers_at_any_hour_and_no_shift_longer_than_eight_hours():
    minutes = [time(m // 60, m % 60) for m in range(1440)]
    team = [[on_duty(number, at) for at in minutes] for number in range(40)]
    by_minute = [sum(each[m] for each in team) for m in range(1440)]
    assert min(by_minute) >= 4
    assert min(by_minute[17 * 60 : 21 * 60]) >= 35
    assert by_minute[9 * 60] == 35
    for each in team:
        longest = run = 0
        for working in each + each:
            run = run + 1 if working else 0
            longest = max(longest, run)
        assert 5 * 60 < longest <= 8 * 60


@pytest.mark.parametrize(
    ("text", "local", "minutes"),
    [
        ("17:02", time(17, 1), 1),
        ("17:02", time(17, 2), 0),
        ("17:02", time(23, 2), -360),
        ("17:02", time(9, 2), 480),
        ("04:30", time(20, 30), 480),
        ("04:30", time(4, 31), -1),
        ("23:40", time(2, 40), -180),
    ],
)
def test_a_time_on_the_page_lies_ahead_or_behind(text, local, minutes):
    assert minutes_until(text, local) == minutes


def test_telephones_look_at_a_bearable_pace():
    assert [poll_s(speed) for speed in (1, 10, 30, 60)] == [4.0, 4.0, 2.0, 1.5]


def test_the_board_keeps_score():
    board = Board()
    first = Awaited("a", "1234", NOW + timedelta(minutes=30))
    board.ordered(DOOR, first)
    assert board.digits(DOOR) == "1234"
    board.brought(DOOR, NOW + timedelta(minutes=29))
    assert first.over.is_set()
    assert board.digits(DOOR) == ""
    board.ordered(DOOR, Awaited("b", "1", NOW))
    board.brought(DOOR, NOW + timedelta(minutes=1))
    board.ordered(DOOR, Awaited("c", "1", None))
    board.gone(DOOR)
    board.brought(STORE, NOW)  # somebody else's order, by a visitor of the demo
    assert "ordered 3, delivered 3, 50 % within the promise" in board.score(NOW)
