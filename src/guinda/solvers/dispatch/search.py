# ruff: noqa: PLR0917 - compiled functions take their facts by position
"""The search for routes, compiled: put tasks in greedily, then take a few related ones out and put them back better, again and again.

Large neighbourhood search (Shaw 1998; Christiaens and Vanden Berghe 2020) with annealed acceptance (Schrimpf et al. 2000). Chance
comes from a seed through a generator of our own, and the work is counted in rounds, so that the same snapshot gives the same plan on
any machine.

A route is a row of tasks in the order of their doors; `breaks` marks the first task of each trip (one visit to one store, then its
doors). What a courier holds already is the head: the first trip, whose own tasks never leave it.

All that is compiled stands in this one file because the compiler's cache looks at one file only.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from guinda.solvers.dispatch import layout as of
from guinda.solvers.dispatch.layout import INFEASIBLE, NOBODY, Flags, Floats, Ints, Problem, Routes

ALONE, FIRST, BEHIND = 0, 1, 2
"""How a task is put into a route: a trip of its own, first in a trip, behind another of its trip."""
MOST_OUT, FEW_OUT = 12, 5
"""Tasks taken out in a round: up to FEW_OUT related ones; with a courier's whole route up to MOST_OUT."""
WHOLE_ROUTE = 0.15
"""The share of rounds that empty a route."""
SKIPPED = 0.3
"""Each related task is passed over with this chance."""


def compiled(function: Any) -> Any:
    """To machine code, kept on disk between runs where that is possible."""
    return nb.njit(cache=True, nogil=True)(function)


@compiled
def trip_end(breaks: Flags, size: int, first: int) -> int:
    """The position after the last task of the trip that begins at `first`."""
    end = first + 1
    while end < size and not breaks[end]:
        end += 1
    return end


@compiled
def _trip_cost(
    problem: Problem,
    courier: int,
    tasks: Ints,
    first: int,
    end: int,
    at_s: int,
    site: int,
) -> tuple[float, int, int]:
    """What one trip costs, and when and where it ends; INFEASIBLE where a rule is broken."""
    facts, weights = problem.tasks, problem.weights
    mode, cost, store, ready_s, loose = problem.couriers[courier, of.MODE], 0.0, NOBODY, 0, False
    for position in range(first, end):
        task = tasks[position]
        loose = loose or facts[task, of.HELD] == 0
        if facts[task, of.CARRIED] == 0:
            store, ready_s = facts[task, of.STORE], max(ready_s, facts[task, of.READY])
    if store >= 0:
        step_s = problem.start_s[courier, store] if site < 0 else problem.ride_s[mode, site, store]
        at_s = max(at_s + step_s, ready_s)
        if loose and at_s > problem.couriers[courier, of.SHIFT_END]:
            return INFEASIBLE, at_s, site
        at_s, site = at_s + problem.rules[of.PICKUP], store
        cost += weights[of.RIDE] * (step_s + problem.rules[of.PICKUP])
    for position in range(first, end):
        task = tasks[position]
        door = facts[task, of.DOOR]
        step_s = problem.start_s[courier, door] if site < 0 else problem.ride_s[mode, site, door]
        at_s += step_s
        if at_s > facts[task, of.LATEST]:
            return INFEASIBLE, at_s, site
        cost += weights[of.RIDE] * step_s + weights[of.WAIT] * max(0, at_s - facts[task, of.SOONEST])
        if at_s > facts[task, of.PROMISE]:
            cost += weights[of.BROKEN] + weights[of.LATE] * (at_s - facts[task, of.PROMISE])
        if facts[task, of.BEFORE] >= 0 and facts[task, of.BEFORE] != courier:
            cost += weights[of.CHANGE]
        at_s, site = at_s + problem.rules[of.AT_DOOR], door
    return cost, at_s, site


@compiled
def _rest_cost(
    problem: Problem,
    courier: int,
    tasks: Ints,
    breaks: Flags,
    size: int,
    first: int,
    at_s: int,
    site: int,
    cost: float,
    limit: float,
) -> float:
    """A route's cost from the trip that begins at `first` on; INFEASIBLE as soon as it is more than `limit`."""
    while first < size:
        end = trip_end(breaks, size, first)
        more, at_s, site = _trip_cost(problem, courier, tasks, first, end, at_s, site)
        cost += more
        if cost > limit:
            return INFEASIBLE
        first = end
    return cost


