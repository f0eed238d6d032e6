"""Production's dispatcher, `guinda.solvers.dispatch.plan`, fitted to the problem's rules.

Each minute all open orders are planned anew, for couriers on shift and those whose shift starts soon. Who
may be instructed gets the first trip of their route. Under strict rules an instruction cannot be taken back, so a free courier is
committed in the last minute in which waiting costs the plan nothing; under product rules at once, since it may be changed, and idle
couriers are sent to where the last hour's orders came from. What was planned and not instructed is only remembered: the next search
begins with it.

The solver counts seconds and knows a stop after the store and one after each door; the problem has half the service before the event and
half after it. So half a service rides along with every way to a stop, which makes both reckonings the same minute for minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from benchmarks.mdrp.instances import WHOLE, Instance, Order, Place, SetName
from benchmarks.mdrp.log import Assign, Instruction, Rider, Send, Snapshot
from numpy.typing import NDArray

from guinda.solvers import dispatch

Seconds = NDArray[np.int64]
MINUTE_S = 60
MODE = "any"
FAR_S = 30 * 24 * 60 * MINUTE_S
"""Of a courier at the counter with bags to any other shop: never on this trip."""
AHEAD_MIN = 60
"""Couriers whose shift starts this soon are planned with: shifts are known before the day begins."""
WEIGHTS = {
    "original": dispatch.Weights(late=0, broken_s=0, ride=0),
    "fruit30": dispatch.Weights(late=0, broken_s=600, ride=0),
}
"""The first set asks for the mean excess of door times alone, the second for the half hour."""


class Member(NamedTuple):
    """A courier to plan with: from when and where, and until when."""

    name: str
    free_min: int
    place: Place
    off_min: int


class Work(NamedTuple):
    """An order to plan; `holder` is the number of the courier who has it, or would have by the last plan."""

    order: Order
    holder: int | None
    carried: bool = False
    at_shop: bool = False


@dataclass(eq=False)
class Dispatcher:
    """The policy. It remembers of the last plan who was to bring what, and the day's orders so far."""

    weights: dispatch.Weights
    effort: dispatch.Effort = field(default_factory=dispatch.Effort)
    bundle: int = 3
    keep_s: int = 0
    _last: dict[str, str] = field(default_factory=dict)
    _placed: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __call__(self, snapshot: Snapshot) -> Iterable[Instruction]:
        """Instructions for one minute."""
        team = _team(snapshot)
        if not team:
            return []
        work = _work(snapshot, team, self._last)
        demand = self._demand(snapshot) if snapshot.rules == "product" else {}
        if not demand and all(each.carried or each.at_shop for each in work):
            return []
        shops = sorted({*demand, *(each.order.shop for each in work)})
        plan = dispatch.plan(self._city(snapshot, team, work, shops, demand), self.weights, self.effort)
        self._last = {
            work[leg.task].order.name: team[route.courier].name for route in plan.routes for leg in route.legs
        }
        routes = {route.courier: route for route in plan.routes}
        told = list(_instructions(snapshot, routes, work))
        return [*told, *_sent(snapshot, plan, shops, {each.courier for each in told})]

    def _demand(self, snapshot: Snapshot) -> dict[str, float]:
        """Orders of the last hour by shop: what the coming hour is expected to bring."""
        self._placed.update({order.name: (order.placed_min, order.shop) for order in snapshot.orders})
        since_min = snapshot.now_min - 60
        return Counter(shop for placed_min, shop in self._placed.values() if placed_min > since_min)

    def _city(
        self,
        snapshot: Snapshot,
        team: Sequence[Member],
        work: Sequence[Work],
        shops: Sequence[str],
        demand: Mapping[str, float],
    ) -> dispatch.Snapshot:
        city = snapshot.city
        site = {shop: number for number, shop in enumerate(shops)}
        sites = np.array(
            [*(city.shops[shop] for shop in shops), *(each.order.door for each in work)]
        ).reshape(-1, 2)
        stops_min = [city.pickup_min // 2] * len(shops) + [city.door_min // 2] * len(work)
        halves_s = np.array(stops_min) * MINUTE_S
        reach_s = _ride_s(city, np.array([member.place for member in team]), sites) + halves_s
        for number, rider in enumerate(snapshot.riders):
            if rider.phase == "at_shop":
                _stand(snapshot, rider, reach_s[number], site, len(shops))
        return dispatch.Snapshot(
            couriers=tuple(
                dispatch.Courier(
                    number, MODE, member.free_min * MINUTE_S, member.off_min * MINUTE_S, len(work)
                )
                for number, member in enumerate(team)
            ),
            tasks=tuple(
                _task(city, each, number, site[each.order.shop], len(shops))
                for number, each in enumerate(work)
            ),
            from_courier=reach_s,
            between={MODE: _ride_s(city, sites, sites) + halves_s},
            rules=dispatch.Rules(
                pickup_s=city.pickup_min // 2 * MINUTE_S,
                door_s=city.door_min // 2 * MINUTE_S,
                bundle=self.bundle,
                turn_back_s=0,
                keep_s=self.keep_s,
            ),
            now_s=snapshot.now_min * MINUTE_S,
            demand={site[shop]: orders for shop, orders in demand.items()},
        )


def dispatcher(set_name: SetName, rounds: int = dispatch.Effort().most_rounds) -> Dispatcher:
    """The policy for one of the two sets, with so many rounds of search at the most."""
    return Dispatcher(WEIGHTS[set_name], dispatch.Effort(most_rounds=rounds))


def may_be_instructed(snapshot: Snapshot, rider: Rider) -> bool:
    """Whether the rules leave a courier open to an instruction now."""
    return rider.phase in {"free", "moving", "at_shop"} or (
        rider.phase == "fetching" and snapshot.rules == "product"
    )


def _bound(snapshot: Snapshot, rider: Rider) -> frozenset[str]:
    """The orders that stay with their courier."""
    if rider.phase in {"fetching", "at_shop"} and snapshot.rules == "product":
        return rider.picked
    return frozenset(rider.bundle)


def _team(snapshot: Snapshot) -> list[Member]:
    """The riders in their order, then those whose shift is about to start."""
    now_min, known = snapshot.now_min, {rider.name for rider in snapshot.riders}
    team = []
    for rider in snapshot.riders:
        free_min, place = now_min, rider.place
        if _at_counter(snapshot, rider):
            assert rider.pickup_min is not None
            free_min = max(rider.pickup_min, now_min)
        elif not may_be_instructed(snapshot, rider):
            free_min, place = rider.free_min, rider.free_place
        team.append(Member(rider.name, free_min, place, rider.off_min))
    coming = [
        Member(courier.name, courier.on_min, courier.place, courier.off_min)
        for courier in snapshot.city.couriers
        if courier.name not in known and now_min < courier.on_min <= now_min + AHEAD_MIN
    ]
    return team + coming


def _work(snapshot: Snapshot, team: Sequence[Member], last: Mapping[str, str]) -> list[Work]:
    """Bags of couriers at a counter, and the open orders that are not hopeless."""
    city, now_min = snapshot.city, snapshot.now_min
    number = {member.name: each for each, member in enumerate(team)}
    facts = {order.name: order for order in (*snapshot.orders, *snapshot.picked)}
    bound = {name for rider in snapshot.riders for name in _bound(snapshot, rider)}
    standing = [
        Work(facts[name], number[rider.name], name in rider.picked, name not in rider.picked)
        for rider in snapshot.riders
        if _at_counter(snapshot, rider)
        for name in rider.bundle
        if name in bound
    ]
    loose = [
        Work(order, number.get(last.get(order.name, "")))
        for order in snapshot.orders
        if order.name not in bound
        and max(0, now_min - order.ready_min) + city.unavoidable_min(order) <= city.longest_min
    ]
    return standing + loose


def _task(city: Instance, work: Work, key: int, store: int, shops: int) -> dispatch.Task:
    order = work.order
    return dispatch.Task(
        key=key,
        store=store,
        door=shops + key,
        ready_s=order.ready_min * MINUTE_S,
        promise_s=(order.placed_min + city.target_min) * MINUTE_S,
        weight_g=1,
        courier=work.holder,
        carried=work.carried,
        at_store=work.at_shop,
        latest_s=(order.placed_min + city.longest_min) * MINUTE_S,
    )


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


def _at_counter(snapshot: Snapshot, rider: Rider) -> bool:
    """With bags of their own, which may be joined by more from the same shop."""
    return rider.phase == "at_shop" and bool(_bound(snapshot, rider))


def _ride_s(city: Instance, origins: NDArray[np.float64], targets: NDArray[np.float64]) -> Seconds:
    metres = np.sqrt(((origins[:, None, :] - targets[None, :, :]) ** 2).sum(axis=2))
    whole: Seconds = np.ceil(metres / city.metres_per_min - WHOLE).astype(np.int64) * MINUTE_S
    return whole


def _instructions(
    snapshot: Snapshot, routes: Mapping[int, dispatch.Route], work: Sequence[Work]
) -> Iterator[Instruction]:
    """The first trips of those who may be told something, where it is news to them and waiting would cost something."""
    for number, rider in enumerate(snapshot.riders):
        if not may_be_instructed(snapshot, rider):
            continue
        route = routes.get(number)
        trip = _first_trip(route, work) if route else ()
        if snapshot.rules == "strict":
            waits = route is not None and rider.phase == "free" and route.slack_s >= MINUTE_S
            if waits or set(trip) == set(rider.bundle):
                continue
        if trip != rider.bundle and not (rider.phase == "at_shop" and set(trip) == set(rider.bundle)):
            yield Assign(rider.name, trip)


def _sent(
    snapshot: Snapshot, plan: dispatch.Plan, shops: Sequence[str], told: AbstractSet[str]
) -> Iterator[Instruction]:
    """Idle couriers move, where the rules let them."""
    for move in plan.moves:
        if move.courier < len(snapshot.riders):
            rider = snapshot.riders[move.courier]
            if rider.phase in {"free", "moving"} and rider.name not in told:
                yield Send(rider.name, snapshot.city.shops[shops[move.site]])


def _first_trip(route: dispatch.Route, work: Sequence[Work]) -> tuple[str, ...]:
    at_first_door_s = route.legs[0].door_at_s
    return tuple(
        work[leg.task].order.name
        for leg in route.legs
        if leg.pickup_s is None or leg.pickup_s < at_first_door_s
    )
