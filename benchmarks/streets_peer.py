"""SciPy's Dijkstra on a graph that `streets.py` wrote; run by it with the peers' Python, prints JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra


def main() -> None:
    """The command."""
    with np.load(sys.argv[1]) as given:
        never_ms, pairs = int(given["never_ms"]), given["pairs"]
        arcs = [
            (given["tail"], given["head"], given["times_ms"][0]),
            (given["head"], given["tail"], given["times_ms"][1]),
        ]
        start, end, times_ms = (np.concatenate(each) for each in zip(*arcs, strict=True))
        graph = shortest_arcs(start, end, times_ms, int(given["count"]), never_ms)
        origins, destinations, rounds = given["origins"], given["destinations"], int(given["rounds"])
    took = []
    for _round in range(rounds):
        started_s = time.perf_counter()
        table = dijkstra(graph, indices=origins)[:, destinations]
        took.append(time.perf_counter() - started_s)
    sources, place = np.unique(pairs[:, 0], return_inverse=True)
    routes = np.concatenate(
        [
            dijkstra(graph, indices=[source])[0, pairs[place == number, 1]]
            for number, source in enumerate(sources)
        ]
    )
    routes = routes[np.argsort(np.argsort(place, kind="stable"), kind="stable")]
    whole = [np.where(np.isinf(each), never_ms, each).astype(np.int64).tolist() for each in (table, routes)]
    print(json.dumps({"took_s": statistics.median(took), "table": whole[0], "routes": whole[1]}))


def shortest_arcs(
    start: np.ndarray, end: np.ndarray, times_ms: np.ndarray, count: int, never_ms: int
) -> csr_matrix:
    """The arcs that may be used; of several between two junctions the fastest, where SciPy would add them up."""
    usable = times_ms < never_ms
    start, end, times_ms = start[usable], end[usable], times_ms[usable]
    order = np.lexsort((times_ms, end, start))
    start, end, times_ms = start[order], end[order], times_ms[order]
    first = np.concatenate([[True], (np.diff(start) != 0) | (np.diff(end) != 0)])
    return csr_matrix((times_ms[first].astype(np.float64), (start[first], end[first])), (count, count))


if __name__ == "__main__":
    main()