@compiled
def refresh(problem: Problem, routes: Routes, courier: int) -> None:
    """Reckon a route anew after its tasks have changed."""
    tasks, breaks, size = routes.tasks[courier], routes.breaks[courier], routes.sizes[courier]
    first, at_s, site, cost = 0, problem.couriers[courier, of.FREE], NOBODY, 0.0
    while first < size:
        routes.at_s[courier, first], routes.sites[courier, first] = at_s, site
        routes.spent[courier, first] = cost
        end = trip_end(breaks, size, first)
        more, at_s, site = _trip_cost(problem, courier, tasks, first, end, at_s, site)
        cost += more
        first = end
    routes.at_s[courier, size], routes.sites[courier, size], routes.spent[courier, size] = at_s, site, cost
    routes.costs[courier] = cost


@compiled
def put(tasks: Ints, breaks: Flags, size: int, position: int, task: int, how: int) -> None:
    """Insert into a row in place."""
    for each in range(size, position, -1):
        tasks[each], breaks[each] = tasks[each - 1], breaks[each - 1]
    tasks[position] = task
    breaks[position] = how != BEHIND
    if how == FIRST:
        breaks[position + 1] = False


@compiled
def _joins(problem: Problem, routes: Routes, courier: int, first: int, end: int, task: int) -> bool:
    """Whether a task may ride along on a trip: the same store, room for it, and not too far to turn back for."""
    if end - first >= problem.rules[of.BUNDLE]:
        return False
    weight_g, store = problem.tasks[task, of.WEIGHT], NOBODY
    for position in range(first, end):
        other = routes.tasks[courier, position]
        weight_g += problem.tasks[other, of.WEIGHT]
        if problem.tasks[other, of.CARRIED] == 0:
            store = problem.tasks[other, of.STORE]
    if weight_g > problem.couriers[courier, of.ROOM]:
        return False
    if store >= 0:
        return bool(store == problem.tasks[task, of.STORE])
    return bool(problem.start_s[courier, problem.tasks[task, of.STORE]] <= problem.rules[of.TURN_BACK])


@compiled
def _tried(
    problem: Problem,
    routes: Routes,
    courier: int,
    first: int,
    task: int,
    position: int,
    how: int,
    limit: float,
    row: Ints,
    marks: Flags,
) -> float:
    """What a route would cost with the task put into or before the trip that begins at `first`; at most `limit`."""
    size = routes.sizes[courier]
    for each in range(first, size):
        row[each], marks[each] = routes.tasks[courier, each], routes.breaks[courier, each]
    put(row, marks, size, position, task, how)
    return float(
        _rest_cost(
            problem,
            courier,
            row,
            marks,
            size + 1,
            first,
            routes.at_s[courier, first],
            routes.sites[courier, first],
            routes.spent[courier, first],
            limit,
        )
    )


@compiled
def best_place(
    problem: Problem, routes: Routes, courier: int, task: int, limit: float, row: Ints, marks: Flags
) -> tuple[float, int, int]:
    """The cheapest way to put a task into a route: what the route then costs, the position and the manner.

    INFEASIBLE when no way costs at most `limit`. No trip goes before the head.
    """
    cost, place, manner, size, first = INFEASIBLE, 0, ALONE, routes.sizes[courier], 0
    if size + 1 >= row.shape[0] or problem.tasks[task, of.WEIGHT] > problem.couriers[courier, of.ROOM]:
        return cost, place, manner
    while routes.spent[courier, first] <= limit:
        if first > 0 or problem.couriers[courier, of.HEAD] == 0:
            tried = _tried(problem, routes, courier, first, task, first, ALONE, min(limit, cost), row, marks)
            if tried < cost:
                cost, place, manner = tried, first, ALONE
        if first == size:
            break
        end = trip_end(routes.breaks[courier], size, first)
        if _joins(problem, routes, courier, first, end, task):
            for position in range(first, end + 1):
                how = FIRST if position == first else BEHIND
                tried = _tried(
                    problem, routes, courier, first, task, position, how, min(limit, cost), row, marks
                )
                if tried < cost:
                    cost, place, manner = tried, position, how
        first = end
    return cost, place, manner


