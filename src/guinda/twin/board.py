"""What the twin's people know of each other without asking the shop: the digits said at the door, whether the bag came, and the score."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from guinda.base.points import Point


@dataclass
class Awaited:
    """An order of the crowd's, as the person behind the door knows it."""

    code: str
    spoken_code: str
    promised_at: datetime | None
    brought: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Board:
    """Shared memory of the crowd and the couriers."""

    doors: dict[Point, Awaited] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    riding: int = 0
    on_duty: int = 0

    def ordered(self, door: Point, order: Awaited) -> None:
        """Somebody waits at this door now."""
        self.doors[door] = order
        self.counts["ordered"] += 1

    def digits(self, door: Point) -> str:
        """What is said at the door; nobody of ours waits there: nothing."""
        awaited = self.doors.get(door)
        return awaited.spoken_code if awaited else ""

    def brought(self, door: Point, at: datetime) -> None:
        """The bag was handed over at this door."""
        self.counts["delivered"] += 1
        awaited = self.doors.pop(door, None)
        if awaited:
            awaited.brought = True
            awaited.over.set()
        if awaited and awaited.promised_at:
            self.counts["kept" if at <= awaited.promised_at else "late"] += 1

    def gone(self, door: Point) -> None:
        """Nothing will come to this door any more."""
        awaited = self.doors.pop(door, None)
        if awaited:
            awaited.over.set()

    def score(self, city_time: datetime) -> str:
        """One line for the console."""
        known = self.counts["kept"] + self.counts["late"]
        kept = f"{100 * self.counts['kept'] / known:.0f} % within the promise, " if known else ""
        return (
            f"[city] {city_time:%a %H:%M}  ordered {self.counts['ordered']}, delivered {self.counts['delivered']}, "
            f"{kept}{self.riding} couriers riding of {self.on_duty} on duty"
        )
