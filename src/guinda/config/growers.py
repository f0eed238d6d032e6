"""Deliveries from growers, for the demo: fictional farms, real regions. New lots arrive each morning; the expired are written off."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from guinda.catalog.models import Lot, Variety
from guinda.places.models import City, Store
from guinda.stock.models import Holding
from guinda.stock.services import receive, write_off

ARRIVES = time(6, 30)
"""When the night's lorries are unloaded, in the city's time."""
PICKED, INSPECTED, WASHED = time(4, 10), time(5, 20), time(6, 0)
CRATES_G = 30_000
"""Of each lot to each store: two lots of ten varieties at five stores are 3 t a day, three times what the demo's crowd buys."""
BY = "demo:growers"


class Farm(NamedTuple):
    """Who grew it and where, and how fine their fruit is beside the variety's mean, in tenths of a degree Brix."""

    name: str
    region: str
    better_tenths: int


FARMS = {
    "sweet-cherry": (
        Farm("Three Springs Orchard", "Krasnodar", 4),
        Farm("Orchards under Mashuk", "Stavropol", 9),
    ),
    "sour-cherry": (Farm("Old Mill Garden", "Voronezh", 3), Farm("Long Meadow Orchard", "Lipetsk", -2)),
    "raspberry": (Farm("Birch Hill Berries", "Tula", 2), Farm("Quiet Brook Farm", "Kaluga", 5)),
    "apricot": (Farm("Sunny Slope Orchard", "Dagestan", 8), Farm("Wide Steppe Gardens", "Rostov", 3)),
}
ELSEWHERE = (Farm("Home Orchard", "Tambov", 0), Farm("River Bend Gardens", "Belgorod", 2))
KEEPS_DAYS = {"sweet-cherry": 4, "sour-cherry": 3, "raspberry": 2, "apricot": 4}
DESKS = ("Quality desk, first shift", "Quality desk, second shift")
LINES = ("Washing line 1", "Washing line 2")


def deliver(*, city: City, now: datetime, days_back: int = 0) -> int:
    """Bring the lots of today (and of so many days before) that have arrived by now; returns how many were new."""
    local = now.astimezone(ZoneInfo(city.time_zone))
    last = local.date() if local.time() >= ARRIVES else local.date() - timedelta(days=1)
    mornings = [last - timedelta(days=back) for back in range(days_back, -1, -1)]
    return sum(
        _unload(city, lot, now) for day in mornings for lot in lots_of(city, day) if lot.expires_at > now
    )


def lots_of(city: City, day: date) -> Iterator[Lot]:
    """The lots of a morning, not saved yet: two growers for each variety. The same day gives the same lots."""
    zone = ZoneInfo(city.time_zone)
    for variety in Variety.objects.order_by("position", "slug"):
        for number, farm in enumerate(FARMS.get(variety.product_id, ELSEWHERE), start=1):
            chance = hashlib.sha256(f"{day}{variety.pk}{number}".encode()).digest()
            late = timedelta(minutes=chance[0] % 40)
            picked_at = datetime.combine(day, PICKED, zone) + late
            days = KEEPS_DAYS.get(variety.product_id, 3) - (number == 1)
            yield Lot(
                code=f"{day:%y%m%d}-{variety.pk[:10]}-{number}",
                variety=variety,
                grower=farm.name,
                origin=farm.region,
                picked_at=picked_at,
                brix_tenths=max(50, variety.brix_tenths + farm.better_tenths + chance[1] % 9 - 4),
                inspected_by=DESKS[chance[2] % 2],
                inspected_at=datetime.combine(day, INSPECTED, zone) + late,
                washed_by=LINES[chance[3] % 2],
                washed_at=datetime.combine(day, WASHED, zone) + late / 2,
                expires_at=datetime.combine(day + timedelta(days=max(1, days)), time(22), zone),
            )


@transaction.atomic
def _unload(city: City, lot: Lot, now: datetime) -> int:
    if Lot.objects.filter(code=lot.code).exists():
        return 0
    lot.save(force_insert=True)
    for store in Store.objects.filter(city=city, active=True):
        receive(store=store, lot_id=lot.pk, weight_g=CRATES_G, by=BY, at=now)
    return 1


def clear_away(*, city: City, now: datetime) -> int:
    """Write off what has expired and is free; what is held for an order goes when the order does. Returns how many holdings."""
    old = Holding.objects.filter(
        holder__city=city, holder__store__isnull=False, lot__expires_at__lte=now, on_hand_g__gt=F("held_g")
    ).select_related("holder__store__city")
    cleared = 0
    for holding in old:
        free_g = holding.on_hand_g - holding.held_g
        store = holding.holder.store
        if store is None:
            continue  # the filter above lets none through; said for the types
        write_off(
            store=store,
            lot_id=holding.lot_id,
            weight_g=free_g,
            reason="expired",
            by=BY,
            at=now,
        )
        cleared += 1
    return cleared
