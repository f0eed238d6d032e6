"""A snapshot as the arrays that the compiled search works on."""

from __future__ import annotations

import numpy as np

from guinda.solvers.dispatch import search
from guinda.solvers.dispatch.facts import NEVER, Seconds, Snapshot, Task, Weights
from guinda.solvers.dispatch.layout import (
    BEFORE,
    BROKEN,
    CHANGE,
    DOOR,
    FREE,
    HEAD,
    HELD,
    LATE,
    MODE,
    NOBODY,
    PARTS,
    PICKUP,
    PROMISE,
    READY,
    ROOM,
    SHIFT_END,
    SOONEST,
    STORE,
    TURN_BACK,
    WAIT,
    WEIGHT,
    Flags,
    Floats,
    Ints,
    Problem,
    Routes,
)

ASKED = 24
"""Couriers asked for each task: the first who could be at its store. More were never better in the replays."""
RELATED = 12
"""Tasks that are thought of together with one: nearest in place and time."""


class Numbers:
    """Which number a courier and a mode has, and the tasks in the order of theirs."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.tasks = sorted(snapshot.tasks, key=lambda task: (task.promise_s, task.key))
        self.courier = {courier.key: number for number, courier in enumerate(snapshot.couriers)}
        self.modes = sorted(snapshot.between)
        self.mode = [self.modes.index(courier.mode) for courier in snapshot.couriers]

    def before(self, task: Task) -> int:
        """The number of the courier who has the task so far."""
        return NOBODY if task.courier is None else self.courier.get(task.courier, NOBODY)


def problem_of(snapshot: Snapshot, numbers: Numbers, weights: Weights) -> Problem:
    """The arrays, all but the couriers to ask (`asked`), which depend on the heads of the routes."""
    tasks, rules = numbers.tasks, snapshot.rules
    ride_s = np.array([snapshot.between[mode] for mode in numbers.modes], dtype=np.int64)
    return Problem(
        couriers=_couriers(snapshot, numbers),
        tasks=_tasks(snapshot, numbers, ride_s),
        start_s=np.ascontiguousarray(snapshot.from_courier, dtype=np.int64),
        ride_s=ride_s,
        near=np.full((len(tasks), 1), NOBODY, dtype=np.int64),
        near_s=np.full((len(tasks), 1), NEVER, dtype=np.int64),
        rules=np.array([rules.bundle, rules.turn_back_s, rules.pickup_s, rules.door_s], dtype=np.int64),
        weights=np.array(
            [weights.wait, weights.late, weights.broken_s, weights.ride, rules.keep_s], dtype=np.float64
        ),
    )


def _couriers(snapshot: Snapshot, numbers: Numbers) -> Ints:
    table = np.zeros((len(snapshot.couriers), 5), dtype=np.int64)
    for number, courier in enumerate(snapshot.couriers):
        free_s = max(courier.free_at_s, snapshot.now_s)
        table[number] = free_s, courier.shift_end_s, courier.capacity_g, numbers.mode[number], 0
    for task in numbers.tasks:
        if task.held:
            table[numbers.before(task), HEAD] += 1
    return table


def _tasks(snapshot: Snapshot, numbers: Numbers, ride_s: Seconds) -> Ints:
    table = np.zeros((len(numbers.tasks), 10), dtype=np.int64)
    for number, task in enumerate(numbers.tasks):
        ride = int(ride_s[:, task.store, task.door].min())
        table[number] = (
            task.store,
            task.door,
            max(task.ready_s, snapshot.now_s),
            task.promise_s,
            NEVER if task.latest_s is None else task.latest_s,
            task.ready_s + snapshot.rules.pickup_s + ride,
            task.weight_g,
            numbers.before(task),
            task.held,
            task.carried,
        )
    return table


def no_routes(problem: Problem, longest: int) -> Routes:
    """Nobody has anything to do; a route has room for `longest` tasks, or for what a courier holds already."""
    count, couriers = len(problem.tasks), len(problem.couriers)
    held = int(problem.couriers[:, HEAD].max(initial=0))
    shape = (couriers, min(max(longest, held + 1), count) + 2)
    routes = Routes(
        tasks=np.zeros(shape, dtype=np.int64),
        breaks=np.zeros(shape, dtype=np.bool_),
        sizes=np.zeros(couriers, dtype=np.int64),
        costs=np.zeros(couriers),
        at_s=np.zeros(shape, dtype=np.int64),
        sites=np.full(shape, NOBODY, dtype=np.int64),
        spent=np.zeros(shape),
        owner=np.full(count, NOBODY, dtype=np.int64),
    )
    routes.at_s[:, 0] = problem.couriers[:, FREE]
    return routes


def arrivals(problem: Problem, routes: Routes) -> Seconds:
    """When each courier could be at each task's store after what they hold, or while turning back: a row for each task."""
    at_s = problem.couriers[:, [FREE]] + problem.start_s
    for courier in np.flatnonzero(problem.couriers[:, HEAD]):
        size = routes.sizes[courier]
        onward_s = problem.ride_s[problem.couriers[courier, MODE], routes.sites[courier, size]]
        after_s = routes.at_s[courier, size] + onward_s
        near = problem.start_s[courier] <= problem.rules[TURN_BACK]
        at_s[courier] = np.where(near, np.minimum(at_s[courier], after_s), after_s)
    return np.ascontiguousarray(at_s[:, problem.tasks[:, STORE]].T)


