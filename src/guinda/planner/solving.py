"""From candidates to who gets what: the problem, what people and learning took before, the solver, the proof. No rows are read here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from guinda.planner import reserving
from guinda.planner.asking import Asked
from guinda.planner.candidates import TOP, Candidates
from guinda.planner.limits import group_of, limits_of, named
from guinda.planner.models import Choice, Pin
from guinda.planner.reserving import Reserved, Room
from guinda.solvers.allocate import (
    NEVER,
    NOTHING,
    Allocation,
    Limit,
    Problem,
    Reason,
    curve,
    faults,
    reasons,
    solve,
    used_by,
)

GAP = 1e-5
CURVE_GAP = 1e-3
"""Other budgets are told roughly: a picture shows no more, and whoever tries one gets its plan."""
BUDGETS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""The budgets of the curve, in parts of the one asked for."""
Told = Callable[[str, int], None]
"""Called with what is being done and the per cent done."""


class How(NamedTuple):
    """How to solve: the seed of all that is drawn, and where it is reckoned (`threads` or `ray`; both give the same plan)."""

    seed: int
    engine: str = "threads"


@dataclass(frozen=True)
class Given:
    """One choice: client's row, action's column, how it came about, and what the solver says of it."""

    row: int
    column: int
    why: str
    reason: Reason | None = None


@dataclass(frozen=True)
class Made:
    """A plan in numbers. Values are whole minor units; `limits`, `curve` and `shorts` are as a plan keeps them."""

    given: Sequence[Given]
    reserved: Reserved
    value: int
    bound: int
    pins_cost: int
    learning_cost: int
    limits: list[dict[str, Any]]
    curve: list[dict[str, Any]]
    shorts: list[dict[str, Any]]


def problem_of(asked: Asked, candidates: Candidates) -> Problem:
    """All of it, before anybody's word."""
    amounts = np.stack([candidates.cost, candidates.tool_cost]).astype(np.int32)
    return Problem(
        candidates.adds.astype(np.int32),
        limits_of(asked, candidates),
        amounts=np.ascontiguousarray(amounts),
        groups=group_of(candidates),
        each=np.minimum(candidates.room, len(candidates.actions)),
    )


def make(
    asked: Asked,
    candidates: Candidates,
    pins: Sequence[Pin],
    *,
    how: How,
    told: Told,
) -> Made:
    """Solve it, with what pins and learning cost beside it.

    Raises:
        AssertionError: the plan breaks a limit by the reckoning of code that shares nothing with the search; nothing is given out then.
    """
    told("solving", 40)
    plain = problem_of(asked, candidates)
    whole = forbidden(plain, candidates, pins)
    reserved, learning_only = Reserved(), Reserved()
    musts = [each for each in pins if each.kind == Pin.Kind.PIN]
    room = Room(whole)
    reserving.pinned(reserved, room, musts, _allowed(candidates, whole))
    _learn(reserved, room, candidates, asked, how.seed)
    best = _rest(whole, reserved, how)
    wrong = faults(_eased(whole, best.choices), best.choices)
    if wrong:
        raise AssertionError(" ".join(wrong))
    plain = _eased(plain, best.choices)
    value, without_pins, without_any = best.value, best.value, best.value
    if pins:
        _learn(learning_only, Room(plain), candidates, asked, how.seed)
        without_pins = _rest(plain, learning_only, how).value
    if reserved.trials:
        without_any = _rest(plain, Reserved(), how).value
    told("curve", 75)
    return Made(
        given=best.given(reserved),
        reserved=reserved,
        value=value,
        bound=max(best.bound, value),
        pins_cost=max(0, without_pins - value) if pins else 0,
        learning_cost=max(0, without_any - without_pins) if reserved.trials else 0,
        limits=best.limits(),
        curve=_curve(asked, best, how.seed),
        shorts=best.shorts,
    )


def forbidden(problem: Problem, candidates: Candidates, pins: Sequence[Pin]) -> Problem:
    """The same without what people forbade."""
    row_of = {int(pk): row for row, pk in enumerate(candidates.clients.tolist())}
    values = problem.values.copy()
    for pin in pins:
        row = row_of.get(pin.client_id)
        if pin.kind == Pin.Kind.FORBID and row is not None:
            those = [
                at
                for at, each in enumerate(candidates.actions)
                if pin.tool_id is None or (each.tool and each.tool.pk == pin.tool_id)
            ]
            values[row, those] = NEVER
    return Problem(values, problem.limits, problem.amounts, problem.groups, problem.each)


def _learn(reserved: Reserved, room: Room, candidates: Candidates, asked: Asked, seed: int) -> None:
    if asked.learning_percent:
        problem = room.problem
        share = Room(problem, asked.learning_percent / 100)
        chance = np.random.default_rng(seed)
        may = _allowed(candidates, problem)
        reserving.learning(reserved, room, share, may, percent=asked.learning_percent, chance=chance)


def _allowed(candidates: Candidates, problem: Problem) -> Candidates:
    """The same without what people forbade."""
    return replace(candidates, adds=problem.values.astype(np.int64))


