"""Place, pay, cancel, hand over, deliver.

Lock order: an existing order's row first, then holdings in ascending id (see `stock.services`). `place` writes a new row
only, after its holdings; the one thing it can wait for besides holdings is another use of its own key, and that one took
the same holdings before.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from babel.numbers import get_currency_precision
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from payments import PaymentStatus

from guinda.base import codes
from guinda.base.refusals import Refusal
from guinda.journal.services import RECORD_CTE, record
from guinda.orders.models import Order, Payment, Refund
from guinda.orders.quotes import Quote, reallocated, sold_out
from guinda.stock import services as stock
from guinda.stock.queries import shelves
from guinda.stock.services import Want

PAY_WITHIN_S = 10 * 60
"""An order to be paid by card holds its stock this long."""
ACCEPTED = (PaymentStatus.CONFIRMED, PaymentStatus.PREAUTH)
SETTLED = (PaymentStatus.CONFIRMED, PaymentStatus.REFUNDED)
"""Statuses that a provider's later answer doesn't undo."""


class Door(NamedTuple):
    """What the courier needs besides the point on the map."""

    street: str
    flat: str = ""
    note: str = ""


class Who(NamedTuple):
    """Who orders: a known client, a bare telephone, or nobody we know."""

    client_id: int | None = None
    phone: str = ""
    language: str = "en"


class Placed(NamedTuple):
    """The answer to `place`, the same for every repetition of a key."""

    code: str
    spoken_code: str
    state: str
    total_minor: int
    currency: str
    promised_at: datetime
    pay_token: str


class Short(Exception):  # noqa: N818 - rolls a transaction back, never leaves this module
    """A lot of the quote has run out."""


def place(*, key: UUID, quote: Quote, door: Door, pay: str, who: Who, source: str, now: datetime) -> Placed:
    """Write the order with its stock held, its payment row and its journal entry: one transaction, four round trips.

    The same key and body again, also at the same time, is the same order and the same answer; the same key with another
    body is refused with 422. A lapsed quote (409 `quote_expired`) and what is sold out (409 `sold_out`) change nothing.
    """
    digest = _digest(quote, door, pay, who)
    _check_pay(pay)
    if now >= quote.expires_at:
        return _again(key, digest) or _refuse_expired()
    for attempt in (quote, None):
        chosen = attempt or reallocated(quote, now=now)
        if chosen is None:
            break
        try:
            with transaction.atomic():
                placed = _write(
                    key=key, digest=digest, quote=chosen, door=door, pay=pay, who=who, source=source, now=now
                )
        except Short:
            placed = None
        found = placed or _again(key, digest)
        if found:
            return found
    bowl = {line.variety_id: line.weight_g for line in quote.lines}
    raise sold_out(bowl, {quote.store_id: shelves(store_ids=[quote.store_id], now=now)})


WRITE = f"""
WITH placed AS (
         INSERT INTO orders_order (key, body_digest, code, spoken_code, city_id, store_id, source, client_id, phone, language,
             lat, lon, street, flat, note, total_minor, currency, weight_g, state, placed_at, promised_at, promise_chance, hold_until)
         VALUES (%(key)s, %(digest)s, %(code)s, %(spoken_code)s, %(city)s, %(store)s, %(source)s, %(client)s, %(phone)s, %(language)s,
             %(lat)s, %(lon)s, %(street)s, %(flat)s, %(note)s, %(total_minor)s, %(currency)s, %(weight_g)s, %(state)s,
             %(at)s, %(promised_at)s, %(chance)s, %(hold_until)s)
         ON CONFLICT (key) DO NOTHING
         RETURNING id),
     lines AS (
         INSERT INTO orders_line (order_id, lot_id, weight_g, price_minor)
         SELECT placed.id, line.* FROM placed, unnest(%(lots)s::bigint[], %(weights_g)s::int[], %(prices_minor)s::int[]) AS line),
     payment AS (
         INSERT INTO orders_payment (order_id, amount_minor, variant, status, fraud_status, fraud_message, created, modified,
             transaction_id, currency, total, delivery, tax, description, billing_first_name, billing_last_name, billing_address_1,
             billing_address_2, billing_city, billing_postcode, billing_country_code, billing_country_area, billing_email, billing_phone,
             extra_data, message, token, captured_amount)
         SELECT placed.id, %(total_minor)s, %(pay)s, 'waiting', 'unknown', '', %(at)s, %(at)s, '', %(currency)s, %(total)s, 0, 0, '',
             '', '', '', '', '', '', '', '', '', '', '', '', %(pay_token)s, 0
         FROM placed),{RECORD_CTE.format(source="placed")}
