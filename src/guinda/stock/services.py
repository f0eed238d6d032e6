"""Move, hold and free stock.

Lock order, everywhere in this room and for whoever writes holdings: holdings in ascending id; a caller that also locks an
existing row of its own does so before. So two transactions never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from guinda.base.postgres import prepared_cursor
from guinda.base.refusals import Refusal
from guinda.catalog.models import Lot
from guinda.places.models import City, Store
from guinda.stock.models import Holder, Holding, Movement

INSIDE = (Holder.Kind.STORE, Holder.Kind.BAG, Holder.Kind.ROAD)
"""Who has holdings; the others are the outside that balances the books."""


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
        _write(wants, Way(source, target, Movement.Reason.SALE, by, at, ref), key=None)


def take_back(*, store: Store, wants: Sequence[Want], ref: str, by: str, at: datetime) -> None:
    """A bag that could not be given to the client comes back as waste: it is not sold again."""
    source, target = outside(store.city, Holder.Kind.CLIENTS), outside(store.city, Holder.Kind.WASTE)
    move(wants=wants, way=Way(source, target, Movement.Reason.RETURN, by, at, ref))


def receive(
    *, store: Store, lot_id: int, weight_g: int, by: str, at: datetime, key: UUID | None = None
) -> bool:
    """A lot's crates arrive at a store from the grower; False when this key was received before."""
    source = outside(store.city, Holder.Kind.GROWERS)
    way = Way(source, holder_of(store), Movement.Reason.RECEIPT, by, at)
    return move(wants=[Want(lot_id, weight_g)], way=way, key=key)


def write_off(
    *,
    store: Store,
    lot_id: int,
    weight_g: int,
    reason: str,
    by: str,
    at: datetime,
    key: UUID | None = None,
) -> bool:
    """Fruit that is not fit to sell leaves the store; more than is there and free is refused. False when done before by this key."""
    target = outside(store.city, Holder.Kind.WASTE)
    way = Way(holder_of(store), target, Movement.Reason.WRITE_OFF, by, at, reason)
    return move(wants=[Want(lot_id, weight_g)], way=way, key=key)


class Way(NamedTuple):
    """From whom to whom weights go, why, by whom and when; `ref` is an order's code, a reason in words or nothing."""

    source: Holder
    target: Holder
    reason: Movement.Reason
    by: str
    at: datetime
    ref: str = ""


MOVE = """
WITH want AS (SELECT * FROM unnest(%(lots)s::bigint[], %(weights_g)s::int[]) AS want(lot_id, weight_g)),
     locked AS (
         SELECT holding.id, CASE WHEN holding.holder_id = %(source)s THEN -want.weight_g ELSE want.weight_g END AS change_g
         FROM stock_holding holding JOIN want USING (lot_id)
         WHERE holding.holder_id IN (%(source)s, %(target)s)
         ORDER BY holding.id
         FOR UPDATE OF holding)
UPDATE stock_holding holding SET on_hand_g = holding.on_hand_g + locked.change_g
FROM locked WHERE holding.id = locked.id AND holding.on_hand_g - holding.held_g + locked.change_g >= 0
"""


def move(*, wants: Sequence[Want], way: Way, key: UUID | None = None) -> bool:
    """Every wanted weight leaves what the source has free and is there at the target, with its movements: one transaction.

    Returns False, and does nothing, when this `key` has moved before. Lots in `wants` are distinct and their weights above 0.
    The movements come first: so the same key sent twice at once waits for itself before it holds anything.

    Raises:
        Refusal: `not_enough`, when the source has less of a lot free; `not_for_sale`, when a store would send on what is recalled or
            expired, to another store or into a bag.
    """
    inside = [holder for holder in (way.source, way.target) if holder.kind in INSIDE]
    with transaction.atomic():
        if not _write(wants, way, key=key):
            return False
        if way.source.kind == Holder.Kind.STORE and way.reason == Movement.Reason.TRANSFER:
            _check_sellable(wants, way.at)
        if way.target in inside:
            Holding.objects.bulk_create(
                [Holding(holder=way.target, lot_id=want.lot_id) for want in sorted(wants)],
                ignore_conflicts=True,
            )
        facts: dict[str, Any] = {
            "lots": [want.lot_id for want in wants],
            "weights_g": [want.weight_g for want in wants],
            "source": way.source.pk,
            "target": way.target.pk,
        }
        with connection.cursor() as cursor:
            cursor.execute(MOVE, facts)
            if cursor.rowcount != len(wants) * len(inside):
                raise Refusal(
                    "not_enough",
                    _("There is less of this lot free than that. Count it again and enter what is there."),
                )
    return True


