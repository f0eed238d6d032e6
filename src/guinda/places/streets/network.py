"""Answers how long it takes between any points of a built network, and keeps the network in a file."""

from __future__ import annotations

import os
import threading
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guinda.base.points import Point
from guinda.places.models import Bounds
from guinda.places.streets.building import NEVER_MS, Graph
from guinda.places.streets.profiles import FOOT, PROFILES
from guinda.places.streets.snapping import Index, Snap
from guinda.places.travel import Mode

VERSION = 1
"""Of the file: one written by another version is not read, and its city is imported again."""
ACCESS_M_S = FOOT.speeds_m_s["footway"]
"""From the street to the door and back everybody walks, in a straight line."""
Ints = NDArray[np.int64]


class StaleNetwork(Exception):  # noqa: N818 - an answer of the file, not a fault of the house
    """A network's file of another version, or one that is broken; the sentence says what to do."""


@dataclass(frozen=True)
class Table:
    """Milliseconds for each pair, `NEVER_MS` where there is no way; False for points too far from any street."""

    ms: Ints
    origin_ok: NDArray[np.bool_]
    destination_ok: NDArray[np.bool_]


class Network:
    """A built network: the graph and the order in which its junctions are contracted.

    The hierarchies are made when first asked for, once for each mode; questions from several threads don't disturb each other.
    """

    def __init__(self, graph: Graph, order: Ints, digest: str = "") -> None:
        self.graph, self.order, self.digest = graph, order, digest
        self._lock = threading.Lock()
        self._hierarchy: Any = None
        self._metrics: dict[Mode, Any] = {}
        self._indexes: dict[Mode, Index] = {}

    @classmethod
    def of(cls, graph: Graph, digest: str = "") -> Network:
        """Find the order of contraction: the slow part, done once."""
        import routingkit_cch  # deferred: only cities with streets need it

        ends = graph.tail.tolist(), graph.head.tolist()
        order = routingkit_cch.compute_order_inertial(
            len(graph.lat), *ends, graph.lat.tolist(), graph.lon.tolist()
        )
        return cls(graph, np.array(order, dtype=np.int64), digest)

    def __contains__(self, point: Point) -> bool:
        """Whether the point lies within the network's rectangle."""
        lat, lon = self.graph.lat, self.graph.lon
        return bool(lat.min() <= point.lat <= lat.max() and lon.min() <= point.lon <= lon.max())

    @property
    def bounds(self) -> Bounds:
        """Where the streets are dense: nearly all of them, without the few long ways that lead out of the extract."""
        south, north = np.quantile(self.graph.shape_lat, [0.01, 0.99])
        west, east = np.quantile(self.graph.shape_lon, [0.01, 0.99])
        return Bounds(*(round(float(each), 4) for each in (south, west, north, east)))

    def connected(self, mode: Mode) -> int:
        """How many junctions can be reached from one another."""
        return int(self.graph.core[_number(mode)].sum())

    def snap(self, point: Point, mode: Mode) -> Snap | None:
        """The nearest spot of a street that the mode may use, or None beyond `snapping.LIMIT_M`."""
        return self._index(mode).snap(point)

    def table(self, origins: Sequence[Point], destinations: Sequence[Point], mode: Mode) -> Table:
        """The way from every origin to every destination, by the fastest streets."""
        sources = [self.snap(each, mode) for each in origins]
        targets = [self.snap(each, mode) for each in destinations]
        ms = np.full((len(origins), len(destinations)), NEVER_MS, dtype=np.int64)
        rows = [number for number, each in enumerate(sources) if each]
        columns = [number for number, each in enumerate(targets) if each]
        if rows and columns:
            found = [each for each in targets if each]
            ms[np.ix_(rows, columns)] = self._between([each for each in sources if each], found, mode)
        same = [[a == b for b in destinations] for a in origins]
        ms[np.array(same, dtype=np.bool_).reshape(ms.shape)] = 0
        return Table(ms, np.array([each is not None for each in sources], dtype=np.bool_),
                     np.array([each is not None for each in targets], dtype=np.bool_))  # fmt: skip

    def junctions_ms(self, origins: Sequence[int], destinations: Sequence[int], mode: Mode) -> Ints:
        """Milliseconds between junctions by their numbers."""
        return self._swept([[(each, 0)] for each in origins], destinations, mode)

    def _between(self, sources: Sequence[Snap], targets: Sequence[Snap], mode: Mode) -> Ints:
        """Through the junctions at either end of both streets, or straight along the street they share."""
        ahead_ms, back_ms = self.graph.times_ms[_number(mode)]
        edge = np.array([each.edge for each in targets], dtype=np.int64)
        share = np.array([each.share for each in targets])
        into = [  # the junction one comes from, and how long the rest of the street takes
            (self.graph.tail[edge], _part(ahead_ms[edge], share)),
            (self.graph.head[edge], _part(back_ms[edge], 1 - share)),
        ]
        junctions, place = np.unique(np.concatenate([into[0][0], into[1][0]]), return_inverse=True)
        leaving = [self._leaving(each, ahead_ms, back_ms) for each in sources]
        to_junction = self._swept(leaving, junctions.tolist(), mode)
        by = [
            to_junction[:, place[: len(edge)]] + into[0][1],
            to_junction[:, place[len(edge) :]] + into[1][1],
        ]
        best = np.minimum(*by)
        for row, source in enumerate(sources):
            for column in np.flatnonzero(edge == source.edge):
                along = share[column] - source.share
                whole_ms = (ahead_ms if along >= 0 else back_ms)[source.edge]
                if whole_ms < NEVER_MS:
                    best[row, column] = min(best[row, column], round(whole_ms * abs(along)))
        access_m = np.add.outer([each.away_m for each in sources], [each.away_m for each in targets])
        walked = best + np.ceil(access_m / ACCESS_M_S * 1000).astype(np.int64)
        return np.where(best < NEVER_MS, walked, NEVER_MS)

    def _leaving(self, source: Snap, ahead_ms: Ints, back_ms: Ints) -> list[tuple[int, int]]:
        """The junctions one can leave a street by, with milliseconds."""
        ways = (
            (self.graph.head[source.edge], ahead_ms[source.edge], 1 - source.share),
            (self.graph.tail[source.edge], back_ms[source.edge], source.share),
        )
        return [(int(node), round(int(ms) * share)) for node, ms, share in ways if ms < NEVER_MS]

    def _swept(
        self, sources: Sequence[Sequence[tuple[int, int]]], targets: Sequence[int], mode: Mode
    ) -> Ints:
        import routingkit_cch  # deferred: see `of`

        sweep = routingkit_cch.CCHOneToMany(self._metric(mode), list(targets))
        rows = [sweep.distances_from_multi(list(each)) for each in sources]
        found = [[NEVER_MS if each is None else each for each in row] for row in rows]
        return np.array(found, dtype=np.int64).reshape(len(sources), len(targets))

    def _metric(self, mode: Mode) -> Any:
        with self._lock:
            if mode not in self._metrics:
                import routingkit_cch  # deferred: see `of`

                graph, times_ms = self.graph, self.graph.times_ms[_number(mode)]
                if self._hierarchy is None:
                    tails = np.concatenate([graph.tail, graph.head]).tolist()
                    heads = np.concatenate([graph.head, graph.tail]).tolist()
                    self._hierarchy = routingkit_cch.CCH(self.order.tolist(), tails, heads, False)
                weights = np.concatenate([times_ms[0], times_ms[1]]).tolist()
                self._metrics[mode] = routingkit_cch.CCHMetric(self._hierarchy, weights)
            return self._metrics[mode]

    def _index(self, mode: Mode) -> Index:
        with self._lock:
            if mode not in self._indexes:
                graph, number = self.graph, _number(mode)
                usable = (graph.times_ms[number] < NEVER_MS).any(axis=0)
                usable &= graph.core[number][graph.tail] & graph.core[number][graph.head]
                self._indexes[mode] = Index.of(graph, usable)
            return self._indexes[mode]

    def save(self, file: Path) -> None:
        """Write the network in one step: whole or not there."""
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            with beside.open("wb") as handle:
                np.savez_compressed(
                    handle, version=VERSION, digest=self.digest, order=self.order, **vars(self.graph)
                )
                handle.flush()
                os.fsync(handle.fileno())
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)

    @classmethod
    def load(cls, file: Path) -> Network:
        """Read what `save` wrote; StaleNetwork when it is another version's or broken."""
        try:
            with file.open("rb") as handle, np.load(handle, allow_pickle=False) as kept:
                if int(kept["version"]) != VERSION:
                    raise StaleNetwork(f"{file.name} is of another version: import the city's streets again.")
                graph = Graph(**{each.name: kept[each.name] for each in fields(Graph)})
                network = cls(graph, kept["order"], str(kept["digest"]))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise StaleNetwork(
                f"{file.name} is broken ({error}): import the city's streets again."
            ) from error
        if not network.is_sound():
            raise StaleNetwork(
                f"{file.name} is broken (numbers out of range): import the city's streets again."
            )
        return network

    def is_sound(self) -> bool:
        """Whether every number is in range: the hierarchy is native code and takes them on trust."""
        graph, count = self.graph, len(self.graph.lat)
        ends = np.concatenate([graph.tail, graph.head])
        return bool(
            count
            and len(graph.tail)
            and graph.times_ms.shape == (len(PROFILES), 2, len(graph.tail))
            and graph.core.shape == (len(PROFILES), count)
            and ends.min() >= 0
            and ends.max() < count
            and graph.times_ms.min() >= 0
            and graph.times_ms.max() <= NEVER_MS
            and np.array_equal(np.sort(self.order), np.arange(count))
            and len(graph.shape_start) == len(graph.tail) + 1
            and (np.diff(graph.shape_start) >= 2).all()
            and graph.shape_start[0] == 0
            and graph.shape_start[-1] == len(graph.shape_lat) == len(graph.shape_lon)
            and all(
                np.isfinite(each).all() for each in (graph.lat, graph.lon, graph.shape_lat, graph.shape_lon)
            )
        )


def _number(mode: Mode) -> int:
    return next(number for number, each in enumerate(PROFILES) if each.mode == mode)


def _part(ms: Ints, share: NDArray[np.float64]) -> Ints:
    """A share of each street's time; the whole is never where the street may not be used."""
    return np.where(ms < NEVER_MS, np.rint(ms * share).astype(np.int64), NEVER_MS)
