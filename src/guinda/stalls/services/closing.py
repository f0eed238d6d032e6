"""The evening: goods and cash are counted, the goods go back to the store, and what differs is written down with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.stalls.models import Bag, Difference, Load
from guinda.stock import services as stock
from guinda.stock.models import Holder, Holding, Movement
from guinda.stock.services import Want, Way

CASH = 0
"""The place of the cash among reasons by lot; no lot has this number."""


def close(
    *,
    bag: Bag,
    counted_g: Mapping[int, int],
    cash_minor: int,
    reasons: Mapping[int, str],
    by: str,
    now: datetime,
) -> Bag:
    """Take back what was counted, by lot, and the cash with the change in it; the bag's books are closed to the gram and the cent.

    `reasons` say of each lot that differs, and of the cash under `CASH`, why. Lots that were not counted count as nothing left.

    Raises:
        Refusal: `reason_missing` with the differences as its facts (`lots`, `cash_minor`), `bag_closed` when that was done before.
            Nothing has changed then.
    """
    with transaction.atomic():
        bag = (
            Bag.objects.select_for_update(of=("self",))
            .select_related("holder", "store", "stall__city")
            .get(pk=bag.pk)
        )
        if bag.closed_at:
            raise Refusal("bag_closed", _("This bag has been closed already. Its page shows how."))
        loads = {load.lot_id: load for load in bag.loads.select_related("lot")}
        counts_g = {lot_id: counted_g.get(lot_id, 0) for lot_id in loads}
        differences = _differences(bag, counts_g, cash_minor)
        _ask_why(differences, reasons)
        for each in differences:
            each.reason, each.by, each.at = reasons[each.lot_id or CASH].strip()[:200], by, now
        Difference.objects.bulk_create(differences)
        _take_back(bag, counts_g, differences, by=by, now=now)
        for lot_id, load in loads.items():
            load.counted_g = counts_g[lot_id]
        Load.objects.bulk_update(loads.values(), ["counted_g"])
        bag.closed_at, bag.closed_by, bag.cash_minor = now, by, cash_minor
        bag.save(update_fields=["closed_at", "closed_by", "cash_minor"])
        record(kind="bag.closed", ref=bag.ref, by=by, at=now, data=_facts(bag, loads, differences))
    return bag


def _differences(bag: Bag, counts_g: Mapping[int, int], cash_minor: int) -> list[Difference]:
    held_g = dict(Holding.objects.filter(holder=bag.holder).values_list("lot_id", "on_hand_g"))
    taken_minor = bag.sales.aggregate(taken=Sum("price_minor"))["taken"] or 0
    expected_minor = bag.float_minor + taken_minor
    found = [
        Difference(
            bag=bag,
            cause=Difference.Cause.COUNTED,
            lot_id=lot_id,
            expected_g=held_g.get(lot_id, 0),
            counted_g=weight_g,
        )
        for lot_id, weight_g in sorted(counts_g.items())
        if weight_g != held_g.get(lot_id, 0)
    ]
    if cash_minor != expected_minor:
        found.append(
            Difference(
                bag=bag,
                cause=Difference.Cause.COUNTED,
                expected_minor=expected_minor,
                counted_minor=cash_minor,
            )
        )
    return found


def _ask_why(differences: list[Difference], reasons: Mapping[int, str]) -> None:
    silent = [each for each in differences if not reasons.get(each.lot_id or CASH, "").strip()]
    if not silent:
        return
    facts: dict[str, Any] = {"lots": {each.lot_id: each.over_g for each in differences if each.lot_id}}
    facts["cash_minor"] = next((each.over_minor for each in differences if not each.lot_id), 0)
    raise Refusal(
        "reason_missing",
        _(
            "The count differs from the books. Count once more; if it stays so, write why beside each difference."
        ),
        **facts,
    )


def _take_back(
    bag: Bag, counts_g: Mapping[int, int], differences: list[Difference], *, by: str, now: datetime
) -> None:
    """What is over is counted in, what came back goes to the store, what is missing is counted out: nothing stays in the bag."""
    outside = stock.outside(bag.stall.city, Holder.Kind.WASTE)
    over_g = {each.lot_id: each.over_g or 0 for each in differences if each.lot_id}
    over = [Want(lot_id, grams) for lot_id, grams in over_g.items() if grams > 0]
    back = [Want(lot_id, grams) for lot_id, grams in counts_g.items() if grams]
    missing = [Want(lot_id, -grams) for lot_id, grams in over_g.items() if grams < 0]
    ways = (
        (over, Way(outside, bag.holder, Movement.Reason.COUNT, by, now, bag.ref)),
        (back, Way(bag.holder, stock.holder_of(bag.store), Movement.Reason.TRANSFER, by, now, bag.ref)),
        (missing, Way(bag.holder, outside, Movement.Reason.COUNT, by, now, bag.ref)),
    )
    for wants, way in ways:
        if wants:
            stock.move(wants=wants, way=way)


def _facts(bag: Bag, loads: Mapping[int, Load], differences: list[Difference]) -> dict[str, object]:
    sold = bag.sales.aggregate(weight_g=Sum("weight_g"), total_minor=Sum("price_minor"))
    return {
        "seller": bag.seller_id,
        "stall": bag.stall_id,
        "store": bag.store.slug,
        "currency": bag.currency,
        "weight_g": sold["weight_g"] or 0,
        "total_minor": sold["total_minor"] or 0,
        "cash_minor": bag.cash_minor,
        "differences": [
            {"lot": loads[each.lot_id].lot.code, "over_g": each.over_g, "reason": each.reason}
            if each.lot_id
            else {"over_minor": each.over_minor, "reason": each.reason}
            for each in differences
        ],
    }
