"""When could a bag be at a door: the order tried in the present plan, for all couriers and stores at once.

A courier can fetch it after everything they have, or together with the bags of their last trip, when that leaves the same store late enough
and has room; its door is then the last, so that nobody else's bag comes later for it. Before that, bags that nobody has yet take their
couriers. Plain values in and out: production asks with the database's rows, a rehearsal of a recorded day with its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from guinda.base.points import Point
from guinda.delivery.fleet import PREPARE_S, Free, Unclaimed, rides
from guinda.places import travel
from guinda.solvers.dispatch import Rules, Seconds

NEVER = np.iinfo(np.int64).max // 4


class Earliest(NamedTuple):
    """The first time a bag could be at a door, and how many seconds of riding are in it."""

    door_at_s: int
    ride_s: int
    least_s: int
    """Nobody could be there in fewer seconds from now, wherever couriers were: the bag is made ready and carried."""


class Load:
    """When and where each courier is free after what they have, and after the tasks that nobody has yet."""

    def __init__(
        self, couriers: Sequence[Free], waiting: Sequence[Unclaimed], stores: Sequence[Point], now: datetime
    ) -> None:
        self.stores, self.rules, self.times = stores, Rules(), travel.get()
        self.now_s = math.ceil(now.timestamp())
        self.couriers = couriers
        self.modes = sorted({each.mode for each in couriers})
        self.mode = np.array([self.modes.index(each.mode) for each in couriers], dtype=np.int64)
        self.capacity_g = np.array([each.capacity_g for each in couriers], dtype=np.int64)
        self.shift_end_s = np.array([each.ends_s for each in couriers], dtype=np.int64)
        self.free_s = np.array([self._free_s(each) for each in couriers], dtype=np.int64)
        self.sites = list(dict.fromkeys([*stores, *(bag.store for bag in waiting)]))
        self.reach_s = self._rides(self.sites)
        self.open_trip = np.array([self._site_of_trip(each) for each in couriers], dtype=np.int64)
        self.room_g = self.capacity_g - np.array(
            [each.trip.weight_g if each.trip else 0 for each in couriers], dtype=np.int64
        )
        if waiting:
            self._occupy(waiting)

    def _free_s(self, courier: Free) -> int:
        return self.now_s if courier.done_s is None else max(self.now_s, courier.done_s) + self.rules.door_s

    def _rides(self, targets: Sequence[Point]) -> Seconds:
        return rides(
            self.times, [each.mode for each in self.couriers], [each.place for each in self.couriers], targets
        )

    def _site_of_trip(self, courier: Free) -> int:
        """The store that the last trip leaves when a bag ordered now is ready, if it has room for one; else -1."""
        trip = courier.trip
        able = (
            trip
            and self.now_s + PREPARE_S <= trip.leaves_s <= courier.ends_s
            and trip.bags < self.rules.bundle
        )
        return self.sites.index(trip.store) if trip and able and trip.store in self.sites else -1

    def earliest(self, door: Point, weight_g: int) -> list[Earliest | None]:
        """For a bag that is ordered now, from each of the stores; None when nobody on duty can take it."""
        by_mode_s = np.array(
            [self.times.seconds(self.stores, [door], mode)[:, 0] for mode in self.modes], dtype=np.int64
        )
        onward_s = self._rides([door])[:, 0] if (self.open_trip >= 0).any() else self.free_s
        return [
            self._earliest(self.sites.index(store), by_mode_s[:, number], onward_s, weight_g)
            for number, store in enumerate(self.stores)
        ]

    def _earliest(self, site: int, by_mode_s: Seconds, onward_s: Seconds, weight_g: int) -> Earliest | None:
        """From one store: `by_mode_s` from there to the door, `onward_s` from each courier's last door."""
        from_store_s = by_mode_s[self.mode]
        fetched_s = self._fetched(site, self.now_s + PREPARE_S, weight_g)
        joined_s = np.where(
            (self.open_trip == site) & (self.room_g >= weight_g), self.free_s + onward_s, NEVER
        )
        alone_s = fetched_s + self.rules.pickup_s + from_store_s
        door_at_s = np.minimum(alone_s, joined_s)
        best = int(np.argmin(door_at_s))
        if door_at_s[best] >= NEVER:
            return None
        last_leg_s = onward_s[best] if joined_s[best] < alone_s[best] else from_store_s[best]
        ride_s = int(self.reach_s[best, site] + last_leg_s)
        least_s = PREPARE_S + self.rules.pickup_s + int(by_mode_s.min())
        return Earliest(int(door_at_s[best]), ride_s, least_s)

    def _fetched(self, site: int, ready_s: int, weight_g: int) -> Seconds:
        """When each courier has the bag after all they have; NEVER when it is too heavy or past the shift."""
        fetched_s = np.maximum(self.free_s + self.reach_s[:, site], ready_s)
        able: NDArray[np.bool_] = (fetched_s <= self.shift_end_s) & (self.capacity_g >= weight_g)
        return np.where(able, fetched_s, NEVER)

    def _occupy(self, waiting: Sequence[Unclaimed]) -> None:
        """Let each waiting bag take the courier who could bring it first; what they had planned is closed then."""
        stores, doors = [bag.store for bag in waiting], [bag.door for bag in waiting]
        leg_s = [self.times.seconds(stores, doors, mode).diagonal() for mode in self.modes]
        onward_s = [self.times.seconds(doors, self.sites, mode) for mode in self.modes]
        site_of = {point: number for number, point in enumerate(self.sites)}
        for number, bag in enumerate(waiting):
            fetched_s = self._fetched(site_of[bag.store], bag.ready_s, bag.weight_g)
            from_store_s = np.array([each[number] for each in leg_s], dtype=np.int64)[self.mode]
            door_at_s = fetched_s + self.rules.pickup_s + from_store_s
            best = int(np.argmin(door_at_s))
            if fetched_s[best] < NEVER:
                self.free_s[best] = door_at_s[best] + self.rules.door_s
                self.reach_s[best] = onward_s[self.mode[best]][number]
                self.open_trip[best] = -1
