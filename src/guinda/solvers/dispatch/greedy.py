"""The baseline that better solvers are measured against.

Tasks by promised time; each goes to the courier for whom the time at
the door plus the riding it adds is least among those who keep every promise, else to whoever brings it first. A task is appended to
a route, or joins its last trip when the store is the same (at most `Rules.bundle` bags). Bags carried stay with their courier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from guinda.solvers.dispatch.facts import Leg, Plan, Reason, Route, Seconds, Snapshot, Task

HERE = -1
"""The site of a courier who is where they were last seen."""
PERMUTED_MAX = 4
"""Doors of one trip are tried in every order up to this many (24 orders); more are visited by promised time."""
NEVER = np.iinfo(np.int64).max // 4


class _Trip(NamedTuple):
    """From where a courier is, by at most one store, to some doors."""

    origin: int
    start_s: int
    store: int | None
    tasks: tuple[Task, ...]
    legs: tuple[Leg, ...]
    fetched_s: int
    ride_s: int
    end_site: int
    end_s: int

    def door_at_s(self) -> dict[int, int]:
        return {leg.task: leg.door_at_s for leg in self.legs}


class _Option(NamedTuple):
    """A way of bringing a task; the smallest is the best."""

    late: bool
    score: int
    number: int
    door_at_s: int
    joined: _Trip | None


def _worth(option: _Option) -> tuple[bool, int, int, int]:
    """What options are compared by; of two that are worth the same the first is taken."""
    return option.late, option.score, option.number, option.door_at_s


class _Fleet:
    """The routes while they grow: trips of each courier and where and when the last one ends, as arrays over couriers."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.rules = snapshot.rules
        self.trips: list[list[_Trip]] = [[] for _ in snapshot.couriers]
        self.number_of = {courier.key: number for number, courier in enumerate(snapshot.couriers)}
        self.modes = sorted(snapshot.between)
        self.mode = np.array(
            [self.modes.index(courier.mode) for courier in snapshot.couriers], dtype=np.int64
        )
        self.end_s = np.array([courier.free_at_s for courier in snapshot.couriers], dtype=np.int64)
        self.shift_end_s = np.array([courier.shift_end_s for courier in snapshot.couriers], dtype=np.int64)
        self.capacity_g = np.array([courier.capacity_g for courier in snapshot.couriers], dtype=np.int64)
        self.reach_s = snapshot.from_courier.astype(np.int64, copy=True)
        self.reasons: dict[int, Reason] = {}

    def ride_s(self, number: int, origin: int, site: int) -> int:
        if origin == HERE:
            return int(self.snapshot.from_courier[number, site])
        return int(self.snapshot.between[self.snapshot.couriers[number].mode][origin, site])

    def end_of(self, number: int) -> tuple[int, int]:
        """Site and second at which a courier's route ends so far."""
        if self.trips[number]:
            last = self.trips[number][-1]
            return last.end_site, last.end_s
        return HERE, self.snapshot.couriers[number].free_at_s

    def trip(self, number: int, origin: int, start_s: int, tasks: Iterable[Task]) -> _Trip:
        """The trip with its doors in the best order: fewest seconds late, then earliest in all."""
        members = tuple(sorted(tasks, key=lambda task: (task.promise_s, task.key)))
        orders: Iterable[tuple[Task, ...]] = (
            permutations(members) if len(members) <= PERMUTED_MAX else (members,)
        )
        return min((self._in_order(number, origin, start_s, order) for order in orders), key=_badness)

    def _in_order(self, number: int, origin: int, start_s: int, order: Sequence[Task]) -> _Trip:
        fetched = [task for task in order if not task.carried]
        store = fetched[0].store if fetched else None
        site, at_s, ride_s, fetched_s = origin, start_s, 0, start_s
        if store is not None:
            ride_s = self.ride_s(number, origin, store)
            fetched_s = max(start_s + ride_s, *(task.ready_s for task in fetched))
            site, at_s = store, fetched_s + self.rules.pickup_s
        left_s, legs = at_s, []
        for task in order:
            step_s = self.ride_s(number, site, task.door)
            ride_s += step_s
            legs.append(Leg(task.key, None if task.carried else left_s, at_s + step_s))
            site, at_s = task.door, at_s + step_s + self.rules.door_s
        return _Trip(origin, start_s, store, tuple(order), tuple(legs), fetched_s, ride_s, site, at_s)

    def put(self, number: int, trip: _Trip, *, in_place_of_last: bool = False) -> None:
        if in_place_of_last:
            self.trips[number].pop()
        self.trips[number].append(trip)
        self.end_s[number] = trip.end_s
        self.reach_s[number] = self.snapshot.between[self.snapshot.couriers[number].mode][trip.end_site]

    def give(self, task: Task) -> bool:
        """Put a task on the best route; False when nobody can take it."""
        allowed = self._allowed(task)
        appended = self._appended(task, allowed)
        joined = [option for option in self._joined(task) if allowed[option.number]]
        options = [*appended.best(), *joined]
        if not options:
            return False
        chosen = min(options, key=_worth)
        held = self.number_of.get(task.courier) if task.courier is not None else None
        if held is not None and held != chosen.number:
            own = [*appended.of(held), *(option for option in options if option.number == held)]
            chosen = self._kept(min(own, key=_worth), chosen) if own else chosen
        self._explain(task, chosen, [*appended.but(chosen.number).best(), *joined])
        if chosen.joined:
            self.put(chosen.number, chosen.joined, in_place_of_last=True)
        else:
            origin, start_s = self.end_of(chosen.number)
            self.put(chosen.number, self.trip(chosen.number, origin, start_s, [task]))
        return True

    def _allowed(self, task: Task) -> NDArray[np.bool_]:
        """Whom people let have the task."""
        if task.pinned is not None:
            return np.array(
                [courier.key == task.pinned for courier in self.snapshot.couriers], dtype=np.bool_
            )
        forbidden = self.snapshot.forbidden
        return np.array(
            [(task.key, courier.key) not in forbidden for courier in self.snapshot.couriers], dtype=np.bool_
        )

    def _explain(self, task: Task, chosen: _Option, others: Iterable[_Option]) -> None:
        couriers = self.snapshot.couriers
        second = min((each for each in others if each.number != chosen.number), key=_worth, default=None)
        cost = chosen.door_at_s - task.ready_s
        self.reasons[task.key] = Reason(
            couriers[chosen.number].key,
            cost,
            couriers[second.number].key if second else None,
            second.door_at_s - task.ready_s if second else None,
            {"door_s": cost},
        )

    def _kept(self, own: _Option, other: _Option) -> _Option:
        clearly_better = other.late < own.late or other.door_at_s + self.rules.keep_s <= own.door_at_s
        return other if clearly_better else own

    def _appended(self, task: Task, allowed: NDArray[np.bool_]) -> _Appended:
        """A new trip at the end of each courier's route, all couriers at once."""
        ride_s = np.array(
            [self.snapshot.between[mode][task.store, task.door] for mode in self.modes], dtype=np.int64
        )[self.mode]
        to_store_s = self.reach_s[:, task.store]
        fetched_s = np.maximum(self.end_s + to_store_s, task.ready_s)
        able = allowed & (fetched_s <= self.shift_end_s) & (self.capacity_g >= task.weight_g)
        door_at_s = fetched_s + self.rules.pickup_s + ride_s
        return _Appended(able, door_at_s, door_at_s + to_store_s + ride_s, task.promise_s)

    def _joined(self, task: Task) -> Iterable[_Option]:
        """One bag more on the last trip, where it is from the same store and breaks no promise that held."""
        for number, trips in enumerate(self.trips):
            last = trips[-1] if trips else None
            if last is None or len(last.tasks) >= self.rules.bundle or last.store not in {None, task.store}:
                continue
            if last.store is None and self.ride_s(number, last.origin, task.store) > self.rules.turn_back_s:
                continue
            option = self._join(number, last, task)
            if option:
                yield option

    def _join(self, number: int, last: _Trip, task: Task) -> _Option | None:
        courier = self.snapshot.couriers[number]
        if sum(each.weight_g for each in last.tasks) + task.weight_g > courier.capacity_g:
            return None
        trip = self.trip(number, last.origin, last.start_s, [*last.tasks, task])
        if trip.fetched_s > courier.shift_end_s:
            return None
        before, after = last.door_at_s(), trip.door_at_s()
        if any(after[each.key] > max(each.promise_s, before[each.key]) for each in last.tasks):
            return None
        delays_s = sum(after[key] - before[key] for key in before)
        door_at_s = after[task.key]
        late = door_at_s > task.promise_s
        score = door_at_s if late else door_at_s + trip.ride_s - last.ride_s + delays_s
        return _Option(late, score, number, door_at_s, trip)


