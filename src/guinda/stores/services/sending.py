"""A weight of a lot goes from store to store: sent, on the road, weighed in. What differs is recorded with a reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.catalog.models import Lot
from guinda.journal.services import record
from guinda.places.models import Store
from guinda.stock import services as stock
from guinda.stock.models import Holder, Movement
from guinda.stock.services import Want, Way
from guinda.stores.models import Transfer


def send(
    *, source: Store, target: Store, lot: Lot, weight_g: int, by: str, now: datetime, key: UUID
) -> Transfer:
    """The weight leaves the store and is on the road. The same key and contents again are the same transfer.

    Raises:
        Refusal: `not_enough` or `not_for_sale` of the lot (see `stock.services.move`), `elsewhere`, `key_reused`.
    """
    if source.pk == target.pk or source.city_id != target.city_id:
        raise Refusal("elsewhere", _("Choose another store of this city to send it to."), status=422)
    asked = {"lot": lot, "source": source, "target": target, "sent_g": weight_g}
    with transaction.atomic():
        row, made = Transfer.objects.get_or_create(key=key, defaults={**asked, "sent_by": by, "sent_at": now})
        if not made:
            return _same(row, asked)
        road = stock.outside(source.city, Holder.Kind.ROAD)
        way = Way(stock.holder_of(source), road, Movement.Reason.TRANSFER, by, now, f"transfer:{row.pk}")
        stock.move(wants=[Want(lot.pk, weight_g)], way=way)
        facts = {"transfer": row.pk, "from": source.slug, "to": target.slug, "sent_g": weight_g}
        record(kind="transfer.sent", ref=lot.code, by=by, at=now, data=facts)
    return row


def arrive(*, transfer: Transfer, store: Store, weighed_g: int, reason: str, by: str, now: datetime) -> bool:
    """Weigh it in where it was sent to, or where it came back to; False when that was done before, with the same weight.

    What is missing goes from the road to waste, what is too much comes from there: a count's movement with the reason.

    Raises:
        Refusal: `reason_needed` for a difference without one; `arrived_already`, when it was weighed in otherwise.
    """
    if weighed_g != transfer.sent_g and not reason:
        raise Refusal(
            "reason_needed",
            _("This is not the weight that was sent. Weigh it again, or choose why."),
            status=422,
        )
    facts = {
        "arrived_store": store,
        "arrived_g": weighed_g,
        "arrived_by": by,
        "arrived_at": now,
        "reason": reason if weighed_g != transfer.sent_g else "",
    }
    with transaction.atomic():
        if not Transfer.objects.filter(pk=transfer.pk, arrived_at=None).update(**facts):
            return _arrived_already(transfer, store, weighed_g)
        for name, value in facts.items():
            setattr(transfer, name, value)
        _settle(transfer, store, weighed_g)
        told = {
            "transfer": transfer.pk,
            "store": store.slug,
            "sent_g": transfer.sent_g,
            "arrived_g": weighed_g,
        }
        record(kind="transfer.arrived", ref=transfer.lot.code, by=by, at=now, data=told)
    return True


def _same(row: Transfer, asked: dict[str, object]) -> Transfer:
    if any(getattr(row, name) != value for name, value in asked.items()):
        raise Refusal(
            "key_reused",
            _("This form was sent before with other contents. Open a new one and fill it in, please."),
            status=422,
        )
    return row


def _arrived_already(transfer: Transfer, store: Store, weighed_g: int) -> bool:
    transfer.refresh_from_db()
    if (transfer.arrived_store_id, transfer.arrived_g) == (store.pk, weighed_g):
        return False
    raise Refusal(
        "arrived_already", _("This was weighed in already. Reload the list to see what was entered.")
    )


def _settle(transfer: Transfer, store: Store, weighed_g: int) -> None:
    city = transfer.source.city
    here, road = stock.holder_of(store), stock.outside(city, Holder.Kind.ROAD)
    waste = stock.outside(city, Holder.Kind.WASTE)
    came_g = min(weighed_g, transfer.sent_g)
    by, at = transfer.arrived_by, transfer.arrived_at or transfer.sent_at
    ref = f"transfer:{transfer.pk}"
    why = f"{ref} {transfer.reason}"
    for weight_g, way in (
        (came_g, Way(road, here, Movement.Reason.TRANSFER, by, at, ref)),
        (transfer.sent_g - came_g, Way(road, waste, Movement.Reason.COUNT, by, at, why)),
        (weighed_g - came_g, Way(waste, here, Movement.Reason.COUNT, by, at, why)),
    ):
        if weight_g:
            stock.move(wants=[Want(transfer.lot_id, weight_g)], way=way)
