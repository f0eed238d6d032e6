"""The parts from which the work of many machines is reckoned: a pass, its bytes, the last units, and what Ray adds to a pass.

    python benchmarks/spread.py [--clients 1000000] [--rounds 9] [--kind independent]

Prints nanoseconds of one processor for a client and offer, bytes held for a pair and bytes a block answers with, the seconds of drawing
and settling, and, where Ray is (`make ray`), the median of a pass by two actors beside that by two threads in the same run; then a
whole plan by actors, one of which has its process killed halfway, beside the local one: equal or not.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from guinda.solvers.allocate import Problem, dual, primal, solve  # noqa: E402 - the path is set above
from guinda.solvers.allocate.blocks import Blocks  # noqa: E402
from guinda.solvers.allocate.held import Held, Part  # noqa: E402
from guinda.solvers.allocate.spread import Actors, opened  # noqa: E402
from plans.instances import instance  # noqa: E402


def main() -> None:
    """The command."""
    made = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    made.add_argument("--clients", type=int, default=1_000_000)
    made.add_argument("--rounds", type=int, default=9)
    made.add_argument("--kind", default="independent")
    options = made.parse_args()
    solve(instance("independent", 9_000, 1), seed=1)  # the compiler's turn is not counted
    problem = instance(options.kind, options.clients, 7)
    prices = parts(problem, options.rounds)
    if find_spec("ray") is None:
        print("Ray is not here: make ray")
        return
    passes(problem, prices, options.rounds)
    killed(problem)


def parts(problem: Problem, rounds: int) -> dual.Prices:
    """What one machine needs for its clients."""
    blocks, pairs = Blocks(problem), problem.clients * problem.offers
    started_s = time.process_time()
    prices = dual.find(blocks, gap=2e-6, seed=7)
    found_s, looks = time.process_time() - started_s, blocks.passes
    for heat in (prices.heat, prices.heat * 1_000):
        took_s = []
        for _round in range(rounds):
            started_s = time.process_time()
            sums = blocks.sums(prices.each, heat, 1_000)
            took_s.append(time.process_time() - started_s)
        share = sums.torn / problem.clients
        print(
            f"a pass, {share:.1%} torn: {statistics.median(took_s) / pairs * 1e9:.2f} ns of a processor a pair"
        )
    held = (
        problem.values.nbytes + problem.amounts.nbytes + np.asarray(problem.groups).nbytes + problem.clients
    )
    answer = sum(each.nbytes for each in blocks.held.sums(*blocks.priced(prices.each), prices.heat, 1))
    print(
        f"held: {held / pairs:.2f} bytes a pair; a pass answers with {answer / -(-problem.clients // 8_192):,.0f} bytes a block"
    )
    bound = blocks.bound(prices.each)
    started_s = time.process_time()
    primal.plan(blocks, prices, bound, 1e-5, 7)
    print(
        f"prices: {found_s:.2f} processor s, {looks} passes; drawing and settling: {time.process_time() - started_s:.2f} processor s"
    )
    return prices


def passes(problem: Problem, prices: dual.Prices, rounds: int) -> None:
    """The same pass by two actors and two threads, turn by turn."""
    with opened("ray", 2, problem.values.nbytes + problem.amounts.nbytes) as engine:
        took_s: dict[str, list[float]] = {"threads": [], "ray": []}
        holders = {"threads": Blocks(problem), "ray": Blocks(problem, 2, engine)}
        for blocks in holders.values():
            blocks.sums(prices.each, prices.heat, 1_000)
        for _round in range(rounds):
            for name, blocks in holders.items():
                started_s = time.perf_counter()
                blocks.sums(prices.each, prices.heat, 1_000)
                took_s[name].append(time.perf_counter() - started_s)
    threads_s, ray_s = (statistics.median(took_s[name]) for name in ("threads", "ray"))
    more = f"{ray_s / threads_s:.2f} times; {(ray_s - threads_s) * 1e3:.1f} ms more"
    print(f"a pass: two threads {threads_s:.4f} s, two actors {ray_s:.4f} s, {more}")


class Killing(Actors):
    """Kills the process of the second actor, as a machine that goes out would, at a set pass."""

    at, passes = 0, 0

    def hold(self, part: Part) -> Held:
        """With the actor's process known."""
        held = super().hold(part)
        ask, victim = held.sums, self.ray.get(self.hired[1].__ray_call__.remote(lambda _self: os.getpid()))

        def sums(*facts):  # noqa: ANN002, ANN202
            self.passes += 1
            if self.passes == self.at:
                os.kill(victim, signal.SIGKILL)
            return ask(*facts)

        held.sums = sums
        return held


def killed(problem: Problem) -> None:
    """A whole plan, one process killed on the way."""
    started_s = time.perf_counter()
    local = solve(problem, seed=7)
    local_s = time.perf_counter() - started_s
    with opened("ray", 2, problem.values.nbytes + problem.amounts.nbytes):
        engine = Killing(2)
        engine.at = max(2, local.passes // 3)
        started_s = time.perf_counter()
        found = solve(problem, seed=7, engine=engine)
        took_s = time.perf_counter() - started_s
    equal = bool((found.choices == local.choices).all()) and (found.bound, found.prices) == (
        local.bound,
        local.prices,
    )
    print(
        f"a plan: here {local_s:.2f} s, two actors of {len(engine.hired)} hired {took_s:.2f} s, {'equal' if equal else 'NOT EQUAL'}"
    )


if __name__ == "__main__":
    main()
