"""What this room does when others say something."""

from __future__ import annotations

from datetime import datetime

from guinda.journal.models import Event
from guinda.orders.services import cancel_recalled


def lot_recalled(event: Event, now: datetime) -> None:
    """Orders that hold fruit of the lot end; their clients get their money back."""
    cancel_recalled(lot_code=event.ref, now=now)