class _Appended(NamedTuple):
    """Arrays over couriers: who is able to append a task, when it would be at the door, and how good that is."""

    able: NDArray[np.bool_]
    door_at_s: Seconds
    score: Seconds
    promise_s: int

    def best(self) -> list[_Option]:
        """The best courier who keeps the promise, else the first at the door; nobody able gives []."""
        if not self.able.any():
            return []
        kept = self.able & (self.door_at_s <= self.promise_s)
        if kept.any():
            return self.of(int(np.argmin(np.where(kept, self.score, NEVER))))
        return self.of(int(np.argmin(np.where(self.able, self.door_at_s, NEVER))))

    def but(self, number: int) -> _Appended:
        """The same without one courier."""
        able = self.able.copy()
        able[number] = False
        return self._replace(able=able)

    def of(self, number: int) -> list[_Option]:
        """One courier's option, as a list of one or none."""
        if not self.able[number]:
            return []
        door_at_s = int(self.door_at_s[number])
        late = door_at_s > self.promise_s
        return [_Option(late, door_at_s if late else int(self.score[number]), number, door_at_s, None)]


def _badness(trip: _Trip) -> tuple[int, int, tuple[int, ...]]:
    promise_s = {task.key: task.promise_s for task in trip.tasks}
    late_s = sum(max(0, leg.door_at_s - promise_s[leg.task]) for leg in trip.legs)
    return late_s, sum(leg.door_at_s for leg in trip.legs), tuple(leg.task for leg in trip.legs)


def plan(snapshot: Snapshot) -> Plan:
    """Routes for a snapshot. The same snapshot gives the same plan.

    No pick-up starts after its courier's shift has ended, unless the courier stands at the store for it; no trip weighs more than its
    courier carries (what a courier holds already is a fact and is never taken away).
    """
    fleet = _Fleet(snapshot)
    for number, courier in enumerate(snapshot.couriers):
        held = [task for task in snapshot.tasks if task.held and task.courier == courier.key]
        if held:
            fleet.put(number, fleet.trip(number, HERE, courier.free_at_s, held))
    waiting = sorted(
        (task for task in snapshot.tasks if not task.held), key=lambda task: (task.promise_s, task.key)
    )
    unassigned = tuple(task.key for task in waiting if not fleet.give(task))
    routes = tuple(
        Route(courier.key, tuple(leg for trip in trips for leg in trip.legs))
        for courier, trips in zip(snapshot.couriers, fleet.trips, strict=True)
        if trips
    )
    return Plan(routes, unassigned, fleet.reasons)
