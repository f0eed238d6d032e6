"""The room's rows."""

from guinda.delivery.models.carrying import Courier, Rating, Shift, Tap, Task
from guinda.delivery.models.deciding import Reason, Round, Ruling

__all__ = ["Courier", "Rating", "Reason", "Round", "Ruling", "Shift", "Tap", "Task"]
