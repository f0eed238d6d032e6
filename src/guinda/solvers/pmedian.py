"""Where to put so many stores that the way to the demand is shortest: the p-median problem, with a bound that proves how good it is.

A good answer comes from adding stores one by one and exchanging them while that helps (M. Teitz and P. Bart, Operations Research 16, 1968).
Lagrange's relaxation proves how good it is and which sites no better one can use. HiGHS solves what is left in a small form (R. Church,
BEAMR, Computers & OR 35, 2008): each demand sees its nearest sites and one more price, that of the next, at which it may go
unserved. What HiGHS proves of that form holds for the whole; where a demand did go unserved it sees more sites, and all is solved again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DEMANDS_MAX = 3_000
SITES_MAX = 1_000
STORES_MAX = 200
PROVED = 1e-9
TURNS_MAX, IDLE_TURNS, STEP_LEAST = 2_000, 25, 1e-4
SEEN_FIRST = 4
"""Sites that each demand sees at the start beyond those nearer than its store in the good answer."""


@dataclass(frozen=True)
class Problem:
    """What it costs to serve one unit of each demand (rows) from each site (columns), and how many units each wants."""

    costs: Floats
    weights: Floats
    stores: int

    def __post_init__(self) -> None:
        demands, sites = self.costs.shape
        if not (0 < demands <= DEMANDS_MAX and 0 < sites <= SITES_MAX):
            raise ValueError(
                f"There may be 1 to {DEMANDS_MAX:,} places of demand and 1 to {SITES_MAX:,} sites; "
                f"these are {demands:,} and {sites:,}."
            )
        if not 0 < self.stores <= min(sites, STORES_MAX):
            raise ValueError(
                f"There may be 1 to {min(sites, STORES_MAX)} stores; {self.stores} were asked for."
            )
        if self.weights.shape != (demands,):
            raise ValueError("Each place of demand needs one weight.")
        numbers = (self.costs, self.weights)
        if not all(np.isfinite(each).all() and (each >= 0).all() for each in numbers):
            raise ValueError("Costs and weights are finite and not below 0.")
        if not self.weights.any():
            raise ValueError("Some place needs demand above 0.")


@dataclass(frozen=True)
class Placement:
    """The sites chosen, which of them serves each demand, the cost of it, and the least that any choice can cost."""

    sites: tuple[int, ...]
    serves: Ints
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """How far above the bound the cost is, in shares of the cost: 0 is proved best."""
        return 0.0 if self.cost <= 0 else max(0.0, (self.cost - self.bound) / self.cost)


def solve(problem: Problem, *, limit_s: float) -> Placement:
    """The best placement found within so many seconds of HiGHS. Proved best, it doesn't depend on the machine; cut short, it may.

    Raises:
        ValueError: the limit is not above 0.
    """
    if limit_s <= 0:
        raise ValueError("The time limit is above 0 seconds.")
    best = _exchanged(problem, _greedy(problem))
    bound, kept = _relaxed(problem, best)
    if len(kept) > problem.stores:
        best, further = _searched(problem, best, kept, limit_s)
        bound = max(bound, further)
    else:  # no site outside the placement can be part of a better one
        bound = _cost(problem, best)
    chosen = sorted(best)
    serves = np.array(chosen)[problem.costs[:, chosen].argmin(axis=1)]
    cost = _cost(problem, best)
    return Placement(tuple(int(each) for each in chosen), serves, cost, min(bound, cost))


def _searched(problem: Problem, best: list[int], kept: Ints, limit_s: float) -> tuple[list[int], float]:
    """The best placement among the sites kept, and the bound that HiGHS proved for them."""
    part = Problem(problem.costs[:, kept], problem.weights, problem.stores)
    order = np.argsort(part.costs, axis=1, kind="stable")
    nearest = problem.costs[:, best].min(axis=1)
    cost, bound = _cost(problem, best), 0.0
    seen = np.minimum((part.costs < nearest[:, None]).sum(axis=1) + SEEN_FIRST, len(kept))
    while limit_s > 0:
        start = np.searchsorted(kept, best).tolist()
        found = _Form(part, order, seen).solved(limit_s, start)
        limit_s -= found.took_s
        bound = max(bound, found.bound)
        if found.sites:
            choice = _exchanged(problem, kept[list(found.sites)].tolist())
            if _cost(problem, choice) < cost and set(choice) <= set(kept.tolist()):
                best, cost = choice, _cost(problem, choice)
        if not found.unserved.any() or bound >= cost * (1 - PROVED):
            break
        seen = np.where(found.unserved, np.minimum(seen * 2, len(kept)), seen)
    return best, bound


def _relaxed(problem: Problem, best: Sequence[int]) -> tuple[float, Ints]:
    """A bound, and the sites that a better placement may still use (with those of the best one known).

    Lagrange's relaxation: each demand pays a price for being served, however often it is; the prices climb along the subgradient
    (M. Fisher, Management Science 27, 1981). A site whose opening alone lifts the bound above the cost known is out.
    """
    paid = problem.costs * problem.weights[:, None]
    cost = _cost(problem, best)
    price = np.sort(paid, axis=1)[:, : 2 if paid.shape[1] > 1 else 1].mean(axis=1) + paid[:, list(best)].min(
        axis=1
    )
    highest, out, step, idle = 0.0, np.zeros(paid.shape[1], dtype=np.bool_), 2.0, 0
    for _turn in range(TURNS_MAX):
        gain = np.minimum(paid - price[:, None], 0)
        worth = gain.sum(axis=0)
        order = np.argsort(worth, kind="stable")
        opened = order[: problem.stores]
        bound = float(price.sum() + worth[opened].sum())
        out |= bound + worth - worth[opened[-1]] > cost * (1 + PROVED)
        idle = 0 if bound > highest * (1 + PROVED) else idle + 1
        highest = max(highest, bound)
        slope = 1.0 - (gain[:, opened] < 0).sum(axis=1)
        steep = float(slope @ slope)
        if steep == 0 or highest >= cost * (1 - PROVED) or step < STEP_LEAST:
            break
        if idle >= IDLE_TURNS:
            step, idle = step / 2, 0
        price = np.maximum(price + step * (cost - bound) / steep * slope, 0)
    out[list(best)] = False
    return min(highest, cost), np.flatnonzero(~out)


def _cost(problem: Problem, chosen: Sequence[int]) -> float:
    return float(problem.costs[:, list(chosen)].min(axis=1) @ problem.weights)


def _greedy(problem: Problem) -> list[int]:
    """The site that saves most, one after the other."""
    chosen: list[int] = []
    nearest = np.full(len(problem.weights), np.inf)
    for _number in range(problem.stores):
        with_each = problem.weights @ np.minimum(problem.costs, nearest[:, None])
        with_each[chosen] = np.inf
        chosen.append(int(np.argmin(with_each)))
        nearest = np.minimum(nearest, problem.costs[:, chosen[-1]])
    return chosen


def _exchanged(problem: Problem, chosen: list[int]) -> list[int]:
    """Put another site in one's place as long as that saves anything, the best exchange first."""
    chosen = list(chosen)
    costs, weights = problem.costs, problem.weights
    while len(chosen) < costs.shape[1]:
        ranked = np.argsort(costs[:, chosen], axis=1, kind="stable")
        rows = np.arange(len(weights))
        first = costs[rows, np.array(chosen)[ranked[:, 0]]]
        second = (
            costs[rows, np.array(chosen)[ranked[:, 1]]] if len(chosen) > 1 else np.full(len(rows), np.inf)
        )
        saved = weights @ np.maximum(first[:, None] - costs, 0)  # by adding each site
        lost = np.zeros((len(chosen), costs.shape[1]))  # by taking each store away once that site is there
        worse = (np.minimum(costs, second[:, None]) - np.minimum(costs, first[:, None])) * weights[:, None]
        np.add.at(lost, ranked[:, 0], worse)
        change = lost - saved[None, :]
        change[:, chosen] = np.inf
        out, into = np.unravel_index(int(np.argmin(change)), change.shape)
        if change[out, into] >= -1e-9 * max(1.0, float(first @ weights)):
            break
        chosen[int(out)] = int(into)
    return chosen