SELECT id FROM placed
"""  # noqa: S608 - no user's text is in it


def _write(
    *,
    key: UUID,
    digest: str,
    quote: Quote,
    door: Door,
    pay: str,
    who: Who,
    source: str,
    now: datetime,
) -> Placed | None:
    """Two statements: hold the stock, write the order. None when the key is taken; raises Short when stock is."""
    lots = _lot_lines(quote)
    if not stock.reserve(
        store_id=quote.store_id, wants=[Want(lot, grams) for lot, grams, _price in lots], now=now
    ):
        raise Short
    state = Order.State.HELD if pay == Payment.CARD else Order.State.CONFIRMED
    placed = Placed(
        codes.secret_code(),
        codes.spoken_code(),
        state.value,
        quote.total_minor,
        quote.currency,
        quote.door_at,
        str(uuid4()),
    )
    facts: dict[str, Any] = {
        "key": key,
        "digest": digest,
        "code": placed.code,
        "spoken_code": placed.spoken_code,
        "city": quote.city_id,
        "store": quote.store_id,
        "source": source,
        "client": who.client_id,
        "phone": who.phone,
        "language": who.language,
        "lat": quote.lat,
        "lon": quote.lon,
        "street": door.street,
        "flat": door.flat,
        "note": door.note,
        "total_minor": quote.total_minor,
        "currency": quote.currency,
        "weight_g": quote.weight_g,
        "state": placed.state,
        "at": now,
        "promised_at": quote.door_at,
        "chance": quote.chance,
        "pay": pay,
        "pay_token": placed.pay_token,
        "hold_until": now + timedelta(seconds=PAY_WITHIN_S) if pay == Payment.CARD else None,
        "total": major(quote.total_minor, quote.currency),
        "lots": [lot for lot, _grams, _price in lots],
        "weights_g": [grams for _lot, grams, _price in lots],
        "prices_minor": [price for _lot, _grams, price in lots],
        "event_kind": f"order.{placed.state}",
        "event_ref": placed.code,
        "event_by": source,
        "event_data": json.dumps({"promised_at": quote.door_at.isoformat(), "pay": pay}),
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, facts)
        if cursor.fetchone():
            return placed
    transaction.set_rollback(True)  # the key is taken: what was just held is freed again
    return None


def _again(key: UUID, digest: str) -> Placed | None:
    """The answer given before for this key, if any; another body is refused."""
    row = (
        Order.objects.filter(key=key)
        .values_list(
            "body_digest",
            "code",
            "spoken_code",
            "state",
            "total_minor",
            "currency",
            "promised_at",
            "payments__token",
        )
        .order_by("payments__id")
        .first()
    )
    if row is None:
        return None
    if row[0] != digest:
        raise Refusal(
            "key_reused",
            _("This order was sent before with other contents. Start a new bowl, please."),
            status=422,
        )
    return Placed(*row[1:])


def _refuse_expired() -> Placed:
    raise Refusal(
        "quote_expired",
        _("The price and time were held for a few minutes and have lapsed. Here are the present ones."),
    )


def _check_pay(pay: str) -> None:
    if pay != Payment.CASH and pay not in settings.PAYMENT_VARIANTS:
        raise Refusal(
            "no_such_payment",
            _("This way of paying is not offered here. Choose another, please."),
            status=422,
        )


def _digest(quote: Quote, door: Door, pay: str, who: Who) -> str:
    """Of what the client chose; not of the quote's time, so that a bowl sent again under a fresh quote is still the same order."""
    chosen = [
        sorted((line.variety_id, line.weight_g) for line in quote.lines),
        quote.lat,
        quote.lon,
        *door,
        pay,
        who.client_id,
        who.phone,
    ]
    return hashlib.sha256(json.dumps(chosen, separators=(",", ":")).encode()).hexdigest()


