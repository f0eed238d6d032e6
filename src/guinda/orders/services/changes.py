"""Pay, cancel, hand over, deliver: what becomes of an order that stands.

Lock order: the order's row first, then its payments, then holdings in ascending id (see `stock.services`).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
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
RECALLED = "recalled"
"""The reason in the journal and on the refund when a lot was recalled."""


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
        if first and not _paid(order, by="payment", now=now, pay=locked.variant):
            refund_rest(payment=locked, reason="paid after the order had ended", by="system", now=now)


def _paid(order: Order, *, by: str, now: datetime, pay: str) -> bool:
    """The order goes ahead, with the promise that its payment page stated; False when it had ended meanwhile."""
    promised_at = order.promise_if_paid(now)
    facts = {"promised_at": promised_at.isoformat(), "pay": pay}
    if not _move(order, to=Order.State.CONFIRMED, of=(Order.State.HELD,), by=by, now=now, **facts):
        return False
    Order.objects.filter(pk=order.pk).update(promised_at=promised_at)
    return True


def pay_cash_instead(*, order: Order, now: datetime) -> None:
    """The card was refused or thought better of: the client pays the courier. One more payment row; the old one stays as it was."""
    with transaction.atomic():
        if not _paid(order, by="client", now=now, pay=Payment.CASH):
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
        _undo(order, reason=reason, by=by, now=now)


def cancel_recalled(*, lot_code: str, now: datetime) -> int:
    """A lot was recalled: every order that holds some of it and is not with a courier ends, and its money goes back."""
    live = Order.objects.filter(lines__lot__code=lot_code, state__in=Order.LIVE).order_by("pk")
    return sum(_cancel_recalled(order, now) for order in live)


def _cancel_recalled(order: Order, now: datetime) -> bool:
    with transaction.atomic():
        ended = _move(order, to=Order.State.CANCELLED, of=Order.LIVE, by="system", now=now, reason=RECALLED)
        if ended:
            _undo(order, reason=RECALLED, by="system", now=now)
    return ended


def _undo(order: Order, *, reason: str, by: str, now: datetime) -> None:
    stock.free(store_id=order.store_id, wants=_wants(order))
    _give_back(order, reason=reason, by=by, now=now)


def expire_holds(*, now: datetime, limit: int = 500) -> int:
    """Free the stock of card orders that were not paid in time; returns how many. Safe with any number of workers.

    The one place that locks holdings of several stores: store by store, ascending, and nobody else waits for two.
    """
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


def hand_over(*, order: Order, by: str, now: datetime, **data: str) -> bool:
    """The courier has the bag: the movement of the sale. False when it was cancelled or handed over before.

    A bag with fruit of a recalled lot does not leave the counter: its order ends here, as `cancel_recalled` would have ended it.
    """
    if order.lines.filter(lot__recalled_at__isnull=False).exists():
        _cancel_recalled(order, now)
        return False
    with transaction.atomic():
        if not _move(order, to=Order.State.HANDED, of=(Order.State.CONFIRMED,), by=by, now=now, **data):
            return False
        stock.hand_over(store=order.store, wants=_wants(order), ref=order.code, by=by, at=now)
    return True


def delivered(*, order: Order, by: str, now: datetime, **data: str) -> bool:
    """At the door. Cash is money in from this moment. False when the order was not with a courier."""
    with transaction.atomic():
        if not _move(order, to=Order.State.DELIVERED, of=(Order.State.HANDED,), by=by, now=now, **data):
            return False
        for payment in order.payments.filter(variant=Payment.CASH, status=PaymentStatus.WAITING):
            Payment.objects.filter(pk=payment.pk).update(
                status=PaymentStatus.CONFIRMED,
                captured_amount=payment.total,
                modified=now,
            )
    return True


def could_not_deliver(*, order: Order, reason: str, by: str, now: datetime, **data: str) -> bool:
    """The client could not be reached: the bag comes back as waste, what was paid goes back."""
    with transaction.atomic():
        facts = {"reason": reason, **data}
        if not _move(order, to=Order.State.FAILED, of=(Order.State.HANDED,), by=by, now=now, **facts):
            return False
        stock.take_back(store=order.store, wants=_wants(order), ref=order.code, by=by, at=now)
        _give_back(order, reason=reason, by=by, now=now)
    return True


def _give_back(order: Order, *, reason: str, by: str, now: datetime) -> None:
    """What was taken and not asked back yet goes back; payments that nobody answered yet end."""
    for payment in order.payments.filter(status__in=ACCEPTED).order_by("pk"):
        refund_rest(payment=payment, reason=reason, by=by, now=now)
    order.payments.filter(status__in=[PaymentStatus.WAITING, PaymentStatus.INPUT]).update(
        status=PaymentStatus.CANCELLED,
        modified=now,
    )


def refundable_minor(payment: Payment) -> int:
    """What was taken or reserved by this payment and not asked back yet."""
    if payment.status not in (*ACCEPTED, PaymentStatus.REFUNDED):
        return 0
    return payment.amount_minor - (payment.refunds.aggregate(asked=Sum("amount_minor"))["asked"] or 0)


def refund(*, payment: Payment, amount_minor: int, reason: str, by: str, now: datetime) -> Refund:
    """Ask for money to go back: a row now, the provider's call later by the worker. More than is left of the payment is refused."""
    with transaction.atomic():
        locked = Payment.objects.select_for_update().get(pk=payment.pk)
        if not 0 < amount_minor <= refundable_minor(locked):
            raise Refusal(
                "too_much_back",
                _(
                    "That is more than is left of this payment. Enter at most what was paid less what went back."
                ),
            )
        row = Refund.objects.create(
            payment=payment, amount_minor=amount_minor, reason=reason[:200], by=by, asked_at=now
        )
        data = {"amount_minor": amount_minor, "reason": reason}
        record(kind="refund.asked", ref=payment.order.code, by=by, at=now, data=data)
    return row


def refund_rest(*, payment: Payment, reason: str, by: str, now: datetime) -> None:
    """Ask for all that is left of a payment, if anything is."""
    with transaction.atomic():
        locked = Payment.objects.select_for_update().get(pk=payment.pk)
        if left_minor := refundable_minor(locked):
            refund(payment=locked, amount_minor=left_minor, reason=reason, by=by, now=now)
