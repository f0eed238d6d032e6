"""A recorded day once more, offline: the same orders and shifts, planned by the production's planner with other rules or other couriers.

Couriers ride as long as the plan counts with and tap at once, so a replay says what a change is worth, not how a day would have been:
compare replays with each other. Nothing is written to the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from guinda.base.points import Point
from guinda.delivery.dispatcher import changes_of
from guinda.delivery.fleet import Facts, Rides, Seen, Work, snapshot_of
from guinda.delivery.models import Shift, Task
from guinda.places import travel
from guinda.places.travel import Mode
from guinda.solvers import dispatch
from guinda.solvers.dispatch import Rules, Weights

EVERY_S = 15
"""Seconds of the day between two rounds of planning: production looks every second, but only when something happened."""
PATIENCE = timedelta(hours=3)
"""Bags that are not at their door so long after the last order count as never brought."""


class Duty(NamedTuple):
    """A courier's shift of that day, from their home store."""

    key: int
    mode: Mode
    capacity_g: int
    begins_at: datetime
    ends_at: datetime
    place: Point


class Recorded(NamedTuple):
    """A day: tasks as they were when confirmed, when each was placed and came, and who was on duty."""

    work: Sequence[Work]
    placed_at: Mapping[int, datetime]
    came_at: Mapping[int, datetime]
    duties: Sequence[Duty]


def read(*, city_id: str, since: datetime, until: datetime) -> Recorded:
    """The orders placed between two instants that were delivered or should have been, and the shifts that met them (two queries)."""
    tasks = (
        Task.objects.filter(city_id=city_id, order__placed_at__gte=since, order__placed_at__lt=until)
        .exclude(state=Task.State.CANCELLED)
        .select_related("order", "store")
        .order_by("pk")
    )
    shifts = Shift.objects.filter(
        courier__city_id=city_id, started_at__lt=until + PATIENCE, ends_at__gt=since
    ).select_related("courier__home_store")
    work = [
        Work(
            each.pk, Task.State.WAITING, None, 0, None, None, each.store_id, each.store.point, each.door,
            each.weight_g, each.ready_at, each.promised_at, 0,
        )
        for each in tasks
    ]  # fmt: skip
    duties = [
        Duty(
            each.pk, Mode(each.courier.mode), each.courier.carries_g, each.started_at,
            each.ended_at or each.ends_at, each.courier.home_store.point,
        )
        for each in shifts.order_by("pk")
    ]  # fmt: skip
    came_at = {
        each.pk: each.ended_at for each in tasks if each.state == Task.State.DELIVERED and each.ended_at
    }
    return Recorded(work, {each.pk: each.order.placed_at for each in tasks}, came_at, duties)


def with_couriers(day: Recorded, count: int) -> Recorded:
    """The same day with `count` shifts: the first of them, or more of the same kind."""
    duties = [
        day.duties[number % len(day.duties)]._replace(key=number + 1)
        for number in range(count if day.duties else 0)
    ]
    return day._replace(duties=duties)


def parameters(chosen: Mapping[str, float]) -> tuple[Rules, Weights]:
    """The planner's rules and weights with some of them changed by name; ValueError names those there are."""
    rules = {each.name: getattr(Rules(), each.name) for each in fields(Rules)}
    weights = {each.name: getattr(Weights(), each.name) for each in fields(Weights)}
    for name, value in chosen.items():
        if name in rules:
            rules[name] = int(value)
        elif name in weights:
            weights[name] = value
        else:
            raise ValueError(f"There is no parameter {name!r}. There are: {', '.join([*rules, *weights])}.")
    return Rules(**rules), Weights(**weights)


@dataclass(frozen=True)
class Outcome:
    """How a day went. Minutes are means; shares are of 1."""

    orders: int
    delivered: int
    kept: float
    late_minutes: float
    door_minutes: float
    within_30: float


def outcome(day: Recorded, came_at: Mapping[int, datetime]) -> Outcome:
    """Add up when each bag came; a bag that never came kept no promise."""
    orders = max(len(day.work), 1)
    promised = {each.key: each.promised_at for each in day.work}
    late = [_minutes(at - promised[key]) for key, at in came_at.items() if at > promised[key]]
    door = [_minutes(at - day.placed_at[key]) for key, at in came_at.items()]
    return Outcome(
        orders=len(day.work),
        delivered=len(came_at),
        kept=(len(came_at) - len(late)) / orders,
        late_minutes=sum(late) / max(len(late), 1),
        door_minutes=sum(door) / max(len(door), 1),
        within_30=sum(each <= 30 for each in door) / orders,
    )


def _minutes(passed: timedelta) -> float:
    return passed.total_seconds() / 60


class Ride(NamedTuple):
    """On the way from a place to another."""

    origin: Point
    target: Point
    from_s: float
    to_s: float


