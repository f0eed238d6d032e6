"""Who carries what: a snapshot of couriers and tasks in, a plan of routes out.

The interface is `plan(snapshot) -> Plan`: plain values, whole seconds of one clock (its origin does not matter), no Django, no
clock, no chance, so that it can be benchmarked, property-tested and replaced. Places are numbers of sites (stores and doors) in the
travel matrices.
"""

from guinda.solvers.dispatch.facts import (
    Courier,
    Effort,
    Leg,
    Move,
    Plan,
    Reason,
    Route,
    Rules,
    Seconds,
    Snapshot,
    Task,
    Weights,
)
from guinda.solvers.dispatch.planner import plan
from guinda.solvers.dispatch.warming import warm_up

__all__ = [
    "Courier",
    "Effort",
    "Leg",
    "Move",
    "Plan",
    "Reason",
    "Route",
    "Rules",
    "Seconds",
    "Snapshot",
    "Task",
    "Weights",
    "plan",
    "warm_up",
]