def _lot_lines(quote: Quote) -> list[tuple[int, int, int]]:
    """(lot, grams, price) with a variety's price spread over its lots so that the parts add up to it."""
    rows = []
    for line in quote.lines:
        before_g = before_minor = 0
        for lot_id, grams in line.lots:
            before_g += grams
            upto_minor = line.price_minor * before_g // line.weight_g
            rows.append((lot_id, grams, upto_minor - before_minor))
            before_minor = upto_minor
    return rows


def major(amount_minor: int, currency: str) -> Decimal:
    """What django-payments wants: `129050, "RUB"` -> `Decimal("1290.50")`."""
    return Decimal(amount_minor).scaleb(-get_currency_precision(currency))


def _wants(order: Order) -> list[Want]:
    return [Want(lot_id, grams) for lot_id, grams in order.lines.values_list("lot_id", "weight_g")]


def _move(
    order: Order, *, to: Order.State, of: tuple[Order.State, ...], by: str, now: datetime, **data: str
) -> bool:
    """Compare-and-set of the state with its journal entry; False when the order was not in one of `of`."""
    changed = Order.objects.filter(pk=order.pk, state__in=of).update(state=to)
    if changed:
        order.state = to
        record(kind=f"order.{to.value}", ref=order.code, by=by, at=now, data=dict(data))
    return bool(changed)


