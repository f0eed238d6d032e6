"""Reads of the stock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import F

from guinda.stock.models import Holding


class Shelf(NamedTuple):
    """A lot at a store with what is free to sell, grams."""

    store_id: int
    lot_id: int
    variety_id: str
    free_g: int


def shelves(*, store_ids: Sequence[int], now: datetime) -> list[Shelf]:
    """What each store can sell now, first-to-expire lots first. One query."""
    rows = (
        Holding.objects.filter(
            holder__store_id__in=store_ids,
            lot__recalled_at__isnull=True,
            lot__expires_at__gt=now,
            on_hand_g__gt=F("held_g"),
        )
        .order_by("holder__store_id", "lot__expires_at", "lot_id")
        .values_list("holder__store_id", "lot_id", "lot__variety_id", F("on_hand_g") - F("held_g"))
    )
    return [Shelf(*row) for row in rows]


def allocate(*, shelves: Sequence[Shelf], variety_id: str, weight_g: int) -> list[tuple[int, int]] | None:
    """Lots (id, grams) of one store that make up the weight, first to expire first; None when they don't suffice."""
    parts, missing_g = [], weight_g
    for shelf in shelves:
        if shelf.variety_id != variety_id or not missing_g:
            continue
        taken_g = min(missing_g, shelf.free_g)
        parts.append((shelf.lot_id, taken_g))
        missing_g -= taken_g
    return None if missing_g else parts