def able(snapshot: Snapshot, numbers: Numbers, problem: Problem, arrive_s: Seconds) -> Flags:
    """Who may and can take each task: a row for each task, a column for each courier."""
    possible: Flags = (arrive_s <= problem.couriers[:, SHIFT_END]) & (
        problem.tasks[:, [WEIGHT]] <= problem.couriers[:, ROOM]
    )
    for number, task in enumerate(numbers.tasks):
        if task.pinned is not None:
            possible[number] &= np.arange(possible.shape[1]) == numbers.courier.get(task.pinned, NOBODY)
    row = {task.key: number for number, task in enumerate(numbers.tasks)}
    for task_key, courier_key in snapshot.forbidden:
        if task_key in row and courier_key in numbers.courier:
            possible[row[task_key], numbers.courier[courier_key]] = False
    return possible


def bound(problem: Problem, arrive_s: Seconds, possible: Flags, lost_s: float) -> float:
    """What no plan costs less than: each task with the courier who suits it best, as if that courier had nothing else to do.

    That rests on travel times of shortest ways: no detour by another place is shorter.
    """
    facts, weights = problem.tasks, problem.weights
    ride_s = problem.ride_s[:, facts[:, STORE], facts[:, DOOR]][problem.couriers[:, MODE]].T
    door_s = np.maximum(arrive_s, facts[:, [READY]]) + problem.rules[PICKUP] + ride_s
    late_s = np.maximum(0, door_s - facts[:, [PROMISE]])
    costs = weights[WAIT] * np.maximum(0, door_s - facts[:, [SOONEST]])
    costs += weights[BROKEN] * (late_s > 0) + weights[LATE] * late_s
    before = facts[:, [BEFORE]]
    costs += weights[CHANGE] * ((before != NOBODY) & (before != np.arange(costs.shape[1])))
    least: Floats = np.where(possible, costs, lost_s).min(axis=1)
    return float(least[facts[:, HELD] == 0].sum())


def asked(problem: Problem, arrive_s: Seconds, possible: Flags, most: int) -> Problem:
    """With up to `most` couriers to ask for each task, the first at its store before the others; NOBODY fills the rest."""
    when_s = np.where(possible, arrive_s, NEVER)
    order = np.argsort(when_s, axis=1, kind="stable")[:, :most].astype(np.int64)
    sorted_s = np.take_along_axis(when_s, order, axis=1)
    near = np.where(sorted_s < NEVER, order, NOBODY)
    return problem._replace(near=np.ascontiguousarray(near), near_s=np.ascontiguousarray(sorted_s))


def asked_before(problem: Problem, possible: Flags) -> Problem:
    """With nobody to ask for a task but the courier who has it so far."""
    before = problem.tasks[:, BEFORE]
    stays = possible[np.arange(len(before)), before] & (before != NOBODY)
    near = np.where(stays, before, NOBODY)[:, None]
    return problem._replace(near=near, near_s=np.zeros_like(near))


def alone(problem: Problem, routes: Routes, part: int) -> Floats:
    """What each task adds to its route by one of the weights alone."""
    weights = np.where(np.arange(len(PARTS)) == part, problem.weights, 0.0)
    single = problem._replace(weights=weights, near=np.full_like(problem.near[:, :1], NOBODY))
    own = search.copied(routes)
    for courier in np.flatnonzero(own.sizes):
        search.refresh(single, own, courier)
    costs: Floats = search.seconds(single, own)[0]
    return costs


def related(problem: Problem) -> Ints:
    """For each task those that could change places with it: near in ready time, store and door; none of them held."""
    ready_s, store, door = problem.tasks[:, READY], problem.tasks[:, STORE], problem.tasks[:, DOOR]
    ride_s = problem.ride_s[0]
    apart_s = (
        np.abs(ready_s[:, None] - ready_s) + ride_s[np.ix_(store, store)] + ride_s[np.ix_(door, door)] // 2
    )
    apart_s[:, problem.tasks[:, HELD] == 1] = NEVER
    np.fill_diagonal(apart_s, NEVER)
    order = np.argsort(apart_s, axis=1, kind="stable")[:, :RELATED].astype(np.int64)
    return np.where(np.take_along_axis(apart_s, order, axis=1) < NEVER, order, NOBODY)
