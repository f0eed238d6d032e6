"""Pay, cancel, hand over, deliver: what becomes of an order that stands.

Lock order: the order's row first, then its payments, then holdings in ascending id (see `stock.services`).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from payments import PaymentStatus

from guinda.base.money import major
from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.orders.models import Order, Payment, Refund
from guinda.stock import services as stock
from guinda.stock.services import Want

ACCEPTED = (PaymentStatus.CONFIRMED, PaymentStatus.PREAUTH)
SETTLED = (PaymentStatus.CONFIRMED, PaymentStatus.REFUNDED)
"""Statuses that a provider's later answer doesn't undo."""


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
        if first and not _move(
            order, to=Order.State.CONFIRMED, of=(Order.State.HELD,), by="payment", now=now
        ):
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
