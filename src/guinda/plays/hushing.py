"""What a step of a run is called in the outbox, and the taking back of what waits there and has become pointless."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from guinda.clients.messages import withdraw


def key(run_id: int, number: int) -> str:
    """What a step of a run is called in the outbox and among what was held back."""
    return f"play:{run_id}:{number}"


def hush(runs: Iterable[tuple[int, int]], *, now: datetime) -> None:
    """What these runs, each with how many steps are behind it, have in the outbox and is not sent yet has become pointless.

    The caller holds the runs and their clients locked, as whoever merges or erases clients does: so nobody waits in a circle.
    """
    keys = [key(run_id, number) for run_id, behind in runs for number in range(behind)]
    if keys:
        withdraw(keys=keys, now=now)
