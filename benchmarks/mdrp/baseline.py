"""Today's production dispatcher, `guinda.solvers.dispatch.plan`, fitted to the problem's rules.

Each minute all open orders are planned anew. Who may be instructed gets the first trip of their route; the rest of the plan only keeps
the others' orders apart. Under strict rules an instruction cannot be taken back, so a free courier's trip is committed in the
last minute in which waiting costs nothing (`late`), or at once; under product rules at once, since it may be changed.

The production plan counts seconds and knows a stop after the store and one after each door; the problem has half the service before
the event and half after it. So half a service rides along with every way to a stop, which makes both reckonings the same minute
for minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from benchmarks.mdrp.instances import WHOLE, Instance, Order
from benchmarks.mdrp.log import Assign, Instruction, Rider, Snapshot
from numpy.typing import NDArray

from guinda.solvers import dispatch

Seconds = NDArray[np.int64]
MINUTE_S = 60
MODE = "any"
FAR_S = 30 * 24 * 60 * MINUTE_S
"""Of a courier at the counter with bags to any other shop: never on this trip."""


@dataclass(frozen=True)
class Baseline:
    """The policy. `late`: commit, under strict rules, only when waiting a minute more would cost one."""

    late: bool = True
    bundle: int = 3

    def __call__(self, snapshot: Snapshot) -> Iterable[Instruction]:
        """Instructions for one minute."""
        riders = {rider.name: rider for rider in snapshot.riders}
        open_orders = {order.name: order for order in _open(snapshot)}
        if not riders or not open_orders:
            return []
        return list(self._instructions(snapshot, riders, open_orders))

    def _instructions(
        self, snapshot: Snapshot, riders: Mapping[str, Rider], open_orders: Mapping[str, Order]
    ) -> Iterator[Instruction]:
        held = {order.name: order for order in (*snapshot.orders, *snapshot.picked)}
        first = _planned(snapshot, list(riders.values()), list(open_orders.values()), self.bundle)
        for name, rider in riders.items():
            if not may_be_instructed(snapshot, rider):
                continue
            kept = [held[each] for each in rider.bundle if each in _bound(snapshot, rider)]
            trip = _feasible(snapshot, rider, kept, [held[each] for each in first.get(name, ())])
            orders = tuple(order.name for order in trip)
            if set(orders) == set(rider.bundle):
                continue
            if (
                rider.phase == "free"
                and snapshot.rules == "strict"
                and self.late
                and _may_wait(snapshot, rider, trip)
            ):
                continue
            yield Assign(name, orders)


def may_be_instructed(snapshot: Snapshot, rider: Rider) -> bool:
    """Whether the rules leave a courier open to an instruction now."""
    return rider.phase in {"free", "moving", "at_shop"} or (
        rider.phase == "fetching" and snapshot.rules == "product"
    )


def _bound(snapshot: Snapshot, rider: Rider) -> frozenset[str]:
    """The bags that stay with their courier, who stands at the shop."""
    return frozenset(rider.bundle) if snapshot.rules == "strict" else rider.picked


def _open(snapshot: Snapshot) -> list[Order]:
    """Orders the plan may place: not bound, and not hopeless."""
    bound = {name for rider in snapshot.riders for name in _bound(snapshot, rider)}
    city, now_min = snapshot.city, snapshot.now_min
    return [
        order
        for order in snapshot.orders
        if order.name not in bound
        and max(0, now_min - order.ready_min) + city.unavoidable_min(order) <= city.longest_min
    ]


def _may_wait(snapshot: Snapshot, rider: Rider, trip: list[Order]) -> bool:
    city = snapshot.city
    ride_min = city.travel_min(rider.place, city.shops[trip[0].shop])
    soonest_min = snapshot.now_min + ride_min + city.pickup_min // 2
    return soonest_min < min(rider.off_min, max(order.ready_min for order in trip))


def _feasible(snapshot: Snapshot, rider: Rider, kept: list[Order], trip: list[Order]) -> list[Order]:
    """The trip without the orders that would be too late at their door or the counter; bags kept stay in any case."""
    trip = [*trip, *(order for order in kept if order not in trip)]
    while len(trip) > len(kept):
        late = _too_late(snapshot, rider, trip)
        if late is None:
            return trip
        loose = [order for order in trip if order not in kept]
        trip = [order for order in trip if order is not (late if late in loose else loose[-1])]
    return kept


def _too_late(snapshot: Snapshot, rider: Rider, trip: list[Order]) -> Order | None:
    city, half_min = snapshot.city, snapshot.city.pickup_min // 2
    place = city.shops[trip[0].shop]
    if rider.phase == "at_shop" and rider.arrived_min is not None and rider.shop == trip[0].shop:
        soonest_min = max(snapshot.now_min, rider.arrived_min + half_min)
    else:
        soonest_min = snapshot.now_min + city.travel_min(rider.place, place) + half_min
    at_min = max(soonest_min, *(order.ready_min for order in trip))
    if at_min > rider.off_min:
        return max(trip, key=lambda order: order.ready_min)
    at_min += half_min
    for order in trip:
        at_min += city.travel_min(place, order.door) + city.door_min // 2
        if at_min > order.placed_min + city.longest_min:
            return order
        at_min, place = at_min + city.door_min // 2, order.door
    return None


def _planned(
    snapshot: Snapshot, riders: list[Rider], open_orders: list[Order], bundle: int
) -> dict[str, tuple[str, ...]]:
    """The production plan's first trip of each courier, in the order of the doors."""
    tasks, between, reach_s = _matrices(snapshot, riders, open_orders)
    half_s = snapshot.city.pickup_min // 2 * MINUTE_S
    city = dispatch.Snapshot(
        couriers=tuple(
            dispatch.Courier(number, MODE, _free_s(snapshot, rider), rider.off_min * MINUTE_S, len(tasks))
            for number, rider in enumerate(riders)
        ),
        tasks=tuple(tasks.values()),
        from_courier=reach_s,
        between={MODE: between},
        rules=dispatch.Rules(
            pickup_s=half_s, door_s=snapshot.city.door_min // 2 * MINUTE_S, bundle=bundle, turn_back_s=0
        ),
    )
    plan = dispatch.plan(city)
    names = {task.key: name for name, task in tasks.items()}
    first: dict[str, tuple[str, ...]] = {}
    for route in plan.routes:
        at_first_door_s = route.legs[0].door_at_s
        trip = [leg for leg in route.legs if leg.pickup_s is None or leg.pickup_s < at_first_door_s]
        first[riders[route.courier].name] = tuple(names[leg.task] for leg in trip)
    return first


