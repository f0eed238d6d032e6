"""Orders, their lines, payments and refunds."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from payments import PaymentStatus, PurchasedItem
from payments.models import BasePayment

from guinda.base.points import Point
from guinda.orders.standing.models import StandingLine, StandingOrder, Visit, VisitLine

__all__ = ["Line", "Order", "Payment", "Refund", "StandingLine", "StandingOrder", "Visit", "VisitLine"]

PAID_SOON_S = 3 * 60
"""Paid within this long, a held order keeps the promise it was quoted: the quote's own margin covers it."""


class Order(models.Model):  # type: ignore[django-manager-missing]  # of payments: the library has no types
    """What has been promised to one client: fruit, price, door and time."""

    class State(models.TextChoices):
        """Where the order stands. Every change is compare-and-set and leaves its author and time in the journal."""

        HELD = "held", _("waiting for the payment")
        CONFIRMED = "confirmed", _("being made ready")
        HANDED = "handed", _("with the courier")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("could not be delivered")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("not paid in time")

    LIVE = (State.HELD, State.CONFIRMED)
    """States in which its stock is held at the store."""

    key = models.UUIDField(
        _("idempotency key"), unique=True, help_text=_("Idempotency key, made by the device once per bowl.")
    )
    body_digest = models.CharField(_("digest of the contents"), max_length=64)
    code = models.CharField(
        _("code"), max_length=32, unique=True, help_text=_("Unguessable: opens the tracking page.")
    )
    spoken_code = models.CharField(_("spoken code"), max_length=4)
    city = models.ForeignKey(
        "places.City", on_delete=models.PROTECT, related_name="orders", verbose_name=_("city")
    )
    store = models.ForeignKey(
        "places.Store", on_delete=models.PROTECT, related_name="orders", verbose_name=_("store")
    )
    source = models.CharField(
        _("source"),
        max_length=64,
        help_text=_("Where it was ordered: panel:STATION, again:ORDER or standing:NUMBER."),
    )
    client = models.ForeignKey(
        "clients.Client",
        on_delete=models.PROTECT,
        related_name="orders",
        null=True,
        blank=True,
        verbose_name=_("client"),
    )
    phone = models.CharField(_("telephone"), max_length=16, blank=True, default="")
    language = models.CharField(_("language"), max_length=2)
    lat = models.FloatField(_("latitude"))
    lon = models.FloatField(_("longitude"))
    street = models.CharField(_("street"), max_length=160)
    flat = models.CharField(_("flat"), max_length=40, blank=True, default="")
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    total_minor = models.PositiveIntegerField(_("total, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    weight_g = models.PositiveIntegerField(_("weight, g"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    placed_at = models.DateTimeField(_("placed"), db_index=True)
    promised_at = models.DateTimeField(
        _("promised at the door"), help_text=_("The time at the door that was quoted.")
    )
    promise_chance = models.FloatField(
        _("chance of keeping it"),
        help_text=_("The chance of keeping it that stood behind the quote, 0 to 1."),
    )
    start_at = models.DateTimeField(
        _("work begins"),
        null=True,
        blank=True,
        help_text=_(
            "Of an order for a wished hour: the bag is packed and planned from then on. Empty: at once."
        ),
    )
    hold_until = models.DateTimeField(
        _("stock held until"),
        null=True,
        blank=True,
        help_text=_("An unpaid card order frees its stock then."),
    )

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        permissions = [("cancel_order", _("Can cancel an order"))]
        indexes = [
            models.Index(fields=["hold_until"], name="orders_order_hold", condition=Q(state="held")),
            models.Index(fields=["client", "-placed_at"], name="orders_order_client"),
            models.Index(fields=["state", "-placed_at"], name="orders_order_state"),
            models.Index(fields=["phone"], name="orders_order_phone", condition=~Q(phone="")),
            models.Index(fields=["spoken_code", "-placed_at"], name="orders_order_spoken"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(total_minor__gt=0) & Q(weight_g__gt=0), name="orders_order_not_empty"
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(hold_until__isnull=False), name="orders_order_hold_ends"
            ),
            models.CheckConstraint(
                condition=Q(promised_at__gt=models.F("placed_at")), name="orders_order_promise_ahead"
            ),
            models.CheckConstraint(
                condition=Q(start_at=None) | Q(start_at__lt=models.F("promised_at")),
                name="orders_order_starts_before",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.spoken_code} ({self.get_state_display()})"

    @property
    def door(self) -> Point:
        """Where it goes."""
        return Point(self.lat, self.lon)

    def promise_if_paid(self, now: datetime) -> datetime:
        """The time at the door when a held order is paid now: each minute past the first few is a minute later.

        A wished hour stays: its fruit is held no longer than it can still be kept.
        """
        if self.start_at is not None:
            return self.promised_at
        waited = now - self.placed_at - timedelta(seconds=PAID_SOON_S)
        return (
            self.promised_at + max(waited, timedelta()) if self.state == self.State.HELD else self.promised_at
        )

    @property
    def can_be_cancelled(self) -> bool:
        """Until the courier has the bag."""
        return self.state in self.LIVE

    def get_absolute_url(self) -> str:
        """The tracking page."""
        return reverse("track", args=[self.code])


class Line(models.Model):
    """One lot and weight of an order. A weight made up from two lots is two lines."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", verbose_name=_("order"))
    lot = models.ForeignKey(
        "catalog.Lot", on_delete=models.PROTECT, related_name="lines", verbose_name=_("lot")
    )
    weight_g = models.PositiveIntegerField(_("weight, g"))
    price_minor = models.PositiveIntegerField(_("price, minor units"))

    class Meta:
        verbose_name = pgettext_lazy("of an order", "line")
        verbose_name_plural = pgettext_lazy("of an order", "lines")
        constraints = [
            models.UniqueConstraint(fields=["order", "lot"], name="orders_line_once"),
            models.CheckConstraint(condition=Q(weight_g__gt=0), name="orders_line_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.weight_g} g of {self.lot_id}"


ANSWERED = frozenset({"status", "message", "captured_amount"})
"""What only a provider's answer changes, in `orders.services.payment_answered`."""


class Payment(BasePayment):
    """How an order is paid: cash to the courier, or by card through django-payments' provider."""

    CASH = "cash"
    CARD = "card"

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="payments", verbose_name=_("order")
    )
    amount_minor = models.PositiveIntegerField(_("amount, minor units"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        indexes = [
            models.Index(fields=["token"], name="orders_payment_token"),
            models.Index(fields=["id"], name="orders_payment_reserved", condition=Q(status="preauth")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="orders_payment_positive")
        ]

    def __str__(self) -> str:
        return f"{self.variant} {self.amount_minor} ({self.status})"

    def save(self, **kwargs: Any) -> None:
        """Keep what a provider noted on the payment. How it stands changes by `change_status` alone: a late save undoes no answer."""
        if self.pk and kwargs.get("update_fields") is None and not kwargs.get("force_insert"):
            kwargs["update_fields"] = [
                each.name
                for each in self._meta.concrete_fields
                if not each.primary_key and each.name not in ANSWERED
            ]
        super().save(**kwargs)

    def change_status(self, status: str, message: str = "") -> None:
        """What a provider calls with its answer: the order follows in the same transaction."""
        from guinda.base import clock  # deferred: providers call this at the edge, with no `now` to give
        from guinda.orders.services import payment_answered  # deferred: services know the models

        if status not in dict(PaymentStatus.CHOICES):
            raise ValueError(f"{status!r} is not a payment status.")
        payment_answered(payment=self, status=status, message=message, now=clock.now())

    def get_purchased_items(self) -> list[PurchasedItem]:
        """What the provider shows the payer."""
        return [
            PurchasedItem(
                name="Guinda",
                sku=self.order.spoken_code,
                quantity=1,
                price=Decimal(self.total),
                currency=self.currency,
            )
        ]

    def get_success_url(self) -> str:
        """Where the payer lands when the payment was accepted."""
        return reverse("payment_done", args=[self.token])

    def get_failure_url(self) -> str:
        """Where the payer lands when it was refused: what happened and what can be done now."""
        return reverse("payment_done", args=[self.token])


class Refund(models.Model):
    """Money that goes back. A row, never an edit. `sent_at` without `done_at` means a provider's answer was lost: a person looks."""

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment")
    )
    amount_minor = models.PositiveIntegerField(_("amount, minor units"))
    reason = models.CharField(_("reason"), max_length=200)
    by = models.CharField(_("by whom"), max_length=100)
    asked_at = models.DateTimeField(_("asked"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        indexes = [models.Index(fields=["asked_at"], name="orders_refund_open", condition=Q(done_at=None))]
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="orders_refund_positive")]

    def __str__(self) -> str:
        return f"{self.amount_minor} of payment {self.payment_id}"