def payment_answered(*, payment: Payment, status: str, message: str, now: datetime) -> None:
    """A provider said something about a payment: remember it, and let the order follow.

    Accepted: the order is confirmed, or, when its hold had run out meanwhile, the money goes straight back. Refused: the order waits
    for another try until its hold runs out. The order's row is locked before the payment's, as everywhere.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=payment.order_id)
        locked = Payment.objects.select_for_update().get(pk=payment.pk)
        if locked.status in SETTLED and status != PaymentStatus.REFUNDED:
            payment.status, payment.captured_amount = locked.status, locked.captured_amount
            return  # accepted money is undone by a refund row only
        accepted = status in ACCEPTED
        payment.status, payment.message = status, message
        payment.captured_amount = locked.total if accepted else locked.captured_amount
        Payment.objects.filter(pk=payment.pk).update(
            status=status, message=message, captured_amount=payment.captured_amount, modified=now
        )
        record(kind=f"payment.{status}", ref=order.code, by=locked.variant, at=now, data={"message": message})
        first = accepted and locked.status not in ACCEPTED
        if first and not _move(order, to=Order.State.CONFIRMED, of=(Order.State.HELD,), by="payment", now=now):
            refund(payment=locked, reason="paid after the order had ended", by="system", now=now)


def pay_cash_instead(*, order: Order, now: datetime) -> None:
    """The card was refused or thought better of: the client pays the courier. One more payment row; the old one stays as it was."""
    with transaction.atomic():
        if not _move(
            order, to=Order.State.CONFIRMED, of=(Order.State.HELD,), by="client", now=now, pay=Payment.CASH
        ):
            raise Refusal(
                "too_late", _("This order is no longer waiting for a payment. Its page says how it stands.")
            )
        order.payments.filter(status__in=[PaymentStatus.WAITING, PaymentStatus.INPUT]).update(
            status=PaymentStatus.CANCELLED,
            modified=now,
        )
        total = major(order.total_minor, order.currency)
        Payment.objects.create(
            order=order,
            variant=Payment.CASH,
            amount_minor=order.total_minor,
            currency=order.currency,
            total=total,
        )


def cancel(*, order: Order, reason: str, by: str, now: datetime) -> None:
    """Until the courier has the bag: the stock is free again and what was paid goes back."""
    with transaction.atomic():
        if not _move(order, to=Order.State.CANCELLED, of=Order.LIVE, by=by, now=now, reason=reason):
            raise Refusal(
                "too_late_to_cancel",
                _("The courier already has your bag, so it can't be cancelled. You may still hand it back."),
            )
        stock.free(store_id=order.store_id, wants=_wants(order))
        _give_back(order, reason=reason, by=by, now=now)


def expire_holds(*, now: datetime, limit: int = 500) -> int:
    """Free the stock of card orders that were not paid in time; returns how many. Safe with any number of workers."""
    with transaction.atomic():
        due = list(
            Order.objects.select_for_update(skip_locked=True)
            .filter(state=Order.State.HELD, hold_until__lte=now)
            .order_by("pk")
            .prefetch_related("lines")[:limit],
        )
        by_store: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for order in due:
            _move(order, to=Order.State.EXPIRED, of=(Order.State.HELD,), by="system", now=now)
            for line in order.lines.all():
                by_store[order.store_id][line.lot_id] += line.weight_g
        for store_id, lots in sorted(by_store.items()):
            stock.free(store_id=store_id, wants=[Want(lot_id, grams) for lot_id, grams in lots.items()])
    return len(due)


def hand_over(*, order: Order, by: str, now: datetime) -> bool:
    """The courier has the bag: the movement of the sale. False when it was cancelled or handed over before."""
    with transaction.atomic():
        if not _move(order, to=Order.State.HANDED, of=(Order.State.CONFIRMED,), by=by, now=now):
            return False
        stock.hand_over(store=order.store, wants=_wants(order), ref=order.code, by=by, at=now)
    return True


def delivered(*, order: Order, by: str, now: datetime) -> bool:
    """At the door. Cash is money in from this moment. False when the order was not with a courier."""
    with transaction.atomic():
        if not _move(order, to=Order.State.DELIVERED, of=(Order.State.HANDED,), by=by, now=now):
            return False
        for payment in order.payments.filter(variant=Payment.CASH, status=PaymentStatus.WAITING):
            Payment.objects.filter(pk=payment.pk).update(
                status=PaymentStatus.CONFIRMED,
                captured_amount=payment.total,
                modified=now,
            )
    return True


def could_not_deliver(*, order: Order, reason: str, by: str, now: datetime) -> bool:
    """The client could not be reached: the bag comes back as waste, what was paid goes back."""
    with transaction.atomic():
        if not _move(order, to=Order.State.FAILED, of=(Order.State.HANDED,), by=by, now=now, reason=reason):
            return False
        stock.take_back(store=order.store, wants=_wants(order), ref=order.code, by=by, at=now)
        _give_back(order, reason=reason, by=by, now=now)
    return True


def _give_back(order: Order, *, reason: str, by: str, now: datetime) -> None:
    for payment in order.payments.filter(status=PaymentStatus.CONFIRMED):
        refund(payment=payment, reason=reason, by=by, now=now)
    order.payments.filter(status__in=[PaymentStatus.WAITING, PaymentStatus.INPUT]).update(
        status=PaymentStatus.CANCELLED,
        modified=now,
    )


def refund(
    *, payment: Payment, reason: str, by: str, now: datetime, amount_minor: int | None = None
) -> Refund:
    """Ask for money to go back: a row now, the provider's call later by the worker (`send_refunds`)."""
    with transaction.atomic():
        row = Refund.objects.create(
            payment=payment,
            amount_minor=amount_minor or payment.amount_minor,
            reason=reason[:200],
            by=by,
            asked_at=now,
        )
        record(
            kind="refund.asked",
            ref=payment.order.code,
            by=by,
            at=now,
            data={"amount_minor": row.amount_minor, "reason": reason},
        )
    return row
