"""Holders, holdings and movements."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Holder(models.Model):
    """Who can hold fruit: a store, a street seller's bag, or the outside world (growers, clients, waste)."""

    class Kind(models.TextChoices):
        """What sort of holder; `outside` holders balance the books and have no holdings."""

        STORE = "store"
        BAG = "bag"
        GROWERS = "growers"
        CLIENTS = "clients"
        WASTE = "waste"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    city = models.ForeignKey("places.City", on_delete=models.PROTECT, related_name="holders")
    store = models.OneToOneField("places.Store", on_delete=models.PROTECT, related_name="holder", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="store", store__isnull=False) | (~Q(kind="store") & Q(store__isnull=True)),
                name="stock_holder_store_iff_kind",
            ),
            models.UniqueConstraint(
                fields=["city", "kind"],
                condition=Q(kind__in=["growers", "clients", "waste"]),
                name="stock_holder_outside_once_a_city",
            ),
        ]

    def __str__(self) -> str:
        return str(self.store) if self.store_id else f"{self.kind} of {self.city_id}"


class Holding(models.Model):
    """How much of a lot a holder has: what is there, and how much of that is held for orders."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="holdings")
    lot = models.ForeignKey("catalog.Lot", on_delete=models.PROTECT, related_name="holdings")
    on_hand_g = models.PositiveIntegerField(default=0)
    held_g = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "lot"], name="stock_holding_once"),
            models.CheckConstraint(condition=Q(held_g__lte=F("on_hand_g")), name="stock_holding_never_oversold"),
        ]

    def __str__(self) -> str:
        return f"{self.holder_id}/{self.lot_id}: {self.on_hand_g} g, {self.held_g} g held"


class Movement(models.Model):
    """A weight of a lot that went from one holder to another. Added, never edited or deleted."""

    class Reason(models.TextChoices):
        """Why it moved."""

        RECEIPT = "receipt"
        SALE = "sale"
        RETURN = "return"
        TRANSFER = "transfer"
        WRITE_OFF = "write_off"
        COUNT = "count"

    lot = models.ForeignKey("catalog.Lot", on_delete=models.PROTECT, related_name="movements")
    from_holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="movements_out")
    to_holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="movements_in")
    weight_g = models.PositiveIntegerField()
    reason = models.CharField(max_length=10, choices=Reason.choices)
    ref = models.CharField(max_length=64, blank=True, default="", help_text="The order's code or another reference.")
    by = models.CharField(max_length=100)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["ref"], name="stock_movement_ref", condition=~Q(ref=""))]
        constraints = [
            models.CheckConstraint(condition=Q(weight_g__gt=0), name="stock_movement_positive"),
            models.CheckConstraint(condition=~Q(from_holder=F("to_holder")), name="stock_movement_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.weight_g} g of {self.lot_id}: {self.from_holder_id} -> {self.to_holder_id}"
