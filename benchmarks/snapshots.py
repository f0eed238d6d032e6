"""One moment of a city, planned by ours and by PyVRP, VROOM and OR-Tools: quality and time side by side.

    make peers && python benchmarks/snapshots.py [--couriers 60] [--tasks 90] [--seeds 3] [--seconds 2]

Towns are drawn by seed: couriers, stores and doors in a square, some bags ready and some soon. The figure is the mean seconds that a bag
is at its door after the soonest possible, reckoned from each solver's stops by one and the same function here; a bag left out counts
7,200. PyVRP asks for the least time on duty and VROOM for the least travel, which is something else: they have no
soft bound on a door's time, so doors get windows (`benchmarks/peers/models.py`). OR-Tools states the objective itself. All three may
mix stores on a trip, which ours may not. Peers run in
processes of their own, whose start is in their time; PyVRP and OR-Tools use up the seconds they are given.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any

import numpy as np

from guinda.solvers import dispatch

ROOT = Path(__file__).resolve().parent.parent
PEERS = ("pyvrp", "vroom", "ortools")
PYTHON = ROOT / ".venv-peers" / "bin" / "python"
SIDE_M, PACE_M_S, STORES = 6000, 4.0, 12
READY_S = 900
LOST_S = 7200
RULES = dispatch.Rules(keep_s=0, turn_back_s=0)
EFFORTS = {"ours, 300 rounds": 300, "ours, 3,000 rounds": 3000}

Town = dict[str, Any]


def town(couriers: int, tasks: int, seed: int) -> Town:
    """A snapshot as plain lists."""
    chance = np.random.default_rng(seed)
    stores, doors, places = (chance.integers(0, SIDE_M, (count, 2)) for count in (STORES, tasks, couriers))
    sites = np.concatenate([stores, doors])
    store, door = chance.integers(0, STORES, tasks), np.arange(STORES, STORES + tasks)
    ready_s = chance.integers(0, READY_S, tasks)
    ride_s, reach_s = _ride_s(sites, sites), _ride_s(places, sites)
    soonest_s = ready_s + RULES.pickup_s + ride_s[store, door]
    arrays = {
        "couriers": places,
        "doors": doors,
        "store": store,
        "door": door,
        "ready": ready_s,
        "soonest": soonest_s,
        "ride": ride_s,
        "reach": reach_s,
    }
    plain = {name: values.tolist() for name, values in arrays.items()}
    return {**plain, "pickup_s": RULES.pickup_s, "door_s": RULES.door_s, "bundle": RULES.bundle}


def _ride_s(origins: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return np.ceil(np.abs(origins[:, None, :] - targets[None, :, :]).sum(axis=2) / PACE_M_S).astype(np.int64)


def waiting_s(case: Town, stops: Sequence[Sequence[int]]) -> float:
    """The mean over all tasks, from the stops alone."""
    waits = dict.fromkeys(range(len(case["ready"])), LOST_S)
    for courier, own in enumerate(stops):
        at_s, row, bags = 0, case["reach"][courier], set()
        for position, stop in enumerate(own):
            task = stop if stop >= 0 else -stop - 1
            site = case["store" if stop >= 0 else "door"][task]
            again = position > 0 and stop >= 0 and own[position - 1] >= 0 and row is case["ride"][site]
            at_s += 0 if again else row[site]
            if stop >= 0:
                at_s = max(at_s, case["ready"][task] + (case["pickup_s"] if again else 0))
                at_s += 0 if again else case["pickup_s"]
                bags.add(task)
                assert len(bags) <= case["bundle"]
            else:
                bags.remove(task)
                waits[task] = at_s - case["soonest"][task]
                at_s += case["door_s"]
            row = case["ride"][site]
    return fmean(waits.values())


def ours(case: Town, rounds: int) -> list[list[int]]:
    """Stops of our plan: of each trip first the bags, then the doors."""
    tasks = len(case["ready"])
    snapshot = dispatch.Snapshot(
        couriers=tuple(
            dispatch.Courier(each, "any", 0, 10**6, 10**6) for each in range(len(case["couriers"]))
        ),
        tasks=tuple(
            dispatch.Task(each, case["store"][each], case["door"][each], case["ready"][each], 10**6, 1)
            for each in range(tasks)
        ),
        from_courier=np.array(case["reach"]),
        between={"any": np.array(case["ride"])},
        rules=RULES,
    )
    plan = dispatch.plan(
        snapshot, dispatch.Weights(late=0, broken_s=0, ride=0), dispatch.Effort(rounds, rounds)
    )
    stops: list[list[int]] = [[] for _ in case["couriers"]]
    for route in plan.routes:
        left_s = {
            leg.pickup_s: [each.task for each in route.legs if each.pickup_s == leg.pickup_s]
            for leg in route.legs
        }
        stops[route.courier] = [
            stop for bags in left_s.values() for stop in (*bags, *(-task - 1 for task in bags))
        ]
    return stops


def _peer(name: str, case: Town, seconds: float) -> list[list[int]]:
    command = [str(PYTHON), str(ROOT / "benchmarks" / "peers" / "models.py"), name, str(seconds)]
    done = subprocess.run(command, input=json.dumps(case), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} ended with an error:\n{done.stderr[-2000:]}")
    stops: list[list[int]] = json.loads(done.stdout)
    return stops


def main() -> None:
    """Draw, solve, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--couriers", type=int, default=60)
    parser.add_argument("--tasks", type=int, default=90)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="for PyVRP and OR-Tools")
    options = parser.parse_args()
    if not PYTHON.exists():
        parser.error("The peers are not installed. Run: make peers")
    cases = [town(options.couriers, options.tasks, seed) for seed in range(options.seeds)]
    ours(town(3, 4, 0), 10)  # the compiler's first second is not the plan's
    print(f"{options.couriers} couriers, {options.tasks} tasks, {options.seeds} towns")
    print(f"{'who':24} {'mean wait s':>12} {'median s to solve':>18}")
    for name in (*EFFORTS, *PEERS):
        waits, took = [], []
        for case in cases:
            started_s = perf_counter()
            stops = ours(case, EFFORTS[name]) if name in EFFORTS else _peer(name, case, options.seconds)
            took.append(perf_counter() - started_s)
            waits.append(waiting_s(case, stops))
        print(f"{name:24} {fmean(waits):12.1f} {float(np.median(took)):18.3f}")


if __name__ == "__main__":
    main()
