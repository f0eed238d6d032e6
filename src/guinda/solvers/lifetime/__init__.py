"""How often a client will buy yet and for how much, and how long one stays under a contract.

`buying` (BG/NBD and its modification), `pareto` (Pareto/NBD), `spending` (Gamma-Gamma), `staying` (shifted beta-geometric): each is
fitted by likelihood and tells what to expect of each client. Times are in one unit of the caller's (weeks, say), money in minor units.
SciPy is imported when something is fitted or foretold, not before.
"""

from guinda.solvers.lifetime.betageometric import Staying, staying
from guinda.solvers.lifetime.bgnbd import Buying, buying
from guinda.solvers.lifetime.fitting import Purchases
from guinda.solvers.lifetime.gammagamma import Spending, spending
from guinda.solvers.lifetime.paretonbd import Pareto, pareto

__all__ = ["Buying", "Pareto", "Purchases", "Spending", "Staying", "buying", "pareto", "spending", "staying"]