def _check_sellable(wants: Sequence[Want], now: datetime) -> None:
    lots = Lot.objects.filter(pk__in=[want.lot_id for want in wants]).order_by("pk")
    stopped = [lot.code for lot in lots if not lot.sellable(now)]
    if stopped:
        raise Refusal(
            "not_for_sale",
            _("Lot %(lot)s is recalled or expired, so it goes nowhere to be sold. Write it off.")
            % {"lot": stopped[0]},
        )


def count(
    *, store: Store, lot_id: int, counted_g: int, reason: str, by: str, at: datetime, key: UUID | None = None
) -> int:
    """What was weighed in the store takes the place of what the books say, by the movement of the difference.

    Returns the difference in grams, below nought when there was less; nought moves nothing. The same `key` again gives the same answer.
    The holding changes only if it still is as it was read (compare-and-set), after the movement was written, as in `move`.

    Raises:
        Refusal: `held_for_orders`, with `held_g`, when orders wait for more than was counted; `moved_meanwhile`, when fruit of the lot
            came or went at this very moment.
    """
    before = Movement.objects.filter(key=key, lot_id=lot_id).first() if key else None
    if before is not None:
        return -before.weight_g if before.from_holder.store_id == store.pk else before.weight_g
    here = holder_of(store)
    holding = Holding.objects.get_or_create(holder=here, lot_id=lot_id)[0]
    if counted_g < holding.held_g:
        raise Refusal(
            "held_for_orders",
            _("Orders wait for more of this lot than you counted. Weigh their bags too, and count again."),
            held_g=holding.held_g,
        )
    difference_g = counted_g - holding.on_hand_g
    if difference_g:
        waste = outside(store.city, Holder.Kind.WASTE)
        source, target = (here, waste) if difference_g < 0 else (waste, here)
        way = Way(source, target, Movement.Reason.COUNT, by, at, reason)
        _count(holding, Want(lot_id, abs(difference_g)), way, counted_g, key)
    return difference_g


def _count(holding: Holding, want: Want, way: Way, counted_g: int, key: UUID | None) -> None:
    with transaction.atomic():
        as_read = Holding.objects.filter(pk=holding.pk, on_hand_g=holding.on_hand_g, held_g__lte=counted_g)
        if _write([want], way, key=key) and not as_read.update(on_hand_g=counted_g):
            raise Refusal(
                "moved_meanwhile",
                _("Fruit of this lot came or went just now. Weigh it once more and enter what is there."),
            )


def holder_of(store: Store) -> Holder:
    """The store as a holder."""
    return Holder.objects.get_or_create(
        store=store, defaults={"kind": Holder.Kind.STORE, "city": store.city}
    )[0]


def outside(city: City, kind: Holder.Kind) -> Holder:
    """Growers, clients or waste of a city, the other side of the books; or the road between its stores."""
    return Holder.objects.get_or_create(city=city, kind=kind)[0]


def _write(wants: Sequence[Want], way: Way, *, key: UUID | None) -> bool:
    """The movements of a way; False when this key wrote them before."""
    rows = [
        Movement(
            lot_id=want.lot_id,
            from_holder=way.source,
            to_holder=way.target,
            weight_g=want.weight_g,
            reason=way.reason,
            ref=way.ref[:64],
            by=way.by,
            at=way.at,
            key=key,
        )
        for want in sorted(wants)
    ]
    try:
        with transaction.atomic():
            Movement.objects.bulk_create(rows)
    except IntegrityError:
        if key is None or not Movement.objects.filter(key=key).exists():
            raise
        return False
    return True
