"""What an offer adds with each client, and how well that is known: learners over randomised history, and their measures on other clients.

`learn(trial, learner=..., base=..., seed=...)` gives a model; `measure` tells whether its order beats chance. LightGBM and scikit-learn are
imported when something is learned, not before.
"""

from guinda.solvers.uplift.learners import Model, Prior, Trial, expected, fewest, learn, response
from guinda.solvers.uplift.measure import Range, difference, policy_value, qini, qini_curve, uplift_at

__all__ = [
    "Model",
    "Prior",
    "Range",
    "Trial",
    "difference",
    "expected",
    "fewest",
    "learn",
    "policy_value",
    "qini",
    "qini_curve",
    "response",
    "uplift_at",
]
