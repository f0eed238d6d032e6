"""The room's rows."""

from guinda.delivery.models.carrying import Courier, Rating, Shift, Tap, Task
from guinda.delivery.models.deciding import Reason, Round, Ruling
from guinda.delivery.models.promising import Level, Margin, Prediction

__all__ = [
    "Courier",
    "Level",
    "Margin",
    "Prediction",
    "Rating",
    "Reason",
    "Round",
    "Ruling",
    "Shift",
    "Tap",
    "Task",
]
