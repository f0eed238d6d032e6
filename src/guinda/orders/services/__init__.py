"""The verbs of orders: `placing` writes one, `changes` says what becomes of it."""

from guinda.orders.services.changes import (
    ACCEPTED,
    RECALLED,
    cancel,
    cancel_recalled,
    could_not_deliver,
    delivered,
    expire_holds,
    hand_over,
    pay_cash_instead,
    payment_answered,
    refund,
)
from guinda.orders.services.placing import PAY_WITHIN_S, Ahead, Door, Placed, Who, place, placed_before

__all__ = [
    "ACCEPTED",
    "PAY_WITHIN_S",
    "RECALLED",
    "Ahead",
    "Door",
    "Placed",
    "Who",
    "cancel",
    "cancel_recalled",
    "could_not_deliver",
    "delivered",
    "expire_holds",
    "hand_over",
    "pay_cash_instead",
    "payment_answered",
    "place",
    "placed_before",
    "refund",
]
