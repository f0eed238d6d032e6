"""What time at the door may be promised now: fills the seam in `orders.promise`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from guinda.base.points import Point
from guinda.delivery.fleet import Free, Unclaimed, free_of, rides, unclaimed_of
from guinda.delivery.listeners import PREPARE_S
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
        self,
        *,
        city_id: str,
        stores: Mapping[int, Point],
        door: Point,
        weight_g: int,
        now: datetime,
    ) -> dict[int, Promise]:
        """See `Promiser.promise`: two queries, arrays over couriers and stores."""
        couriers = free_of(city_id=city_id, now=now)
        if not couriers or not stores:
            return {}
        waiting = unclaimed_of(city_id=city_id, now=now, ready_at=now + timedelta(seconds=PREPARE_S))
        load = _Load(couriers, waiting, list(stores.values()), now)
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

    def __init__(
        self, couriers: Sequence[Free], waiting: Sequence[Unclaimed], stores: Sequence[Point], now: datetime
    ) -> None:
        self.stores, self.rules, self.times = stores, Rules(), travel.get()
        self.now_s = math.ceil(now.timestamp())
        self.modes = sorted({each.mode for each in couriers})
        self.mode = np.array([self.modes.index(each.mode) for each in couriers], dtype=np.int64)
        self.capacity_g = np.array([each.capacity_g for each in couriers], dtype=np.int64)
        self.shift_end_s = np.array([each.ends_s for each in couriers], dtype=np.int64)
        self.free_s = np.array([self._free_s(each) for each in couriers], dtype=np.int64)
        self.sites = list(dict.fromkeys([*stores, *(bag.store for bag in waiting)]))
        self.reach_s = rides(
            self.times, [each.mode for each in couriers], [each.place for each in couriers], self.sites
        )
        if waiting:
            self._occupy(waiting)

    def _free_s(self, courier: Free) -> int:
        return self.now_s if courier.done_s is None else max(self.now_s, courier.done_s) + self.rules.door_s

    def earliest(self, store: int, door: Point, weight_g: int) -> Earliest | None:
        """For a bag that is ordered now at a store; None when nobody on duty can take it."""
        point = self.stores[store]
        from_store_s = np.concatenate(
            [self.times.seconds([point], [door], mode)[:, 0] for mode in self.modes]
        )[self.mode]
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

    def _occupy(self, waiting: Sequence[Unclaimed]) -> None:
        """Let each waiting bag take the courier who could bring it first."""
        stores, doors = [bag.store for bag in waiting], [bag.door for bag in waiting]
        leg_s = [self.times.seconds(stores, doors, mode).diagonal() for mode in self.modes]
        onward_s = [self.times.seconds(doors, self.sites, mode) for mode in self.modes]
        site_of = {point: number for number, point in enumerate(self.sites)}
        for number, bag in enumerate(waiting):
            _arrive_s, fetched_s = self._fetched(site_of[bag.store], bag.ready_s, bag.weight_g)
            from_store_s = np.array([each[number] for each in leg_s], dtype=np.int64)[self.mode]
            door_at_s = fetched_s + self.rules.pickup_s + from_store_s
            best = int(np.argmin(door_at_s))
            if fetched_s[best] < NEVER:
                self.free_s[best] = door_at_s[best] + self.rules.door_s
                self.reach_s[best] = onward_s[self.mode[best]][number]