class Rider:
    """A courier of the replay: where they are, and until when they are busy."""

    def __init__(self, duty: Duty, rules: Rules) -> None:
        self.duty, self.rules = duty, rules
        self.times = travel.get()
        self.place, self.at_s = duty.place, duty.begins_at.timestamp()
        self.ride: Ride | None = None

    def seen(self) -> Seen:
        """As the planner sees them."""
        return Seen(self.duty.key, self.duty.mode, self.duty.capacity_g, self.duty.ends_at, self.here())

    def here(self) -> Point:
        """Along the straight line of the ride."""
        if self.ride is None:
            return self.place
        share = min(1.0, max(0.0, (self.at_s - self.ride.from_s) / max(self.ride.to_s - self.ride.from_s, 1)))
        (a, b), (c, d) = self.ride.origin, self.ride.target
        return Point(a + (c - a) * share, b + (d - b) * share)

    def advance(self, work: dict[int, Work], came_at: dict[int, datetime], upto_s: float) -> None:
        """Ride, fetch and deliver until `upto_s`, next things first."""
        while self.at_s < upto_s:
            mine = sorted((each for each in work.values() if each.courier == self.duty.key), key=_next)
            if not mine:
                self.place, self.ride, self.at_s = self.here(), None, upto_s
                return
            first, carried = mine[0], mine[0].state == Task.State.CARRIED
            arrive_s = self._towards(first.door if carried else first.store)
            done_s = arrive_s if carried else max(arrive_s, first.ready_at.timestamp()) + self.rules.pickup_s
            if done_s > upto_s:
                self.at_s = upto_s
                return
            self.place, self.ride, self.at_s = first.door if carried else first.store, None, done_s
            if carried:
                came_at[first.key] = datetime.fromtimestamp(done_s, UTC)
                del work[first.key]
                self.at_s += self.rules.door_s
            else:
                _fetch(work, [each for each in mine if each.leaves_at == first.leaves_at], first)

    def _towards(self, target: Point) -> float:
        """When they arrive; a ride that led elsewhere is broken off where it is."""
        if self.ride is None or self.ride.target != target:
            here = self.here()
            ride_s = int(self.times.seconds([here], [target], self.duty.mode)[0, 0])
            self.ride = Ride(here, target, self.at_s, self.at_s + ride_s)
        return self.ride.to_s


def _next(work: Work) -> tuple[datetime, int]:
    planned = work.expected_at if work.state == Task.State.CARRIED else work.leaves_at
    return planned or work.promised_at, work.key


def _fetch(work: dict[int, Work], trip: Sequence[Work], first: Work) -> None:
    for each in trip:
        if (
            each.store == first.store
            and each.state == Task.State.ASSIGNED
            and each.ready_at <= first.ready_at
        ):
            work[each.key] = each._replace(state=Task.State.CARRIED.value)
    work[first.key] = first._replace(state=Task.State.CARRIED.value)


def run(day: Recorded, *, rules: Rules | None = None, weights: Weights | None = None) -> dict[int, datetime]:
    """When each bag is at its door in a replay; one that never is, is left out. The same day gives the same answer."""
    rules, weights = rules or Rules(), weights or Weights()
    coming = sorted(day.work, key=lambda each: (day.placed_at[each.key], each.key), reverse=True)
    if not coming:
        return {}
    work: dict[int, Work] = {}
    came_at: dict[int, datetime] = {}
    riders, known = [Rider(each, rules) for each in day.duties], Rides()
    now, last = day.placed_at[coming[-1].key], day.placed_at[coming[0].key] + PATIENCE
    while (coming or work) and now <= last:
        now_s = now.timestamp()
        while coming and day.placed_at[coming[-1].key] <= now:
            task = coming.pop()
            work[task.key] = task
        on_duty = [each for each in riders if _on_duty(each, work, now)]
        for rider in on_duty:
            rider.advance(work, came_at, now_s)
        _plan(work, on_duty, now, rules, weights, known=known)
        now += timedelta(seconds=EVERY_S)
    return came_at


def _on_duty(rider: Rider, work: Mapping[int, Work], now: datetime) -> bool:
    """During the shift, and after it until the last bag is brought."""
    if not rider.duty.begins_at <= now:
        return False
    return now < rider.duty.ends_at or any(each.courier == rider.duty.key for each in work.values())


def _plan(
    work: dict[int, Work],
    riders: Sequence[Rider],
    now: datetime,
    rules: Rules,
    weights: Weights,
    *,
    known: Rides,
) -> None:
    facts = Facts([each.seen() for each in riders], list(work.values()), [], [])
    if not work or not riders:
        return
    snapshot = replace(snapshot_of(facts, now=now, known=known), rules=rules)
    for change in changes_of(dispatch.plan(snapshot, weights), facts):
        before = work[change.task]
        given: dict[str, Any] = {} if before.state == Task.State.CARRIED else {"courier": change.courier}
        state = Task.State.WAITING if change.courier is None else Task.State.ASSIGNED
        if before.state != Task.State.CARRIED:
            given["state"] = state.value
        work[change.task] = before._replace(
            position=change.position, leaves_at=change.leaves_at, expected_at=change.expected_at, **given
        )
