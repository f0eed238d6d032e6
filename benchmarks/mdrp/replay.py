"""The replay of a day: it owns the time, reveals each order when it is placed, and writes down all that happens.

Whole minutes throughout. In each minute first what was under way goes on, then orders are revealed, then the policy decides (in every
minute in which something happened or an order waits), and what was decided starts in that same minute. The replay carries out
whatever can be carried out, even what the rules forbid: judging is the checker's work. What cannot be carried out at all (an
order nobody knows, a bag in two bundles, a bag taken out of a courier's bag) ends the replay with an error.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter

from benchmarks.mdrp.instances import Courier, Instance, Order, Place
from benchmarks.mdrp.log import Assign, Event, Instruction, Kind, Phase, Policy, Rider, Rules, Send, Snapshot


class ImpossibleError(Exception):
    """An instruction that cannot be carried out."""


@dataclass(frozen=True)
class Replayed:
    """What happened, and how long each decision took while an order waited."""

    log: tuple[Event, ...]
    decision_s: tuple[float, ...]


@dataclass(eq=False)
class _Courier:
    """One courier under way; `turn` grows whenever what was due is due no longer."""

    facts: Courier
    place: Place
    phase: Phase = "free"
    bundle: tuple[str, ...] = ()
    picked: set[str] = field(default_factory=set)
    doors: list[str] = field(default_factory=list)
    at_door: str | None = None
    target: Place | None = None
    left_min: int = 0
    due_min: int = 0
    arrived_min: int | None = None
    pickup_min: int | None = None
    free: tuple[int, Place] | None = None
    turn: int = 0


class Replay:
    """One day being replayed."""

    def __init__(self, instance: Instance, rules: Rules) -> None:
        self.instance = instance
        self.rules = rules
        self.city = replace(instance, orders=())
        self.couriers = {courier.name: _Courier(courier, courier.place) for courier in instance.couriers}
        self.waiting: dict[str, Order] = {}
        self.held: dict[str, str] = {}
        """Which courier has which order in their bundle, until it is picked up."""
        self.log: list[Event] = []
        self.decision_s: list[float] = []
        self._due: list[tuple[int, str, int]] = []
        self._placed = sorted(instance.orders, key=lambda order: (order.placed_min, order.name))

    def run(self, policy: Policy, on_minute: Callable[[int], None] = lambda _: None) -> Replayed:
        """From the first order until nobody has anything to do and no order can be picked up any more."""
        placed = iter(self._placed)
        coming = next(placed, None)
        last_min = max((courier.off_min for courier in self.instance.couriers), default=0)
        starts = {courier.on_min for courier in self.instance.couriers}
        minute = coming.placed_min if coming else last_min + 1
        while coming or self._due or (self.waiting and minute <= last_min):
            on_minute(minute)
            happened = self._go_on(minute) or minute in starts
            while coming and coming.placed_min <= minute:
                self.waiting[coming.name] = coming
                coming, happened = next(placed, None), True
            if happened or (self.waiting and minute <= last_min):
                self._decide(minute, policy)
                self._go_on(minute)
            minute += 1
        return Replayed(tuple(self.log), tuple(self.decision_s))

    # What is under way

    def _go_on(self, minute: int) -> bool:
        happened = False
        while self._due and self._due[0][0] <= minute:
            _, name, turn = heapq.heappop(self._due)
            courier = self.couriers[name]
            if turn == courier.turn:
                happened = True
                self._step(courier, minute)
        return happened

    def _wait_until(self, courier: _Courier, minute: int) -> None:
        courier.turn += 1
        courier.due_min = minute
        heapq.heappush(self._due, (minute, courier.facts.name, courier.turn))

    def _note(self, minute: int, kind: Kind, courier: _Courier, *orders: str) -> None:
        self.log.append(Event(minute, kind, courier.facts.name, courier.place, orders, courier.target))

    def _leave(self, courier: _Courier, minute: int, phase: Phase, target: Place) -> None:
        courier.phase, courier.target, courier.left_min = phase, target, minute
        self._note(minute, "left", courier, *courier.bundle)
        self._wait_until(courier, minute + self.instance.travel_min(courier.place, target))
        if courier.due_min == minute:
            self._step(courier, minute)

    def _step(self, courier: _Courier, minute: int) -> None:
        if courier.target is not None:
            self._arrive(courier, minute)
        elif courier.phase == "at_shop":
            self._at_shop(courier, minute)
        elif courier.at_door is not None:
            self._at_door(courier, minute)

    def _arrive(self, courier: _Courier, minute: int) -> None:
        assert courier.target is not None
        courier.place, courier.target = courier.target, None
        self._note(minute, "arrived", courier, *courier.bundle)
        if courier.phase == "moving":
            self._free(courier, minute)
        elif courier.phase == "fetching":
            courier.phase, courier.arrived_min = "at_shop", minute
            self._plan_pickup(courier, minute)
        else:
            courier.at_door = courier.doors[0]
            self._wait_until(courier, minute + self.instance.door_min // 2)

    def _plan_pickup(self, courier: _Courier, minute: int) -> None:
        assert courier.arrived_min is not None
        ready_min = max(self.instance.order[name].ready_min for name in set(courier.bundle) - courier.picked)
        courier.pickup_min = max(minute, courier.arrived_min + self.instance.pickup_min // 2, ready_min)
        self._wait_until(courier, courier.pickup_min)

    def _at_shop(self, courier: _Courier, minute: int) -> None:
        new = tuple(name for name in courier.bundle if name not in courier.picked)
        if new:
            courier.picked.update(new)
            for name in new:
                del self.waiting[name], self.held[name]
            self._note(minute, "picked_up", courier, *new)
            self._wait_until(courier, minute + self.instance.pickup_min // 2)
            return
        courier.doors = list(courier.bundle)
        courier.free = self._end(courier, minute, courier.place)
        self._leave(courier, minute, "delivering", self.instance.order[courier.doors[0]].door)

    def _at_door(self, courier: _Courier, minute: int) -> None:
        if courier.at_door in courier.doors:
            self._note(minute, "delivered", courier, courier.doors.pop(0))
            self._wait_until(courier, minute + self.instance.door_min // 2)
            return
        courier.at_door = None
        if courier.doors:
            self._leave(courier, minute, "delivering", self.instance.order[courier.doors[0]].door)
        else:
            self._free(courier, minute)

    def _free(self, courier: _Courier, minute: int) -> None:
        courier.phase, courier.bundle, courier.free, courier.target = "free", (), None, None
        courier.arrived_min = courier.pickup_min = None
        courier.picked.clear()
        courier.turn += 1
        self._note(minute, "freed", courier)

    # What is decided

    def _decide(self, minute: int, policy: Policy) -> None:
        snapshot = self._snapshot(minute)
        started_s = perf_counter()
        instructions = list(policy(snapshot))
        if self.waiting:
            self.decision_s.append(perf_counter() - started_s)
        if len({instruction.courier for instruction in instructions}) < len(instructions):
            raise ImpossibleError(f"Minute {minute}: a courier gets two instructions at once.")
        self._let_go(instructions)
        for instruction in instructions:
            courier = self.couriers.get(instruction.courier)
            if courier is None or minute < courier.facts.on_min:
                raise ImpossibleError(f"Minute {minute}: {instruction.courier} is not on shift.")
            courier.place = _whereabouts(courier, minute)
            if isinstance(instruction, Send):
                self._send(courier, minute, instruction.place)
            else:
                self._assign(courier, minute, instruction.orders)

    def _let_go(self, instructions: Iterable[Instruction]) -> None:
        """Bundles that are about to change hold nothing while they do, so that couriers may exchange bags."""
        changing = {instruction.courier for instruction in instructions if isinstance(instruction, Assign)}
        self.held = {order: courier for order, courier in self.held.items() if courier not in changing}

    def _send(self, courier: _Courier, minute: int, target: Place) -> None:
        if courier.phase not in {"free", "moving"}:
            raise ImpossibleError(f"Minute {minute}: {courier.facts.name} is not free to be sent elsewhere.")
        courier.target = target
        self._note(minute, "sent", courier)
        self._leave(courier, minute, "moving", target)

    def _assign(self, courier: _Courier, minute: int, orders: tuple[str, ...]) -> None:
        name = courier.facts.name
        if courier.phase == "delivering" or not courier.picked <= set(orders):
            raise ImpossibleError(f"Minute {minute}: {name} has left the shop, or would lose a bag.")
        new = [order for order in orders if order not in courier.picked]
        if any(order not in self.waiting or order in self.held for order in new) or len({*orders}) < len(
            orders
        ):
            raise ImpossibleError(f"Minute {minute}: of {orders} for {name} some cannot be had.")
        self.held.update(dict.fromkeys(new, name))
        courier.bundle = orders
        if not orders:
            courier.target = None
            self._note(minute, "decided", courier)
            self._free(courier, minute)
            return
        shop = self.instance.shops[self.instance.order[orders[0]].shop]
        if courier.phase == "at_shop" and courier.place == shop:
            self._note(minute, "decided", courier, *orders)
            if new:
                self._plan_pickup(courier, minute)
            return
        courier.target, courier.arrived_min, courier.pickup_min = shop, None, None
        self._note(minute, "decided", courier, *orders)
        self._leave(courier, minute, "fetching", shop)

    # What may be seen

    def _snapshot(self, minute: int) -> Snapshot:
        riders = tuple(self._riders(minute))
        picked = tuple(self.instance.order[name] for rider in riders for name in sorted(rider.picked))
        return Snapshot(minute, self.rules, self.city, riders, tuple(self.waiting.values()), picked)

    def _riders(self, minute: int) -> Iterator[Rider]:
        for name, courier in self.couriers.items():
            facts = courier.facts
            if minute < facts.on_min or minute > facts.off_min:
                continue
            place = _whereabouts(courier, minute)
            free_min, free_place = courier.free or self._end(courier, minute, place)
            yield Rider(
                name=name,
                off_min=facts.off_min,
                phase=courier.phase,
                place=place,
                bundle=courier.bundle,
                picked=frozenset(courier.picked),
                shop=self.instance.order[courier.bundle[0]].shop if courier.bundle else None,
                arrived_min=courier.arrived_min,
                pickup_min=courier.pickup_min,
                free_min=free_min,
                free_place=free_place,
            )

    def _end(self, courier: _Courier, minute: int, place: Place) -> tuple[int, Place]:
        """When and where the assignment will be over, of a courier who has not left the shop yet."""
        if not courier.bundle:
            return minute, place
        orders = [self.instance.order[name] for name in courier.bundle]
        half_min = self.instance.pickup_min // 2
        at_min = courier.pickup_min
        if at_min is None:
            at_min = max(courier.due_min + half_min, *(order.ready_min for order in orders))
        at_min, place = at_min + half_min, self.instance.shops[orders[0].shop]
        for order in orders:
            at_min += self.instance.travel_min(place, order.door) + self.instance.door_min
            place = order.door
        return at_min, place


def _whereabouts(courier: _Courier, minute: int) -> Place:
    if courier.target is None or courier.due_min <= courier.left_min:
        return courier.place
    gone = (minute - courier.left_min) / (courier.due_min - courier.left_min)
    start, end = courier.place, courier.target
    return Place(start.x + (end.x - start.x) * gone, start.y + (end.y - start.y) * gone)


def replay(
    instance: Instance, rules: Rules, policy: Policy, on_minute: Callable[[int], None] = lambda _: None
) -> Replayed:
    """Replay one day with one policy."""
    return Replay(instance, rules).run(policy, on_minute)
