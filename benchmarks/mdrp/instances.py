"""The instances of the Meal Delivery Routing Problem as frozen facts, read in place from their archive.

Places are in metres and times in whole minutes. Travel is the straight line in whole minutes, rounded up. Service at a pick-up and at a
drop-off takes `pickup_min` and `door_min`, the event itself in the middle. Two sets: `original`, and `fruit30`, where an order
is ready three minutes after it was placed and thirty minutes are aimed at: a shop with its goods in stock.
"""

from __future__ import annotations

import csv
import io
import math
import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

SetName = Literal["original", "fruit30"]
FRUIT_READY_MIN = 3
FRUIT_TARGET_MIN = 30
EXCESS_UNDELIVERED_MIN = 120
"""An order that nobody brought counts this many minutes above its unavoidable ones (the reference files count the same)."""
WHOLE = 1e-9
"""Less than this above a whole minute is floating point, not travel: places on the way are fractions of a metre."""


class Place(NamedTuple):
    """Metres."""

    x: float
    y: float


@dataclass(frozen=True)
class Courier:
    """On shift from `on_min` to `off_min`, at first at `place`."""

    name: str
    place: Place
    on_min: int
    off_min: int


@dataclass(frozen=True)
class Order:
    """Placed and ready at whole minutes; `ready_min` is known from the moment of placement on."""

    name: str
    shop: str
    door: Place
    placed_min: int
    ready_min: int


@dataclass(frozen=True)
class Instance:
    """One day of one city."""

    name: str
    set_name: SetName
    metres_per_min: float
    pickup_min: int
    door_min: int
    target_min: int
    longest_min: int
    pay_per_order: float
    pay_per_hour: float
    couriers: tuple[Courier, ...]
    shops: Mapping[str, Place]
    orders: tuple[Order, ...]

    def __post_init__(self) -> None:
        if self.pickup_min % 2 or self.door_min % 2:
            raise ValueError("Service takes an even number of minutes: its event is in the middle.")
        if any(order.shop not in self.shops for order in self.orders):
            raise ValueError("Each order is from a shop of the instance.")

    @cached_property
    def order(self) -> Mapping[str, Order]:
        """Orders by name."""
        return {order.name: order for order in self.orders}

    @cached_property
    def courier(self) -> Mapping[str, Courier]:
        """Couriers by name."""
        return {courier.name: courier for courier in self.couriers}

    def travel_min(self, origin: Place, target: Place) -> int:
        """Whole minutes along the straight line."""
        metres = math.sqrt((origin.x - target.x) ** 2 + (origin.y - target.y) ** 2)
        return math.ceil(metres / self.metres_per_min - WHOLE)

    def unavoidable_min(self, order: Order) -> int:
        """Click to door if the order were alone and a courier waited at the shop, early enough to have parked."""
        ride_min = self.travel_min(self.shops[order.shop], order.door)
        return order.ready_min - order.placed_min + self.pickup_min // 2 + ride_min + self.door_min // 2


class Archive:
    """All instances of the archive; their text is kept in memory, nothing is written."""

    def __init__(self, path: Path) -> None:
        self._texts: dict[str, str] = {}
        with tarfile.open(path) as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is not None:
                    self._texts[member.name.removeprefix("./")] = file.read().decode()

    def names(self) -> list[str]:
        """Of the instances, sorted."""
        return sorted({name.split("/")[0] for name in self._texts})

    def _rows(self, instance: str, table: str) -> list[dict[str, str]]:
        try:
            text = self._texts[f"{instance}/{table}.txt"]
        except KeyError:
            raise ValueError(f"There is no instance {instance} in the archive.") from None
        return list(csv.DictReader(io.StringIO(text), delimiter="\t"))

    def instance(self, name: str, set_name: SetName = "original") -> Instance:
        """One instance by its name, in one of the two sets."""
        (facts,) = self._rows(name, "instance_parameters")
        fruit = set_name == "fruit30"
        return Instance(
            name=name,
            set_name=set_name,
            metres_per_min=float(facts["meters_per_minute"]),
            pickup_min=int(facts["pickup service minutes"]),
            door_min=int(facts["dropoff service minutes"]),
            target_min=FRUIT_TARGET_MIN if fruit else int(facts["target click-to-door"]),
            longest_min=int(facts["maximum click-to-door"]),
            pay_per_order=float(facts["pay per order"]),
            pay_per_hour=float(facts["guaranteed pay per hour"]),
            couriers=tuple(
                Courier(row["courier"], _place(row), int(row["on_time"]), int(row["off_time"]))
                for row in self._rows(name, "couriers")
            ),
            shops={row["restaurant"]: _place(row) for row in self._rows(name, "restaurants")},
            orders=tuple(_order(row, fruit) for row in self._rows(name, "orders")),
        )


def _place(row: Mapping[str, str]) -> Place:
    return Place(float(row["x"]), float(row["y"]))


def _order(row: Mapping[str, str], fruit: bool) -> Order:
    placed_min = int(row["placement_time"])
    ready_min = placed_min + FRUIT_READY_MIN if fruit else int(row["ready_time"])
    return Order(row["order"], row["restaurant"], _place(row), placed_min, ready_min)


def default_folder() -> Path:
    """Where the data are: GUINDA_DATA, else beside the checkout."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    return Path(os.environ.get("GUINDA_DATA") or beside) / "mdrp"


def open_archive(folder: Path) -> Archive:
    """The archive in this folder."""
    return Archive(folder / "instances_dev.tar.xz")
