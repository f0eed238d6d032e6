"""Whether a log could have happened, and kept the rules: an examiner that shares no code with the replay or any policy.

Each rule is a function from a case (the instance, the rules, the log) to sentences, one for each time it is broken. Only the facts of
`instances` and the shape of an event are taken from elsewhere; travel is reckoned here anew.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise

from benchmarks.mdrp.instances import Instance, Order, Place
from benchmarks.mdrp.log import Event, Rules

NEAR_M = 1e-3
"""Places nearer than this are the same: on the way they are fractions of a metre."""


@dataclass(frozen=True)
class Case:
    """What is to be judged."""

    instance: Instance
    rules: Rules
    log: tuple[Event, ...]

    @cached_property
    def by_courier(self) -> dict[str, list[Event]]:
        """Each courier's own events, in the order of the log."""
        own: dict[str, list[Event]] = {}
        for event in self.log:
            own.setdefault(event.courier, []).append(event)
        return own

    def of(self, *kinds: str) -> Iterator[Event]:
        """Events of these kinds."""
        return (event for event in self.log if event.kind in kinds)

    def orders(self, event: Event) -> list[Order]:
        """The known orders of an event."""
        return [self.instance.order[name] for name in event.orders if name in self.instance.order]


Rule = Callable[[Case], Iterable[str]]


def _near(one: Place, other: Place) -> bool:
    return math.hypot(one.x - other.x, one.y - other.y) <= NEAR_M


def _ride_min(case: Case, origin: Place, target: Place) -> int:
    return math.ceil(
        math.hypot(origin.x - target.x, origin.y - target.y) / case.instance.metres_per_min - 1e-9
    )


def in_order_of_time(case: Case) -> Iterable[str]:
    """The log goes forward in whole minutes."""
    for event in case.log:
        if not isinstance(event.minute, int):
            yield f"{event.courier}: {event.kind} at {event.minute}, which is no whole minute."
    for one, other in pairwise(case.log):
        if other.minute < one.minute:
            yield f"{other.courier}: {other.kind} at {other.minute} is written after minute {one.minute}."


def known_names(case: Case) -> Iterable[str]:
    """Couriers and orders are those of the instance."""
    for event in case.log:
        if event.courier not in case.instance.courier:
            yield f"Nobody is called {event.courier}."
        for name in event.orders:
            if name not in case.instance.order:
                yield f"{event.courier}: there is no order {name}."


def known_before_decided(case: Case) -> Iterable[str]:
    """An order is decided on when it has been placed, not before."""
    for event in case.of("decided"):
        for order in case.orders(event):
            if event.minute < order.placed_min:
                yield f"{order.name} is decided at {event.minute}, before it is placed at {order.placed_min}."


def one_shop_a_bundle(case: Case) -> Iterable[str]:
    """All orders of a bundle are from one shop, and towards that shop the courier is sent."""
    for event in case.of("decided"):
        shops = {order.shop for order in case.orders(event)}
        if len(shops) > 1:
            yield f"{event.courier}: the bundle at {event.minute} is from {len(shops)} shops."


def once(case: Case) -> Iterable[str]:
    """An order is picked up once and delivered once at the most; under strict rules one courier only ever gets it."""
    for kind in ("picked_up", "delivered"):
        seen: set[str] = set()
        for event in case.of(kind):
            for name in event.orders:
                if name in seen:
                    yield f"{name} is {kind.replace('_', ' ')} a second time, at {event.minute}."
                seen.add(name)
    holder: dict[str, str] = {}
    for event in case.of("decided"):
        for name in event.orders:
            if case.rules == "strict" and holder.setdefault(name, event.courier) != event.courier:
                yield f"{name} is given to {event.courier} at {event.minute} though {holder[name]} has it."


def one_holder(case: Case) -> Iterable[str]:
    """Whoever picks an order up has it in the bundle, and at the end of a minute no order is in two bundles."""
    holds: dict[str, tuple[str, ...]] = {}
    for minute, events in groupby(case.log, key=lambda event: event.minute):
        for event in events:
            if event.kind in {"decided", "freed"}:
                holds[event.courier] = event.orders
            elif event.kind == "picked_up":
                for name in sorted(set(event.orders) - set(holds.get(event.courier, ()))):
                    yield f"{event.courier} picks up {name} at {minute} without having been told to."
        for name, bundles in Counter(name for bundle in holds.values() for name in bundle).items():
            if bundles > 1:
                yield f"{name} is in {bundles} bundles at {minute}."


