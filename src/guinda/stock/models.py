"""Holders, holdings and movements."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Holder(models.Model):
    """Who can hold fruit: a store, a street seller's bag, the road between stores, or the outside world (growers, clients, waste)."""

    class Kind(models.TextChoices):
        """What sort of holder; `outside` holders balance the books and have no holdings."""

        STORE = "store", _("store")
        BAG = "bag", _("bag")
        ROAD = "road", _("on the road")
        GROWERS = "growers", _("growers")
        CLIENTS = "clients", _("clients")
        WASTE = "waste", _("waste")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    city = models.ForeignKey(
        "places.City", on_delete=models.PROTECT, related_name="holders", verbose_name=_("city")
    )
    store = models.OneToOneField(
        "places.Store",
        on_delete=models.PROTECT,
        related_name="holder",
        null=True,
        blank=True,
        verbose_name=_("store"),
    )

    class Meta:
        verbose_name = _("holder")
        verbose_name_plural = _("holders")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="store", store__isnull=False) | (~Q(kind="store") & Q(store__isnull=True)),
                name="stock_holder_store_iff_kind",
            ),
            models.UniqueConstraint(
                fields=["city", "kind"],
                condition=Q(kind__in=["road", "growers", "clients", "waste"]),
                name="stock_holder_common_once_a_city",
            ),
        ]

    def __str__(self) -> str:
        return str(self.store) if self.store_id else f"{self.get_kind_display()} ({self.city_id})"


class Holding(models.Model):
    """How much of a lot a holder has: what is there, and how much of that is held for orders."""

    holder = models.ForeignKey(
        Holder, on_delete=models.PROTECT, related_name="holdings", verbose_name=_("holder")
    )
    lot = models.ForeignKey(
        "catalog.Lot", on_delete=models.PROTECT, related_name="holdings", verbose_name=_("lot")
    )
    on_hand_g = models.PositiveIntegerField(_("on hand, g"), default=0)
    held_g = models.PositiveIntegerField(_("held for orders, g"), default=0)

    class Meta:
        verbose_name = _("holding")
        verbose_name_plural = _("holdings")
        constraints = [
            models.UniqueConstraint(fields=["holder", "lot"], name="stock_holding_once"),
            models.CheckConstraint(
                condition=Q(held_g__lte=F("on_hand_g")), name="stock_holding_never_oversold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder_id}/{self.lot_id}: {self.on_hand_g} g, {self.held_g} g held"


class Movement(models.Model):
    """A weight of a lot that went from one holder to another. Added, never edited or deleted."""

    class Reason(models.TextChoices):
        """Why it moved."""

        RECEIPT = "receipt", _("receipt")
        SALE = "sale", _("sale")
        RETURN = "return", _("return")
        TRANSFER = "transfer", _("transfer")
        WRITE_OFF = "write_off", _("write off")
        COUNT = "count", _("count")

    lot = models.ForeignKey(
        "catalog.Lot", on_delete=models.PROTECT, related_name="movements", verbose_name=_("lot")
    )
    from_holder = models.ForeignKey(
        Holder, on_delete=models.PROTECT, related_name="movements_out", verbose_name=_("from holder")
    )
    to_holder = models.ForeignKey(
        Holder, on_delete=models.PROTECT, related_name="movements_in", verbose_name=_("to holder")
    )
    weight_g = models.PositiveIntegerField(_("weight, g"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    ref = models.CharField(
        _("reference"),
        max_length=64,
        blank=True,
        default="",
        help_text=_("The order's code or another reference."),
    )
    by = models.CharField(_("by whom"), max_length=100)
    at = models.DateTimeField(_("at"), db_index=True)
    key = models.UUIDField(
        _("idempotency key"), null=True, blank=True, help_text=_("What was sent twice moves once.")
    )

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        indexes = [models.Index(fields=["ref"], name="stock_movement_ref", condition=~Q(ref=""))]
        constraints = [
            models.CheckConstraint(condition=Q(weight_g__gt=0), name="stock_movement_positive"),
            models.CheckConstraint(condition=~Q(from_holder=F("to_holder")), name="stock_movement_moves"),
            models.UniqueConstraint(
                fields=["key", "lot"], condition=Q(key__isnull=False), name="stock_movement_key_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weight_g} g of {self.lot_id}: {self.from_holder_id} -> {self.to_holder_id}"
