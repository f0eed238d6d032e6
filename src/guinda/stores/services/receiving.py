"""A lot arrives: its row, its fruit, what it cost and its evidence, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from guinda.base.codes import short_code
from guinda.base.refusals import Refusal
from guinda.catalog import evidence
from guinda.catalog.evidence import Checked
from guinda.catalog.models import Evidence, Lot
from guinda.journal.services import record
from guinda.places.models import Store
from guinda.stock import services as stock
from guinda.stores.models import Receipt

TRIES = 5
"""Two lots of a variety and morning get the same two letters once in nine hundred times; then others are drawn."""


@dataclass(frozen=True)
class Arrival:
    """What came off the lorry, as its papers and our desk say."""

    variety_id: str
    grower: str
    origin: str
    picked_at: datetime
    brix_tenths: int
    inspected_by: str
    inspected_at: datetime
    washed_by: str
    washed_at: datetime
    expires_at: datetime
    weight_g: int
    cost_minor: int


def receive(
    *,
    store: Store,
    arrival: Arrival,
    files: Sequence[tuple[Evidence.Kind, Checked]],
    by: str,
    now: datetime,
    key: UUID,
) -> Receipt:
    """Write lot, receipt, movement and evidence in one transaction. The same key and contents again are the same receipt.

    Raises:
        Refusal: `key_reused`, when the key came before with other contents.
    """
    digest = hashlib.sha256(repr((store.pk, astuple(arrival))).encode()).hexdigest()
    for _attempt in range(TRIES):
        found = Receipt.objects.select_related("lot").filter(key=key).first()
        if found is not None:
            return _same(found, digest)
        try:
            with transaction.atomic():
                return _write(
                    arrival, files, Receipt(key=key, body_digest=digest, store=store, by=by, at=now)
                )
        except IntegrityError:
            continue  # the key or the lot's code was taken at this moment: the next look tells which
    raise Refusal("no_code", _("No free code was found for this lot. Send it once more, please."), status=503)


def _same(found: Receipt, digest: str) -> Receipt:
    if found.body_digest != digest:
        raise Refusal(
            "key_reused",
            _("This form was sent before with other contents. Open a new one and fill it in, please."),
            status=422,
        )
    return found


def _write(arrival: Arrival, files: Sequence[tuple[Evidence.Kind, Checked]], receipt: Receipt) -> Receipt:
    store, by, at = receipt.store, receipt.by, receipt.at
    lot = _lot(arrival, store)
    lot.save(force_insert=True)
    receipt.lot, receipt.weight_g = lot, arrival.weight_g
    receipt.cost_minor, receipt.currency = arrival.cost_minor, store.city.currency
    receipt.save(force_insert=True)
    stock.receive(store=store, lot_id=lot.pk, weight_g=arrival.weight_g, by=by, at=at, key=receipt.key)
    for kind, checked in files:
        evidence.keep(lot=lot, kind=kind, checked=checked, by=by, at=at)
    facts = {"store": store.slug, "weight_g": arrival.weight_g, "cost_minor": arrival.cost_minor}
    record(kind="lot.received", ref=lot.code, by=by, at=at, data=facts)
    return receipt


def _lot(arrival: Arrival, store: Store) -> Lot:
    """The morning it was picked, its variety and two letters: short enough to be read from a sign aloud."""
    morning = arrival.picked_at.astimezone(ZoneInfo(store.city.time_zone))
    facts = {name: value for name, value in vars(arrival).items() if name not in {"weight_g", "cost_minor"}}
    return Lot(code=f"{morning:%y%m%d}-{arrival.variety_id[:10]}-{short_code(2)}", **facts)
