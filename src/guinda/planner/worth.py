"""What is known of clients' worth: what an action adds to the chance of keeping or winning one, and the margin still to come.

Both answer for a set of clients at once, from what was learned and is in use, and say what they rest on. Where nothing was learned, an
assumption stands in its place and is called one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from guinda.planner.models import Choice

Floats = NDArray[np.float64]
Basis = Choice.Basis


@dataclass(frozen=True)
class Added:
    """For each client asked about the chance that an action adds (below 0 it harms), on what that rests, and which version told it."""

    chance: Floats
    basis: Basis
    learned_id: int | None = None


@dataclass(frozen=True)
class Rest:
    """For each client asked about the margin still to come, minor units of their city's currency, and which versions told it."""

    minor: Floats
    learned_ids: tuple[int, ...] = ()


def added_chance(subject: str, client_ids: Sequence[int], *, now: datetime) -> Added:
    """What `tool:NAME` or `play:NAME` adds to each client's chance of staying or coming."""
    return Added(np.full(len(client_ids), settings.ASSUMED_ADDED_PERCENT / 100), Basis.ASSUMED)


def rest_minor(client_ids: Sequence[int], *, now: datetime) -> Rest:
    """The margin still to come from each client within `settings.REST_MONTHS`, as far as can be told."""
    return Rest(np.zeros(len(client_ids)))
