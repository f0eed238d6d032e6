"""Talk to payment providers outside of the order's transactions, and let a client try a refused card again."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from payments import PaymentStatus

from guinda.base.money import major
from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.orders.models import Order, Payment, Refund
from guinda.orders.services.changes import refundable_minor

logger = logging.getLogger(__name__)
OPEN = (PaymentStatus.WAITING, PaymentStatus.INPUT)
"""A payment the provider has not answered yet."""


def can_be_paid(order: Order, *, now: datetime) -> bool:
    """Whether the order still waits for its money and the fruit is still held for it."""
    return order.state == Order.State.HELD and order.hold_until is not None and now < order.hold_until


def try_again(*, order: Order, now: datetime) -> Payment:
    """A payment to try the card with once more: the one that is still open, else one more row. Asked twice it is the same one."""
    with transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=order.pk)
        if not can_be_paid(locked, now=now):
            raise Refusal(
                "too_late", _("This order is no longer waiting for a payment. Its page says how it stands.")
            )
        cards = locked.payments.exclude(variant=Payment.CASH).order_by("-pk")
        still_open = cards.filter(status__in=OPEN).first()
        last = cards[0]
        return still_open or Payment.objects.create(
            order=locked,
            variant=last.variant,
            amount_minor=last.amount_minor,
            currency=last.currency,
            total=last.total,
        )


def send_refunds(*, now: datetime, limit: int = 50) -> int:
    """Ask the providers for the refunds that were not asked for yet; returns how many were done.

    Marked as sent and committed before the provider is called: a crash in between leaves a row that `guinda audit` shows to
    a person, and never sends money twice. Cash is given back by hand and is done at once.
    """
    done = 0
    unsent = Refund.objects.filter(done_at=None, sent_at=None).order_by("asked_at", "pk")  # by its index
    taken = unsent.exclude(
        payment__status=PaymentStatus.PREAUTH
    )  # what is only reserved is released, see `settle_reserved`
    for pk in taken.values_list("pk", flat=True)[:limit]:
        if Refund.objects.filter(pk=pk, sent_at=None).update(sent_at=now):
            done += _send(Refund.objects.select_related("payment__order").get(pk=pk), now)
    return done


def _send(refund: Refund, now: datetime) -> int:
    payment = refund.payment
    if payment.variant != Payment.CASH:
        try:
            payment.refund(major(refund.amount_minor, payment.currency))
        except Exception:
            logger.exception("Refund %s: the provider's answer is unclear; a person must look", refund.pk)
            return 0
    _done(refund, now)
    return 1


def _done(refund: Refund, now: datetime) -> None:
    payment = refund.payment
    with transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(done_at=now)
        kept_minor = _kept_minor(Payment.objects.select_for_update().get(pk=payment.pk))
        Payment.objects.filter(pk=payment.pk).update(
            status=PaymentStatus.CONFIRMED if kept_minor else PaymentStatus.REFUNDED,
            captured_amount=major(kept_minor, payment.currency),
            modified=now,
        )
        record(
            kind="refund.done",
            ref=payment.order.code,
            by="system",
            at=now,
            data={"amount_minor": refund.amount_minor},
        )


def _kept_minor(payment: Payment) -> int:
    back = payment.refunds.exclude(done_at=None).aggregate(minor=Sum("amount_minor"))["minor"] or 0
    return payment.amount_minor - int(back)


def settle_reserved(*, now: datetime, limit: int = 50) -> int:
    """Money that a provider has only reserved is taken, or released where all of it was asked back; returns how many were settled.

    A provider that takes at once (`capture=True`, the usual setting) never leaves anything here.
    """
    reserved = Payment.objects.select_related("order").filter(status=PaymentStatus.PREAUTH).order_by("pk")
    return sum(_settle(payment, now) for payment in reserved[:limit])


def _settle(payment: Payment, now: datetime) -> int:
    try:
        if refundable_minor(payment):
            payment.capture()
        else:
            payment.release()
    except Exception:
        logger.exception("Payment %s could not be settled and will be tried again", payment.pk)
        return 0
    if payment.status == PaymentStatus.REFUNDED:
        for refund in payment.refunds.filter(done_at=None):
            Refund.objects.filter(pk=refund.pk).update(sent_at=now)
            _done(refund, now)
    return 1
