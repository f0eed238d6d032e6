"""Move, hold and free stock.

Lock order, everywhere in this room and for whoever writes holdings: holdings in ascending id; a caller that also locks an
existing row of its own does so before. So two transactions never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from guinda.base.postgres import prepared_cursor
from guinda.base.refusals import Refusal
from guinda.places.models import City, Store
from guinda.stock.models import Holder, Holding, Movement


class Want(NamedTuple):
    """A weight of a lot, in grams."""

    lot_id: int
    weight_g: int


RESERVE = """
WITH want AS (SELECT * FROM unnest(%s::bigint[], %s::int[]) AS want(lot_id, weight_g)),
     locked AS (
         SELECT holding.id, want.weight_g, lot.recalled_at IS NULL AND lot.expires_at > %s AS sellable
         FROM stock_holding holding
         JOIN want USING (lot_id)
         JOIN stock_holder holder ON holder.id = holding.holder_id
         JOIN catalog_lot lot ON lot.id = holding.lot_id
         WHERE holder.store_id = %s
         ORDER BY holding.id
         FOR UPDATE OF holding)
UPDATE stock_holding holding
SET held_g = holding.held_g + locked.weight_g
FROM locked
WHERE holding.id = locked.id AND locked.sellable AND holding.on_hand_g - holding.held_g >= locked.weight_g
"""


def reserve(*, store_id: int, wants: Sequence[Want], now: datetime) -> bool:
    """Hold every wanted weight at the store, in one statement and in key order.

    Returns False when at least one lot is short, expired or recalled; the caller must then roll its transaction back,
    because the others are held already. Lots in `wants` are distinct.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            RESERVE, [[want.lot_id for want in wants], [want.weight_g for want in wants], now, store_id]
        )
        return bool(cursor.rowcount == len(wants))


FREE = """
WITH want AS (SELECT * FROM unnest(%s::bigint[], %s::int[]) AS want(lot_id, weight_g)),
     locked AS (
         SELECT holding.id, want.weight_g FROM stock_holding holding
         JOIN want USING (lot_id) JOIN stock_holder holder ON holder.id = holding.holder_id
         WHERE holder.store_id = %s
         ORDER BY holding.id
         FOR UPDATE OF holding)
UPDATE stock_holding holding SET held_g = holding.held_g - locked.weight_g, on_hand_g = holding.on_hand_g - %s * locked.weight_g
FROM locked WHERE holding.id = locked.id
"""


def free(*, store_id: int, wants: Sequence[Want]) -> None:
    """Give held weights back to the shelf."""
    with connection.cursor() as cursor:
        cursor.execute(
            FREE, [[want.lot_id for want in wants], [want.weight_g for want in wants], store_id, 0]
        )


def hand_over(*, store: Store, wants: Sequence[Want], ref: str, by: str, at: datetime) -> None:
    """Held weights leave the store for the client: the movement of a sale."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                FREE, [[want.lot_id for want in wants], [want.weight_g for want in wants], store.pk, 1]
            )
        source, target = holder_of(store), outside(store.city, Holder.Kind.CLIENTS)
        _write(wants, source=source, target=target, reason=Movement.Reason.SALE, ref=ref, by=by, at=at)


def take_back(*, store: Store, wants: Sequence[Want], ref: str, by: str, at: datetime) -> None:
    """A bag that could not be given to the client comes back as waste: it is not sold again."""
    with transaction.atomic():
        source, target = outside(store.city, Holder.Kind.CLIENTS), outside(store.city, Holder.Kind.WASTE)
        _write(wants, source=source, target=target, reason=Movement.Reason.RETURN, ref=ref, by=by, at=at)


def receive(*, store: Store, lot_id: int, weight_g: int, by: str, at: datetime) -> None:
    """A lot's crates arrive at a store from the grower."""
    with transaction.atomic():
        holder = holder_of(store)
        Holding.objects.get_or_create(holder=holder, lot_id=lot_id)
        _change(holder, Want(lot_id, weight_g), +1)
        source = outside(store.city, Holder.Kind.GROWERS)
        _write(
            [Want(lot_id, weight_g)],
            source=source,
            target=holder,
            reason=Movement.Reason.RECEIPT,
            by=by,
            at=at,
        )


def write_off(*, store: Store, lot_id: int, weight_g: int, reason: str, by: str, at: datetime) -> None:
    """Fruit that is not fit to sell leaves the store; more than is there and free is refused."""
    with transaction.atomic():
        holder = holder_of(store)
        if not _change(holder, Want(lot_id, weight_g), -1):
            raise Refusal(
                "not_enough",
                _("There is less of this lot free to write off. Count it again and enter what is there."),
            )
        target = outside(store.city, Holder.Kind.WASTE)
        _write(
            [Want(lot_id, weight_g)],
            source=holder,
            target=target,
            reason=Movement.Reason.WRITE_OFF,
            ref=reason,
            by=by,
            at=at,
        )


def holder_of(store: Store) -> Holder:
    """The store as a holder."""
    return Holder.objects.get_or_create(
        store=store, defaults={"kind": Holder.Kind.STORE, "city": store.city}
    )[0]


def outside(city: City, kind: Holder.Kind) -> Holder:
    """Growers, clients or waste of a city: the other side of the books."""
    return Holder.objects.get_or_create(city=city, kind=kind)[0]


def _change(holder: Holder, want: Want, sign: int) -> bool:
    """Add to or take from what is on hand and free; False when there is not enough."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE stock_holding SET on_hand_g = on_hand_g + %s"
            " WHERE holder_id = %s AND lot_id = %s AND on_hand_g - held_g + %s >= 0",
            [sign * want.weight_g, holder.pk, want.lot_id, sign * want.weight_g],
        )
        return bool(cursor.rowcount == 1)


def _write(
    wants: Iterable[Want],
    *,
    source: Holder,
    target: Holder,
    reason: Movement.Reason,
    by: str,
    at: datetime,
    ref: str = "",
) -> None:
    Movement.objects.bulk_create(
        Movement(
            lot_id=want.lot_id,
            from_holder=source,
            to_holder=target,
            weight_g=want.weight_g,
            reason=reason,
            ref=ref[:64],
            by=by,
            at=at,
        )
        for want in wants
    )
