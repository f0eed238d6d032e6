"""The back end behind `places.travel.TravelTimes` that asks the built networks in the data folder."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from guinda.base import postgres
from guinda.base.points import Point
from guinda.places.streets.building import NEVER_MS
from guinda.places.streets.network import Network, StaleNetwork, Table
from guinda.places.streets.snapping import LIMIT_M
from guinda.places.travel import Detour, Mode, Seconds, TravelTimes

logger = logging.getLogger(__name__)
TOLD_MOST = 20
Stamp = tuple[int, int]


def _stamp(file: Path) -> Stamp:
    status = file.stat()
    return status.st_mtime_ns, status.st_size


def folder() -> Path:
    """Where built networks are kept, one file for each city."""
    return postgres.home() / "streets"


class StreetTimes(TravelTimes):
    """By the streets where a network was built; distance times a detour elsewhere, which the log says once for each point.

    A network is loaded when the first question falls into its city, and again when its file has changed.
    """

    def __init__(self, files: Path | None = None, otherwise: TravelTimes | None = None) -> None:
        self.files, self.otherwise = files, otherwise or Detour()
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[Stamp, Network | None]] = {}
        self._told: set[object] = set()

    def seconds(self, origins: Sequence[Point], destinations: Sequence[Point], mode: Mode) -> Seconds:
        """See `TravelTimes.seconds`."""
        if not origins or not destinations:
            return np.zeros((len(origins), len(destinations)), dtype=np.int64)
        network = self._network_of(origins, destinations)
        if network is None:
            self._tell(
                "no network",
                "There is no street network for %s; times are distance times a detour.",
                origins[0],
            )
            return self.otherwise.seconds(origins, destinations, mode)
        table = network.table(origins, destinations, mode)
        seconds: Seconds = -(-table.ms // 1000)
        missing = table.ms >= NEVER_MS
        if missing.any():
            self._tell_far(table, origins, destinations)
            seconds = np.where(missing, self.otherwise.seconds(origins, destinations, mode), seconds)
        return seconds

    def stamp(self) -> object:
        """The networks' files as they are now."""
        return tuple((file, _stamp(file)) for file in self._files())

    def _network_of(self, *places: Sequence[Point]) -> Network | None:
        """The network whose rectangle holds any of the points: all of a question lie in one city."""
        networks = list(self._networks())
        return next(
            (each for points in places for point in points for each in networks if point in each), None
        )

    def _files(self) -> list[Path]:
        return sorted((self.files or folder()).glob("*.npz"))

    def _networks(self) -> Iterator[Network]:
        for file in self._files():
            stamp = _stamp(file)
            with self._lock:
                if self._known.get(file, (None,))[0] != stamp:
                    self._known[file] = stamp, _loaded(file)
                network = self._known[file][1]
            if network is not None:
                yield network

    def _tell_far(self, table: Table, origins: Sequence[Point], destinations: Sequence[Point]) -> None:
        far = [
            point
            for points, ok in ((origins, table.origin_ok), (destinations, table.destination_ok))
            for point, near in zip(points, ok, strict=True)
            if not near
        ]
        for point in far:
            self._tell(
                point,
                f"%s lies more than {LIMIT_M:.0f} m from any street; distance times a detour there.",
                point,
            )

    def _tell(self, key: object, sentence: str, point: Point) -> None:
        """Say it once for each point, of so many points; to a hundred metres, for it may be somebody's door."""
        if key not in self._told and len(self._told) < TOLD_MOST:
            self._told.add(key)
            logger.warning(sentence, f"{point.lat:.3f}, {point.lon:.3f}")


def _loaded(file: Path) -> Network | None:
    try:
        return Network.load(file)
    except StaleNetwork as stale:
        logger.warning("%s", stale)
        return None
