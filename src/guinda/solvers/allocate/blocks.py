"""All clients looked at once at some prices: what their blocks answer, added up in the order of the blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guinda.solvers.allocate.facts import Limit, Problem
from guinda.solvers.allocate.held import THREADS, Engine, Part, Threads
from guinda.solvers.allocate.moves import Choices, Moves
from guinda.solvers.allocate.passes import Clients, Floats, Rows

BITS = 60
"""A client is reckoned for in whole numbers of so many binary digits at most."""


@dataclass(frozen=True)
class Side:
    """One side of a limit: uses may add up to `bound`, with the sign turned for a floor."""

    limit: Limit
    sign: int
    bound: int

    @property
    def of_least(self) -> bool:
        """Whether it is the floor."""
        return self.sign < 0


def sides(limits: Sequence[Limit]) -> list[Side]:
    """The upper and lower sides of the limits, in their order."""
    upper = [Side(each, 1, _reachable(each)) for each in limits if each.most is not None]
    return upper + [Side(each, -1, -each.least) for each in limits if each.least is not None]


def _reachable(limit: Limit) -> int:
    """The most that uses can add up to: where all are multiples of eight minutes, so are their sums. It makes the bound sharper."""
    most = limit.most or 0
    step = 1 if limit.amount is not None else int(np.gcd.reduce(np.asarray(limit.uses), axis=None))
    return most // step * step if step else most


@dataclass(frozen=True)
class Sums:
    """What all clients together choose and use at some prices."""

    smooth: float
    sharp: float
    chosen: float
    torn: float
    used: Floats
    """By side of a limit, signed."""
    bend: Floats


class Blocks:
    """The clients of a problem, and by cell of group and offer what each side of a limit takes; `engine` says who goes through them."""

    def __init__(self, problem: Problem, threads: int = THREADS, engine: Engine | None = None) -> None:
        self.problem, self.threads = problem, threads
        self.sides = sides(problem.limits)
        self.shape = (problem.group_count, problem.offers)
        self.tables = [
            side.sign * np.broadcast_to(side.limit.uses, self.shape).astype(np.int64) for side in self.sides
        ]
        self.kinds = np.array(
            [-1 if each.limit.amount is None else each.limit.amount for each in self.sides], dtype=np.int64
        )
        self.clients = Clients(
            problem.values, problem.amounts, np.asarray(problem.groups), np.asarray(problem.each), 0
        )
        self.rows = self._rows()
        self.held = (engine or Threads(threads)).hold(
            Part(self.clients, self.rows, self.shape, len(self.sides))
        )
        self.passes = 0

    def _rows(self) -> Rows:
        table = np.array(self.tables, dtype=np.int64).reshape(len(self.sides), self.shape[0] * self.shape[1])
        cell, row = np.nonzero(table.T)
        first = np.searchsorted(cell, np.arange(table.shape[1] + 1))
        return Rows(first.astype(np.int64), row.astype(np.int64), table[row, cell], self.kinds[row])

    def priced(self, prices: Floats) -> tuple[Floats, Floats]:
        """What an offer is charged by cell: once, and for each unit of each amount."""
        tolls = np.zeros(self.shape)
        rates = np.zeros((len(self.problem.amounts), *self.shape))
        for table, kind, price in zip(self.tables, self.kinds, prices, strict=True):
            into = tolls if kind < 0 else rates[kind]
            into += price * table
        return tolls, rates

    def sums(self, prices: Floats, heat: float, every: int = 1) -> Sums:
        """One pass over all clients, its blocks added up in their order."""
        self.passes += 1
        heads, used, bends = self.held.sums(*self.priced(prices), heat, every)
        smooth, sharp, chosen, torn = (float(each) for each in heads.sum(axis=0))
        return Sums(smooth, sharp, chosen, torn, self.by_side(used.sum(axis=0)), bends.sum(axis=0) / heat)

    def by_side(self, used: NDArray[np.float64]) -> Floats:
        """What is used of each side, from what is used by cell."""
        return np.array(
            [
                float((table * used[1 + kind if kind >= 0 else 0]).sum())
                for table, kind in zip(self.tables, self.kinds, strict=True)
            ]
        )

    def draw(self, prices: Floats, heat: float) -> Choices:
        """A choice for each client, by the shares."""
        self.passes += 1
        return self.held.draw(*self.priced(prices), heat, max(1, int(self.clients.each.max())))

    def near_count(self, prices: Floats, choices: Choices, width: float) -> int:
        """How many changes there are that lose at most `width`."""
        self.passes += 1
        return self.held.near_count(*self.priced(prices), choices, width)

    def near(self, prices: Floats, choices: Choices, width: float, part: int) -> Moves:
        """These changes, of every `part`-th client, in the order of the clients."""
        self.passes += 1
        return self.held.near(*self.priced(prices), choices, width, part)

    def bound(self, prices: Floats) -> int:
        """The most that any plan can be worth, in whole minor units: Lagrange's relaxation at these prices, cut to binary fractions.

        Any prices not below 0 give a true bound, so cutting them costs a little of its height and nothing of its truth.
        """
        largest = self._largest(prices)
        prices = prices * min(1.0, 2.0**BITS / largest)
        shift = int(min(30, max(0, BITS - np.ceil(np.log2(largest)))))
        whole = [round(float(price) * 2**shift) for price in prices]
        tolls = np.zeros(self.shape, dtype=np.int64)
        rates = np.zeros((len(self.problem.amounts), *self.shape), dtype=np.int64)
        for table, kind, price in zip(self.tables, self.kinds, whole, strict=True):
            into = tolls if kind < 0 else rates[kind]
            into += price * table
        self.passes += 1
        found = self.held.certify(tolls, rates, shift)
        total = sum(int(upper) * 2**16 + int(lower) for upper, lower in found)
        total += sum(price * side.bound for price, side in zip(whole, self.sides, strict=True))
        return int(total >> shift)

    def _largest(self, prices: Floats) -> float:
        """No number is larger in reckoning for one client, whatever the signs."""
        tolls, rates = np.zeros(self.shape), np.zeros(self.shape)
        for table, kind, price in zip(self.tables, self.kinds, prices, strict=True):
            into = tolls if kind < 0 else rates
            into += price * np.abs(table)
        highest = max(1, int(self.problem.amounts.max(initial=0)))
        return 2.0**31 + float(tolls.max()) + float(rates.max()) * highest
