"""What is decided before the solver: people's pins, and the share that learning gets. Both stay within every limit.

Pins come first, in the order in which they were said. Learning walks through the clients in an order of chance, as long as what the next
one could get fits into its share of each limit, and throws a coin for each: offered, or left alone. The coin is thrown after it is known
that it fits, so that both sides are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from guinda.planner.candidates import Candidates
from guinda.planner.models import Choice, Pin
from guinda.solvers.allocate import NEVER, Limit, Problem

CHANCE = 0.5
"""Of being offered, once drawn into a trial."""
MISSES_MAX = 500
"""After so many clients in a row that nothing fits for, the share is as good as used up."""


@dataclass(frozen=True)
class Thrown:
    """A client of a trial: row, column, and what the coin said."""

    row: int
    column: int
    treated: bool


@dataclass
class Reserved:
    """Rows with the columns they get and why, the trials, and the pins that can't be met with the reason."""

    taken: dict[int, tuple[int, str]] = field(default_factory=dict)
    trials: list[Thrown] = field(default_factory=list)
    unmet: list[tuple[int, str]] = field(default_factory=list)

    @property
    def rows(self) -> set[int]:
        """Whom the solver doesn't decide about."""
        return {*self.taken, *(each.row for each in self.trials)}


class Room:
    """What is left of each limit while things are taken one by one."""

    def __init__(self, problem: Problem, share: float = 1.0) -> None:
        self.problem = problem
        shape = (problem.group_count, problem.offers)
        self.limits = [each for each in problem.limits if each.most is not None]
        self.uses = [np.broadcast_to(each.uses, shape) for each in self.limits]
        self.left = [int((each.most or 0) * share) for each in self.limits]

    def take(self, row: int, column: int) -> bool:
        """Take it where it fits; True when it did."""
        asked = [self._use(at, row, column) for at in range(len(self.limits))]
        if any(use > left for use, left in zip(asked, self.left, strict=True)):
            return False
        self.left = [left - use for use, left in zip(asked, self.left, strict=True)]
        return True

    def give_back(self, row: int, column: int) -> None:
        """What was taken and is not needed."""
        self.left = [left + self._use(at, row, column) for at, left in enumerate(self.left)]

    def _use(self, at: int, row: int, column: int) -> int:
        use = int(self.uses[at][np.asarray(self.problem.groups)[row], column])
        kind = self.limits[at].amount
        return use if kind is None else use * int(self.problem.amounts[kind, row, column])


def pinned(reserved: Reserved, room: Room, pins: Sequence[Pin], candidates: Candidates) -> None:
    """Give each pinned client its tool, by the channel that adds most, where it may be offered and fits."""
    row_of = {int(pk): row for row, pk in enumerate(candidates.clients.tolist())}
    for pin in pins:
        row = row_of.get(pin.client_id)
        columns = [] if row is None else _columns(candidates, row, pin.tool_id)
        if row is None or not columns:
            reserved.unmet.append((pin.pk, "not_eligible"))
        elif row in reserved.taken:
            reserved.unmet.append((pin.pk, "another_pin"))
        else:
            column = next((each for each in columns if room.take(row, each)), None)
            if column is None:
                reserved.unmet.append((pin.pk, "no_room"))
            else:
                reserved.taken[row] = (column, Choice.Why.PINNED)


def _columns(candidates: Candidates, row: int, tool_id: int | None) -> list[int]:
    may = [
        at
        for at, each in enumerate(candidates.actions)
        if each.tool and each.tool.pk == tool_id and candidates.adds[row, at] != NEVER
    ]
    return sorted(may, key=lambda at: -int(candidates.adds[row, at]))


def learning(
    reserved: Reserved,
    room: Room,
    share: Room,
    candidates: Candidates,
    *,
    percent: int,
    chance: np.random.Generator,
) -> None:
    """Draw clients into trials: at most `percent` of those who may be offered a tool, within `share` of every limit."""
    tools = np.array([each.tool is not None for each in candidates.actions], dtype=np.bool_)
    may: NDArray[np.bool_] = (candidates.adds != NEVER) & tools
    rows = np.flatnonzero(may.any(axis=1))
    most = len(rows) * percent // 100
    missed = 0
    for row in chance.permutation(rows).tolist():
        if len(reserved.trials) >= most or missed >= MISSES_MAX:
            return
        if row in reserved.taken:
            continue
        column = int(chance.choice(np.flatnonzero(may[row])))
        if not share.take(row, column):
            missed += 1
            continue
        if not room.take(row, column):
            share.give_back(row, column)
            missed += 1
            continue
        missed = 0
        treated = bool(chance.random() < CHANCE)
        reserved.trials.append(Thrown(row, column, treated))
        if treated:
            reserved.taken[row] = (column, Choice.Why.LEARNING)
        else:
            room.give_back(row, column)
            share.give_back(row, column)


def lessened(limits: Sequence[Limit], used: Sequence[int]) -> list[Limit]:
    """The limits for everybody else: less what is taken already."""
    return [
        Limit(
            each.name,
            each.uses,
            most=None if each.most is None else each.most - use,
            least=None if each.least is None else max(0, each.least - use),
            amount=each.amount,
        )
        for each, use in zip(limits, used, strict=True)
    ]
