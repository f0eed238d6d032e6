"""The back end that asks an OSRM server for its tables (HTTP API v1), in batches, within a time limit.

A server that is silent, slow or answers nonsense costs one time limit: then distance times a detour serves for a while,
and the log says so once for each such while.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from time import monotonic
from typing import Any

import httpx
import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from guinda.base.points import Point
from guinda.places.travel import Detour, Mode, Seconds, TravelTimes

logger = logging.getLogger(__name__)
ACROSS_MAX_S = 24 * 3600
"""No ride in a city takes a day: a larger number is a fault of the server's."""


@dataclass(frozen=True)
class Manner:
    """How the server is asked. OSRM itself refuses tables of more than 100 places unless told otherwise."""

    side: int = 50  # origins, and destinations, in one request
    limit_s: float = 2.0  # for all the requests of one question
    rest_s: float = 30.0  # a failing server is not asked again for so long
    profiles: Mapping[Mode, str] = field(
        default_factory=lambda: {Mode.FOOT: "foot", Mode.BICYCLE: "bike", Mode.CAR: "car"}
    )

    def __post_init__(self) -> None:
        if self.side < 1 or self.limit_s <= 0 or self.rest_s < 0:
            raise ValueError("A batch has at least one place, a limit is above 0 and a rest not below it.")


class Unusable(Exception):  # noqa: N818 - an answer that is no table
    """What the server did instead of answering."""


class Osrm(TravelTimes):
    """OSRM by address: `http://host:5000`, or with `{profile}` where the profile's name goes when each has its own server."""

    def __init__(
        self, address: str = "", manner: Manner | None = None, otherwise: TravelTimes | None = None
    ) -> None:
        self.address = (address or settings.OSRM_URL).rstrip("/")
        if not self.address.startswith(("http://", "https://")):
            raise ValueError("GUINDA_OSRM_URL must be an address that begins with http:// or https://.")
        self.manner, self.otherwise = manner or Manner(), otherwise or Detour()
        self._client = httpx.Client(follow_redirects=False, trust_env=False)
        self._rests_until_s = 0.0

    def seconds(self, origins: Sequence[Point], destinations: Sequence[Point], mode: Mode) -> Seconds:
        """See `TravelTimes.seconds`. Pairs that the server has no way for get distance times a detour."""
        if not origins or not destinations:
            return np.zeros((len(origins), len(destinations)), dtype=np.int64)
        try:
            found = self._table(origins, destinations, mode)
        except (httpx.HTTPError, httpx.InvalidURL, Unusable) as error:
            self._rests_until_s = monotonic() + self.manner.rest_s
            logger.warning("OSRM does not answer (%s); times are distance times a detour for now.", error)
            return self.otherwise.seconds(origins, destinations, mode)
        if found is None:
            return self.otherwise.seconds(origins, destinations, mode)
        seconds = np.ceil(np.nan_to_num(found)).astype(np.int64)
        if np.isnan(found).any():
            return np.where(np.isnan(found), self.otherwise.seconds(origins, destinations, mode), seconds)
        return seconds

    def _table(
        self, origins: Sequence[Point], destinations: Sequence[Point], mode: Mode
    ) -> NDArray[np.float64] | None:
        """Seconds with NaN where there is no way; None while the server rests."""
        now_s = monotonic()
        if now_s < self._rests_until_s:
            return None
        found = np.empty((len(origins), len(destinations)))
        side = self.manner.side
        for row, column in product(range(0, len(origins), side), range(0, len(destinations), side)):
            left_s = now_s + self.manner.limit_s - monotonic()
            if left_s <= 0:
                raise Unusable(f"more than {self.manner.limit_s:g} s")
            part = found[row : row + side, column : column + side]
            part[:] = self._batch(
                origins[row : row + side], destinations[column : column + side], mode, left_s
            )
        return found

    def _batch(
        self, origins: Sequence[Point], destinations: Sequence[Point], mode: Mode, left_s: float
    ) -> NDArray[np.float64]:
        profile = self.manner.profiles[mode]
        places = ";".join(f"{each.lon:.6f},{each.lat:.6f}" for each in (*origins, *destinations))
        answer = self._client.get(
            f"{self.address.replace('{profile}', profile)}/table/v1/{profile}/{places}",
            params={
                "sources": ";".join(map(str, range(len(origins)))),
                "destinations": ";".join(map(str, range(len(origins), len(origins) + len(destinations)))),
                "annotations": "duration",
            },
            timeout=left_s,
        )
        return _durations(answer, (len(origins), len(destinations)))


def _durations(answer: httpx.Response, shape: tuple[int, int]) -> NDArray[np.float64]:
    try:
        body: Any = answer.json()
    except ValueError as error:
        raise Unusable(f"status {answer.status_code}, not JSON") from error
    if not isinstance(body, dict) or body.get("code") != "Ok":
        code = body.get("code") if isinstance(body, dict) else None
        raise Unusable(f"status {answer.status_code}, code {str(code)[:40]}")
    try:
        rows = [[np.nan if each is None else float(each) for each in row] for row in body["durations"]]
        found = np.array(rows, dtype=np.float64)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Unusable("a table of something else than numbers") from error
    if found.shape != shape or (found < 0).any() or (found > ACROSS_MAX_S).any():
        raise Unusable("a table of another size, or of times that cannot be")
    return found
