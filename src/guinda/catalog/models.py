"""What there is to sell."""

from __future__ import annotations

from datetime import datetime

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from guinda.base.texts import in_all_languages, pick

COLOUR = RegexValidator(r"^#[0-9a-f]{6}$", "A colour is written #rrggbb in lower case, for example #b3132b.")


class Product(models.Model):
    """A kind of fruit: sweet cherry, sour cherry, raspberry, apricot."""

    slug = models.SlugField(primary_key=True)
    name = models.JSONField(validators=[in_all_languages])
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return pick(self.name)


class Variety(models.Model):
    """One cultivar of a product, with what a doubting buyer asks about it."""

    slug = models.SlugField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="varieties")
    name = models.JSONField(validators=[in_all_languages])
    colour_name = models.JSONField(validators=[in_all_languages])
    colour = models.CharField(max_length=7, validators=[COLOUR])
    about = models.JSONField(validators=[in_all_languages])
    brix_tenths = models.PositiveSmallIntegerField(help_text="Typical sweetness, tenths of a degree Brix.")
    acid_hundredths = models.PositiveSmallIntegerField(help_text="Titratable acid, hundredths of a per cent.")
    piece_mg = models.PositiveIntegerField(help_text="Weight of one fruit, milligrams.")
    good_to_eat = models.PositiveSmallIntegerField(default=0, help_text="0 no, 1 fair, 2 good, 3 the best.")
    good_to_bake = models.PositiveSmallIntegerField(default=0, help_text="0 no, 1 fair, 2 good, 3 the best.")
    good_to_preserve = models.PositiveSmallIntegerField(
        default=0, help_text="0 no, 1 fair, 2 good, 3 the best."
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]
        verbose_name_plural = "varieties"

    def __str__(self) -> str:
        return pick(self.name)


class Lot(models.Model):
    """The crates of one variety picked at one grower on one morning, with their evidence."""

    code = models.CharField(max_length=20, unique=True)
    variety = models.ForeignKey(Variety, on_delete=models.PROTECT, related_name="lots")
    grower = models.CharField(max_length=120)
    origin = models.CharField(max_length=120)
    picked_at = models.DateTimeField()
    brix_tenths = models.PositiveSmallIntegerField(help_text="Measured on this lot, tenths of a degree Brix.")
    inspected_by = models.CharField(max_length=120)
    inspected_at = models.DateTimeField()
    washed_by = models.CharField(max_length=120)
    washed_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="Not sold from this instant on.")
    recalled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["variety", "expires_at"], name="catalog_lot_variety_expiry")]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("picked_at")), name="catalog_lot_expires_after_picking"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def sellable(self, now: datetime) -> bool:
        """Neither expired nor recalled."""
        return self.recalled_at is None and now < self.expires_at


class Price(models.Model):
    """What a kilogram of a variety costs in a city from an instant on. Prices are added, never edited."""

    variety = models.ForeignKey(Variety, on_delete=models.PROTECT, related_name="prices")
    city = models.ForeignKey("places.City", on_delete=models.PROTECT, related_name="prices")
    per_kg_minor = models.PositiveIntegerField()
    from_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "variety", "from_at"], name="catalog_price_once"),
            models.CheckConstraint(condition=Q(per_kg_minor__gt=0), name="catalog_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.variety_id} {self.per_kg_minor} from {self.from_at:%Y-%m-%d %H:%M}"