@dataclass(frozen=True)
class Best:
    """The best for everybody else, and the whole plan with it."""

    problem: Problem
    rest: Problem | None
    found: Allocation | None
    rows: NDArray[np.int64]
    choices: NDArray[np.int8]
    taken_value: int

    @property
    def value(self) -> int:
        """Of the whole plan."""
        return self.taken_value + (self.found.value if self.found else 0)

    @property
    def bound(self) -> int:
        """No plan is worth more, what is reserved being given."""
        return self.taken_value + (self.found.bound if self.found else 0)

    def given(self, reserved: Reserved) -> list[Given]:
        """Every choice with its reason: of those that people or chance made, what they stand in place of."""
        if self.found is None:
            return [Given(row, column, why) for row, (column, why) in reserved.taken.items()]
        places, slots = np.nonzero(self.found.choices != NOTHING)
        columns = self.found.choices[places, slots].tolist()
        best = list(zip(self.rows[places].tolist(), columns, strict=True))
        taken = [(row, column) for row, (column, _why) in reserved.taken.items()]
        ways = [Choice.Why.BEST] * len(best) + [why for _column, why in reserved.taken.values()]
        found = reasons(self.problem, self.found.prices, [*best, *taken]) if ways else []
        return [Given(each.client, each.offer, why, each) for each, why in zip(found, ways, strict=True)]

    def limits(self) -> list[dict[str, Any]]:
        """Each limit with its use by the whole plan and its price."""
        prices = (
            {(each.limit, each.of_least): each.per_unit for each in self.found.prices} if self.found else {}
        )
        most_of_all = float(self.problem.values.max(initial=0))
        return [
            {
                **named(each.name),
                "most": each.most,
                "least": each.least,
                "used": used_by(self.problem, each, self.choices),
                "price": round(min(prices.get((each.name, each.most is None), 0.0), most_of_all), 4),
            }
            for each in self.problem.limits
            if each.name != "seller:nobody"
        ]

    @property
    def shorts(self) -> list[dict[str, Any]]:
        """Floors out of reach, by the whole plan's counts."""
        found = {each.limit: each for each in (self.found.shorts if self.found else ())}
        told = []
        for limit in self.problem.limits:
            reached = used_by(self.problem, limit, self.choices) if limit.least is not None else 0
            if limit.least is not None and reached < limit.least:
                short = found.get(limit.name)
                told.append(
                    {
                        "limit": limit.name,
                        "least": limit.least,
                        "reached": reached,
                        "proved": bool(short and short.proved),
                        "because": list(short.because) if short else [],
                    }
                )
        return told


def _rest(whole: Problem, reserved: Reserved, how: How) -> Best:
    """Solve for everybody who is not reserved, within what the reserved leave."""
    width = max(1, int(np.asarray(whole.each).max()))
    choices = np.full((whole.clients, width), NOTHING, dtype=np.int8)
    for row, (column, _why) in reserved.taken.items():
        choices[row, 0] = column
    taken = sum(int(whole.values[row, column]) for row, (column, _why) in reserved.taken.items())
    rows = np.setdiff1d(np.arange(whole.clients), np.fromiter(reserved.rows, dtype=np.int64))
    if not len(rows):
        return Best(whole, None, None, rows, choices, taken)
    part = whole.part(rows)
    used = [used_by(whole, each, choices) for each in whole.limits]
    values = _worth_it(part)
    rest = Problem(values, reserving.lessened(whole.limits, used), part.amounts, part.groups, part.each)
    found = solve(rest, seed=how.seed, gap=GAP, engine=how.engine)
    choices[rows, : found.choices.shape[1]] = found.choices
    return Best(whole, rest, found, rows, choices, taken)


def _worth_it(problem: Problem) -> NDArray[np.int32]:
    """The values without what adds nothing and no floor asks for: nobody need weigh that, and thousands that tie at nothing take long."""
    asked = np.zeros(problem.offers, dtype=np.bool_)
    for limit in problem.limits:
        if limit.least is not None:
            asked |= np.broadcast_to(limit.uses, (problem.group_count, problem.offers)).any(axis=0)
    return np.where((problem.values <= 0) & ~asked, NEVER, problem.values).astype(np.int32)


def _eased(problem: Problem, choices: NDArray[np.int8]) -> Problem:
    """The same with floors no higher than these choices reach: what else is compared with them reaches as much."""
    limits = [
        each if each.least is None else replace(each, least=min(each.least, used_by(problem, each, choices)))
        for each in problem.limits
    ]
    return replace(problem, limits=limits)


def _curve(asked: Asked, best: Best, seed: int) -> list[dict[str, Any]]:
    """What the plan would add with other budgets, the reserved being given."""
    if best.rest is None or best.found is None:
        return []
    budget: Limit = best.rest.limits[0]
    taken = asked.budget_minor - (budget.most or 0)
    wanted = sorted({max(0, round(asked.budget_minor * part) - taken) for part in BUDGETS})
    eased = _eased(best.rest, best.found.choices)
    points = curve(eased, "budget", wanted, seed=seed, gap=CURVE_GAP)
    return [
        {
            "most": each.most + taken,
            "adds": each.value + best.taken_value,
            "bound": each.bound + best.taken_value,
            "price": float(each.per_unit),
        }
        for each in points
        if each.most + taken <= TOP * 1000
    ]
