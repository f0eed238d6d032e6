"""Who tends which store, and what was received, packed, counted and sent there: rows with author and time."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Keeper(models.Model):
    """A person who tends a store. Whoever tends two has two rows."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="keeps", verbose_name=_("account")
    )
    store = models.ForeignKey(
        "places.Store", on_delete=models.CASCADE, related_name="keepers", verbose_name=_("store")
    )

    class Meta:
        verbose_name = _("store keeper")
        verbose_name_plural = _("store keepers")
        permissions = [("tend_every_store", _("Can tend every store"))]
        constraints = [models.UniqueConstraint(fields=["user", "store"], name="stores_keeper_once")]

    def __str__(self) -> str:
        return f"{self.user} – {self.store}"


class Receipt(models.Model):
    """A lot's arrival from its grower at a store, and what the whole of it cost."""

    key = models.UUIDField(_("idempotency key"), unique=True)
    body_digest = models.CharField(_("digest of the contents"), max_length=64)
    store = models.ForeignKey(
        "places.Store", on_delete=models.PROTECT, related_name="receipts", verbose_name=_("store")
    )
    lot = models.ForeignKey(
        "catalog.Lot", on_delete=models.PROTECT, related_name="receipts", verbose_name=_("lot")
    )
    weight_g = models.PositiveIntegerField(_("weight, g"))
    cost_minor = models.PositiveIntegerField(_("cost, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    by = models.CharField(_("by whom"), max_length=100)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [models.CheckConstraint(condition=Q(weight_g__gt=0), name="stores_receipt_positive")]

    def __str__(self) -> str:
        return f"{self.weight_g} g of {self.lot_id}"


class Packing(models.Model):
    """An order's bag, weighed and closed. Undone, the row goes and the journal keeps both."""

    order = models.OneToOneField(
        "orders.Order",
        on_delete=models.PROTECT,
        related_name="packing",
        primary_key=True,
        verbose_name=_("order"),
    )
    by = models.CharField(_("by whom"), max_length=100)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("packing")
        verbose_name_plural = _("packings")

    def __str__(self) -> str:
        return f"order {self.order_id} packed"


class Count(models.Model):
    """What was weighed of a lot, and how it differed from the books: nought is a finding too."""

    key = models.UUIDField(_("idempotency key"))
    store = models.ForeignKey(
        "places.Store", on_delete=models.PROTECT, related_name="counts", verbose_name=_("store")
    )
    lot = models.ForeignKey(
        "catalog.Lot", on_delete=models.PROTECT, related_name="counts", verbose_name=_("lot")
    )
    counted_g = models.PositiveIntegerField(_("counted, g"))
    difference_g = models.IntegerField(_("difference, g"))
    reason = models.CharField(_("reason"), max_length=60, blank=True, default="")
    by = models.CharField(_("by whom"), max_length=100)
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        verbose_name = _("count")
        verbose_name_plural = _("counts")
        constraints = [
            models.UniqueConstraint(fields=["key", "lot"], name="stores_count_key_once"),
            models.CheckConstraint(
                condition=Q(difference_g=0) | ~Q(reason=""), name="stores_count_difference_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.counted_g} g of {self.lot_id}, {self.difference_g:+} g"


class Transfer(models.Model):
    """A weight of a lot sent from one store to another: on the road until one of the two has weighed it in."""

    key = models.UUIDField(_("idempotency key"), unique=True)
    lot = models.ForeignKey(
        "catalog.Lot", on_delete=models.PROTECT, related_name="transfers", verbose_name=_("lot")
    )
    source = models.ForeignKey(
        "places.Store", on_delete=models.PROTECT, related_name="transfers_out", verbose_name=_("from store")
    )
    target = models.ForeignKey(
        "places.Store", on_delete=models.PROTECT, related_name="transfers_in", verbose_name=_("to store")
    )
    sent_g = models.PositiveIntegerField(_("sent, g"))
    sent_by = models.CharField(_("sent by"), max_length=100)
    sent_at = models.DateTimeField(_("sent"))
    arrived_store = models.ForeignKey(
        "places.Store",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("weighed in at"),
        help_text=_("The store it was sent to, or the one it came back to."),
    )
    arrived_g = models.PositiveIntegerField(_("weighed in, g"), null=True, blank=True)
    arrived_by = models.CharField(_("weighed in by"), max_length=100, blank=True, default="")
    arrived_at = models.DateTimeField(_("weighed in"), null=True, blank=True)
    reason = models.CharField(_("reason of the difference"), max_length=60, blank=True, default="")

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        indexes = [
            models.Index(fields=["target"], name="stores_transfer_due", condition=Q(arrived_at=None)),
            models.Index(fields=["source"], name="stores_transfer_away", condition=Q(arrived_at=None)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(sent_g__gt=0), name="stores_transfer_positive"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="stores_transfer_moves"),
            models.CheckConstraint(
                condition=Q(arrived_at=None, arrived_g=None, arrived_store=None)
                | Q(arrived_at__isnull=False, arrived_g__isnull=False, arrived_store__isnull=False),
                name="stores_transfer_arrives_whole",
            ),
            models.CheckConstraint(
                condition=Q(arrived_g=None) | Q(arrived_g=F("sent_g")) | ~Q(reason=""),
                name="stores_transfer_difference_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sent_g} g of {self.lot_id}: {self.source_id} -> {self.target_id}"