@dataclass(frozen=True)
class _Found:
    sites: tuple[int, ...]
    bound: float
    unserved: NDArray[np.bool_]
    took_s: float


class _Form:
    """The small form: a column for each site, for each site that a demand sees (a pair), and for each demand that may go unserved."""

    def __init__(self, problem: Problem, order: Ints, seen: Ints) -> None:
        self.problem, self.sites = problem, problem.costs.shape[1]
        self.demands = np.arange(len(problem.weights))
        self.row = np.repeat(self.demands, seen)
        self.site = np.concatenate([order[at, :count] for at, count in enumerate(seen)])
        self.beyond = np.flatnonzero(seen < self.sites)
        paid = problem.costs * problem.weights[:, None]
        following = paid[self.beyond, order[self.beyond, seen[self.beyond]]]
        self.prices = np.concatenate([np.zeros(self.sites), paid[self.row, self.site], following])

    def solved(self, limit_s: float, start: Sequence[int]) -> _Found:
        """What HiGHS makes of it within so many seconds, beginning from a placement known."""
        import highspy  # deferred: a large library that only this needs

        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (
            ("output_flag", False),
            ("time_limit", limit_s),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 1e-9),
            ("random_seed", 0),
        ):
            solver.setOptionValue(name, value)
        solver.passModel(self._model(highspy))
        begin = highspy.HighsSolution()
        begin.col_value = self._begin(start)
        solver.setSolution(begin)
        solver.run()
        took_s = max(float(solver.getRunTime()), 1e-3)
        info, values = solver.getInfo(), np.array(solver.getSolution().col_value)
        bound = max(0.0, _finite(info.mip_dual_bound))
        unserved = np.ones(len(self.demands), dtype=np.bool_)
        if info.primal_solution_status != highspy.kSolutionStatusFeasible or len(values) == 0:
            return _Found((), bound, unserved, took_s)
        unserved[:] = False
        unserved[self.beyond] = values[self.sites + len(self.row) :] > 1e-6
        chosen = np.flatnonzero(values[: self.sites] > 0.5).tolist()
        return _Found(tuple(chosen) if len(chosen) == self.problem.stores else (), bound, unserved, took_s)

    def _model(self, highspy: Any) -> Any:
        """Rows: each demand once, each pair only at an open site, and so many sites."""
        demands, pairs, columns = len(self.demands), len(self.row), len(self.prices)
        pair, last = np.arange(pairs), len(self.demands) + len(self.row)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = columns, last + 1
        model.col_cost_ = self.prices
        model.col_lower_, model.col_upper_ = np.zeros(columns), np.ones(columns)
        whole, share = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        model.integrality_ = [whole] * self.sites + [share] * (columns - self.sites)
        once, free = np.ones(demands), np.full(pairs, -highspy.kHighsInf)
        model.row_lower_ = np.concatenate([once, free, [self.problem.stores]])
        model.row_upper_ = np.concatenate([once, np.zeros(pairs), [self.problem.stores]])
        rows = np.concatenate(
            [self.row, self.beyond, demands + pair, demands + pair, np.full(self.sites, last)]
        )
        unserved = self.sites + pairs + np.arange(len(self.beyond))
        places = np.concatenate(
            [self.sites + pair, unserved, self.sites + pair, self.site, np.arange(self.sites)]
        )
        entries = np.concatenate(
            [np.ones(pairs + len(self.beyond) + pairs), np.full(pairs, -1.0), np.ones(self.sites)]
        )
        by_row = np.argsort(rows, kind="stable")
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=last + 1))])
        model.a_matrix_.index_ = places[by_row]
        model.a_matrix_.value_ = entries[by_row]
        return model

    def _begin(self, start: Sequence[int]) -> list[float]:
        """The known placement as values of the columns: every demand at the nearest of its stores that it sees."""
        values = np.zeros(len(self.prices))
        values[list(start)] = 1
        pairs = np.flatnonzero(np.isin(self.site, list(start)))
        pairs = pairs[np.argsort(self.problem.costs[self.row[pairs], self.site[pairs]], kind="stable")]
        served, first = np.unique(self.row[pairs], return_index=True)
        values[self.sites + pairs[first]] = 1
        values[self.sites + len(self.row) :] = ~np.isin(self.beyond, served)
        return [float(each) for each in values]


def _finite(value: float) -> float:
    return value if np.isfinite(value) else 0.0
