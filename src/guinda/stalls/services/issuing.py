"""The morning: fruit and change leave a store in a seller's bag."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.catalog.models import Lot
from guinda.catalog.queries import prices
from guinda.journal.services import record
from guinda.stalls.models import Bag, Load, Seller, Stall
from guinda.stock import services as stock
from guinda.stock.models import Holder, Movement
from guinda.stock.services import Want, Way

MOST_LOTS = 24
"""A seller's table has room for no more crates, and the telephone's page for no more tiles."""
MOST_G = 300_000
MOST_FLOAT_MINOR = 100_000_000


def issue(
    *,
    seller: Seller,
    stall: Stall,
    wants_g: Mapping[int, int],
    float_minor: int,
    key: UUID,
    by: str,
    now: datetime,
) -> Bag:
    """Hand out a bag: grams by lot from the stall's store, with the prices of this moment. The same key gives the same bag.

    Raises:
        Refusal: nothing or too much in it, a lot that is recalled, expired or without a price, less at the store than
            wanted, a seller whose bag is still open. Nothing has moved then.
    """
    _check(seller, stall, wants_g, float_minor)
    with transaction.atomic():
        bag = _new_bag(seller, stall, float_minor=float_minor, key=key, by=by, now=now)
        if bag.loads.exists():
            return bag
        loads = _loads(bag, wants_g, now)
        Load.objects.bulk_create(loads)
        source = stock.holder_of(stall.store)
        way = Way(source, bag.holder, Movement.Reason.TRANSFER, by, now, bag.ref)
        stock.move(wants=[Want(load.lot_id, load.weight_g) for load in loads], way=way, key=key)
        record(kind="bag.issued", ref=bag.ref, by=by, at=now, data=_facts(bag, loads))
    return bag


def _check(seller: Seller, stall: Stall, wants_g: Mapping[int, int], float_minor: int) -> None:
    if not seller.active or not stall.active or seller.city_id != stall.city_id:
        raise Refusal(
            "not_here", _("This seller does not work at this stall. Choose another seller or stall.")
        )
    if not wants_g:
        raise Refusal(
            "empty_bag", _("The bag is empty. Enter how much of at least one lot goes into it."), status=422
        )
    if len(wants_g) > MOST_LOTS or sum(wants_g.values()) > MOST_G or min(wants_g.values()) <= 0:
        raise Refusal(
            "bag_too_large",
            _("A bag holds up to %(lots)s lots and %(kg)s kg. Enter less, please.")
            % {"lots": MOST_LOTS, "kg": MOST_G // 1000},
            status=422,
        )
    if not 0 <= float_minor <= MOST_FLOAT_MINOR:
        raise Refusal("bad_float", _("This is not an amount of change. Enter it anew, please."), status=422)


def _new_bag(seller: Seller, stall: Stall, *, float_minor: int, key: UUID, by: str, now: datetime) -> Bag:
    """A bag with its holder; or the one this key made before."""
    try:
        with transaction.atomic():
            return Bag.objects.create(
                key=key,
                holder=Holder.objects.create(kind=Holder.Kind.BAG, city=stall.city),
                seller=seller,
                stall=stall,
                store=stall.store,
                currency=stall.city.currency,
                float_minor=float_minor,
                issued_at=now,
                issued_by=by,
            )
    except IntegrityError:
        if before := Bag.objects.filter(key=key, seller=seller).first():
            return before
        raise Refusal(
            "bag_open",
            _("%(name)s still has a bag. Close it first, then issue a new one.") % {"name": seller.name},
        ) from None


def _loads(bag: Bag, wants_g: Mapping[int, int], now: datetime) -> list[Load]:
    lots = Lot.objects.in_bulk(wants_g)
    if len(lots) < len(wants_g) or not all(lot.sellable(now) for lot in lots.values()):
        raise Refusal(
            "not_sellable",
            _("A lot has expired or was recalled meanwhile. Look at the list again and leave it out."),
        )
    by_kg = prices(city_id=bag.stall.city_id, now=now)
    if any(lot.variety_id not in by_kg for lot in lots.values()):
        raise Refusal(
            "no_price", _("A variety has no price in this city. Give it one first, or leave it out.")
        )
    return [
        Load(bag=bag, lot=lots[pk], weight_g=weight_g, per_kg_minor=by_kg[lots[pk].variety_id])
        for pk, weight_g in sorted(wants_g.items())
    ]


def _facts(bag: Bag, loads: list[Load]) -> dict[str, object]:
    return {
        "seller": bag.seller_id,
        "stall": bag.stall_id,
        "store": bag.store.slug,
        "currency": bag.currency,
        "float_minor": bag.float_minor,
        "weight_g": sum(load.weight_g for load in loads),
        "lines": [
            {"lot": load.lot.code, "weight_g": load.weight_g, "per_kg_minor": load.per_kg_minor}
            for load in loads
        ],
    }
