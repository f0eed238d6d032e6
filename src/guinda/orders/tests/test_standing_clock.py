"""The wall's clock jumps, the worker sleeps and wakes at any hour: each wanted day still has one order, at its hour."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guinda.catalog.models import Price
from guinda.orders.models import Order
from guinda.orders.standing import services
from guinda.orders.standing.models import Visit
from guinda.orders.standing.services import Rhythm
from guinda.orders.standing.times import days_ahead, times
from guinda.orders.tests.standing_world import DAILY, Regular, placed, work
from tests.world import NOW, World, build

ZONES = (
    "Europe/Moscow", "Europe/Madrid", "America/Sao_Paulo", "America/Santiago", "Australia/Lord_Howe", "Asia/Beirut", "Pacific/Apia",
    "Africa/Casablanca", "America/New_York",
)  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "day", "hour", "wall", "utc"),
    [
        # Summer time begins in Madrid: the hour that is left out is the first instant after the gap, the others stay.
        ("Europe/Madrid", "2026-03-29", 2, "03:00", "01:00"),
        ("Europe/Madrid", "2026-03-28", 18, "18:00", "17:00"),
        ("Europe/Madrid", "2026-03-29", 18, "18:00", "16:00"),
        # It ends: of two the first.
        ("Europe/Madrid", "2026-10-25", 2, "02:00", "00:00"),
        ("Europe/Madrid", "2026-10-25", 18, "18:00", "17:00"),
        # A gap of half an hour, and a midnight that is left out.
        ("Australia/Lord_Howe", "2026-10-04", 2, "02:30", "15:30"),
        ("Asia/Beirut", "2026-03-29", 0, "01:00", "22:00"),
    ],
)
def test_an_hour_that_is_left_out_or_comes_twice(zone, day, hour, wall, utc):
    found = times(date.fromisoformat(day), hour, ZoneInfo(zone))
    local = found.wished_at.astimezone(ZoneInfo(zone))
    assert (local.date().isoformat(), f"{local:%H:%M}", f"{found.wished_at:%H:%M}") == (day, wall, utc)


def test_a_day_that_a_city_leaves_out_has_no_visit():
    apia = ZoneInfo("Pacific/Apia")
    assert times(date(2011, 12, 30), 18, apia) is None
    assert times(date(2011, 12, 29), 18, apia).wished_at == datetime(2011, 12, 30, 4, tzinfo=UTC)
    assert times(date(2011, 12, 31), 18, apia).wished_at == datetime(2011, 12, 31, 4, tzinfo=UTC)


@given(
    day=st.dates(date(2000, 1, 1), date(2037, 12, 31)),
    hour=st.integers(0, 23),
    zone=st.sampled_from(ZONES),
)
def test_each_day_has_one_instant_on_its_day_and_the_evening_comes_before(day, hour, zone):
    found = times(day, hour, ZoneInfo(zone))
    if found is None:
        assert (zone, day) == ("Pacific/Apia", date(2011, 12, 30))
        return
    local = found.wished_at.astimezone(ZoneInfo(zone))
    assert local.date() == day
    assert local.time() >= time(hour)
    assert local.fold == 0, "of two the first"
    assert found.place_at < found.answer_by < found.start_at < found.wished_at
    following = times(day + timedelta(days=1), hour, ZoneInfo(zone))
    assert following is None or following.wished_at > found.wished_at


@given(
    at=st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(ZONES),
)
def test_the_days_ahead_are_the_citys_own(at, zone):
    ahead = list(days_ahead(at, ZoneInfo(zone)))
    assert ahead[0] == at.astimezone(ZoneInfo(zone)).date()
    assert len(set(ahead)) == 8
    assert list(days_ahead(at, ZoneInfo(zone), after=ahead[2])) == ahead[3:]


@pytest.fixture
def big_world(db) -> World:
    """Enough fruit for a month, at the same price at any season."""
    world = build(shelf_g=200_000)
    Price.objects.update(from_at=NOW - timedelta(days=900))
    return world


MOVES = [
    ("Europe/Madrid", "2026-03-26T12:00", 18),
    ("Europe/Madrid", "2026-10-22T12:00", 18),
    ("Europe/Madrid", "2026-03-26T12:00", 2),
    ("Europe/Madrid", "2026-10-22T12:00", 2),
    ("Asia/Beirut", "2026-03-26T12:00", 0),
    ("Australia/Lord_Howe", "2026-10-01T12:00", 2),
    ("America/New_York", "2026-10-30T12:00", 1),
]


@pytest.mark.parametrize(("zone", "start", "hour"), MOVES)
@pytest.mark.parametrize("seed", [1, 2])
def test_over_a_change_of_clocks_each_day_has_one_order_at_its_hour(big_world, zone, start, hour, seed):
    """The worker's rounds come at irregular hours, up to seven apart, and some of them twice at the same instant."""
    world = big_world
    she, city_zone = Regular(world, zone=zone), ZoneInfo(zone)
    begin = datetime.fromisoformat(start).replace(tzinfo=city_zone)
    rhythm = Rhythm(DAILY, hour, "cash")
    standing = services.make(order=she.order(), key=uuid4(), client=she.client, rhythm=rhythm, now=begin)
    chance, now, end = Random(seed), begin, begin.astimezone(UTC) + timedelta(days=8)
    now = now.astimezone(UTC)
    while now < end:
        work(now)
        if chance.random() < 0.3:
            work(now)
        now += timedelta(minutes=chance.choice([5, 20, 60, 200, 400]))
    locals_ = [each.promised_at.astimezone(city_zone) for each in placed(standing)]
    first = begin.date() + timedelta(days=hour < 14)
    last = max(each.date() for each in locals_)
    assert Counter(each.date() for each in locals_) == Counter(
        first + timedelta(days=number) for number in range((last - first).days + 1)
    )
    assert (last - first).days >= 7
    for each in locals_:
        assert each.astimezone(UTC) == times(each.date(), hour, city_zone).wished_at
        assert each.hour == hour or each.date() in {date(2026, 3, 29), date(2026, 10, 4)}
    undecided = Visit.objects.filter(standing=standing, wished_at__lt=end, state__in=Visit.OPEN)
    assert not undecided.exists()


def test_a_worker_that_sleeps_for_a_month_makes_nothing_of_what_is_past(big_world):
    she = Regular(big_world)
    standing = she.makes(days=DAILY)
    awake = NOW + timedelta(days=30)
    work(awake)
    orders = placed(standing)
    assert [each.promised_at > awake for each in orders] == [True] * len(orders)
    assert Order.objects.filter(promised_at__lte=awake, source=standing.source).count() == 0
    past = Visit.objects.filter(standing=standing, wished_at__lt=awake)
    assert set(past.values_list("state", flat=True)) == {Visit.State.OUT}
    work(awake + timedelta(days=1))
    assert len(placed(standing)) == len(orders) + 1
