"""Reads of bags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from babel.numbers import get_currency_precision
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum

from guinda.catalog.models import Lot
from guinda.catalog.queries import prices
from guinda.places.models import Store
from guinda.stalls.models import Bag, Difference, Load, Sale, Seller
from guinda.stock.queries import shelves

CLOSED_SHOWN = 30
"""Bags of the past that the office's list shows."""


class Sold(NamedTuple):
    """What was sold of a lot from a bag."""

    sales: int = 0
    weight_g: int = 0
    minor: int = 0


class Offer(NamedTuple):
    """A lot at a store that may go into a bag."""

    lot: Lot
    free_g: int
    per_kg_minor: int


@dataclass(frozen=True)
class Line:
    """A lot of a bag as its books tell it; `left_g` is nought once the bag is closed."""

    load: Load
    sold: Sold
    over_g: int

    @property
    def left_g(self) -> int:
        """What the books say is still in the bag."""
        return self.load.weight_g + self.over_g - self.sold.weight_g - (self.load.counted_g or 0)


@dataclass(frozen=True)
class Books:
    """All that happened to a bag."""

    lines: list[Line]
    differences: list[Difference]
    tallies: Mapping[str, int]
    recalled: list[Sale]

    @property
    def sales(self) -> int:
        """How many."""
        return sum(line.sold.sales for line in self.lines)

    @property
    def sold_minor(self) -> int:
        """Cash taken."""
        return sum(line.sold.minor for line in self.lines)


def day(*, seller: Seller) -> dict[str, Any] | None:
    """The seller's open bag as the telephone shows it, lots that expire first at the head; None without one. Four queries."""
    bag = Bag.objects.select_related("stall").filter(seller=seller, closed_at=None).first()
    if bag is None:
        return None
    sold = _sold(bag)
    loads = bag.loads.select_related("lot__variety").order_by("lot__expires_at", "lot_id")
    return {
        "id": bag.pk,
        "stall": bag.stall.title,
        "currency": bag.currency,
        "decimals": get_currency_precision(bag.currency),
        "float_minor": bag.float_minor,
        "lots": [_lot(load, sold.get(load.lot_id, Sold())) for load in loads],
        "sales": sum(each.sales for each in sold.values()),
        "sold_minor": sum(each.minor for each in sold.values()),
        "tallies": _tallies(bag),
    }


def _lot(load: Load, sold: Sold) -> dict[str, Any]:
    return {
        "id": load.lot_id,
        "code": load.lot.code,
        "variety": str(load.lot.variety),
        "colour": load.lot.variety.colour,
        "per_kg_minor": load.per_kg_minor,
        "issued_g": load.weight_g,
        "sold_g": sold.weight_g,
        "recalled": load.lot.recalled_at is not None,
    }


def _sold(bag: Bag) -> dict[int, Sold]:
    rows = (
        bag.sales.order_by().values_list("lot_id").annotate(Count("pk"), Sum("weight_g"), Sum("price_minor"))
    )
    return {lot_id: Sold(*facts) for lot_id, *facts in rows}


def _tallies(bag: Bag) -> dict[str, int]:
    return dict(bag.tallies.order_by().values_list("kind").annotate(Count("pk")))


def books(bag: Bag) -> Books:
    """A bag's books. Five queries."""
    sold = _sold(bag)
    differences = list(bag.differences.select_related("lot__variety").order_by("pk"))
    over_g: dict[int | None, int] = {}
    for each in differences:
        over_g[each.lot_id] = over_g.get(each.lot_id, 0) + (each.over_g or 0)
    loads = bag.loads.select_related("lot__variety").order_by("lot__expires_at", "lot_id")
    return Books(
        [Line(load, sold.get(load.lot_id, Sold()), over_g.get(load.lot_id, 0)) for load in loads],
        differences,
        _tallies(bag),
        list(bag.sales.filter(lot_recalled_at__isnull=False).select_related("lot").order_by("sold_at")),
    )


def offers(*, store: Store, now: datetime) -> list[Offer]:
    """What a store can put into a bag now, first to expire first. Three queries."""
    rows = shelves(store_ids=[store.pk], now=now)
    lots = Lot.objects.select_related("variety").in_bulk([row.lot_id for row in rows])
    by_kg = prices(city_id=store.city_id, now=now)
    return [
        Offer(lots[row.lot_id], row.free_g, by_kg[row.variety_id]) for row in rows if row.variety_id in by_kg
    ]


def bags(*, open_only: bool) -> QuerySet[Bag]:
    """Bags that are out, by their stalls, or the latest that were closed; each with its `taken_minor`. One query."""
    taken = (
        Sale.objects.filter(bag=OuterRef("pk")).order_by().values("bag").annotate(taken=Sum("price_minor"))
    )
    rows = Bag.objects.select_related("seller", "stall__city", "store").annotate(
        taken_minor=Subquery(taken.values("taken"))
    )
    if open_only:
        return rows.filter(closed_at=None).order_by("stall__name_latin", "pk")
    found = rows.filter(closed_at__isnull=False).annotate(differing=Count("differences"))
    return found.order_by(F("closed_at").desc(), "-pk")[:CLOSED_SHOWN]
