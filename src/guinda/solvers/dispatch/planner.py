"""From a snapshot to a plan: heads first, then the search, then the routes in seconds with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from guinda.solvers.dispatch import arrays, search
from guinda.solvers.dispatch.facts import NEVER, Effort, Leg, Plan, Reason, Route, Snapshot, Weights
from guinda.solvers.dispatch.layout import (
    BEFORE,
    CARRIED,
    DOOR,
    FREE,
    HEAD,
    HELD,
    INFEASIBLE,
    LATEST,
    MODE,
    NOBODY,
    PARTS,
    READY,
    STORE,
    Ints,
    Problem,
)
from guinda.solvers.dispatch.moves import moves

LONGEST = 24
"""Tasks in one route at the most: hours of work."""


class Planner:
    """One snapshot being planned."""

    def __init__(self, snapshot: Snapshot, weights: Weights) -> None:
        self.snapshot = snapshot
        self.numbers = arrays.Numbers(snapshot)
        self.lost_s = weights.lost_s
        self.problem = arrays.problem_of(snapshot, self.numbers, weights)
        self.held: NDArray[np.bool_] = self.problem.tasks[:, HELD] == 1
        self.routes = arrays.no_routes(self.problem, LONGEST)
        self.row = np.zeros_like(self.routes.tasks[0])
        self.marks = np.zeros(len(self.row), dtype=np.bool_)
        for task in np.flatnonzero(self.held):
            self._hold(int(self.problem.tasks[task, BEFORE]), int(task))
        self.arrive_s = arrays.arrivals(self.problem, self.routes)
        self.possible = arrays.able(snapshot, self.numbers, self.problem, self.arrive_s)

    def search(self, effort: Effort) -> None:
        """Find routes for what is not held yet."""
        loose = int((~self.held).sum())
        if not loose:
            return
        self.problem = arrays.asked(self.problem, self.arrive_s, self.possible, arrays.ASKED)
        self._insert(arrays.asked_before(self.problem, self.possible), self.lost_s)
        self._insert(self.problem, self.lost_s)
        rounds, related = min(effort.most_rounds, effort.rounds_a_task * loose), arrays.related(self.problem)
        search.improve(self.problem, self.routes, related, self.lost_s, rounds, effort.heat_s, effort.seed)
        if (self.routes.owner == NOBODY).any():
            everybody = len(self.snapshot.couriers)
            wide = arrays.asked(self.problem, self.arrive_s, self.possible, everybody)
            self._insert(wide, INFEASIBLE / 2)

    def _insert(self, problem: Problem, lost: float) -> None:
        """One after the other, the first ready before the others, where each costs least and less than `lost`."""
        left = np.flatnonzero(self.routes.owner == NOBODY)
        for task in left[np.argsort(problem.tasks[left, READY], kind="stable")]:
            search.insert(problem, self.routes, int(task), lost, self.row, self.marks)

    def _hold(self, courier: int, task: int) -> None:
        """Into the head, where it costs least; what a courier holds is never refused, and gets no later by what is added."""
        routes, facts = self.routes, self.problem.tasks
        tasks, size = routes.tasks[courier], int(routes.sizes[courier])
        before, latest_s = tasks.copy(), facts[:, LATEST].copy()
        facts[:, LATEST] = NEVER
        routes.sizes[courier], routes.owner[task], routes.breaks[courier, 0] = size + 1, courier, True
        options: list[tuple[float, int, Ints]] = []
        for position in range(size + 1):
            tasks[:] = np.concatenate([before[:position], [task], before[position:-1]])
            search.refresh(self.problem, routes, courier)
            options.append((float(routes.costs[courier]), position, tasks.copy()))
        tasks[:] = min(options, key=lambda option: option[:2])[2]
        search.refresh(self.problem, routes, courier)
        facts[:, LATEST] = latest_s
        for each, leg in zip(tasks, self._legs(courier), strict=False):
            facts[each, LATEST] = max(facts[each, LATEST], leg.door_at_s)

    def plan(self) -> Plan:
        """The routes as they are now."""
        numbers, owner = range(len(self.snapshot.couriers)), self.routes.owner
        legs = {number: tuple(self._legs(number)) for number in numbers if self.routes.sizes[number]}
        routes = tuple(
            Route(self.snapshot.couriers[number].key, own, self._slack_s(number, own[0]))
            for number, own in legs.items()
        )
        unassigned = tuple(self.numbers.tasks[task].key for task in np.flatnonzero(owner == NOBODY))
        idle = [number for number in numbers if number not in legs and self._is_free(number)]
        cost = float(self.routes.costs.sum()) + self.lost_s * len(unassigned)
        bound = arrays.bound(self.problem, self.arrive_s, self.possible, self.lost_s)
        return Plan(
            routes,
            unassigned,
            self._reasons() if legs else {},
            moves(self.snapshot, idle),
            bound,
            (cost - bound) / cost if cost else 0.0,
        )

    def _is_free(self, courier: int) -> bool:
        facts = self.snapshot.couriers[courier]
        return facts.free_at_s <= self.snapshot.now_s <= facts.shift_end_s

    def _legs(self, courier: int) -> Iterator[Leg]:
        facts, tasks, size = self.problem.tasks, self.routes.tasks[courier], int(self.routes.sizes[courier])
        rules, ride_s = self.snapshot.rules, self.problem.ride_s[self.problem.couriers[courier, MODE]]
        reach_s, first = self.problem.start_s[courier], 0
        at_s = int(self.problem.couriers[courier, FREE])
        while first < size:
            end = search.trip_end(self.routes.breaks[courier], size, first)
            fetched = [int(task) for task in tasks[first:end] if not facts[task, CARRIED]]
            left_s = None
            if fetched:
                store, ready_s = facts[fetched[0], STORE], int(facts[fetched, READY].max())
                at_s = left_s = max(at_s + int(reach_s[store]), ready_s) + rules.pickup_s
                reach_s = ride_s[store]
            for task in tasks[first:end]:
                at_s += int(reach_s[facts[task, DOOR]])
                yield Leg(self.numbers.tasks[task].key, None if facts[task, CARRIED] else left_s, at_s)
                at_s, reach_s = at_s + rules.door_s, ride_s[facts[task, DOOR]]
            first = end

    def _slack_s(self, courier: int, leg: Leg) -> int:
        if self.problem.couriers[courier, HEAD] or leg.pickup_s is None:
            return 0
        store = self.problem.tasks[self.routes.tasks[courier, 0], STORE]
        soonest_s = int(self.problem.couriers[courier, FREE] + self.problem.start_s[courier, store])
        return leg.pickup_s - self.snapshot.rules.pickup_s - soonest_s

    def _reasons(self) -> Mapping[int, Reason]:
        parts = [arrays.alone(self.problem, self.routes, part) for part in range(len(PARTS))]
        costs, others, other_costs = search.seconds(self.problem, self.routes)
        keys = [courier.key for courier in self.snapshot.couriers]
        return {
            self.numbers.tasks[task].key: Reason(
                keys[self.routes.owner[task]],
                float(costs[task]),
                None if others[task] == NOBODY else keys[others[task]],
                None if others[task] == NOBODY else float(other_costs[task]),
                {name: float(part[task]) for name, part in zip(PARTS, parts, strict=True) if part[task]},
            )
            for task in np.flatnonzero(~self.held & (self.routes.owner != NOBODY))
        }


def plan(snapshot: Snapshot, weights: Weights | None = None, effort: Effort | None = None) -> Plan:
    """Routes for a snapshot: those of the least cost that the search finds. The same snapshot gives the same plan.

    Over tasks i and the seconds d_i at which they are at their doors, over couriers c and the seconds r_c they ride or stand at a counter:

        sum_i  wait * (d_i - soonest_i) + [d_i > promise_i] * (broken_s + late * (d_i - promise_i)) + keep_s * [i changes its courier]
          + sum_c ride * r_c  +  lost_s * (tasks left out)

    in weighted seconds; soonest_i is when i would be at its door were its courier waiting at the store. The weights are those of
    `Weights`, which says where each comes from, and `Rules.keep_s`.

    No pick-up starts after its courier's shift has ended, unless the courier stands at the store for it already; no trip weighs more
    than its courier carries; what a courier holds already is never taken away. A task is left out only where nobody can take it.
    """
    if not snapshot.couriers:
        left = sorted(snapshot.tasks, key=lambda task: (task.promise_s, task.key))
        return Plan((), tuple(task.key for task in left))
    planner = Planner(snapshot, weights or Weights())
    planner.search(effort or Effort())
    return planner.plan()
