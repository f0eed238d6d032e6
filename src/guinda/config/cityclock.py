"""The demo city's time, kept in its data folder so that it never goes backwards: not over a stop, not over a crash.

While the demo runs, its file names a *horizon*: an instant that no process of the demo has reached yet. A clean stop writes the very
last instant instead. Whoever opens this data folder (`guinda audit`, `guinda manage`) lives in the same time.
"""

from __future__ import annotations

import json
import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from guinda.base import files
from guinda.base.clock import Clock

FILE = "city-time.json"
KEYS = "demo-keys.json"
"""Passwords and panel keys of the demo, for its owner's eyes only."""
SAVE_EVERY_S = 2.0
HORIZON_S = 3 * SAVE_EVERY_S
"""Real seconds that the horizon lies ahead of the moment it is written: more than a save can be late on a busy machine."""


def resume(home: Path, *, start: datetime, latest: datetime | None) -> datetime:
    """The instant to go on from: the horizon or the latest thing that happened, whichever is later; `start` in a new city."""
    kept = _read(home)
    seen = [
        instant
        for instant in (datetime.fromisoformat(kept["at"]) if kept else None, latest)
        if instant is not None
    ]
    return max(seen, default=start)


def keep(home: Path, clock: Clock, *, unix_s: float, running: bool) -> None:
    """Write down the horizon (running) or the last instant (stopped), whole or not at all."""
    at = clock.at(unix_s) + timedelta(seconds=HORIZON_S * clock.speed if running else 0)
    kept = {"at": at.isoformat(), "clock": clock.text() if running else ""}
    files.write(home / FILE, json.dumps(kept))


def forget(home: Path) -> None:
    """A new city starts with a new clock."""
    (home / FILE).unlink(missing_ok=True)


def adopt(home: Path) -> None:
    """Have this process live in the time of the demo in `home`: running, or standing still at its last instant."""
    kept = _read(home)
    if kept and not os.environ.get("GUINDA_CLOCK"):
        still = Clock(datetime.fromisoformat(kept["at"]), time.time(), 1.0)
        os.environ["GUINDA_CLOCK"] = kept["clock"] or still.text()


def _read(home: Path) -> dict[str, str] | None:
    try:
        kept: dict[str, str] = json.loads((home / FILE).read_text())
    except FileNotFoundError:
        return None
    return kept
