"""Reads of the catalogue."""

from __future__ import annotations

from datetime import datetime

from guinda.catalog.models import Price


def prices(*, city_id: str, now: datetime) -> dict[str, int]:
    """Minor units per kilogram of each variety sold in the city now, by variety slug. One query."""
    rows = (
        Price.objects.filter(city_id=city_id, from_at__lte=now)
        .order_by("variety_id", "-from_at")
        .distinct("variety_id")
        .values_list("variety_id", "per_kg_minor")
    )
    return dict(rows)
