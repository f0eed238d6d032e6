"""One solver on one allocation, in a process of its own: prints value, bound, seconds and memory as JSON.

    python benchmarks/plans/peer.py highs-simplex|highs-ipm|highs-pdlp|ortools-pdlp SECONDS < problem.npz

The linear relaxation is solved, and its plan rounded down client by client in the order of their largest share as far as the limits allow;
the bound is the dual's value by the solver's own multipliers (cut to what is allowed), which holds whatever their accuracy. Reading,
building the model and rounding are outside the seconds.
"""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Model:
    """The relaxation: a column for each pair, a row for each limit and then for each client; a floor is a row with its sign turned."""

    def __init__(self, given: Any) -> None:
        self.client, self.offer, self.value = (
            given["client"],
            given["offer"],
            given["value"].astype(np.float64),
        )
        self.uses, self.bounds = given["uses"].astype(np.float64), given["bounds"].astype(np.float64)
        self.clients = int(given["clients"])

    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Starts, rows and entries, column by column."""
        pairs, limits = len(self.value), len(self.bounds)
        column, limit = np.nonzero(self.uses.T)
        rows = np.concatenate([limit, limits + self.client])
        entries = np.concatenate([self.uses.T[column, limit], np.ones(pairs)])
        at = np.concatenate([column, np.arange(pairs)])
        order = np.lexsort((rows, at))
        return np.searchsorted(at[order], np.arange(pairs + 1)), rows[order], entries[order]

    def bound(self, prices: Floats) -> float:
        """Lagrange's dual at these prices."""
        prices = np.maximum(prices, 0)
        left = self.value - prices @ self.uses
        best = np.zeros(self.clients)
        np.maximum.at(best, self.client, left)
        return float(best.sum() + prices @ self.bounds)

    def rounded(self, shares: Floats, order_by: Floats) -> int:
        """A plan under the upper limits: pairs by their share, then by `order_by`, taken where client and limits allow it."""
        upper = self.bounds >= 0
        uses, bounds = np.ascontiguousarray(self.uses[upper].T), self.bounds[upper]
        free, used, total = np.ones(self.clients, dtype=bool), np.zeros(len(bounds)), 0.0
        for pair in np.lexsort((-order_by, -np.round(shares, 6))):
            if free[self.client[pair]] and self.value[pair] > 0 and (used + uses[pair] <= bounds).all():
                free[self.client[pair]] = False
                used += uses[pair]
                total += self.value[pair]
        return round(total)


def highs(model: Model, method: str, seconds: float) -> tuple[Floats, Floats]:
    """Shares of pairs and prices of limits by HiGHS."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.value), len(model.bounds) + model.clients
    lp.sense_, lp.col_cost_ = highspy.ObjSense.kMaximize, model.value
    lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), np.ones(lp.num_col_)
    lp.row_lower_ = np.full(lp.num_row_, -highspy.kHighsInf)
    lp.row_upper_ = np.concatenate([model.bounds, np.ones(model.clients)])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = model.columns()
    solver = highspy.Highs()
    for name, value in (
        ("output_flag", False),
        ("solver", method),
        ("time_limit", seconds),
        ("threads", 2),
        ("run_crossover", "off"),
    ):
        solver.setOptionValue(name, value)
    solver.passModel(lp)
    solver.run()
    found = solver.getSolution()
    return np.array(found.col_value), np.array(found.row_dual)[: len(model.bounds)]


def ortools(model: Model, method: str, seconds: float) -> tuple[Floats, Floats]:
    """Shares of pairs and prices of limits by OR-Tools' PDLP."""
    from ortools.pdlp import solvers_pb2
    from ortools.pdlp.python import pdlp
    from scipy.sparse import csc_matrix

    del method
    starts, rows, entries = model.columns()
    program = pdlp.QuadraticProgram()
    count = len(model.bounds) + model.clients
    program.objective_vector = -model.value
    program.constraint_matrix = csc_matrix((entries, rows, starts), (count, len(model.value)))
    program.constraint_lower_bounds = np.full(count, -np.inf)
    program.constraint_upper_bounds = np.concatenate([model.bounds, np.ones(model.clients)])
    program.variable_lower_bounds, program.variable_upper_bounds = (
        np.zeros(len(model.value)),
        np.ones(len(model.value)),
    )
    asked = solvers_pb2.PrimalDualHybridGradientParams()
    asked.num_threads = 2
    asked.termination_criteria.time_sec_limit = seconds
    asked.termination_criteria.simple_optimality_criteria.eps_optimal_relative = 1e-6
    asked.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = 1e-6
    found = pdlp.primal_dual_hybrid_gradient(program, asked)
    return np.array(found.primal_solution), -np.array(found.dual_solution)[: len(model.bounds)]


def highest_mb() -> float:
    """The memory of this process at its highest (what the parent had at its start does not count)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """The command."""
    name, seconds = sys.argv[1], float(sys.argv[2])
    with np.load(io.BytesIO(sys.stdin.buffer.read())) as given:
        model = Model(given)
    started_s, processor_s = time.perf_counter(), time.process_time()
    found = (ortools if name == "ortools-pdlp" else highs)(model, name.removeprefix("highs-"), seconds)
    took_s, processor_s = time.perf_counter() - started_s, time.process_time() - processor_s
    memory_mb = highest_mb()
    shares, prices = found
    if len(shares) != len(model.value):
        shares, prices = np.zeros(len(model.value)), np.zeros(len(model.bounds))
    left = model.value - np.maximum(prices, 0) @ model.uses
    answer = {
        "value": model.rounded(shares, left),
        "bound": model.bound(prices),
        "took_s": took_s,
        "processor_s": processor_s,
        "memory_mb": memory_mb,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
