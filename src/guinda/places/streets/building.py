"""Makes junctions and edges of ways: pure arrays in, pure arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from guinda.places.streets.extract import Ways
from guinda.places.travel import distances_along_m

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NEVER_MS = 2**31 - 1
"""The contraction hierarchy's own number for "no way"; 24 days."""


@dataclass(frozen=True)
class Graph:
    """A street network. Edge `e` leads from junction `tail[e]` to `head[e]` along shape points `shape_start[e]` and on."""

    lat: Floats
    lon: Floats
    tail: Ints
    head: Ints
    metres: Floats
    times_ms: Ints
    """Profiles x (tail to head, head to tail) x edges; `NEVER_MS` where one may not go."""
    core: NDArray[np.bool_]
    """Profiles x junctions: whether one can get from here to all the rest and back."""
    shape_start: Ints
    shape_lat: Floats
    shape_lon: Floats


def build(ways: Ways) -> Graph:
    """The network of the ways: one edge between any two junctions that follow each other on a way."""
    _ids, node = np.unique(ways.ref, return_inverse=True)
    way = np.repeat(np.arange(len(ways.start) - 1), np.diff(ways.start))
    joint = _joints(node, way)
    first, last = _pieces(joint[node], way)
    loops = node[first] == node[last]
    joint[node[(first[loops] + last[loops]) // 2]] = True  # a loop gets a junction on its far side
    first, last = _pieces(joint[node], way)
    keep = node[first] != node[last]
    first, last = first[keep], last[keep]
    used, ends = np.unique(np.concatenate([node[first], node[last]]), return_inverse=True)
    tail, head = ends[: len(first)], ends[len(first) :]
    place = np.zeros(len(joint), dtype=np.int64)
    place[node] = np.arange(len(node))
    metres = _metres(ways, first, last)
    times_ms = _times_ms(metres, ways.speeds_m_s[way[first]])
    points, shape_start = _spans(first, last)
    return Graph(
        ways.lat[place[used]],
        ways.lon[place[used]],
        tail,
        head,
        metres,
        times_ms,
        np.array([_core(len(used), tail, head, times) for times in times_ms]),
        shape_start,
        ways.lat[points],
        ways.lon[points],
    )


def _joints(node: Ints, way: Ints) -> NDArray[np.bool_]:
    """Nodes where ways meet, cross themselves or end."""
    joint: NDArray[np.bool_] = np.bincount(node) > 1
    turns = np.flatnonzero(np.diff(way))
    joint[node[turns]] = joint[node[turns + 1]] = True
    joint[node[[0, -1]]] = True
    return joint


def _pieces(is_joint: NDArray[np.bool_], way: Ints) -> tuple[Ints, Ints]:
    """First and last point of each stretch between two joints of one way."""
    at = np.flatnonzero(is_joint)
    same = way[at[:-1]] == way[at[1:]]
    return at[:-1][same], at[1:][same]


def _metres(ways: Ways, first: Ints, last: Ints) -> Floats:
    along = np.concatenate([[0.0], np.cumsum(distances_along_m(ways.lat, ways.lon))])
    metres: Floats = np.maximum(along[last] - along[first], 0.01)
    return metres


def _times_ms(metres: Floats, speeds_m_s: Floats) -> Ints:
    """Whole milliseconds, rounded up, at least 1."""
    with np.errstate(divide="ignore"):
        exact = metres[:, None, None] * 1000 / speeds_m_s
    rounded = np.where(np.isfinite(exact), np.ceil(np.maximum(exact, 1)), NEVER_MS)
    return np.minimum(rounded, NEVER_MS).astype(np.int64).transpose(1, 2, 0)


def _spans(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """The numbers of all points of all edges, one edge after the other, and where each edge starts among them."""
    counts = last - first + 1
    start = np.concatenate([[0], np.cumsum(counts)])
    numbers = np.arange(start[-1]) - np.repeat(start[:-1] - first, counts)
    return numbers, start


def _core(count: int, tail: Ints, head: Ints, times_ms: Ints) -> NDArray[np.bool_]:
    """The junctions of the largest part in which everything can be reached from everything."""
    arcs = [(tail, head, times_ms[0]), (head, tail, times_ms[1])]
    start = np.concatenate([a[t < NEVER_MS] for a, _b, t in arcs])
    end = np.concatenate([b[t < NEVER_MS] for _a, b, t in arcs])
    if not len(start):
        return np.zeros(count, dtype=np.bool_)
    order = np.argsort(start, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(np.bincount(start, minlength=count))])
    part = _strong_parts(offsets, end[order])
    return np.asarray(part == np.bincount(part).argmax())


@njit(cache=True)
def _strong_parts(offsets: Ints, ends: Ints) -> Ints:  # noqa: C901 - one loop of one algorithm; numba compiles it whole
    """Each junction's strongly connected part (R. Tarjan, SIAM J. Computing 1, 1972), without recursion."""
    count = len(offsets) - 1
    part = np.full(count, -1, dtype=np.int64)
    seen = np.full(count, -1, dtype=np.int64)
    low = np.zeros(count, dtype=np.int64)
    following = offsets[:-1].copy()
    path = np.empty(count, dtype=np.int64)
    open_ones = np.empty(count, dtype=np.int64)
    tick, parts, open_count = 0, 0, 0
    for root in range(count):
        if seen[root] >= 0:
            continue
        depth = 0
        path[0] = root
        while depth >= 0:
            here = path[depth]
            if seen[here] < 0:
                seen[here] = low[here] = tick
                tick += 1
                open_ones[open_count] = here
                open_count += 1
            if following[here] < offsets[here + 1]:
                there = ends[following[here]]
                following[here] += 1
                if seen[there] < 0:
                    depth += 1
                    path[depth] = there
                elif part[there] < 0:
                    low[here] = min(low[here], seen[there])
                continue
            if low[here] == seen[here]:
                while True:
                    open_count -= 1
                    done = open_ones[open_count]
                    part[done] = parts
                    if done == here:
                        break
                parts += 1
            depth -= 1
            if depth >= 0:
                low[path[depth]] = min(low[path[depth]], low[here])
    return part
