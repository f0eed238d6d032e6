# ruff: noqa: PLR0917 - questions to compiled functions are asked by position
"""Who holds the blocks of clients and goes through them: threads of this process, or (`spread`) others, each with whole blocks.

A block's answer depends on its clients and the question alone, and answers stand in the order of the blocks: whoever holds them, they
are the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from guinda.solvers.allocate import moves as of
from guinda.solvers.allocate import passes
from guinda.solvers.allocate.moves import Choices, Moves
from guinda.solvers.allocate.passes import BLOCK, Clients, Floats, Ints, Rows

THREADS = 2


@dataclass(frozen=True)
class Part:
    """Clients in whole blocks (but for the last one of all), the shape (groups, offers), and what offers take of the sides of limits."""

    clients: Clients
    rows: Rows
    shape: tuple[int, int]
    sides: int

    @property
    def count(self) -> int:
        """How many blocks."""
        return -(-len(self.clients.groups) // BLOCK)

    def cut(self, pieces: int) -> list[Part]:
        """As many parts of whole blocks, of much the same size; fewer where there are fewer blocks."""
        starts = [
            int(each[0]) * BLOCK for each in np.array_split(np.arange(self.count), min(pieces, self.count))
        ]
        ends = [*starts[1:], len(self.clients.groups)]
        return [self._piece(start, end) for start, end in zip(starts, ends, strict=True)]

    def _piece(self, start: int, end: int) -> Part:
        mine = self.clients
        clients = Clients(
            mine.values[start:end],
            np.ascontiguousarray(mine.amounts[:, start:end]),
            mine.groups[start:end],
            mine.each[start:end],
            mine.first + start,
        )
        return Part(clients, self.rows, self.shape, self.sides)


class Held(Protocol):
    """Answers about all clients that are held. Tolls and rates: what an offer is charged by cell, once and for each unit of each amount."""

    def sums(self, tolls: Floats, rates: Floats, heat: float, every: int) -> tuple[Floats, Floats, Floats]:
        """Of each block its sums, what it uses by cell, and how that bends with the prices (times the heat)."""

    def draw(self, tolls: Floats, rates: Floats, heat: float, width: int) -> Choices:
        """A choice for each client, by the shares, with so many places."""

    def certify(self, tolls: Ints, rates: Ints, shift: int) -> Ints:
        """The sharp maximum in whole numbers: of each block the upper part and the lowest 16 bits."""

    def near_count(self, tolls: Floats, rates: Floats, choices: Choices, width: float) -> int:
        """How many changes lose at most `width`."""

    def near(self, tolls: Floats, rates: Floats, choices: Choices, width: float, part: int) -> Moves:
        """The changes of every `part`-th client that lose at most `width`, in the order of the clients."""


class Engine(Protocol):
    """Who can be given clients to hold."""

    def hold(self, part: Part) -> Held:
        """Take these, in place of what was held before."""


@dataclass(frozen=True)
class Threads:
    """Threads of this process."""

    count: int = THREADS

    def hold(self, part: Part) -> Held:
        """Hold them here."""
        return Here(part, self.count)


class Here:
    """Held in this process; the threads work through the blocks, each its own stretch."""

    def __init__(self, part: Part, threads: int = 1) -> None:
        self.part, self.threads = part, threads
        self.pool: ThreadPoolExecutor | None = None

    def _share_out(self, work: Callable[[Ints], None]) -> None:
        blocks = np.arange(self.part.count, dtype=np.int64)
        if self.threads < 2 or self.part.count < 4:
            work(blocks)
        else:
            self.pool = self.pool or ThreadPoolExecutor(self.threads)
            list(self.pool.map(work, np.array_split(blocks, min(self.part.count, self.threads * 4))))

    def sums(self, tolls: Floats, rates: Floats, heat: float, every: int) -> tuple[Floats, Floats, Floats]:
        """One pass."""
        part = self.part
        heads = np.zeros((part.count, 4))
        used = np.zeros((part.count, 1 + len(rates), *part.shape))
        bends = np.zeros((part.count, part.sides, part.sides))

        def work(blocks: Ints) -> None:
            passes.sums(part.clients, part.rows, tolls, rates, heat, every, blocks, heads, used, bends)

        self._share_out(work)
        return heads, used, bends

    def draw(self, tolls: Floats, rates: Floats, heat: float, width: int) -> Choices:
        """Choices by the shares."""
        choices = np.empty((len(self.part.clients.groups), width), dtype=np.int8)
        self._share_out(lambda blocks: passes.draw(self.part.clients, tolls, rates, heat, blocks, choices))
        return choices

    def certify(self, tolls: Ints, rates: Ints, shift: int) -> Ints:
        """Whole numbers."""
        found = np.zeros((self.part.count, 2), dtype=np.int64)
        self._share_out(lambda blocks: passes.certify(self.part.clients, tolls, rates, shift, blocks, found))
        return found

    def near_count(self, tolls: Floats, rates: Floats, choices: Choices, width: float) -> int:
        """Of all clients."""
        nowhere = np.full(self.part.count, -1, dtype=np.int64)
        return int(self._near(tolls, rates, choices, width, 1, nowhere, _room(0)).sum())

    def near(self, tolls: Floats, rates: Floats, choices: Choices, width: float, part: int) -> Moves:
        """Counted first, then listed, so that each block has its place."""
        nowhere = np.full(self.part.count, -1, dtype=np.int64)
        counts = self._near(tolls, rates, choices, width, part, nowhere, _room(0))
        into = _room(int(counts.sum()))
        self._near(tolls, rates, choices, width, part, np.cumsum(counts) - counts, into)
        if self.part.clients.first:
            into.client[:] += self.part.clients.first
        return into

    def _near(
        self,
        tolls: Floats,
        rates: Floats,
        choices: Choices,
        width: float,
        part: int,
        starts: Ints,
        into: Moves,
    ) -> Ints:
        counts = np.zeros(self.part.count, dtype=np.int64)
        clients = self.part.clients
        self._share_out(
            lambda some: of.near(clients, tolls, rates, choices, width, part, some, starts, into, counts)
        )
        return counts


def _room(size: int) -> Moves:
    return Moves(np.empty(size, np.int32), np.empty(size, np.int8), np.empty(size, np.int8), np.empty(size))
