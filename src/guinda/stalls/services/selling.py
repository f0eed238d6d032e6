"""The day: what a telephone kept while it had no line arrives in batches, each booked once and whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from guinda.base.money import price_minor
from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.stalls.models import Bag, Difference, Load, Sale, Seller, Tally
from guinda.stock import services as stock
from guinda.stock.models import Holder, Holding, Movement
from guinda.stock.services import Want, Way

UNASKED = "system"
"""Who gives the reason of a difference that the arithmetic brought to light, while nobody was there to be asked."""


class Sold(NamedTuple):
    """A sale as the telephone tells it; `key` was made there, once."""

    key: UUID
    lot_id: int
    weight_g: int
    price_minor: int
    sold_at: datetime


class Missed(NamedTuple):
    """A tally as the telephone tells it."""

    key: UUID
    kind: str
    said_at: datetime


class Answer(NamedTuple):
    """What is kept, now or since before, and what the telephone must keep and show: it cannot be of this bag."""

    kept: list[UUID]
    refused: dict[UUID, Refusal]


def take_in(
    *, seller: Seller, bag_id: int, sales: Sequence[Sold], tallies: Sequence[Missed], now: datetime
) -> Answer:
    """Book a batch in one transaction; sent again it changes nothing and has the same answer. Queries do not grow with it.

    A true sale is never refused: of more than the bag held it is booked with a difference, after the close with one of goods and
    one of cash, of a recalled lot it is marked. Only a lot the bag never had, or a price that is not its list's, is turned down.

    Raises:
        Refusal: `no_such_bag`, when the bag is not this seller's.
    """
    with transaction.atomic():
        bag = (
            Bag.objects.select_for_update(of=("self",))
            .select_related("holder", "stall__city", "store")
            .filter(pk=bag_id, seller=seller)
            .first()
        )
        if bag is None:
            raise Refusal("no_such_bag", _("This bag is not yours. Ask the store to look."), status=404)
        loads = {load.lot_id: load for load in bag.loads.select_related("lot")}
        refused = {each.key: refusal for each in sales if (refusal := _wrong(each, loads.get(each.lot_id)))}
        good = {each.key: each for each in sales if each.key not in refused}
        _sell(bag, loads, list(good.values()), by=f"seller:{seller.pk}", now=now)
        _tally(bag, tallies, by=f"seller:{seller.pk}", now=now)
    return Answer([*good, *{each.key: each for each in tallies}], refused)


def _wrong(sold: Sold, load: Load | None) -> Refusal | None:
    if load is None:
        return Refusal("not_in_this_bag", _("This lot was never in this bag. Show this sale to the store."))
    if sold.price_minor != price_minor(sold.weight_g, load.per_kg_minor):
        return Refusal(
            "wrong_price", _("This price is not the one of the bag’s list. Show this sale to the store.")
        )
    return None


def _sell(bag: Bag, loads: Mapping[int, Load], sold: list[Sold], *, by: str, now: datetime) -> None:
    known = set(
        Sale.objects.filter(bag=bag, key__in=[each.key for each in sold]).values_list("key", flat=True)
    )
    sales = [_sale(bag, loads[each.lot_id], each, now) for each in sold if each.key not in known]
    if not sales:
        return
    Sale.objects.bulk_create(sales)
    weights_g: Counter[int] = Counter()
    for sale in sales:
        weights_g[sale.lot_id] += sale.weight_g
    _move(bag, weights_g, by=by, now=now)
    total_minor = sum(sale.price_minor for sale in sales)
    if bag.closed_at:
        Difference.objects.create(
            bag=bag,
            cause=Difference.Cause.LATE,
            expected_minor=total_minor,
            counted_minor=0,
            **_unasked(bag, now),
        )
    record(kind="stall.sold", ref=bag.ref, by=by, at=now, data=_facts(bag, loads, sales))


def _sale(bag: Bag, load: Load, sold: Sold, now: datetime) -> Sale:
    """The telephone's time counts where it can be right: after the issue and not ahead of ours."""
    return Sale(
        key=sold.key,
        bag=bag,
        lot=load.lot,
        weight_g=sold.weight_g,
        per_kg_minor=load.per_kg_minor,
        price_minor=sold.price_minor,
        sold_at=sold.sold_at if bag.issued_at <= sold.sold_at <= now else now,
        arrived_at=now,
        lot_recalled_at=load.lot.recalled_at,
    )