def left_alone(case: Case) -> Iterable[str]:
    """Who carries out an assignment gets no new instruction, except bags more at the shop before leaving it.

    Under product rules this holds from the pick-up of a bag on.
    """
    for name, events in case.by_courier.items():
        bundle: tuple[str, ...] = ()
        picked: set[str] = set()
        at_shop = False
        for event in events:
            if event.kind == "freed":
                bundle, picked, at_shop = (), set(), False
            elif event.kind == "arrived" and bundle and not picked:
                at_shop = True
            elif event.kind == "left":
                at_shop = False
            elif event.kind == "picked_up":
                picked |= set(event.orders)
            elif event.kind in {"decided", "sent"}:
                bound = set(bundle) if case.rules == "strict" else picked
                adds = event.kind == "decided" and at_shop and bound <= set(event.orders)
                if bound and not adds:
                    yield f"{name} gets a new instruction at {event.minute} while carrying out an assignment."
                bundle = event.orders


def freed_when_done(case: Case) -> Iterable[str]:
    """An assignment is over when all of its bundle is delivered, or when the courier was released from it."""
    for name, events in case.by_courier.items():
        left: set[str] = set()
        brought: set[str] = set()
        for event in events:
            if event.kind == "decided":
                left = set(event.orders) - brought
            elif event.kind == "delivered":
                brought |= set(event.orders)
                left -= brought
            elif event.kind == "freed" and left:
                yield f"{name} is freed at {event.minute} with {len(left)} of the bundle not delivered."


def no_free_moves(case: Case) -> Iterable[str]:
    """Under strict rules nobody moves without an assignment."""
    if case.rules == "strict":
        for event in case.of("sent"):
            yield f"{event.courier} is sent somewhere at {event.minute} without an assignment."


def moves_decided(case: Case) -> Iterable[str]:
    """Every move was decided, not later than it starts, and goes where the decision says: the shop, then the doors in order."""
    for name, events in case.by_courier.items():
        expected: list[Place] = []
        for event in events:
            if event.kind == "sent" and event.towards is not None:
                expected = [event.towards]
            elif event.kind == "decided":
                doors = [order.door for order in case.orders(event)]
                at_shop = bool(doors) and event.towards is None
                shop = [case.instance.shops[case.orders(event)[0].shop]] if doors and not at_shop else []
                expected = [*shop, *doors]
            elif event.kind == "left":
                target = expected.pop(0) if expected else None
                if target is None or event.towards is None or not _near(event.towards, target):
                    yield f"{name} leaves at {event.minute} for a place that was not decided."


def whereabouts(case: Case) -> Iterable[str]:
    """Nobody jumps: a courier acts where they are, and a ride takes the straight line's whole minutes."""
    for name, events in case.by_courier.items():
        if name not in case.instance.courier:
            continue
        place = case.instance.courier[name].place
        ride: Event | None = None
        for event in events:
            if ride is not None and event.kind == "arrived":
                yield from _arrival(case, ride, event)
                place, ride = ride.towards or place, None
                continue
            here = place if ride is None else _on_the_way(case, ride, event.minute)
            if not _near(event.place, here):
                yield f"{name}: {event.kind} at {event.minute} in another place than where they are."
            if event.kind == "arrived" or (ride is not None and event.kind in {"picked_up", "delivered"}):
                yield f"{name}: {event.kind} at {event.minute} on the way, or without having left."
            if event.kind == "freed" and ride is not None:
                place, ride = here, None
            if event.kind == "left":
                place, ride = event.place, event


def _arrival(case: Case, ride: Event, event: Event) -> Iterator[str]:
    assert ride.towards is not None
    due_min = ride.minute + _ride_min(case, ride.place, ride.towards)
    if event.minute != due_min:
        yield f"{event.courier} arrives at {event.minute}; the ride ends at {due_min}."
    if not _near(event.place, ride.towards):
        yield f"{event.courier} arrives at {event.minute} elsewhere than left for."


def _on_the_way(case: Case, ride: Event, minute: int) -> Place:
    assert ride.towards is not None
    whole_min = _ride_min(case, ride.place, ride.towards)
    gone = min(1.0, (minute - ride.minute) / whole_min) if whole_min else 1.0
    return Place(
        ride.place.x + (ride.towards.x - ride.place.x) * gone,
        ride.place.y + (ride.towards.y - ride.place.y) * gone,
    )


