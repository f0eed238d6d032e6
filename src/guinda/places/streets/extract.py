"""Reads an OpenStreetMap extract: every street with its tags judged by the profiles. Parks and water are in `scenery`."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from guinda.base.refusals import Refusal
from guinda.places.streets.profiles import PROFILES

EXTRACT_MAX_BYTES = 400 * 2**20
"""A city with its surroundings; a whole country is cut first: osmium extract --bbox W,S,E,N."""
POINTS_MAX = 30_000_000
ACROSS_MAX_DEGREES = 3.0


@dataclass(frozen=True)
class Ways:
    """Streets as the extract has them, flat: way `w` runs through points `start[w]` to `start[w + 1]`."""

    start: NDArray[np.int64]
    ref: NDArray[np.int64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    speeds_m_s: NDArray[np.float64]
    """Ways x profiles x (with the drawing, against it); 0 where it may not be used."""


class _Streets:
    """Collects streets, point by point, in compact arrays: a large city has millions."""

    def __init__(self) -> None:
        self.lat, self.lon = array("d"), array("d")
        self.ref, self.start = array("q"), array("q", [0])
        self.speeds = array("d")

    def take(self, way: Any) -> None:
        """A way that somebody may use; points whose place the extract doesn't have are passed over."""
        tags = {each.k: each.v for each in way.tags}
        judged = [speed for profile in PROFILES for speed in profile.speeds(tags)]
        if not any(judged):
            return
        for node in way.nodes:
            if node.location.valid():
                self.lat.append(node.location.lat)
                self.lon.append(node.location.lon)
                self.ref.append(node.ref)
        if len(self.ref) > POINTS_MAX:
            raise wrong(
                _("The extract has more than %(most)d points of streets; cut it to the city.")
                % {"most": POINTS_MAX}
            )
        self.start.append(len(self.ref))
        self.speeds.extend(judged)

    def ways(self) -> Ways:
        """All of them as arrays."""
        return Ways(
            np.array(self.start, dtype=np.int64),
            np.array(self.ref, dtype=np.int64),
            np.array(self.lat),
            np.array(self.lon),
            np.array(self.speeds).reshape(-1, len(PROFILES), 2),
        )


def read_ways(file: Path) -> Ways:
    """The streets that somebody may use.

    Raises:
        Refusal: the file is no whole extract, has no streets, or passes a limit.
    """
    check(file)
    import osmium  # deferred: a large library that only an import needs

    streets = _Streets()
    each_object(
        lambda: (
            osmium.FileProcessor(str(file))
            .with_locations()
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.KeyFilter("highway"))
        ),
        streets.take,
    )
    if len(streets.ref) < 2:
        raise wrong(
            _("The extract has no streets with places; cut it anew with whole ways (osmium extract does).")
        )
    ways = streets.ways()
    if max(np.ptp(ways.lat), np.ptp(ways.lon)) > ACROSS_MAX_DEGREES:
        raise wrong(
            _("The extract is more than %(most)d degrees across; cut it to the city.")
            % {"most": ACROSS_MAX_DEGREES}
        )
    return ways


def each_object(opened: Callable[[], Any], take: Callable[[Any], None]) -> None:
    """Hand each object of a file processor on; what the reader cannot read is a Refusal."""
    try:
        for each in opened():
            take(each)
    except (RuntimeError, OSError, ValueError) as error:
        raise wrong(
            _("The extract cannot be read as OpenStreetMap data (.osm.pbf): %(why)s. Fetch it again.")
            % {"why": error}
        ) from error


def check(file: Path) -> None:
    """Refuse a file that is absent, empty, or too large to be one city's."""
    try:
        size = file.stat().st_size
    except OSError as error:
        raise wrong(
            _("The extract cannot be opened: %(why)s. Check its path.") % {"why": error.strerror}
        ) from error
    if not file.is_file() or size == 0:
        raise wrong(_("The extract is empty or no file; fetch it again."))
    if size > EXTRACT_MAX_BYTES:
        told = {"size": f"{size:,}", "most": f"{EXTRACT_MAX_BYTES:,}"}
        raise wrong(
            _(
                "The extract has %(size)s bytes; at most %(most)s are read. Cut it to the city: osmium extract."
            )
            % told
        )


def digest(file: Path) -> str:
    """What the built network is known by: SHA-256 of the extract."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def wrong(sentence: str) -> Refusal:
    """The extract is refused."""
    return Refusal("bad-extract", sentence, status=422)