def _move(bag: Bag, weights_g: Mapping[int, int], *, by: str, now: datetime) -> None:
    """The movements of the sales; what the books lack is counted in first, as a difference."""
    held_g = dict(Holding.objects.filter(holder=bag.holder).values_list("lot_id", "on_hand_g"))
    short = [
        Want(lot_id, wanted_g - held_g.get(lot_id, 0))
        for lot_id, wanted_g in weights_g.items()
        if wanted_g > held_g.get(lot_id, 0)
    ]
    if short:
        source = stock.outside(bag.stall.city, Holder.Kind.WASTE)
        stock.move(wants=short, way=Way(source, bag.holder, Movement.Reason.COUNT, UNASKED, now, bag.ref))
        Difference.objects.bulk_create(
            Difference(
                bag=bag,
                lot_id=lot_id,
                cause=Difference.Cause.LATE if bag.closed_at else Difference.Cause.OVERSOLD,
                expected_g=held_g.get(lot_id, 0),
                counted_g=weights_g[lot_id],
                **_unasked(bag, now),
            )
            for lot_id, _short_g in short
        )
    clients = stock.outside(bag.stall.city, Holder.Kind.CLIENTS)
    wants = [Want(lot_id, weight_g) for lot_id, weight_g in weights_g.items()]
    stock.move(wants=wants, way=Way(bag.holder, clients, Movement.Reason.SALE, by, now, bag.ref))


def _unasked(bag: Bag, now: datetime) -> dict[str, object]:
    late = bag.closed_at is not None
    reason = (
        "sold before the close, arrived after it"
        if late
        else "sold beyond what the books said was in the bag"
    )
    return {"reason": reason, "by": UNASKED, "at": now}


def _facts(bag: Bag, loads: Mapping[int, Load], sales: list[Sale]) -> dict[str, object]:
    lines: dict[int, Counter[str]] = {}
    for sale in sales:
        lines.setdefault(sale.lot_id, Counter()).update(
            {"sales": 1, "weight_g": sale.weight_g, "price_minor": sale.price_minor}
        )
    return {
        "seller": bag.seller_id,
        "stall": bag.stall_id,
        "store": bag.store.slug,
        "pay": "cash",
        "currency": bag.currency,
        "sales": len(sales),
        "weight_g": sum(sale.weight_g for sale in sales),
        "total_minor": sum(sale.price_minor for sale in sales),
        "lines": [{"lot": loads[lot_id].lot.code, **counts} for lot_id, counts in sorted(lines.items())],
        "recalled": sorted({loads[sale.lot_id].lot.code for sale in sales if sale.lot_recalled_at}),
        "after_the_close": bag.closed_at is not None,
    }


def _tally(bag: Bag, tallies: Sequence[Missed], *, by: str, now: datetime) -> None:
    known = set(
        Tally.objects.filter(bag=bag, key__in=[each.key for each in tallies]).values_list("key", flat=True)
    )
    fresh = {each.key: each for each in tallies if each.key not in known}
    if not fresh:
        return
    Tally.objects.bulk_create(
        Tally(
            key=each.key,
            bag=bag,
            kind=each.kind,
            said_at=each.said_at if bag.issued_at <= each.said_at <= now else now,
            arrived_at=now,
        )
        for each in fresh.values()
    )
    counts = Counter(each.kind for each in fresh.values())
    data = {"seller": bag.seller_id, "stall": bag.stall_id, "kinds": dict(sorted(counts.items()))}
    record(kind="stall.missed", ref=bag.ref, by=by, at=now, data=data)
