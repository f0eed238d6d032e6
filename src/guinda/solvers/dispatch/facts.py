"""What a plan is made of: couriers, tasks and travel times in, routes and reasons out. Plain values in whole seconds of one clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.int64]
NEVER = np.iinfo(np.int64).max // 4


@dataclass(frozen=True)
class Rules:
    """How couriers work. Seconds; assumptions until the journal's own times say better."""

    pickup_s: int = 60
    """At the store's counter."""
    door_s: int = 120
    """At the door: lift, spoken code, cash. It delays the next door, not this one."""
    bundle: int = 3
    """Bags on one trip."""
    keep_s: int = 180
    """What a change of courier costs in the objective: nobody is sent back and forth for less."""
    turn_back_s: int = 120
    """A courier with bags takes another only while this near to its store."""

    def __post_init__(self) -> None:
        if min(self.pickup_s, self.door_s, self.keep_s, self.turn_back_s) < 0 or self.bundle < 1:
            raise ValueError("Durations are 0 or more seconds and a trip has room for at least one bag.")


@dataclass(frozen=True)
class Courier:
    """Someone on shift: free at `free_at_s` at the place of their row in `Snapshot.from_courier`."""

    key: int
    mode: str
    free_at_s: int
    shift_end_s: int
    capacity_g: int


@dataclass(frozen=True)
class Task:
    """One bag to carry from a store's site to a door's; `courier` has it already, in the bag when `carried`, else in the plan."""

    key: int
    store: int
    door: int
    ready_s: int
    promise_s: int
    weight_g: int
    courier: int | None = None
    carried: bool = False
    pinned: int | None = None
    """The courier who must bring it, if anybody: a person said so. What a courier holds already is a fact and stays."""
    at_store: bool = False
    """Its `courier` has reached the store for it: it changes hands no more."""
    latest_s: int | None = None
    """After this nobody wants it at the door any more: it is better left out of the plan. None: always wanted."""

    @property
    def held(self) -> bool:
        """Whether it stays with its courier whatever is planned."""
        return self.courier is not None and (self.carried or self.at_store)


@dataclass(frozen=True)
class Snapshot:
    """The fleet and its tasks at one moment, with travel times in whole seconds."""

    couriers: tuple[Courier, ...]
    tasks: tuple[Task, ...]
    from_courier: Seconds
    """A row for each courier, in their own mode; a column for each site."""
    between: Mapping[str, Seconds]
    """For each mode: from site to site."""
    rules: Rules = field(default_factory=Rules)
    now_s: int = 0
    """The moment itself: nothing starts before it."""
    forbidden: frozenset[tuple[int, int]] = frozenset()
    """Pairs of task and courier that a person ruled out. What a courier holds already is a fact and stays."""
    demand: Mapping[int, float] = field(default_factory=dict)
    """Orders expected at a store's site in the hour to come; none named, none expected."""

    def __post_init__(self) -> None:
        keys = {courier.key for courier in self.couriers}
        if len(keys) != len(self.couriers) or len({task.key for task in self.tasks}) != len(self.tasks):
            raise ValueError("Each courier and each task is in a snapshot once.")
        if self.from_courier.shape[0] != len(self.couriers):
            raise ValueError("Travel times from couriers need one row for each courier.")
        if any(task.carried and task.courier not in keys for task in self.tasks):
            raise ValueError("A bag that is carried needs its courier in the snapshot.")
        if any(task.at_store and task.courier not in keys for task in self.tasks):
            raise ValueError("A bag whose courier is at the store needs that courier in the snapshot.")
        if any((task.key, task.pinned) in self.forbidden for task in self.tasks):
            raise ValueError("A task can't be pinned to a courier it is forbidden to: undo one of the two.")


@dataclass(frozen=True)
class Weights:
    """What the objective counts, in weighted seconds (see `plan`)."""

    wait: float = 1.0
    """For each second that a bag is at its door after the soonest possible: the unit all others are measured in."""
    late: float = 1.0
    """For each second after the promise, on top of `wait`."""
    broken_s: float = 600.0
    """For a promise broken at all."""
    ride: float = 0.3
    """For each second a courier rides or stands at a counter, however many orders wait."""
    lost_s: float = 7200.0
    """For a task that is left out."""

    def __post_init__(self) -> None:
        if min(self.wait, self.late, self.broken_s, self.ride, self.lost_s) < 0:
            raise ValueError("Weights are 0 or more: nothing here is a gain.")


@dataclass(frozen=True)
class Effort:
    """How long the search works, in rounds: work is counted, not timed, so that a plan can be made again."""

    rounds_a_task: int = 60
    most_rounds: int = 1600
    heat_s: float = 60.0
    """How much worse a change may be at first and still be kept."""
    seed: int = 1


class Leg(NamedTuple):
    """One task of a route: when its bag leaves the store (None when carried already) and when it is at the door."""

    task: int
    pickup_s: int | None
    door_at_s: int


class Route(NamedTuple):
    """A courier's tasks in the order of their doors."""

    courier: int
    legs: tuple[Leg, ...]
    slack_s: int = 0
    """How long the courier may stay where they are without anything in the route getting later."""


class Move(NamedTuple):
    """An idle courier had better stand at this site."""

    courier: int
    site: int


class Reason(NamedTuple):
    """Why a task is where it is: what it costs there, and what the second best courier would have cost.

    Costs are weighted seconds, the unit of the objective; `parts` add up to `cost`.
    """

    courier: int
    cost: float
    second: int | None
    """Nobody else could have taken it: None, and `second_cost` too."""
    second_cost: float | None
    parts: Mapping[str, float]


@dataclass(frozen=True)
class Plan:
    """Every task of the snapshot: in one route, or unassigned because nobody on shift can take it."""

    routes: tuple[Route, ...]
    unassigned: tuple[int, ...]
    reasons: Mapping[int, Reason] = field(default_factory=dict)
    """For each task in a route that was not held already."""
    moves: tuple[Move, ...] = ()
    bound: float | None = None
    """No plan costs less than this, in weighted seconds; None when nobody is there to plan for."""
    gap: float | None = None
    """How far the plan is from the bound at the most, as a share of its own cost."""
