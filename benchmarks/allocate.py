"""Which offer for which client: ours beside HiGHS, OR-Tools' PDLP and greedy, on the same instances in one run.

    python benchmarks/allocate.py [--clients 10000] [--kinds independent,ties] [--budgets] [--operator] [--alone] [--seconds 120]

Prints the plan's value, the bound, the gap between them, wall and processor seconds (medians of ours over the rounds; a peer runs once,
in a process of its own) and the memory of the process at its highest. HiGHS runs its simplex, interior point and PDLP. `--alone` leaves
the peers out (for millions), `--operator` takes the telephone operator's clients in GUINDA_DATA, `--budgets` five budgets and nothing
else. Each plan of ours is reckoned anew; the peers' plans are their relaxation rounded, which keeps the upper limits and not the floors.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("GUINDA_DATA") or ROOT.parent / "shared" / "data")
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from guinda.solvers.allocate import NEVER, Problem, faults, solve  # noqa: E402
from plans.instances import KINDS, budgets, instance, operator  # noqa: E402 - the path is set above
from plans.peer import highest_mb  # noqa: E402

OURS = Path(sys.executable)
THEIRS = ROOT / ".venv-peers" / "bin" / "python"
PEERS = (("highs-simplex", OURS), ("highs-ipm", OURS), ("highs-pdlp", OURS), ("ortools-pdlp", THEIRS))


def main() -> None:
    """The command."""
    options = _options()
    solve(instance("independent", 9_000, 1), seed=1)  # the compiler's turn is not the planner's
    named = [
        (kind, instance(kind, options.clients, options.seed)) for kind in options.kinds.split(",") if kind
    ]
    named += [("5 budgets", budgets(options.clients, options.seed))] if options.budgets else []
    named += [("operator", operator(DATA / "clients" / "ibm_telco_churn.csv"))] if options.operator else []
    print(
        f"{'instance':<12} {'solver':<14}{'value':>16}{'bound':>16}{'gap':>10}{'wall s':>9}{'cpu s':>8}{'MB':>7}"
    )
    for name, problem in named:
        ours(name, problem, options)
        if not options.alone:
            peers(name, problem, options.seconds)


def ours(name: str, problem: Problem, options: argparse.Namespace) -> None:
    """The plan of this house, and greedy beside it."""
    took = []
    for _round in range(options.rounds):
        wall_s, processor_s = time.perf_counter(), time.process_time()
        found = solve(problem, seed=options.seed, gap=options.gap)
        took.append((time.perf_counter() - wall_s, time.process_time() - processor_s))
    wrong = faults(problem, found.choices)
    assert len(wrong) == len(found.shorts), wrong
    wall_s, processor_s = (statistics.median(each) for each in zip(*took, strict=True))
    memory_mb = highest_mb()
    told(name, "guinda", found.value, found.bound, f"{wall_s:>9.3f}{processor_s:>8.3f}{memory_mb:>7.0f}")
    for short in found.shorts:
        proved = "no plan can" if short.proved else "this plan does not"
        print(
            f"{'':<12} {short.limit}: {short.reached:,} of {short.least:,}; {proved} reach it, for {', '.join(short.because)}"
        )
    if options.alone:
        return
    started_s = time.perf_counter()
    value = greedy(problem)
    told(name, "greedy", value, found.bound, f"{time.perf_counter() - started_s:>9.3f}")


def told(name: str, solver: str, value: int, bound: float, took: str) -> None:
    """One row."""
    gap = (bound - value) / bound
    print(f"{name:<12} {solver:<14}{value:>16,}{bound:>16,.0f}{gap:>10.5%}{took}", flush=True)


def model(problem: Problem) -> dict[str, np.ndarray]:
    """The pairs as columns: client, offer, value, what each side of a limit takes, and the bounds."""
    client, offer = np.nonzero(problem.values != NEVER)
    groups, uses, bounds = np.asarray(problem.groups)[client], [], []
    for sign, name in ((1, "most"), (-1, "least")):
        for limit in problem.limits:
            if (bound := getattr(limit, name)) is None:
                continue
            table = np.broadcast_to(limit.uses, (problem.group_count, problem.offers))[groups, offer]
            uses.append(
                sign
                * table
                * (
                    1
                    if limit.amount is None
                    else problem.amounts[limit.amount, client, offer].astype(np.int64)
                )
            )
            bounds.append(sign * bound)
    return {
        "client": client, "offer": offer, "value": problem.values[client, offer], "uses": np.array(uses),
        "bounds": np.array(bounds), "clients": np.array(problem.clients),
    }  # fmt: skip


def greedy(problem: Problem) -> int:
    """The pair with most value for its share of all limits first, as far as the limits allow."""
    given = model(problem)
    some = given["bounds"] > 0
    uses, bounds = given["uses"][some], given["bounds"][some]
    weight = (uses / bounds[:, None]).sum(axis=0)  # floors are left aside
    free, used, total = np.ones(problem.clients, dtype=bool), np.zeros(len(bounds), dtype=np.int64), 0
    columns = np.ascontiguousarray(uses.T)
    for pair in np.argsort(-given["value"] / np.maximum(weight, 1e-12), kind="stable"):
        client = given["client"][pair]
        if free[client] and given["value"][pair] > 0 and (used + columns[pair] <= bounds).all():
            free[client] = False
            used += columns[pair]
            total += int(given["value"][pair])
    return total


def peers(name: str, problem: Problem, seconds: float) -> None:
    """Each in a process of its own."""
    packed = io.BytesIO()
    np.savez(packed, **model(problem))
    for solver, python in PEERS:
        if not python.exists():
            print(f"{name:<12} {solver:<14} is not here: make peers")
            continue
        asked = [str(python), str(ROOT / "benchmarks/plans/peer.py"), solver, str(seconds)]
        done = subprocess.run(asked, input=packed.getvalue(), capture_output=True, check=False)
        if done.returncode:
            print(f"{name:<12} {solver:<14} failed: {done.stderr.decode().strip().splitlines()[-1]}")
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        told(
            name,
            solver,
            found["value"],
            found["bound"],
            f"{found['took_s']:>9.3f}{found['processor_s']:>8.3f}{found['memory_mb']:>7.0f}",
        )


def _options() -> argparse.Namespace:
    made = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    made.add_argument("--clients", type=int, default=10_000)
    made.add_argument("--kinds", default=",".join(KINDS), help="of " + ", ".join(KINDS) + "; empty for none")
    made.add_argument("--budgets", action="store_true")
    made.add_argument("--operator", action="store_true")
    made.add_argument("--alone", action="store_true", help="without peers and greedy")
    made.add_argument("--seconds", type=float, default=120)
    made.add_argument("--gap", type=float, default=1e-5)
    made.add_argument("--rounds", type=int, default=3)
    made.add_argument("--seed", type=int, default=7)
    return made.parse_args()


if __name__ == "__main__":
    main()