def service_at_the_shop(case: Case) -> Iterable[str]:
    """A bag is picked up at its shop, half the service after arriving at the soonest; leaving takes the other half."""
    half_min = case.instance.pickup_min // 2
    for name, events in case.by_courier.items():
        arrived_min, picked_min = None, None
        for event in events:
            if event.kind == "arrived":
                arrived_min = event.minute
            elif event.kind == "picked_up":
                picked_min = event.minute
                if arrived_min is None or event.minute < arrived_min + half_min:
                    yield f"{name} picks up at {event.minute} without the service minutes before it."
                if any(
                    not _near(case.instance.shops[order.shop], event.place) for order in case.orders(event)
                ):
                    yield f"{name} picks up at {event.minute} elsewhere than at the shop."
            elif event.kind == "left":
                if picked_min is not None and event.minute < picked_min + half_min:
                    yield f"{name} leaves the shop at {event.minute} without the service minutes after the pick-up."
                picked_min = arrived_min = None


def service_at_the_door(case: Case) -> Iterable[str]:
    """An order is delivered at its door, half the service after arriving at the soonest; what follows waits the other half."""
    half_min = case.instance.door_min // 2
    for name, events in case.by_courier.items():
        for before, event, after in zip(events, events[1:], [*events[2:], None], strict=False):
            if event.kind != "delivered":
                continue
            if before.kind != "arrived" or event.minute < before.minute + half_min:
                yield f"{name} delivers at {event.minute} without the service minutes before it."
            if after is None or after.kind not in {"left", "freed"} or after.minute < event.minute + half_min:
                yield f"{name} goes on from the door of {event.minute} without the service minutes after it."
            if any(not _near(order.door, event.place) for order in case.orders(event)):
                yield f"{name} delivers at {event.minute} elsewhere than at the order's door."


def not_before_ready(case: Case) -> Iterable[str]:
    """No bag is picked up before it is ready."""
    for event in case.of("picked_up"):
        for order in case.orders(event):
            if event.minute < order.ready_min:
                yield f"{order.name} is picked up at {event.minute}, before it is ready at {order.ready_min}."


def on_shift(case: Case) -> Iterable[str]:
    """Nobody does anything before their shift, and no pick-up is after its end."""
    for name, events in case.by_courier.items():
        courier = case.instance.courier.get(name)
        if courier is None:
            continue
        if events[0].minute < courier.on_min:
            yield f"{name} works at {events[0].minute}, before the shift starts at {courier.on_min}."
        for event in events:
            if event.kind == "picked_up" and event.minute > courier.off_min:
                yield f"{name} picks up at {event.minute}, after the shift's end at {courier.off_min}."


def delivered_by_its_bearer(case: Case) -> Iterable[str]:
    """What is delivered was picked up by the same courier, and all that is picked up is delivered."""
    for name, events in case.by_courier.items():
        bag: set[str] = set()
        for event in events:
            if event.kind == "picked_up":
                bag |= set(event.orders)
            elif event.kind == "delivered":
                for order in set(event.orders) - bag:
                    yield f"{name} delivers {order} at {event.minute} without having picked it up."
                bag -= set(event.orders)
        for order in sorted(bag):
            yield f"{name} picks up {order} and never delivers it."


def ninety_minutes(case: Case) -> Iterable[str]:
    """No order is delivered later after its placement than the instance allows."""
    for event in case.of("delivered"):
        for order in case.orders(event):
            took_min = event.minute - order.placed_min
            if took_min > case.instance.longest_min:
                yield f"{order.name} is delivered after {took_min} minutes; {case.instance.longest_min} are the most."


RULES: tuple[Rule, ...] = (
    in_order_of_time,
    known_names,
    known_before_decided,
    one_shop_a_bundle,
    once,
    one_holder,
    left_alone,
    freed_when_done,
    no_free_moves,
    moves_decided,
    whereabouts,
    service_at_the_shop,
    service_at_the_door,
    not_before_ready,
    on_shift,
    delivered_by_its_bearer,
    ninety_minutes,
)


def complaints(instance: Instance, rules: Rules, log: Iterable[Event]) -> list[str]:
    """A sentence for each rule broken, each time; none says that the log stands."""
    case = Case(instance, rules, tuple(log))
    return [f"{rule.__name__}: {sentence}" for rule in RULES for sentence in rule(case)]