def _matrices(
    snapshot: Snapshot, riders: list[Rider], open_orders: list[Order]
) -> tuple[dict[str, dispatch.Task], Seconds, Seconds]:
    """Tasks by the name of their order, seconds between sites, and seconds from each courier to each site."""
    city = snapshot.city
    bound = {name: number for number, rider in enumerate(riders) for name in _bound(snapshot, rider)}
    holder = {name: number for number, rider in enumerate(riders) for name in rider.bundle}
    facts = {order.name: order for order in (*snapshot.orders, *snapshot.picked)}
    standing = [
        facts[name]
        for number, rider in enumerate(riders)
        if _at_counter(snapshot, rider)
        for name in rider.bundle
        if bound.get(name) == number
    ]
    orders = [*open_orders, *standing]
    shops = sorted({order.shop for order in orders})
    site = {shop: number for number, shop in enumerate(shops)}
    tasks = {
        order.name: dispatch.Task(
            key=number,
            store=site[order.shop],
            door=len(shops) + number,
            ready_s=order.ready_min * MINUTE_S,
            promise_s=(order.placed_min + city.target_min) * MINUTE_S,
            weight_g=1,
            courier=holder.get(order.name),
            carried=order.name in bound,
        )
        for number, order in enumerate(orders)
    }
    sites = np.array([*(city.shops[shop] for shop in shops), *(order.door for order in orders)])
    halves_s = np.array([city.pickup_min // 2] * len(shops) + [city.door_min // 2] * len(orders)) * MINUTE_S
    from_places = np.array(
        [rider.place if may_be_instructed(snapshot, rider) else rider.free_place for rider in riders]
    )
    reach_s = _ride_s(city, from_places, sites) + halves_s
    for number, rider in enumerate(riders):
        if rider.phase == "at_shop":
            _stand(snapshot, rider, reach_s[number], site, len(shops))
    return tasks, _ride_s(city, sites, sites) + halves_s, reach_s


def _stand(snapshot: Snapshot, rider: Rider, row_s: Seconds, site: Mapping[str, int], shops: int) -> None:
    """The ways of a courier at a counter: what is left of the service before a pick-up; with bags, no other shop first."""
    half_min = snapshot.city.pickup_min // 2
    assert rider.arrived_min is not None
    if _at_counter(snapshot, rider):
        row_s[:shops] = FAR_S
        row_s[shops:] += half_min * MINUTE_S
    if rider.shop is not None and rider.shop in site:
        left_min = 0 if _at_counter(snapshot, rider) else rider.arrived_min + half_min - snapshot.now_min
        row_s[site[rider.shop]] = max(0, left_min) * MINUTE_S


def _ride_s(city: Instance, origins: NDArray[np.float64], targets: NDArray[np.float64]) -> Seconds:
    metres = np.sqrt(((origins[:, None, :] - targets[None, :, :]) ** 2).sum(axis=2))
    whole: Seconds = np.ceil(metres / city.metres_per_min - WHOLE).astype(np.int64) * MINUTE_S
    return whole


def _free_s(snapshot: Snapshot, rider: Rider) -> int:
    """When the planned route may start; a courier at the counter with bags starts with their pick-up."""
    if _at_counter(snapshot, rider) and rider.pickup_min is not None:
        return max(rider.pickup_min, snapshot.now_min) * MINUTE_S
    start_min = snapshot.now_min if may_be_instructed(snapshot, rider) else rider.free_min
    return start_min * MINUTE_S


def _at_counter(snapshot: Snapshot, rider: Rider) -> bool:
    return rider.phase == "at_shop" and bool(_bound(snapshot, rider))