@compiled
def insert(problem: Problem, routes: Routes, task: int, lost: float, row: Ints, marks: Flags) -> float:
    """Put a task where it adds least; returns what it added, or `lost` with the task left out when every way costs more."""
    best, chosen, place, manner = lost, NOBODY, 0, ALONE
    alone_s = problem.tasks[task, of.SOONEST] - problem.tasks[task, of.READY]
    for number in range(problem.near.shape[1]):
        courier = problem.near[task, number]
        wait_s = problem.near_s[task, number] + alone_s - problem.tasks[task, of.SOONEST]
        if courier < 0 or wait_s * problem.weights[of.WAIT] >= best:
            break
        spent = routes.costs[courier]
        cost, position, how = best_place(problem, routes, courier, task, spent + best, row, marks)
        if cost - spent < best:
            best, chosen, place, manner = cost - spent, courier, position, how
    if chosen == NOBODY:
        return lost
    put(routes.tasks[chosen], routes.breaks[chosen], routes.sizes[chosen], place, task, manner)
    routes.sizes[chosen] += 1
    routes.owner[task] = chosen
    refresh(problem, routes, chosen)
    return best


@compiled
def remove(problem: Problem, routes: Routes, task: int, lost: float) -> float:
    """Take a task out of its route; returns what that saves. A trip that loses its first task begins with the next."""
    courier = routes.owner[task]
    if courier == NOBODY:
        return lost
    tasks, breaks, size = routes.tasks[courier], routes.breaks[courier], routes.sizes[courier]
    position = 0
    while tasks[position] != task:
        position += 1
    if breaks[position] and position + 1 < size:
        breaks[position + 1] = True
    for each in range(position, size - 1):
        tasks[each], breaks[each] = tasks[each + 1], breaks[each + 1]
    routes.sizes[courier] -= 1
    routes.owner[task] = NOBODY
    before = routes.costs[courier]
    refresh(problem, routes, courier)
    return float(before - routes.costs[courier])


@compiled
def chance(state: Ints) -> float:
    """The next number in [0, 1) of a xorshift generator (Marsaglia 2003); its state is one number."""
    word = np.uint64(state[0])
    word ^= word << np.uint64(13)
    word ^= word >> np.uint64(7)
    word ^= word << np.uint64(17)
    state[0] = np.int64(word)
    return float(word >> np.uint64(11)) / 9007199254740992.0


@compiled
def improve(
    problem: Problem, routes: Routes, related: Ints, lost: float, rounds: int, heat: float, seed: int
) -> None:
    """Search in place for `rounds` rounds; `routes` then holds the best that was found."""
    loose = np.flatnonzero(problem.tasks[:, of.HELD] == 0)
    state = np.array([seed * 2 + 1], dtype=np.int64)
    row, marks = np.empty_like(routes.tasks[0]), np.empty_like(routes.breaks[0])
    total = routes.costs.sum() + lost * (routes.owner[loose] == NOBODY).sum()
    best, kept, was = total, copied(routes), copied(routes)
    out = np.empty(MOST_OUT, dtype=np.int64)
    for turn in range(rounds):
        count = _choose(problem, routes, related, loose, out, state)
        changed = total
        for number in range(count):
            changed -= remove(problem, routes, out[number], lost)
        _shuffle(problem, out, count, state)
        for number in range(count):
            changed += insert(problem, routes, out[number], lost, row, marks)
        warmth = heat * (1.0 - turn / rounds) ** 2
        if changed < total - warmth * np.log(max(1e-12, chance(state))):
            _settle(routes, was, out, count)
            total = changed
            if total < best - 1e-6:
                best = total
                copy(routes, kept)
        else:
            _settle(was, routes, out, count)
    copy(kept, routes)


