"""Durations as people write them: "20 hours", "7 days"."""

from __future__ import annotations

import re
from datetime import timedelta

UNITS = {
    "week": timedelta(weeks=1),
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
}
WRITTEN = re.compile(rf"([0-9]{{1,9}}) ({'|'.join(UNITS)})s?", re.ASCII)
LONGEST = timedelta(days=3650)


def read(text: str) -> timedelta | None:
    """A duration of at most ten years, or None when it can't be read."""
    match = WRITTEN.fullmatch(text.strip())
    if match is None:
        return None
    count, unit = int(match[1]), UNITS[match[2]]
    return count * unit if count <= LONGEST // unit else None


def written(duration: timedelta) -> str:
    """In the largest unit that gives a whole number, weeks excepted: nobody says 13 weeks for 91 days."""
    for name, unit in list(UNITS.items())[1:]:
        count, rest = divmod(duration, unit)
        if not rest and (count or name == "second"):
            return f"{count} {name}{'' if count == 1 else 's'}"
    raise ValueError(f"{duration!r} has parts of a second.")
