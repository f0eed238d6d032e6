"""Place an order: the one path where every round trip counts.

`place` locks the holdings it takes, in ascending id, and then writes a new row; the one thing it can wait for besides holdings
is another use of its own key, and that one took the same holdings before. So nobody waits in a circle.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from guinda.base import codes
from guinda.base.money import major
from guinda.base.postgres import prepared_cursor
from guinda.base.refusals import Refusal
from guinda.journal.services import RECORD_CTE
from guinda.orders.models import Order, Payment
from guinda.orders.quotes import Quote, reallocated, sold_out
from guinda.stock import services as stock
from guinda.stock.queries import shelves
from guinda.stock.services import Want

PAY_WITHIN_S = 10 * 60
"""An order to be paid by card holds its stock this long."""


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


class Ahead(NamedTuple):
    """Of an order for a wished hour: when its work begins, and until when its fruit waits for a payment by card."""

    start_at: datetime
    pay_by: datetime


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


def place(
    *,
    key: UUID,
    quote: Quote,
    door: Door,
    pay: str,
    who: Who,
    source: str,
    now: datetime,
    ahead: Ahead | None = None,
) -> Placed:
    """Write the order with its stock held, its payment row and its journal entry: one transaction, four round trips.

    The same key and body again, also at the same time, is the same order and the same answer; the same key with another
    body is refused with 422. A lapsed quote (409 `quote_expired`) and what is sold out (409 `sold_out`) change nothing.
    """
    digest = _digest(quote, door, pay, who)
    _check_pay(pay)
    if now >= quote.expires_at:
        return _again(key, digest) or _refuse_expired()
    for attempt in (quote, None):
        chosen = attempt or reallocated(quote, good_at=quote.door_at if ahead else now)
        if chosen is None:
            break
        try:
            with transaction.atomic():
                placed = _write(Asked(key, digest, chosen, door, pay, who, source, ahead), now)
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
             lat, lon, street, flat, note, total_minor, currency, weight_g, state, placed_at, promised_at, promise_chance, start_at,
             hold_until)
         SELECT %(key)s, %(digest)s, %(code)s, %(spoken_code)s, %(city_id)s, %(store_id)s, %(source)s, %(client_id)s,
             %(phone)s, %(language)s, %(lat)s, %(lon)s, %(street)s, %(flat)s, %(note)s, %(total_minor)s, %(currency)s,
             %(weight_g)s, %(state)s, %(at)s, %(promised_at)s, %(chance)s, %(start_at)s, %(hold_until)s
         WHERE NOT EXISTS (SELECT FROM catalog_lot WHERE id = ANY (%(lots)s) AND recalled_at IS NOT NULL)
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


class Asked(NamedTuple):
    """Everything `place` was asked for, with its digest."""

    key: UUID
    digest: str
    quote: Quote
    door: Door
    pay: str
    who: Who
    source: str
    ahead: Ahead | None


def _write(asked: Asked, now: datetime) -> Placed | None:
    """Two statements: hold the stock, write the order. None when the key is taken; raises Short when stock is.

    A lot that was recalled while we waited for its holding is seen by the second statement, which writes nothing then.
    """
    quote, lots = asked.quote, _lot_lines(asked.quote)
    if not stock.reserve(
        store_id=quote.store_id, wants=[Want(lot, grams) for lot, grams, _price in lots], now=now
    ):
        raise Short
    placed = Placed(
        code=codes.secret_code(),
        spoken_code=codes.spoken_code(),
        state=(Order.State.HELD if asked.pay == Payment.CARD else Order.State.CONFIRMED).value,
        total_minor=quote.total_minor,
        currency=quote.currency,
        promised_at=quote.door_at,
        pay_token=str(uuid4()),
    )
    with prepared_cursor() as cursor:
        cursor.execute(WRITE, _facts(asked, placed, lots, now))
        if cursor.fetchone():
            return placed
    transaction.set_rollback(
        True
    )  # the key is taken, or a lot was recalled: what was just held is freed again
    return None


def _facts(asked: Asked, placed: Placed, lots: list[tuple[int, int, int]], now: datetime) -> dict[str, Any]:
    """The values of WRITE, by name."""
    quote, ahead = asked.quote, asked.ahead
    pay_by = ahead.pay_by if ahead else now + timedelta(seconds=PAY_WITHIN_S)
    return {
        **asked._asdict(),
        **asked.door._asdict(),
        **asked.who._asdict(),
        **placed._asdict(),
        "city_id": quote.city_id,
        "store_id": quote.store_id,
        "lat": quote.lat,
        "lon": quote.lon,
        "weight_g": quote.weight_g,
        "chance": quote.chance,
        "at": now,
        "start_at": ahead.start_at if ahead else None,
        "hold_until": pay_by if asked.pay == Payment.CARD else None,
        "total": major(quote.total_minor, quote.currency),
        "lots": [lot for lot, _grams, _price in lots],
        "weights_g": [grams for _lot, grams, _price in lots],
        "prices_minor": [price for _lot, _grams, price in lots],
        "event_kind": f"order.{placed.state}",
        "event_ref": placed.code,
        "event_by": asked.source,
        "event_data": json.dumps({"promised_at": quote.door_at.isoformat(), "pay": asked.pay}),
    }


def placed_before(*, key: UUID, quote: Quote, door: Door, pay: str, who: Who) -> Placed | None:
    """The answer given before for this key and body, if any; the key with another body is refused with 422."""
    return _again(key, _digest(quote, door, pay, who))


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
