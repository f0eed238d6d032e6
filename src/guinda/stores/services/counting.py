"""What was weighed takes the place of what the books say; the difference is a movement with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.places.models import Store
from guinda.stock import services as stock
from guinda.stock.models import Holding
from guinda.stores.models import Count
from guinda.stores.queries import last_movements, orders_short


class Weighed(NamedTuple):
    """Grams of a lot as they were weighed, when the lot's last movement was `seen`, and why they differ from the books."""

    lot_id: int
    counted_g: int
    seen: int
    reason: str = ""


def count(*, store: Store, weighed: Sequence[Weighed], by: str, now: datetime, key: UUID) -> list[Count]:
    """Record what was weighed of each lot, all or nothing. The same key again records nothing more and gives the same rows.

    Raises:
        Refusal: `moved_meanwhile`, when fruit of a lot came or went since the counting began, so that nobody knows whether it is in the
            weight; `held_for_orders`, with the orders that would go short; `reason_needed`.
    """
    before = list(Count.objects.filter(key=key, store=store).order_by("pk"))
    if before:
        return before
    lots = {each.lot_id: each for each in weighed}
    in_key_order = Holding.objects.filter(holder__store=store, lot__in=lots).order_by("pk")
    with transaction.atomic():
        moved = last_movements(store=store, lot_ids=list(lots))
        codes = dict(in_key_order.values_list("lot_id", "lot__code"))
        for lot_id, code in codes.items():
            if moved.get(lot_id, 0) > lots[lot_id].seen:
                raise _moved(code)
        blank = Count(key=key, store=store, by=by, at=now)
        return [_count(copy(blank), lots[lot_id], code) for lot_id, code in codes.items()]


def _count(row: Count, each: Weighed, code: str) -> Count:
    store, by, at = row.store, row.by, row.at
    try:
        row.difference_g = stock.count(
            store=store,
            lot_id=each.lot_id,
            counted_g=each.counted_g,
            reason=each.reason,
            by=by,
            at=at,
            key=row.key,
        )
    except Refusal as refusal:
        raise (_short(store, each) if refusal.code == "held_for_orders" else refusal) from None
    if row.difference_g and not each.reason:
        sentence = _("Lot %(lot)s differs from the books. Choose why, please.")
        raise Refusal("reason_needed", sentence % {"lot": code}, status=422)
    row.lot_id, row.counted_g = each.lot_id, each.counted_g
    row.reason = each.reason if row.difference_g else ""
    row.save(force_insert=True)
    facts = {"store": store.slug, "counted_g": row.counted_g, "difference_g": row.difference_g}
    record(kind="stock.counted", ref=code, by=by, at=at, data=facts)
    return row


def _moved(code: str) -> Refusal:
    return Refusal(
        "moved_meanwhile",
        _("Fruit of lot %(lot)s came or went while you counted. Weigh it once more and enter what is there.")
        % {"lot": code},
    )


def _short(store: Store, each: Weighed) -> Refusal:
    short = orders_short(store=store, lot_id=each.lot_id, left_g=each.counted_g)
    sentence = _(
        "Too little is left of this lot for the orders %(orders)s. Weigh their bags too; if the fruit is gone, have these orders "
        "cancelled, and then count again."
    )
    return Refusal("held_for_orders", sentence % {"orders": ", ".join(short)}, orders=short)
