"""All clients looked at once, as blocks: a map over blocks and a sum in their order, here with threads.

`Blocks` is what another machine can hold as well: a part of the clients (whole blocks of it) answers with the sums of its blocks,
and whoever adds them up in the order of the blocks gets what one machine gets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guinda.solvers.allocate import passes
from guinda.solvers.allocate.facts import Limit, Problem
from guinda.solvers.allocate.passes import BLOCK, Clients, Floats, Ints, Rows

THREADS = 2
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
    """The clients of a problem, and by cell of group and offer what each side of a limit takes."""

    def __init__(self, problem: Problem, threads: int = THREADS) -> None:
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
            problem.values, problem.amounts, np.asarray(problem.groups), np.asarray(problem.each)
        )
        self.rows = self._rows()
        self.count = -(-problem.clients // BLOCK)
        self.passes = 0
        self.pool: ThreadPoolExecutor | None = None

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

    def share_out(self, work: Callable[[Ints], None]) -> None:
        """Let the threads work through the blocks, each its own stretch."""
        self.passes += 1
        blocks = np.arange(self.count, dtype=np.int64)
        if self.threads < 2 or self.count < 4:
            work(blocks)
        else:
            self.pool = self.pool or ThreadPoolExecutor(self.threads)
            list(self.pool.map(work, np.array_split(blocks, min(self.count, self.threads * 4))))

    def tables_of_blocks(self, prices: Floats, heat: float, every: int = 1) -> tuple[Floats, Floats, Floats]:
        """One pass: of each block its sums, what it uses by cell, and how that bends with the prices (times the heat)."""
        tolls, rates = self.priced(prices)
        heads = np.zeros((self.count, 4))
        used = np.zeros((self.count, 1 + len(rates), *self.shape))
        bends = np.zeros((self.count, len(self.sides), len(self.sides)))

        def work(blocks: Ints) -> None:
            passes.sums(self.clients, self.rows, tolls, rates, heat, every, blocks, heads, used, bends)

        self.share_out(work)
        return heads, used, bends

    def sums(self, prices: Floats, heat: float, every: int = 1) -> Sums:
        """One pass over all clients, its blocks added up in their order."""
        heads, used, bends = self.tables_of_blocks(prices, heat, every)
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

    def draw(self, prices: Floats, heat: float) -> NDArray[np.int8]:
        """A choice for each client, by the shares."""
        tolls, rates = self.priced(prices)
        width = max(1, int(self.clients.each.max()))
        choices = np.empty((self.problem.clients, width), dtype=np.int8)
        self.share_out(lambda blocks: passes.draw(self.clients, tolls, rates, heat, blocks, choices))
        return choices

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
        found = np.zeros((self.count, 2), dtype=np.int64)
        self.share_out(lambda blocks: passes.certify(self.clients, tolls, rates, shift, blocks, found))
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
