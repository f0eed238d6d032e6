"""What there is to sell."""

from __future__ import annotations

from datetime import datetime

from django.core.validators import RegexValidator, validate_slug
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guinda.base.texts import in_all_languages, pick

COLOUR = RegexValidator(r"^#[0-9a-f]{6}$", "A colour is written #rrggbb in lower case, for example #b3132b.")


class Product(models.Model):
    """A kind of fruit: sweet cherry, sour cherry, raspberry, apricot."""

    slug = models.SlugField(_("short name"), primary_key=True)
    name = models.JSONField(_("name"), validators=[in_all_languages])
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return pick(self.name)


class Variety(models.Model):
    """One cultivar of a product, with what a doubting buyer asks about it."""

    slug = models.SlugField(_("short name"), primary_key=True)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="varieties", verbose_name=_("product")
    )
    name = models.JSONField(_("name"), validators=[in_all_languages])
    colour_name = models.JSONField(_("colour, in words"), validators=[in_all_languages])
    colour = models.CharField(_("colour"), max_length=7, validators=[COLOUR])
    about = models.JSONField(_("about it"), validators=[in_all_languages])
    brix_tenths = models.PositiveSmallIntegerField(
        _("sweetness, tenths of °Brix"), help_text=_("Typical sweetness, tenths of a degree Brix.")
    )
    acid_hundredths = models.PositiveSmallIntegerField(
        _("acid, hundredths of %"), help_text=_("Titratable acid, hundredths of a per cent.")
    )
    piece_mg = models.PositiveIntegerField(
        _("one fruit, mg"), help_text=_("Weight of one fruit, milligrams.")
    )
    good_to_eat = models.PositiveSmallIntegerField(
        _("good to eat"), default=0, help_text=_("0 no, 1 fair, 2 good, 3 the best.")
    )
    good_to_bake = models.PositiveSmallIntegerField(
        _("good to bake"), default=0, help_text=_("0 no, 1 fair, 2 good, 3 the best.")
    )
    good_to_preserve = models.PositiveSmallIntegerField(
        _("good to preserve"), default=0, help_text=_("0 no, 1 fair, 2 good, 3 the best.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("variety")
        verbose_name_plural = _("varieties")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return pick(self.name)


class Lot(models.Model):
    """The crates of one variety picked at one grower on one morning, with their evidence."""

    code = models.CharField(
        _("code"),
        max_length=20,
        unique=True,
        validators=[validate_slug],
        help_text=_("Letters, digits and hyphens: it is a part of an address."),
    )
    variety = models.ForeignKey(
        Variety, on_delete=models.PROTECT, related_name="lots", verbose_name=_("variety")
    )
    grower = models.CharField(_("grower"), max_length=120)
    origin = models.CharField(_("origin"), max_length=120)
    picked_at = models.DateTimeField(_("picked"))
    brix_tenths = models.PositiveSmallIntegerField(
        _("sweetness, tenths of °Brix"), help_text=_("Measured on this lot, tenths of a degree Brix.")
    )
    inspected_by = models.CharField(_("inspected by"), max_length=120)
    inspected_at = models.DateTimeField(_("inspected"))
    washed_by = models.CharField(_("washed by"), max_length=120)
    washed_at = models.DateTimeField(_("washed"))
    expires_at = models.DateTimeField(_("expires"), help_text=_("Not sold from this instant on."))
    recalled_at = models.DateTimeField(_("recalled"), null=True, blank=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        permissions = [("recall_lot", _("Can recall a lot"))]
        indexes = [models.Index(fields=["variety", "expires_at"], name="catalog_lot_variety_expiry")]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("picked_at")), name="catalog_lot_expires_after_picking"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        """What clients may know of it."""
        return reverse("lot", args=[self.code])

    def sellable(self, now: datetime) -> bool:
        """Neither expired nor recalled."""
        return self.recalled_at is None and now < self.expires_at


class Evidence(models.Model):
    """A photograph or certificate of a lot, as `catalog.evidence` checked and kept it. Added, never edited: its digest is its name."""

    class Kind(models.TextChoices):
        """What it shows."""

        PHOTOGRAPH = "photograph", _("photograph")
        CERTIFICATE = "certificate", _("certificate")

    class MediaType(models.TextChoices):
        """What its bytes are; pictures of every kind become JPEG."""

        JPEG = "image/jpeg", "JPEG"
        PDF = "application/pdf", "PDF"

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="evidence", verbose_name=_("lot"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    media_type = models.CharField(_("media type"), max_length=20, choices=MediaType.choices)
    content = models.BinaryField(_("content"))
    size_bytes = models.PositiveIntegerField(_("size, bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    added_by = models.CharField(_("by whom"), max_length=100)
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.UniqueConstraint(fields=["lot", "sha256"], name="catalog_evidence_once"),
            models.CheckConstraint(
                condition=Q(media_type__in=["image/jpeg", "application/pdf"]),
                name="catalog_evidence_media_type",
            ),
            models.CheckConstraint(
                condition=Q(size_bytes__range=(1, 5_000_000)), name="catalog_evidence_size"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.lot_id}"

    def get_absolute_url(self) -> str:
        """Where anybody may look at it."""
        return reverse("lot_evidence", args=[self.lot.code, self.sha256])


class Price(models.Model):
    """What a kilogram of a variety costs in a city from an instant on. Prices are added, never edited."""

    variety = models.ForeignKey(
        Variety, on_delete=models.PROTECT, related_name="prices", verbose_name=_("variety")
    )
    city = models.ForeignKey(
        "places.City", on_delete=models.PROTECT, related_name="prices", verbose_name=_("city")
    )
    per_kg_minor = models.PositiveIntegerField(_("price of a kilogram, minor units"))
    from_at = models.DateTimeField(_("from"))

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.UniqueConstraint(fields=["city", "variety", "from_at"], name="catalog_price_once"),
            models.CheckConstraint(condition=Q(per_kg_minor__gt=0), name="catalog_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.variety_id} {self.per_kg_minor} from {self.from_at:%Y-%m-%d %H:%M}"
