"""The search is compiled when it is first called: half a minute on a small machine, and once, where its cache can be kept."""

from __future__ import annotations

import numpy as np

from guinda.solvers.dispatch.facts import Courier, Snapshot, Task
from guinda.solvers.dispatch.planner import plan


def warm_up() -> None:
    """Compile all that a round calls, by planning a small one that nobody rides: before there are bags that would wait for it."""
    couriers = (Courier(1, "foot", 0, 9_000, 5_000), Courier(2, "foot", 0, 9_000, 5_000))
    waiting = [Task(key, store=0, door=1, ready_s=0, promise_s=900, weight_g=1_000) for key in range(3)]
    held = Task(3, store=0, door=1, ready_s=0, promise_s=900, weight_g=1_000, courier=1, carried=True)
    ride_s = np.array([[0, 60], [60, 0]], dtype=np.int64)
    plan(Snapshot(couriers, (*waiting, held), ride_s, {"foot": ride_s}))
