"""Reads for the payment pages."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language
from payments import PaymentStatus

from guinda.base import clock
from guinda.base.money import show
from guinda.orders.models import PAID_SOON_S, Order, Payment
from guinda.orders.payments import OPEN, can_be_paid

__all__ = ["OPEN", "held", "money", "pays_cash", "standing"]


MINUTE = timedelta(minutes=1)


class Held(NamedTuple):
    """How long the fruit is still held: in whole minutes, until when on the city's clock, and in real seconds for the countdown.

    Paid by `pay_by` the bag is at the door by `door`; each minute later it is there a minute later.
    """

    minutes: int
    until: str
    real_s: int
    pay_by: str
    door: str
    wished: bool
    """For a wished hour: paid at any time before `until` it is kept."""


def money(order: Order) -> str:
    """The order's total as the reader writes money."""
    return show(order.total_minor, order.currency, get_language() or "en")


def held(order: Order, *, now: datetime) -> Held | None:
    """The hold's time left, or None when it is over."""
    if not can_be_paid(order, now=now) or order.hold_until is None:
        return None
    left_s = (order.hold_until - now).total_seconds()
    soon = max(order.placed_at + timedelta(seconds=PAID_SOON_S), now + MINUTE).replace(
        second=0, microsecond=0
    )
    door = (
        order.promise_if_paid(soon) + MINUTE - timedelta(microseconds=1)
    )  # shown as whole minutes, rounded up
    zone = ZoneInfo(order.city.time_zone)
    wished = order.start_at is not None
    until, pay_by, at_door = (
        date_format(each.astimezone(zone), "D j M, H:i" if wished else "H:i")
        for each in (order.hold_until, soon, door)
    )
    real_s = math.ceil(left_s / clock.speed())
    return Held(math.ceil(left_s / 60), until, real_s, pay_by, at_door, wished)


def standing(payment: Payment, *, now: datetime) -> str:
    """One word for how it stands with the money: waiting, refused, lapsed, returned, cancelled, cash or paid."""
    order = payment.order
    if order.state == Order.State.HELD:
        if not can_be_paid(order, now=now):
            return "lapsed"
        return "waiting" if payment.status in OPEN else "refused"
    if payment.refunds.exists():
        return "returned"
    if order.state in ENDED_WITHOUT_MONEY:
        return ENDED_WITHOUT_MONEY[order.state]
    return "cash" if pays_cash(order) else "paid"


ENDED_WITHOUT_MONEY: dict[str, str] = {Order.State.EXPIRED: "lapsed", Order.State.CANCELLED: "cancelled"}


def pays_cash(order: Order) -> bool:
    """Whether the order goes on with cash to the courier."""
    ended = (PaymentStatus.CANCELLED, PaymentStatus.REFUNDED)
    return order.payments.filter(variant=Payment.CASH).exclude(status__in=ended).exists()
