"""What time at the door may be promised now: fills the seam in `orders.promise`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from guinda.base.points import Point
from guinda.delivery.fleet import Seen, Work, couriers_of, ordered_of, rides, work_of
from guinda.delivery.listeners import PREPARE_S
from guinda.delivery.models import Task
from guinda.orders.promise import Promise, Promiser
from guinda.places import travel
from guinda.solvers.dispatch import Rules, Seconds

CHANCE = 0.9
"""The chance stated with a promise. An assumption: the margin below covers what we think nine rides in ten need;
the journal's own times will say better."""
MARGIN_SHARE = 0.10
"""Of the riding: lights, detours, rain."""
MARGIN_S = 180
"""The client decides for a minute or two after the quote, and lifts are slow."""
WHOLE_S = 60
"""Promises are whole minutes, rounded up."""
NEVER = np.iinfo(np.int64).max // 4


class FleetPromiser(Promiser):
    """Asks: given what every courier has to do already, when could the first of them have this bag at this door?"""

    def promise(
        self, *, city_id: str, stores: Mapping[int, Point], door: Point, weight_g: int, now: datetime,
    ) -> dict[int, Promise]:
        """See `Promiser.promise`: three queries, arrays over couriers and stores."""
        couriers = couriers_of(city_id=city_id, now=now)
        if not couriers or not stores:
            return {}
        ready_at = now + timedelta(seconds=PREPARE_S)
        work = [*work_of(city_id=city_id), *ordered_of(city_id=city_id, ready_at=ready_at)]
        load = _Load(couriers, work, list(stores.values()), now)
        now_s = now.timestamp()
        found = {}
        for number, store_id in enumerate(stores):
            earliest = load.earliest(number, door, weight_g)
            if earliest:
                seconds = earliest.door_at_s + earliest.ride_s * MARGIN_SHARE + MARGIN_S
                whole_s = math.ceil(seconds / WHOLE_S) * WHOLE_S
                found[store_id] = Promise(now + timedelta(seconds=whole_s - now_s), CHANCE)
        return found


class Earliest(NamedTuple):
    """The first time a bag could be at a door, and how many seconds of riding are in it."""

    door_at_s: int
    ride_s: int


class _Load:
    """When and where each courier is free after what they have, and after the tasks that nobody has yet."""

    def __init__(self, couriers: Sequence[Seen], work: Sequence[Work], stores: Sequence[Point], now: datetime) -> None:
        self.couriers, self.stores, self.rules = couriers, stores, Rules()
        self.times = travel.get()
        self.now_s = math.ceil(now.timestamp())
        self.modes = sorted({each.mode for each in couriers})
        self.mode = np.array([self.modes.index(each.mode) for each in couriers], dtype=np.int64)
        self.capacity_g = np.array([each.capacity_g for each in couriers], dtype=np.int64)
        self.shift_end_s = np.array([int(each.ends_at.timestamp()) for each in couriers], dtype=np.int64)
        self.free_s, places, waiting = self._after_own(work)
        self.sites = list(dict.fromkeys([*stores, *(task.store for task in waiting)]))
        self.reach_s = rides(self.times, couriers, places, self.sites)
        if waiting:
            self._occupy(waiting)

    def earliest(self, store: int, door: Point, weight_g: int) -> Earliest | None:
        """For a bag that is ordered now at a store; None when nobody on duty can take it."""
        point = self.stores[store]
        from_store_s = np.concatenate([self.times.seconds([point], [door], mode)[:, 0] for mode in self.modes])[self.mode]
        arrive_s, fetched_s = self._fetched(self.sites.index(point), self.now_s + PREPARE_S, weight_g)
        door_at_s = fetched_s + self.rules.pickup_s + from_store_s
        best = int(np.argmin(door_at_s))
        if fetched_s[best] >= NEVER:
            return None
        ride_s = int(arrive_s[best] - self.now_s + from_store_s[best])
        return Earliest(int(door_at_s[best]), ride_s)

    def _fetched(self, site: int, ready_s: int, weight_g: int) -> tuple[Seconds, Seconds]:
        """For each courier: at the store, and with the bag (NEVER when it is too heavy or past the shift)."""
        arrive_s = self.free_s + self.reach_s[:, site]
        fetched_s = np.maximum(arrive_s, ready_s)
        able: NDArray[np.bool_] = (fetched_s <= self.shift_end_s) & (self.capacity_g >= weight_g)
        return arrive_s, np.where(able, fetched_s, NEVER)

    def _after_own(self, work: Sequence[Work]) -> tuple[Seconds, list[Point], list[Work]]:
        """When and where each courier ends the present plan; and what nobody has, by promised time."""
        number_of = {each.key: number for number, each in enumerate(self.couriers)}
        free_s = np.full(len(self.couriers), self.now_s, dtype=np.int64)
        places = [each.place for each in self.couriers]
        waiting = []
        for task in sorted(work, key=lambda each: (each.promised_at, each.key)):
            number = number_of.get(task.courier) if task.courier is not None else None
            if number is None or task.expected_at is None:
                waiting += [task] if task.state != Task.State.CARRIED else []
                continue
            done_s = max(self.now_s, math.ceil(task.expected_at.timestamp())) + self.rules.door_s
            if done_s > free_s[number]:
                free_s[number], places[number] = done_s, task.door
        return free_s, places, waiting

    def _occupy(self, waiting: Sequence[Work]) -> None:
        """Let each waiting task take the courier who could bring it first."""
        stores, doors = [task.store for task in waiting], [task.door for task in waiting]
        leg_s = [self.times.seconds(stores, doors, mode).diagonal() for mode in self.modes]
        onward_s = [self.times.seconds(doors, self.sites, mode) for mode in self.modes]
        site_of = {point: number for number, point in enumerate(self.sites)}
        for number, task in enumerate(waiting):
            ready_s = math.ceil(task.ready_at.timestamp())
            _arrive_s, fetched_s = self._fetched(site_of[task.store], ready_s, task.weight_g)
            from_store_s = np.array([each[number] for each in leg_s], dtype=np.int64)[self.mode]
            door_at_s = fetched_s + self.rules.pickup_s + from_store_s
            best = int(np.argmin(door_at_s))
            if fetched_s[best] < NEVER:
                self.free_s[best] = door_at_s[best] + self.rules.door_s
                self.reach_s[best] = onward_s[self.mode[best]][number]
