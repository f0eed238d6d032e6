"""Reads of the catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from guinda.base.texts import pick
from guinda.catalog.models import Evidence, Lot, Price


def prices(*, city_id: str, now: datetime) -> dict[str, int]:
    """Minor units per kilogram of each variety sold in the city now, by variety slug. One query."""
    rows = (
        Price.objects.filter(city_id=city_id, from_at__lte=now)
        .order_by("variety_id", "-from_at")
        .distinct("variety_id")
        .values_list("variety_id", "per_kg_minor")
    )
    return dict(rows)


class Sweetness(NamedTuple):
    """A lot's sweetness beside its variety's, as shares of the scale that the page draws."""

    brix: float
    usual: float
    lot_percent: int
    usual_percent: int


SCALE_TENTHS = 300
"""The sweetness scale's end, 30 °Brix: no fruit of ours is sweeter."""


def lot_page(*, lot: Lot, now: datetime) -> dict[str, Any]:
    """What a client may know of a lot. One query besides the lot."""
    files = list(lot.evidence.defer("content").order_by("pk"))
    usual = lot.variety.brix_tenths
    share = 100 / SCALE_TENTHS
    return {
        "lot": lot,
        "about": pick(lot.variety.about),
        "pictures": [each for each in files if each.kind == Evidence.Kind.PHOTOGRAPH],
        "certificates": [each for each in files if each.kind == Evidence.Kind.CERTIFICATE],
        "sweetness": Sweetness(
            lot.brix_tenths / 10,
            usual / 10,
            min(100, round(lot.brix_tenths * share)),
            min(100, round(usual * share)),
        ),
        "hours": max(0, int((now - lot.picked_at).total_seconds() // 3600)),
        "expired": now >= lot.expires_at,
    }
