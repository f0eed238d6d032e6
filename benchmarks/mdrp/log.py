"""What is said between a policy, the replay and the checker: snapshots, instructions and events. Facts only, no behaviour.

Rules:
- `strict`: a bundle is from one shop; who carries out an assignment gets no new instruction, except bags added at the shop before
  leaving it; nobody moves without an assignment.
- `product`: until a bag is picked up its courier may be redirected, and a free courier may be sent to where work is expected;
  all else as in the strict rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from benchmarks.mdrp.instances import Instance, Order, Place

Rules = Literal["strict", "product"]
Kind = Literal["decided", "sent", "left", "arrived", "picked_up", "delivered", "freed"]
Phase = Literal["free", "moving", "fetching", "at_shop", "delivering"]


@dataclass(frozen=True)
class Event:
    """One thing that happened, in the order of the log.

    `decided`: the courier's bundle is now these orders, in the order of their doors, `towards` their shop unless already
    there (no orders: released).
    `sent`: a free courier is told to go `towards` somewhere. `left`: the courier starts from `place` `towards` another; one who
    had not arrived yet turns there. `freed`: the assignment or the free move is over, at `place`.
    """

    minute: int
    kind: Kind
    courier: str
    place: Place
    orders: tuple[str, ...] = ()
    towards: Place | None = None


@dataclass(frozen=True)
class Assign:
    """The courier's bundle is to be these orders of one shop, in the order of their doors; none releases the courier."""

    courier: str
    orders: tuple[str, ...]


@dataclass(frozen=True)
class Send:
    """A free courier is to go to a place and wait there."""

    courier: str
    place: Place


Instruction = Assign | Send


@dataclass(frozen=True)
class Rider:
    """A courier on shift as a policy may see them."""

    name: str
    off_min: int
    phase: Phase
    place: Place
    """Now; on the way it lies between the two ends in proportion to the whole minutes gone."""
    bundle: tuple[str, ...]
    """Orders of the assignment in the order of their doors, those delivered already included."""
    picked: frozenset[str]
    shop: str | None
    arrived_min: int | None
    """When they came to the shop of the assignment."""
    pickup_min: int | None
    """When its last bag was or, as things stand, will be picked up: known once they are at the shop."""
    free_min: int
    """When, as things stand, the assignment will be over."""
    free_place: Place


@dataclass(frozen=True)
class Snapshot:
    """What is known at one minute: nothing of orders not yet placed."""

    now_min: int
    rules: Rules
    city: Instance
    """The day's fixed facts (shops, speeds, shifts); its `orders` are empty."""
    riders: tuple[Rider, ...]
    orders: tuple[Order, ...]
    """Placed and not picked up, in the order of placement."""
    picked: tuple[Order, ...] = ()
    """Of the bundles of the riders: those picked up."""


Policy = Callable[[Snapshot], Iterable[Instruction]]
"""Who decides: a snapshot in, instructions out."""
