"""Hold numbers, sell them, take them back: each of them once, whoever else wants the same.

Lock order, everywhere in this room: the seller (an advisory lock of the transaction), the numbers' rows in ascending order, the holds'
rows. A hold and a sale both lock the numbers' rows, so a number being sold can't be held meanwhile, and nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.journal.models import Event
from guinda.journal.services import record
from guinda.offers.models import Hold, Number

HOLD_S = 15 * 60
"""A talk with a client and a while to think; an offer in writing holds longer."""
SELLER_HOLDS_MAX = 20
CLIENT_HOLDS_MAX = 5
"""Live holds at once. Assumptions: enough for a choice, too few to keep the best for oneself."""
BLOCK_MAX = 1000
"""Numbers held together: what a large company asks for in a row."""
WAKE_MAX = 10_000


class Held(NamedTuple):
    """A hold as it stands: whole numbers in ascending order, and when it ends."""

    numbers: list[int]
    until_at: datetime


HOLD = """
WITH counted AS (
         SELECT count(DISTINCT key) FILTER (WHERE seller_id = %(seller)s) AS by_seller,
                count(DISTINCT key) FILTER (WHERE client_id = %(client)s) AS for_client
         FROM offers_hold WHERE until_at > %(now)s AND (seller_id = %(seller)s OR client_id = %(client)s)),
     free AS (
         SELECT number FROM offers_number, counted
         WHERE number = ANY(%(numbers)s) AND state = 'free' AND by_seller < %(seller_max)s AND for_client < %(client_max)s
         ORDER BY number FOR NO KEY UPDATE OF offers_number)
INSERT INTO offers_hold AS hold (number_id, key, seller_id, client_id, until_at)
SELECT number, %(key)s, %(seller)s, %(client)s, %(until_at)s FROM free
ON CONFLICT (number_id) DO UPDATE
SET key = excluded.key, seller_id = excluded.seller_id, client_id = excluded.client_id, until_at = excluded.until_at
WHERE hold.until_at <= %(now)s
"""


def hold(
    *,
    numbers: Sequence[int],
    key: UUID,
    seller_id: int,
    now: datetime,
    client_id: int | None = None,
    hold_s: int = HOLD_S,
) -> Held:
    """Keep free numbers for a seller (and a client) for `hold_s` seconds: all of them or none, in one statement.

    The same key again gives the same hold, not a longer one. A block held together counts as one hold.

    Raises:
        Refusal: `number_taken` when one of them is sold, resting or held; `holds_spent` when the seller or the client has as many live
            holds as one may; `key_used` when the key held other numbers; `block_too_large`.
    """
    wanted = sorted(set(numbers))
    if not 1 <= len(wanted) <= BLOCK_MAX:
        raise Refusal(
            "block_too_large",
            _("Hold %(most)s numbers at once at the most.") % {"most": BLOCK_MAX},
            status=400,
        )
    facts: dict[str, Any] = {
        "numbers": wanted,
        "key": key,
        "seller": seller_id,
        "client": client_id,
        "now": now,
        "until_at": now + timedelta(seconds=hold_s),
        "seller_max": SELLER_HOLDS_MAX,
        "client_max": CLIENT_HOLDS_MAX,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        _one_at_a_time(cursor, seller_id, client_id)
        before = list(Hold.objects.filter(key=key).order_by("number_id"))
        if before:
            return _the_same(before, wanted, seller_id)
        cursor.execute(HOLD, facts)
        if cursor.rowcount != len(wanted):
            raise _why_not(seller_id=seller_id, client_id=client_id, now=now)
        _write(
            "number.held", wanted, seller_id, now, until_at=facts["until_at"].isoformat(), client=client_id
        )
    return Held(wanted, facts["until_at"])


def release(*, key: UUID, seller_id: int, now: datetime) -> bool:
    """Give what is held back before its time; False when this seller has no such hold (any more)."""
    with transaction.atomic():
        held = Hold.objects.filter(key=key, seller_id=seller_id, until_at__gt=now).order_by("number_id")
        numbers = list(held.select_for_update().values_list("number_id", flat=True))
        if not numbers:
            return False
        Hold.objects.filter(pk__in=numbers, key=key).delete()
        _write("number.released", numbers, seller_id, now)
    return True


def sell(*, key: UUID, client_id: int, seller_id: int, now: datetime) -> list[int]:
    """What is held under `key` becomes the client's: all in one transaction. The same sale again gives the same answer: the numbers.

    Raises:
        Refusal: `hold_ended` when the hold has ended or was for another client.
    """
    with transaction.atomic():
        numbers = list(
            Hold.objects.filter(key=key, seller_id=seller_id)
            .order_by("number_id")
            .values_list("number_id", flat=True)
        )
        rows = Number.objects.select_for_update(no_key=True).filter(pk__in=numbers).order_by("pk")
        if not numbers:
            raise _ended()
        if all(row.state == Number.State.SOLD and row.owner_id == client_id for row in rows):
            return numbers
        held = Hold.objects.select_for_update().filter(key=key, until_at__gt=now)
        good = [each.number_id for each in held.order_by("number_id") if each.client_id in (None, client_id)]
        if good != numbers or any(row.state != Number.State.FREE for row in rows):
            raise _ended()
        Number.objects.filter(pk__in=numbers).update(state=Number.State.SOLD, owner_id=client_id)
        Hold.objects.filter(key=key).update(
            until_at=now
        )  # it stays, so that the sale sent twice is known again
        _write("number.sold", numbers, seller_id, now, client=client_id)
    return numbers


def give_back(*, number: int, by_id: int, now: datetime) -> datetime:
    """A sold number comes back and rests for its numbering's days; returns until when.

    Raises:
        Refusal: `not_sold`, when nobody has it.
    """
    with transaction.atomic():
        row = (
            Number.objects.select_for_update(no_key=True)
            .select_related("numbering")
            .filter(pk=number)
            .first()
        )
        if row is None or row.state != Number.State.SOLD:
            raise Refusal("not_sold", _("Nobody has this number, so it can't come back. Check its digits."))
        until = now + timedelta(days=row.numbering.rest_days)
        Number.objects.filter(pk=number).update(state=Number.State.RESTING, owner=None, rests_until=until)
        _write("number.returned", [number], by_id, now, client=row.owner_id, rests_until=until.isoformat())
    return until


WAKE = """
WITH rested AS (
         SELECT number FROM offers_number WHERE state = 'resting' AND rests_until <= %(now)s
         ORDER BY number LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED),
     woken AS (
         UPDATE offers_number SET state = 'free', rests_until = NULL FROM rested
         WHERE offers_number.number = rested.number RETURNING offers_number.number)
