"""Talk to payment providers outside of the order's transactions, and let a client try a refused card again."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from payments import PaymentStatus

from guinda.base.money import major
from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.orders.models import Order, Payment, Refund

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
    for pk in unsent.values_list("pk", flat=True)[:limit]:
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
    with transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(done_at=now)
        Payment.objects.filter(pk=payment.pk).update(status=PaymentStatus.REFUNDED, modified=now)
        record(
            kind="refund.done",
            ref=payment.order.code,
            by="system",
            at=now,
            data={"amount_minor": refund.amount_minor},
        )
    return 1