@compiled
def _choose(problem: Problem, routes: Routes, related: Ints, loose: Ints, out: Ints, state: Ints) -> int:
    """Tasks that might be better off elsewhere, into `out`; returns how many."""
    seed = loose[int(chance(state) * len(loose))]
    out[0], count = seed, 1
    wanted = 1 + int(chance(state) * FEW_OUT)
    courier = routes.owner[seed]
    if courier != NOBODY and chance(state) < WHOLE_ROUTE:
        for position in range(routes.sizes[courier]):
            task = routes.tasks[courier, position]
            if task != seed and count < MOST_OUT - FEW_OUT and problem.tasks[task, of.HELD] == 0:
                out[count] = task
                count += 1
        wanted += count - 1
    for number in range(related.shape[1]):
        task = related[seed, number]
        if task == NOBODY or count >= wanted:
            break
        if chance(state) >= SKIPPED and not (out[:count] == task).any():
            out[count] = task
            count += 1
    return count


@compiled
def _shuffle(problem: Problem, out: Ints, count: int, state: Ints) -> None:
    """By chance, or the soonest ready first: both orders of putting back find what the other does not."""
    for number in range(count - 1, 0, -1):
        other = int(chance(state) * (number + 1))
        out[number], out[other] = out[other], out[number]
    if chance(state) < 0.5:
        for number in range(1, count):
            task, place = out[number], number
            while place > 0 and problem.tasks[out[place - 1], of.READY] > problem.tasks[task, of.READY]:
                out[place] = out[place - 1]
                place -= 1
            out[place] = task


@compiled
def _settle(source: Routes, target: Routes, out: Ints, count: int) -> None:
    """Make the target equal to the source where tasks in `out` are in either."""
    for number in range(count):
        for courier in (source.owner[out[number]], target.owner[out[number]]):
            if courier != NOBODY:
                size = max(source.sizes[courier], target.sizes[courier]) + 1
                target.tasks[courier, :size] = source.tasks[courier, :size]
                target.breaks[courier, :size] = source.breaks[courier, :size]
                target.at_s[courier, :size] = source.at_s[courier, :size]
                target.sites[courier, :size] = source.sites[courier, :size]
                target.spent[courier, :size] = source.spent[courier, :size]
                target.sizes[courier] = source.sizes[courier]
                target.costs[courier] = source.costs[courier]
    for number in range(count):
        target.owner[out[number]] = source.owner[out[number]]


@compiled
def copied(routes: Routes) -> Routes:
    """Routes of their own."""
    trial = (routes.tasks.copy(), routes.breaks.copy(), routes.sizes.copy(), routes.costs.copy())
    return Routes(*trial, routes.at_s.copy(), routes.sites.copy(), routes.spent.copy(), routes.owner.copy())


@compiled
def copy(source: Routes, target: Routes) -> None:
    """Overwrite the target."""
    target.tasks[:], target.breaks[:], target.sizes[:] = source.tasks, source.breaks, source.sizes
    target.costs[:], target.at_s[:], target.sites[:] = source.costs, source.at_s, source.sites
    target.spent[:], target.owner[:] = source.spent, source.owner


@compiled
def seconds(problem: Problem, routes: Routes) -> tuple[Floats, Ints, Floats]:
    """For each task: what it adds to its route, who would be second best, and what it would add there."""
    trial, costs = copied(routes), np.zeros(len(problem.tasks))
    row, marks, out = np.empty_like(routes.tasks[0]), np.empty_like(routes.breaks[0]), np.empty(1, np.int64)
    others, other_costs = np.full(len(costs), NOBODY), np.full(len(costs), INFEASIBLE)
    for task in range(len(costs)):
        courier = routes.owner[task]
        if courier == NOBODY or problem.tasks[task, of.HELD] == 1:
            continue
        costs[task] = remove(problem, trial, task, 0.0)
        for other in problem.near[task]:
            if other not in (NOBODY, courier):
                limit = trial.costs[other] + other_costs[task]
                cost = best_place(problem, trial, other, task, limit, row, marks)[0] - trial.costs[other]
                if cost < other_costs[task]:
                    others[task], other_costs[task] = other, cost
        out[0] = task
        _settle(routes, trial, out, 1)
    return costs, others, other_costs
