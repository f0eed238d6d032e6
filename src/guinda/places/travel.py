"""How long it takes to get from point to point: the seam behind which a street network will stand.

A back end is a subclass of `TravelTimes`, named by its dotted path in the setting `TRAVEL_TIMES`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.utils.module_loading import import_string
from numpy.typing import NDArray

from guinda.base.points import EARTH_RADIUS_M, Point

Seconds = NDArray[np.int64]


class Mode(StrEnum):
    """How somebody travels."""

    FOOT = "foot"
    BICYCLE = "bicycle"
    CAR = "car"


class TravelTimes(ABC):
    """Travel times between any two sets of points."""

    @abstractmethod
    def seconds(self, origins: Sequence[Point], destinations: Sequence[Point], mode: Mode) -> Seconds:
        """Whole seconds, rounded up; one row for each origin, one column for each destination."""

    def stamp(self) -> object:
        """What the times are made from, as a value to compare: while it is the same, so are the times."""
        return None


class _Table(NamedTuple):
    """One answer, with where each point stands in it."""

    origins: Mapping[Point, int]
    destinations: Mapping[Point, int]
    seconds: Seconds


class Kept(TravelTimes):
    """Another's times for whoever asks nearly the same again and again: the last answer of each mode is kept, only what is new is asked.

    The answers are the other's own. For one thread.
    """

    def __init__(self, times: TravelTimes) -> None:
        self.times, self._stamp = times, times.stamp()
        self._tables: dict[Mode, _Table] = {}

    def stamp(self) -> object:
        """See `TravelTimes.stamp`."""
        return self.times.stamp()

    def seconds(self, origins: Sequence[Point], destinations: Sequence[Point], mode: Mode) -> Seconds:
        """See `TravelTimes.seconds`."""
        if (stamp := self.stamp()) != self._stamp:
            self._tables, self._stamp = {}, stamp
        table = self._tables.get(mode)
        found = self._renewed(table, origins, destinations, mode) if table else None
        if found is None:
            found = self.times.seconds(origins, destinations, mode)
        self._tables[mode] = _Table(_places(origins), _places(destinations), found)
        return found.copy()

    def _renewed(
        self, table: _Table, origins: Sequence[Point], destinations: Sequence[Point], mode: Mode
    ) -> Seconds | None:
        """The table with the rows and columns that it lacks; None when it knows none."""
        rows = np.array([table.origins.get(point, -1) for point in origins], dtype=np.int64)
        columns = np.array([table.destinations.get(point, -1) for point in destinations], dtype=np.int64)
        old, new = np.flatnonzero(rows >= 0), np.flatnonzero(rows < 0)
        same, other = np.flatnonzero(columns >= 0), np.flatnonzero(columns < 0)
        if not len(old) or not len(same):
            return None
        found = np.empty((len(origins), len(destinations)), dtype=np.int64)
        found[np.ix_(old, same)] = table.seconds[np.ix_(rows[old], columns[same])]
        if len(new):
            found[new] = self.times.seconds([origins[row] for row in new.tolist()], destinations, mode)
        if len(other):
            asked = self.times.seconds(
                [origins[row] for row in old.tolist()],
                [destinations[column] for column in other.tolist()],
                mode,
            )
            found[np.ix_(old, other)] = asked
        return found


def _places(points: Sequence[Point]) -> Mapping[Point, int]:
    return {point: number for number, point in enumerate(points)}


@dataclass(frozen=True)
class Pace:
    """How a mode moves: metres of street per metre of straight line, and metres a second along the street."""

    detour: float
    speed_m_s: float

    def __post_init__(self) -> None:
        if self.detour < 1 or self.speed_m_s <= 0:
            raise ValueError("A detour factor is at least 1 and a speed is above 0.")


PACES: Mapping[Mode, Pace] = {
    # 1.34 m/s: mean free walking speed (U. Weidmann, Transporttechnik der Fussgänger, 1993).
    # 1.22: walks to stations, between 1.21 and 1.23 (S. O'Sullivan and J. Morrall, TRR 1538, 1996).
    Mode.FOOT: Pace(detour=1.22, speed_m_s=1.34),
    # 14.5 km/h: Lyon's shared bicycles when riders hurry (P. Jensen et al., Transportation Research D 15, 2010).
    # 1.3: our assumption between walking and driving; the Lyon paper finds bicycle paths shorter than cars'.
    Mode.BICYCLE: Pace(detour=1.3, speed_m_s=14.5 / 3.6),
    # 20 km/h and 1.4: our assumptions for a centre by day, with its one-way streets, river and ring roads.
    Mode.CAR: Pace(detour=1.4, speed_m_s=20 / 3.6),
}


class Detour(TravelTimes):
    """Great-circle distance times a detour factor, at an even speed; parking and stairs are not in it."""

    def __init__(self, paces: Mapping[Mode, Pace] = PACES) -> None:
        self.paces = paces

    def seconds(self, origins: Sequence[Point], destinations: Sequence[Point], mode: Mode) -> Seconds:
        """See `TravelTimes.seconds`."""
        pace = self.paces[mode]
        return np.ceil(distances_m(origins, destinations) * (pace.detour / pace.speed_m_s)).astype(np.int64)


def distances_m(origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.float64]:
    """`base.points.distance_m` of every pair at once."""
    a = np.radians(np.asarray(origins, dtype=np.float64).reshape(-1, 2))[:, np.newaxis, :]
    b = np.radians(np.asarray(destinations, dtype=np.float64).reshape(-1, 2))[np.newaxis, :, :]
    half_lat, half_lon = (b[..., 0] - a[..., 0]) / 2, (b[..., 1] - a[..., 1]) / 2
    h = np.sin(half_lat) ** 2 + np.cos(a[..., 0]) * np.cos(b[..., 0]) * np.sin(half_lon) ** 2
    result: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(h)))
    return result


def distances_along_m(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from each point of a row of points (degrees) to the next: one fewer than there are points."""
    lat_r, lon_r = np.radians(lat), np.radians(lon)
    half_lat, half_lon = np.diff(lat_r) / 2, np.diff(lon_r) / 2
    h = np.sin(half_lat) ** 2 + np.cos(lat_r[:-1]) * np.cos(lat_r[1:]) * np.sin(half_lon) ** 2
    result: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(h)))
    return result


def get() -> TravelTimes:
    """The back end that the setting `TRAVEL_TIMES` names; by default `Detour`."""
    return _back_end(getattr(settings, "TRAVEL_TIMES", "guinda.places.travel.Detour"))


@cache
def _back_end(path: str) -> TravelTimes:
    made = import_string(path)()
    if not isinstance(made, TravelTimes):
        sentence = f"TRAVEL_TIMES names {path}, which is not a TravelTimes."
        raise TypeError(sentence)
    return made
