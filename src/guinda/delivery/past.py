"""What the planner did long ago is forgotten: a busy city leaves a round each second and a reason for each bag."""

from __future__ import annotations

from datetime import datetime, timedelta

from guinda.delivery.models import Reason, Round

KEPT_DAYS = 30
"""Twice what the figures show. Orders, tasks and the journal, which are what happened, stay."""
MOST = 50_000
"""Rows of a kind in one statement: no lock and no transaction is long, and the next time takes what is left."""


def forget_past(*, now: datetime) -> int:
    """Delete rounds and reasons older than `KEPT_DAYS`, the oldest first; returns how many rows went (two statements)."""
    before = now - timedelta(days=KEPT_DAYS)
    rounds = Round.objects.filter(at__lt=before).order_by("pk").values("pk")[:MOST]
    reasons = Reason.objects.filter(at__lt=before).order_by("pk").values("pk")[:MOST]
    gone, _ = Round.objects.filter(pk__in=rounds).delete()
    unsaid, _ = Reason.objects.filter(pk__in=reasons).delete()
    return gone + unsaid
