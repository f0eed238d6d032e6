"""Who comes to which panel when, and what they want: pure functions of a seed, without clock or network."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from guinda.base.points import Point

PEAK_ORDERS_AN_HOUR = 60.0
"""Forty couriers with half an hour to a round trip carry about eighty bags an hour; at sixty they are busy and can keep the promise."""

CURVE = (
    0.08, 0.05, 0.03, 0.03, 0.03, 0.05, 0.10, 0.20, 0.35, 0.45, 0.48, 0.55,
    0.62, 0.60, 0.55, 0.58, 0.72, 0.92, 1.00, 0.98, 0.80, 0.50, 0.25, 0.12,
)  # fmt: skip
"""Demand by the hour, as a share of the busiest. Our assumption: people buy for tonight on their way home (17-20 h), some before lunch, few
in the morning rush, when they hurry to work, and hardly anybody at night, though the panels stand there at any hour."""

QUIET_ENTRIES = 2_000_000
"""Stations that the operator counts with their neighbours have entries of 0 in the table; people pass there all the same."""
AROUND_M = 900.0
"""How far from the station people live: the standard deviation of a normal distribution, east and north."""
FARTHEST_M = 2_500.0
M_PER_DEGREE = 111_195.0


class Habits(NamedTuple):
    """Shares of clients; our assumptions, for a lively picture rather than a forecast."""

    looks_at_page: float = 0.3
    changes_bowl: float = 0.35
    pays_cash: float = 0.85
    card_refused: float = 0.05
    cancels: float = 0.03
    rates: float = 0.5
    again: float = 0.06
    leaves_phone: float = 0.3


HABITS = Habits()


class Station(NamedTuple):
    """A panel's station: where it is and how many people pass."""

    slug: str
    at: Point
    entries: int


@dataclass(frozen=True)
class Visit:
    """One person at a panel: everything they will decide, as far as it doesn't depend on what they are told."""

    at: datetime
    station: str
    door: Point
    street: str
    flat: str
    kinds: tuple[float, ...]
    """Where in the list of what is on sale each wanted kind stands, 0 to 1."""
    weights_g: tuple[int, ...]
    pays: str
    looks_at_page: bool
    changes_bowl: bool
    card_refused: bool
    cancels_after_s: float | None
    rating: tuple[int, int] | None
    again: bool
    thinks_s: float
    phone: str
    """Empty, or a number of an exchange that doesn't exist: whatever carries messages, nobody's telephone rings."""


STREETS = (
    "Вишнёвая улица", "Садовая улица", "Липовый переулок", "Яблоневый проезд", "Школьная улица", "Берёзовая улица",
    "Тихий переулок", "Цветочная улица", "Речная улица", "Кленовый бульвар",
)  # fmt: skip
"""Streets as any town may have them; the point on the map is what the courier rides to."""


def demand(at: datetime, zone: ZoneInfo) -> float:
    """The share of the peak at an instant, straight between the middles of the hours."""
    local = at.astimezone(zone)
    hour = local.hour + local.minute / 60 + local.second / 3600 - 0.5
    before = math.floor(hour)
    share = hour - before
    return CURVE[before % 24] * (1 - share) + CURVE[(before + 1) % 24] * share


def arrivals(
    rng: Random, *, start: datetime, zone: ZoneInfo, peak_an_hour: float = PEAK_ORDERS_AN_HOUR
) -> Iterator[datetime]:
    """Instants of a Poisson stream whose rate follows the curve (thinning: P. Lewis and G. Shedler, Naval Research Logistics 26, 1979)."""
    at = start
    while True:
        at += timedelta(seconds=rng.expovariate(peak_an_hour / 3600))
        if rng.random() < demand(at, zone):
            yield at


def visits(
    seed: int,
    *,
    start: datetime,
    stations: Sequence[Station],
    zone: ZoneInfo,
    peak_an_hour: float = PEAK_ORDERS_AN_HOUR,
) -> Iterator[Visit]:
    """The crowd from an instant on. The same seed and instant give the same people."""
    rng = Random(f"{seed} {start.isoformat()}")  # noqa: S311 - a simulation
    weights = [station.entries or QUIET_ENTRIES for station in stations]
    for at in arrivals(rng, start=start, zone=zone, peak_an_hour=peak_an_hour):
        yield visit(rng, at=at, station=rng.choices(stations, weights)[0])


def visit(rng: Random, *, at: datetime, station: Station, habits: Habits = HABITS) -> Visit:
    """What one person will do."""
    kinds = rng.choices((1, 2, 3), (0.45, 0.38, 0.17))[0]
    return Visit(
        at=at,
        station=station.slug,
        door=door_near(rng, station.at),
        street=f"{rng.choice(STREETS)}, {rng.randint(1, 60)}",
        flat=str(rng.randint(1, 180)),
        kinds=tuple(rng.random() ** 1.5 for _ in range(kinds)),
        weights_g=tuple(weight_g(rng) for _ in range(kinds)),
        pays="cash" if rng.random() < habits.pays_cash else "card",
        looks_at_page=rng.random() < habits.looks_at_page,
        changes_bowl=rng.random() < habits.changes_bowl,
        card_refused=rng.random() < habits.card_refused,
        cancels_after_s=rng.uniform(30, 300) if rng.random() < habits.cancels else None,
        rating=(grade(rng), grade(rng)) if rng.random() < habits.rates else None,
        again=rng.random() < habits.again,
        thinks_s=rng.uniform(15, 90),
        phone=f"+7000{rng.randrange(10_000_000):07d}" if rng.random() < habits.leaves_phone else "",
    )


def door_near(rng: Random, station: Point) -> Point:
    """A door around a station, to about a decimetre."""
    while True:
        east_m, north_m = rng.gauss(0, AROUND_M), rng.gauss(0, AROUND_M)
        if math.hypot(east_m, north_m) <= FARTHEST_M:
            break
    lat = station.lat + north_m / M_PER_DEGREE
    lon = station.lon + east_m / (M_PER_DEGREE * math.cos(math.radians(station.lat)))
    return Point(round(lat, 6), round(lon, 6))


def weight_g(rng: Random) -> int:
    """Mostly around half a kilogram, in taps of 100 g."""
    return round(rng.triangular(200, 1500, 400) / 100) * 100


def grade(rng: Random) -> int:
    """Most people are content."""
    return rng.choices((5, 4, 3, 2, 1), (0.62, 0.25, 0.08, 0.03, 0.02))[0]


def bowl(person: Visit, on_sale: Mapping[str, int], *, less: float = 1.0) -> dict[str, int]:
    """The bowl this person composes from what is on sale (grams free by variety); `less` shrinks it when something was short."""
    names = sorted(name for name, free_g in on_sale.items() if free_g >= 100)
    chosen: dict[str, int] = {}
    for kind, wanted_g in zip(person.kinds, person.weights_g, strict=True):
        if names:
            name = names.pop(int(kind * len(names)))
            chosen[name] = max(100, min(round(wanted_g * less / 100) * 100, on_sale[name] // 100 * 100))
    return chosen
