"""Which offer for which client: the most value under a budget, capacities and floors, with a bound that proves how good the plan is.

The interface is `solve(problem, seed=..., engine=...) -> Allocation` (threads of this process or Ray's actors), `curve(...)` for the value
against a limit, `reasons(...)` for single clients and `faults(...)`, which reckons a plan anew. Values are whole minor units; what they
mean (uplift times margin over the remaining life) is the caller's affair. Clients are looked at in blocks, so that several machines can
share them (`held`, `spread`). How it works: docs/planner.md.
"""

from guinda.solvers.allocate.check import faults, used_by
from guinda.solvers.allocate.facts import (
    LIMITS_MAX,
    NEVER,
    NOTHING,
    OFFERS_MAX,
    Allocation,
    Limit,
    Price,
    Problem,
    Short,
)
from guinda.solvers.allocate.plan import Point, Reason, curve, reasons, solve

__all__ = [
    "LIMITS_MAX",
    "NEVER",
    "NOTHING",
    "OFFERS_MAX",
    "Allocation",
    "Limit",
    "Point",
    "Price",
    "Problem",
    "Reason",
    "Short",
    "curve",
    "faults",
    "reasons",
    "solve",
    "used_by",
]
