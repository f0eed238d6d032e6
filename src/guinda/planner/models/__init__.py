"""Plans with their choices, what people said to them, trials, and what was learned."""

from guinda.planner.models.learned import Learned, Night
from guinda.planner.models.pins import Pin
from guinda.planner.models.plans import CHOSEN, Choice, LeftOut, Plan
from guinda.planner.models.trials import Trial

__all__ = ["CHOSEN", "Choice", "Learned", "LeftOut", "Night", "Pin", "Plan", "Trial"]
