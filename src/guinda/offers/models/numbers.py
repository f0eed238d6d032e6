"""Numberings, their classes, ranges and numbers, and the holds on them."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from guinda.solvers.grade import DIGITS_MAX, Class, Grader


class Numbering(models.Model):
    """An operator's plan: numbers of `length` digits after a prefix, and the classes they are sold in."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    prefix = models.CharField(
        _("prefix"), max_length=8, help_text=_("Country and network, digits only, for example 37529.")
    )
    length = models.PositiveSmallIntegerField(_("digits after the prefix"))
    groups = models.JSONField(
        _("read in groups of"), help_text=_("How many digits are said together, for example [3, 2, 2].")
    )
    currency = models.CharField(_("currency"), max_length=3)
    rest_days = models.PositiveSmallIntegerField(
        _("days of rest"), default=90, help_text=_("How long a number that came back is not sold again.")
    )

    class Meta:
        verbose_name = _("numbering")
        verbose_name_plural = _("numberings")
        constraints = [
            models.CheckConstraint(
                condition=Q(prefix__regex=r"^[1-9][0-9]{0,7}$"), name="offers_numbering_prefix"
            ),
            models.CheckConstraint(
                condition=Q(length__gte=1) & Q(length__lte=DIGITS_MAX - Length("prefix")),
                name="offers_numbering_e164",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def base(self) -> int:
        """The whole number whose digits after the prefix are all zero."""
        whole: int = int(self.prefix) * 10**self.length
        return whole

    def grader(self, classes: Sequence[NumberClass] | None = None) -> Grader:
        """What grades this numbering's digits, by its classes (read here unless the caller has them); their rows are the grader's."""
        listed = self.classes.order_by("row") if classes is None else classes
        return Grader(self.length, tuple(Class(each.name, tuple(each.masks)) for each in listed))


class NumberClass(models.Model):
    """A class of numbers: the first class with a mask that fits has the number; the last has none and takes the rest."""

    numbering = models.ForeignKey(
        Numbering, on_delete=models.CASCADE, related_name="classes", verbose_name=_("numbering")
    )
    row = models.PositiveSmallIntegerField(_("place, best first"))
    name = models.CharField(_("name"), max_length=40)
    price_minor = models.PositiveBigIntegerField(_("price, minor units"))
    masks = models.JSONField(_("masks"), default=list)

    class Meta:
        verbose_name = _("class of numbers")
        verbose_name_plural = _("classes of numbers")
        ordering = ["numbering", "row"]
        constraints = [models.UniqueConstraint(fields=["numbering", "row"], name="offers_class_row_once")]

    def __str__(self) -> str:
        return self.name


class NumberRange(models.Model):
    """Numbers that came in together, from the first to the last, whole with their prefix. Ranges never overlap."""

    numbering = models.ForeignKey(
        Numbering, on_delete=models.PROTECT, related_name="ranges", verbose_name=_("numbering")
    )
    first = models.BigIntegerField(_("first number"))
    last = models.BigIntegerField(_("last number"))
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by whom"), max_length=100)

    class Meta:
        verbose_name = _("range of numbers")
        verbose_name_plural = _("ranges of numbers")
        constraints = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="offers_range_not_empty"),
            ExclusionConstraint(
                name="offers_range_no_overlap",
                expressions=[
                    (
                        Func(
                            "first",
                            "last",
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    )
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"+{self.first} - +{self.last}"


class Number(models.Model):
    """A telephone number: one row, whose key is the number itself, and so one state and one owner."""

    class State(models.TextChoices):
        """Where it stands; a hold is a row of its own and leaves the number free."""

        FREE = "free", _("free")
        SOLD = "sold", _("sold")
        RESTING = "resting", _("resting")

    number = models.BigIntegerField(_("number"), primary_key=True, help_text=_("E.164 without the plus."))
    numbering = models.ForeignKey(
        Numbering,
        on_delete=models.PROTECT,
        related_name="numbers",
        verbose_name=_("numbering"),
        db_index=False,
    )
    class_row = models.PositiveSmallIntegerField(_("class"))
    score = models.PositiveSmallIntegerField(_("beauty, hundredths"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.FREE)
    owner = models.ForeignKey(
        "clients.Client",
        on_delete=models.PROTECT,
        related_name="numbers",
        verbose_name=_("owner"),
        null=True,
        blank=True,
        db_index=False,
    )
    rests_until = models.DateTimeField(_("rests until"), null=True, blank=True)

    class Meta:
        verbose_name = _("number")
        verbose_name_plural = _("numbers")
        indexes = [
            models.Index(
                "numbering",
                "class_row",
                F("score").desc(),
                F("number").desc(),
                name="offers_number_best_first",
                condition=Q(state="free"),
            ),
            models.Index(fields=["number"], name="offers_number_taken", condition=~Q(state="free")),
            models.Index(fields=["owner"], name="offers_number_owner", condition=Q(owner__isnull=False)),
            models.Index(fields=["rests_until"], name="offers_number_resting", condition=Q(state="resting")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sold", owner__isnull=False) | (~Q(state="sold") & Q(owner__isnull=True)),
                name="offers_number_owner_iff_sold",
            ),
            models.CheckConstraint(
                condition=Q(state="resting", rests_until__isnull=False)
                | (~Q(state="resting") & Q(rests_until__isnull=True)),
                name="offers_number_rests_iff_resting",
            ),
        ]

    def __str__(self) -> str:
        return f"+{self.number}"


class Hold(models.Model):
    """A free number kept for somebody until a stated time; past it, the row is as if it were not there."""

    number = models.OneToOneField(
        Number, on_delete=models.CASCADE, primary_key=True, related_name="hold", verbose_name=_("number")
    )
    key = models.UUIDField(_("idempotency key"), db_index=True)
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("seller")
    )
    client = models.ForeignKey(
        "clients.Client",
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("client"),
        null=True,
        blank=True,
    )
    until_at = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("hold on a number")
        verbose_name_plural = _("holds on numbers")

    def __str__(self) -> str:
        return f"+{self.number_id} until {self.until_at:%H:%M}"
