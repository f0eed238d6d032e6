"""How long a street network takes to build and to answer, beside SciPy's Dijkstra on the same graph in the same run.

    python benchmarks/streets.py [--extract X.osm.pbf | --grid 300] [--rounds 5]

The extract is by default the one of Sao Paulo's centre in the folder GUINDA_DATA; a grid has so many streets each way, a tenth of them
one-way, with speeds by chance. SciPy lives in `.venv-peers` (`make peers`) and runs as a process of its own; its times are of the search
alone, without starting up. A dispatcher asks again each second: what it pays when a tenth of its couriers moved and a few doors
are new is printed too. Prints medians over the rounds, their ratio, and how many of 1,000 random routes take equally many milliseconds:
all of them must.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".venv-peers" / "bin" / "python"
DATA = Path(os.environ.get("GUINDA_DATA", ROOT.parent / "shared" / "data"))
EXTRACT = DATA / "city" / "sao_paulo" / "sao_paulo_centre.osm.pbf"
SIDE, ROUTES, SEED = 50, 1_000, 7
COURIERS, DOORS, MOVED, NEW = 400, 300, 40, 3
STEP = 0.001
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guinda.config.settings")

import django  # noqa: E402 - the settings are named only now

django.setup()

from guinda.base.points import Point  # noqa: E402
from guinda.places.streets import building, extract  # noqa: E402
from guinda.places.streets.network import Network  # noqa: E402
from guinda.places.streets.profiles import PROFILES  # noqa: E402
from guinda.places.travel import Kept, Mode, Seconds, TravelTimes  # noqa: E402


def main() -> int:
    """The command; 1 when a route's duration differs from the peer's."""
    chosen = options()
    read = (lambda: grid(chosen.grid)) if chosen.grid else (lambda: extract.read_ways(chosen.extract))
    building.build(grid(3))  # the compiler's turn is not the network's
    read_s, ways = timed(read, chosen.rounds)
    build_s, graph = timed(lambda: building.build(ways), chosen.rounds)
    order_s, network = timed(lambda: Network.of(graph), chosen.rounds)
    print(
        f"{len(graph.lat):,} junctions, {len(graph.tail):,} edges, {graph.metres.sum() / 1000:,.0f} km of streets"
    )
    print(
        f"reading {read_s:.2f} s, junctions and edges {build_s:.2f} s, order of contraction {order_s:.2f} s"
    )
    same = [compare(network, mode, chosen.rounds) for mode in Mode]
    return 0 if all(same) else 1


def options() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(description="A street network beside SciPy's Dijkstra.")
    parser.add_argument("--extract", type=Path, default=EXTRACT)
    parser.add_argument(
        "--grid", type=int, default=0, metavar="N", help="a made-up city of N x N streets instead"
    )
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    if not chosen.grid and not chosen.extract.exists():
        sys.exit("There is no such extract: name one with --extract, or try --grid 100.")
    if not PEER.exists():
        sys.exit("There is no SciPy to compare with: make peers.")
    return chosen


def compare(network: Network, mode: Mode, rounds: int) -> bool:
    """One mode's figures; whether all routes agree."""
    rng = np.random.default_rng(SEED)
    number = list(Mode).index(mode)
    core = np.flatnonzero(network.graph.core[number])
    origins, destinations = rng.choice(core, SIDE), rng.choice(core, SIDE)
    network.junctions_ms(
        origins[:1].tolist(), destinations.tolist(), mode
    )  # the hierarchy is made at the first question
    ours_s, table = timed(lambda: network.junctions_ms(origins.tolist(), destinations.tolist(), mode), rounds)
    pairs = rng.choice(core, (ROUTES, 2))
    routes = [int(network.junctions_ms([int(a)], [int(b)], mode)[0, 0]) for a, b in pairs]
    theirs = peer(
        network, number, origins=origins, destinations=destinations, pairs=pairs, rounds=np.array(rounds)
    )
    points = [Point(float(network.graph.lat[at]), float(network.graph.lon[at])) for at in origins]
    doors = [Point(float(network.graph.lat[at]), float(network.graph.lon[at])) for at in destinations]
    network.table(points, doors, mode)
    doors_s, _table = timed(lambda: network.table(points, doors, mode), rounds)
    again(network, mode, core, rounds)
    equal = sum(a == b for a, b in zip(routes, theirs["routes"], strict=True))
    whole = np.array_equal(table, np.array(theirs["table"]))
    print(
        f"{mode}: {SIDE}x{SIDE} in {ours_s * 1000:.2f} ms (from doors {doors_s * 1000:.2f} ms), SciPy {theirs['took_s'] * 1000:.1f} ms: "
        f"{theirs['took_s'] / ours_s:.0f} times as fast; routes alike {equal} of {ROUTES}, the table {'too' if whole else 'NOT'}"
    )
    return equal == ROUTES and whole


