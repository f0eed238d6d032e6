"""How a snapshot and its routes lie in arrays: the columns, and the two tuples of arrays that compiled functions take.

Facts are columns of few arrays because each array handed to a compiled function costs more than many of the functions do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NOBODY = -1
INFEASIBLE = 1e15
FREE, SHIFT_END, ROOM, MODE, HEAD = range(5)
"""Columns of couriers: seconds, seconds, grams, the number of the mode, how many tasks are held already."""
STORE, DOOR, READY, PROMISE, LATEST, SOONEST, WEIGHT, BEFORE, HELD, CARRIED = range(10)
"""Columns of tasks: sites, seconds, grams, the courier who has it so far, yes or no."""
WAIT, LATE, BROKEN, RIDE, CHANGE = range(5)
"""Weights, and the parts of a cost."""
PARTS = ("wait", "late", "broken", "ride", "change")
BUNDLE, TURN_BACK, PICKUP, AT_DOOR = range(4)
"""Rules."""


class Problem(NamedTuple):
    """A snapshot as arrays: couriers and tasks are their numbers."""

    couriers: Ints
    tasks: Ints
    start_s: Ints
    """From each courier to each site."""
    ride_s: Ints
    """By mode: from site to site."""
    near: Ints
    """For each task the couriers worth asking, the first at its store before the others; NOBODY ends the row."""
    near_s: Ints
    """When each of them could be there."""
    rules: Ints
    weights: Floats


class Routes(NamedTuple):
    """The routes of all couriers, and for each position that begins a trip what holds just before it."""

    tasks: Ints
    breaks: Flags
    sizes: Ints
    costs: Floats
    at_s: Ints
    sites: Ints
    spent: Floats
    owner: Ints
    """Of each task."""
