"""Stalls, sellers, bags and what became of the fruit in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from guinda.places.models import LATITUDE, LONGITUDE, Named


class Stall(Named):
    """A street seller's spot, near a station; its fruit comes from `store`."""

    city = models.ForeignKey("places.City", models.PROTECT, related_name="stalls", verbose_name=_("city"))
    station = models.ForeignKey(
        "places.Station",
        models.PROTECT,
        related_name="stalls",
        null=True,
        blank=True,
        verbose_name=_("station"),
    )
    store = models.ForeignKey("places.Store", models.PROTECT, related_name="stalls", verbose_name=_("store"))
    lat = models.FloatField(_("latitude"), validators=LATITUDE)
    lon = models.FloatField(_("longitude"), validators=LONGITUDE)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("stall")
        verbose_name_plural = _("stalls")
        constraints = [
            models.UniqueConstraint(fields=["city", "name_latin"], name="stall_name_once_in_city"),
            models.CheckConstraint(condition=Q(lat__range=(-90, 90)), name="stall_lat_in_range"),
            models.CheckConstraint(condition=Q(lon__range=(-180, 180)), name="stall_lon_in_range"),
        ]


class Seller(models.Model):
    """An account that sells at stalls, in one city."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="street_seller", verbose_name=_("account")
    )
    name = models.CharField(_("name"), max_length=80)
    city = models.ForeignKey("places.City", models.PROTECT, related_name="sellers", verbose_name=_("city"))
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("street seller")
        verbose_name_plural = _("street sellers")

    def __str__(self) -> str:
        return self.name


class Bag(models.Model):
    """Fruit and change handed to a seller, from the issue to the close. Its holder has what the books say is still in it."""

    key = models.UUIDField(_("idempotency key"), unique=True)
    holder = models.OneToOneField(
        "stock.Holder", models.PROTECT, related_name="bag", verbose_name=_("holder")
    )
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="bags", verbose_name=_("seller"))
    stall = models.ForeignKey(Stall, models.PROTECT, related_name="bags", verbose_name=_("stall"))
    store = models.ForeignKey("places.Store", models.PROTECT, related_name="bags", verbose_name=_("store"))
    currency = models.CharField(_("currency"), max_length=3)
    float_minor = models.PositiveIntegerField(_("change given out, minor units"))
    issued_at = models.DateTimeField(_("issued"))
    issued_by = models.CharField(_("issued by"), max_length=100)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=100, blank=True, default="")
    cash_minor = models.PositiveBigIntegerField(
        _("cash counted at the close, minor units"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("bag")
        verbose_name_plural = _("bags")
        permissions = [("issue_bag", _("Can issue and close bags"))]
        indexes = [models.Index(fields=["-closed_at", "-id"], name="stalls_bag_closed")]
        constraints = [
            models.UniqueConstraint(
                fields=["seller"], condition=Q(closed_at__isnull=True), name="stalls_bag_one_open_a_seller"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, cash_minor__isnull=True, closed_by="")
                | (Q(closed_at__isnull=False, cash_minor__isnull=False) & ~Q(closed_by="")),
                name="stalls_bag_closed_with_its_cash",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("issued_at")),
                name="stalls_bag_closed_after_issue",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """How movements and the journal name it."""
        return f"bag:{self.pk}"


class Load(models.Model):
    """A lot in a bag: how much was issued, at which price it is sold all day, and how much was counted in the evening."""

    bag = models.ForeignKey(Bag, models.PROTECT, related_name="loads", verbose_name=_("bag"))
    lot = models.ForeignKey("catalog.Lot", models.PROTECT, related_name="loads", verbose_name=_("lot"))
    weight_g = models.PositiveIntegerField(_("issued, g"))
    per_kg_minor = models.PositiveIntegerField(_("price of a kilogram, minor units"))
    counted_g = models.PositiveIntegerField(_("counted at the close, g"), null=True, blank=True)

    class Meta:
        verbose_name = _("lot in a bag")
        verbose_name_plural = _("lots in bags")
        constraints = [
            models.UniqueConstraint(fields=["bag", "lot"], name="stalls_load_once"),
            models.CheckConstraint(
                condition=Q(weight_g__gt=0, per_kg_minor__gt=0), name="stalls_load_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weight_g} g of {self.lot_id}"


class Sale(models.Model):
    """One lot and weight sold for cash. `sold_at` is the telephone's time where that can be right, else that of the arrival."""

    key = models.UUIDField(_("idempotency key"))
    bag = models.ForeignKey(Bag, models.PROTECT, related_name="sales", verbose_name=_("bag"))
    lot = models.ForeignKey("catalog.Lot", models.PROTECT, related_name="stall_sales", verbose_name=_("lot"))
    weight_g = models.PositiveIntegerField(_("weight, g"))
    per_kg_minor = models.PositiveIntegerField(_("price of a kilogram, minor units"))
    price_minor = models.PositiveIntegerField(_("price, minor units"))
    sold_at = models.DateTimeField(_("sold"))
    arrived_at = models.DateTimeField(_("arrived"))
    lot_recalled_at = models.DateTimeField(
        _("lot recalled"),
        null=True,
        blank=True,
        help_text=_("When the lot had been recalled, where that was known as the sale arrived."),
    )

    class Meta:
        verbose_name = _("sale at a stall")
        verbose_name_plural = _("sales at stalls")
        indexes = [
            models.Index(
                fields=["lot"], name="stalls_sale_recalled", condition=Q(lot_recalled_at__isnull=False)
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["bag", "key"], name="stalls_sale_once"),
            models.CheckConstraint(
                condition=Q(weight_g__gt=0, per_kg_minor__gt=0), name="stalls_sale_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weight_g} g of {self.lot_id} for {self.price_minor}"


class Tally(models.Model):
    """A sale that did not happen, and what the client asked or said."""

    class Kind(models.TextChoices):
        """The four that sellers hear all day."""

        CLEAN = "clean", _("Is it clean and good?")
        VARIETY = "variety", _("Which variety is it?")
        TOMORROW = "tomorrow", _("Will you be here tomorrow?")
        SHOP = "shop", _("They have it at the shop with a sign and a scale")

    key = models.UUIDField(_("idempotency key"))
    bag = models.ForeignKey(Bag, models.PROTECT, related_name="tallies", verbose_name=_("bag"))
    kind = models.CharField(_("what was said"), max_length=10, choices=Kind.choices)
    said_at = models.DateTimeField(_("said"))
    arrived_at = models.DateTimeField(_("arrived"))

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints = [models.UniqueConstraint(fields=["bag", "key"], name="stalls_tally_once")]

    def __str__(self) -> str:
        return self.kind


class Difference(models.Model):
    """What was counted beside what the books said, of a lot (grams) or of the cash (minor units). Added, never edited."""

    class Cause(models.TextChoices):
        """What brought it to light."""

        OVERSOLD = "oversold", _("more sold than the bag held")
        COUNTED = "counted", _("counted at the close")
        LATE = "late", _("sale that arrived after the close")

    bag = models.ForeignKey(Bag, models.PROTECT, related_name="differences", verbose_name=_("bag"))
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices)
    lot = models.ForeignKey(
        "catalog.Lot",
        models.PROTECT,
        related_name="bag_differences",
        null=True,
        blank=True,
        verbose_name=_("lot"),
    )
    expected_g = models.PositiveIntegerField(_("expected, g"), null=True, blank=True)
    counted_g = models.PositiveIntegerField(_("counted, g"), null=True, blank=True)
    expected_minor = models.PositiveBigIntegerField(_("expected, minor units"), null=True, blank=True)
    counted_minor = models.PositiveBigIntegerField(_("counted, minor units"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    by = models.CharField(_("by whom"), max_length=100)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    lot__isnull=False,
                    expected_g__isnull=False,
                    counted_g__isnull=False,
                    expected_minor__isnull=True,
                    counted_minor__isnull=True,
                )
                | Q(
                    lot__isnull=True,
                    expected_g__isnull=True,
                    counted_g__isnull=True,
                    expected_minor__isnull=False,
                    counted_minor__isnull=False,
                ),
                name="stalls_difference_of_goods_or_cash",
            ),
            models.CheckConstraint(
                condition=(Q(expected_g__isnull=True) | ~Q(expected_g=F("counted_g")))
                & (Q(expected_minor__isnull=True) | ~Q(expected_minor=F("counted_minor"))),
                name="stalls_difference_differs",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="stalls_difference_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.bag_id}: {self.over_g} g" if self.lot_id else f"{self.bag_id}: {self.over_minor}"

    @property
    def over_g(self) -> int | None:
        """Grams more than the books said; below nought they are missing."""
        return None if self.counted_g is None or self.expected_g is None else self.counted_g - self.expected_g

    @property
    def over_minor(self) -> int | None:
        """Minor units more than the books said."""
        if self.counted_minor is None or self.expected_minor is None:
            return None
        return self.counted_minor - self.expected_minor