def again(network: Network, mode: Mode, core: np.ndarray, rounds: int) -> None:
    """A round of planning after another: couriers' ways to all places, and between those."""
    rng = np.random.default_rng(SEED)
    places = [
        Point(float(network.graph.lat[at]), float(network.graph.lon[at]))
        for at in rng.choice(core, COURIERS + DOORS + rounds * (MOVED + NEW), replace=False)
    ]
    couriers, doors, others = places[:COURIERS], places[COURIERS:][:DOORS], places[COURIERS + DOORS :]
    times = NetworkTimes(network)
    riding, between = Kept(times), Kept(times)
    took: list[list[float]] = [[], []]
    for _round in range(rounds):
        couriers = [*couriers[MOVED:], *(others.pop() for _ in range(MOVED))]
        doors = [*doors[NEW:], *(others.pop() for _ in range(NEW))]
        for kind, (ways, matrix) in enumerate([(times, times), (riding, between)]):
            started_s = time.perf_counter()
            ways.seconds(couriers, doors, mode)
            matrix.seconds(doors, doors, mode)
            took[kind].append(time.perf_counter() - started_s)
    whole_s, kept_s = statistics.median(took[0]), statistics.median(took[1][1:])
    print(
        f"{mode}: {COURIERS} couriers, {DOORS} places: {whole_s * 1000:.0f} ms; a second later, {MOVED} moved and {NEW} new,"
        f" {kept_s * 1000:.0f} ms: {kept_s / whole_s:.2f} of it"
    )


class NetworkTimes(TravelTimes):
    """One network's times."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def seconds(self, origins: Sequence[Point], destinations: Sequence[Point], mode: Mode) -> Seconds:
        """See `TravelTimes.seconds`."""
        return self.network.table(origins, destinations, mode).ms // 1000


def peer(network: Network, number: int, **asked: np.ndarray) -> dict[str, Any]:
    """What SciPy makes of the same graph, in its own process."""
    graph = network.graph
    facts = {
        "count": len(graph.lat),
        "tail": graph.tail,
        "head": graph.head,
        "times_ms": graph.times_ms[number],
        "never_ms": building.NEVER_MS,
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph.npz"
        np.savez(file, **facts, **asked)
        done = subprocess.run(
            [PEER, ROOT / "benchmarks" / "streets_peer.py", file], capture_output=True, text=True, check=True
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def timed(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """The median of so many rounds, and the last result."""
    took = []
    for _round in range(rounds):
        started_s = time.perf_counter()
        result = work()
        took.append(time.perf_counter() - started_s)
    return statistics.median(took), result


def grid(side: int) -> extract.Ways:
    """A made-up city: streets in two directions, a tenth of them one-way, each with its own speed."""
    rng = np.random.default_rng(SEED)
    rows, columns = np.divmod(np.arange(side * side), side)
    across = np.arange(side * side).reshape(side, side)
    ref = np.concatenate([across.ravel(), across.T.ravel()])
    jitter = rng.uniform(-0.3, 0.3, (2, side * side)) * STEP
    speeds = rng.uniform(1, 12, (2 * side, len(PROFILES), 1)) * np.ones((1, 1, 2))
    speeds[rng.random(2 * side) < 0.1, 1:, 1] = 0
    return extract.Ways(
        np.arange(2 * side + 1) * side,
        ref,
        (rows * STEP + jitter[0])[ref],
        (columns * STEP + jitter[1])[ref],
        speeds,
    )


if __name__ == "__main__":
    sys.exit(main())
