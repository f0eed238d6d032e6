"""Take lots off sale."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from guinda.catalog.models import Lot
from guinda.journal.services import record


def recall(*, lots: QuerySet[Lot], by: str, now: datetime) -> int:
    """Recall the lots that are not recalled yet, each with its journal entry; returns how many.

    From its commit on nothing of them is offered or ordered; orders that hold some are cancelled by `orders`, which hears of it, and
    a bag that is already packed is stopped at the store's counter.
    """
    done = 0
    with transaction.atomic():
        for pk, code in lots.filter(recalled_at=None).order_by("pk").values_list("pk", "code"):
            if Lot.objects.filter(pk=pk, recalled_at=None).update(recalled_at=now):
                record(kind="lot.recalled", ref=code, by=by, at=now)
                done += 1
    return done