INSERT INTO journal_event (at, kind, ref, by, data)
SELECT %(now)s, 'number.rested', '+' || number, 'system', '{}'::jsonb FROM woken
"""


def wake_rested(*, now: datetime) -> int:
    """Numbers that have rested long enough are free again, up to `WAKE_MAX` in one go; returns how many. Any number of workers may."""
    with connection.cursor() as cursor:
        cursor.execute(WAKE, {"now": now, "most": WAKE_MAX})
        return int(cursor.rowcount)


def forget_holds(*, now: datetime) -> int:
    """Holds that ended a day ago are deleted: a sale sent twice is known again that long. Returns how many."""
    deleted, _of_each = Hold.objects.filter(until_at__lte=now - timedelta(days=1)).delete()
    return int(deleted)


def in_turn(*, seller_id: int, client_id: int | None) -> None:
    """Wait for the seller's and the client's turn to hold, before any number or hold is locked; it lasts as long as the transaction."""
    with connection.cursor() as cursor:
        _one_at_a_time(cursor, seller_id, client_id)


def _one_at_a_time(cursor: Any, seller_id: int, client_id: int | None) -> None:
    """Holds of one seller, and for one client, are made one after the other: so that their counts are true."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('offers.hold.seller', %s))", [seller_id])
    if client_id is not None:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('offers.hold.client', %s))", [client_id]
        )


def _the_same(before: Sequence[Hold], wanted: list[int], seller_id: int) -> Held:
    numbers = [each.number_id for each in before]
    if numbers != wanted or before[0].seller_id != seller_id:
        raise Refusal(
            "key_used", _("This request was already used for another number. Choose the number again.")
        )
    return Held(numbers, before[0].until_at)


def _why_not(*, seller_id: int, client_id: int | None, now: datetime) -> Refusal:
    live = Hold.objects.filter(until_at__gt=now)
    if live.filter(seller_id=seller_id).aggregate(n=Count("key", distinct=True))["n"] >= SELLER_HOLDS_MAX:
        return Refusal(
            "holds_spent", _("You hold as many numbers as one may. Release one, and hold this one again.")
        )
    if (
        client_id is not None
        and live.filter(client_id=client_id).aggregate(n=Count("key", distinct=True))["n"] >= CLIENT_HOLDS_MAX
    ):
        return Refusal(
            "holds_spent",
            _("As many numbers as one may are held for this client. Release one, and hold this one again."),
        )
    return Refusal(
        "number_taken",
        _("This number is taken or held. Choose another; those shown as free were so a moment ago."),
    )


def _ended() -> Refusal:
    return Refusal(
        "hold_ended", _("The hold on this number has ended. Hold it again; if it is still free it is yours.")
    )


def _write(kind: str, numbers: Sequence[int], by_id: int, now: datetime, **facts: Any) -> None:
    """An entry for each number, so that each has its whole history; the listeners are told of the first, with how many there are."""
    record(
        kind=kind, ref=f"+{numbers[0]}", by=f"seller:{by_id}", at=now, data={**facts, "count": len(numbers)}
    )
    Event.objects.bulk_create(
        Event(kind=kind, ref=f"+{each}", by=f"seller:{by_id}", at=now, data=facts) for each in numbers[1:]
    )
