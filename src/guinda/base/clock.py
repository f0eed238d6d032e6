"""The only place that reads the clock. Everything else is handed `now`.

`GUINDA_CLOCK` may hold `<instant>|<unix seconds>|<speed>`: at that unix second it was that instant, and time runs
`speed` times as fast since. The demo uses it to live a day in an hour; without it time is the machine's.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache


@dataclass(frozen=True)
class Clock:
    """A clock that showed `anchor` when the machine's clock showed `anchor_unix_s`, and runs `speed` times as fast."""

    anchor: datetime
    anchor_unix_s: float
    speed: float = 1.0

    def __post_init__(self) -> None:
        if self.anchor.tzinfo is None:
            raise ValueError("A clock's anchor needs a time zone.")
        if not 0 < self.speed <= 1000:
            raise ValueError("A clock's speed is above 0 and at most 1000.")

    def at(self, unix_s: float) -> datetime:
        """The instant shown when the machine's clock shows `unix_s` (seconds)."""
        return self.anchor + timedelta(seconds=(unix_s - self.anchor_unix_s) * self.speed)

    def text(self) -> str:
        """The form `GUINDA_CLOCK` takes."""
        return f"{self.anchor.isoformat()}|{self.anchor_unix_s}|{self.speed}"

    @classmethod
    def parse(cls, text: str) -> Clock:
        """Read the form of `text()`; ValueError says what was wrong."""
        anchor, unix_s, speed = text.split("|")
        return cls(datetime.fromisoformat(anchor), float(unix_s), float(speed))


@cache
def _clock() -> Clock | None:
    text = os.environ.get("GUINDA_CLOCK", "")
    return Clock.parse(text) if text else None


def now() -> datetime:
    """The present instant, UTC."""
    clock = _clock()
    return clock.at(time.time()) if clock else datetime.now(UTC)


def machine_now() -> datetime:
    """The machine's own instant, UTC: only for rows that a library stamps with it, never for what happens in the city."""
    return datetime.now(UTC)


def speed() -> float:
    """Clock seconds per real second: 1 unless `GUINDA_CLOCK` says otherwise."""
    clock = _clock()
    return clock.speed if clock else 1.0
