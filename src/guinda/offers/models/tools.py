"""Tools: the kinds of things one can offer, what they cost us, how many there are, and who may give how much."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guinda.base.texts import in_all_languages, pick
from guinda.offers.needs import are_laws, are_needs

VALID_DAYS_MAX = 90
MONTHS_MAX = 60


class Tool(models.Model):
    """A kind of thing that moves a client, or keeps one. Its texts are what the client reads."""

    class Kind(models.TextChoices):
        """What accepting it does."""

        PRICE = "price", _("price or rebate")
        GIFT = "gift", _("gift")
        SERVICE = "service", _("service level")
        TRIAL = "trial", _("trial")
        NUMBER = "number", _("beautiful number")
        STANDING = "standing", _("standing order")

    slug = models.SlugField(_("short name"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name = models.JSONField(_("name"), validators=[in_all_languages])
    text = models.JSONField(_("text for the client"), validators=[in_all_languages])
    for_kind = models.CharField(
        _("for"),
        max_length=8,
        blank=True,
        default="",
        choices=[
            ("person", pgettext_lazy("a tool is for", "people")),
            ("company", pgettext_lazy("a tool is for", "companies")),
        ],
    )
    currency = models.CharField(_("currency"), max_length=3)
    months = models.PositiveSmallIntegerField(
        _("months"),
        default=0,
        validators=[MaxValueValidator(MONTHS_MAX)],
        help_text=_("How long a price, service or trial holds."),
    )
    rebate_percent = models.PositiveSmallIntegerField(
        _("rebate at most, percent"),
        default=0,
        help_text=_("Of what they pay a month, or of a number’s price."),
    )
    fixed_minor = models.PositiveIntegerField(_("cost once, minor units"), default=0)
    month_minor = models.PositiveIntegerField(_("cost a month, minor units"), default=0)
    of_stock_minor = models.PositiveIntegerField(_("cost of one piece of stock, minor units"), default=0)
    pieces_left = models.PositiveIntegerField(
        _("pieces left"), null=True, blank=True, help_text=_("Empty: as many as are wanted.")
    )
    budget_left_minor = models.PositiveBigIntegerField(
        _("budget left, minor units"), null=True, blank=True, help_text=_("Empty: no cap.")
    )
    floor_percent = models.PositiveSmallIntegerField(
        _("margin floor, percent"),
        null=True,
        blank=True,
        help_text=_(
            "Of the price before the rebate, so much must be left after all it costs us. Empty: no floor."
        ),
    )
    yearly_most_minor = models.PositiveIntegerField(
        _("to one client in a year, minor units"),
        null=True,
        blank=True,
        help_text=_("The most that law or our own rule lets one client be given of it. Empty: no such rule."),
    )
    open_contract_days = models.PositiveSmallIntegerField(
        _("our contract ends within, days"),
        null=True,
        blank=True,
        help_text=_("Clients whose contract with us binds longer can’t have it. Empty: any may."),
    )
    law = models.JSONField(
        _("law"),
        default=list,
        blank=True,
        validators=[are_laws],
        help_text=_(
            "Conditions that law sets, each with its “why” in three languages, as docs/rooms/offers.md lists them."
        ),
    )
    needs = models.JSONField(
        _("has a use for it"),
        default=list,
        blank=True,
        validators=[are_needs],
        help_text=_("Conditions that all must hold, as docs/rooms/offers.md lists them."),
    )
    valid_days = models.PositiveSmallIntegerField(
        _("an offer is valid, days"), default=14, validators=[MaxValueValidator(VALID_DAYS_MAX)]
    )
    from_date = models.DateField(_("from"))
    until_date = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day. Empty: until further notice.")
    )
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)

    class Meta:
        verbose_name = _("tool")
        verbose_name_plural = _("tools")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=Q(rebate_percent__lte=100), name="offers_tool_rebate"),
            models.CheckConstraint(
                condition=Q(floor_percent=None) | Q(floor_percent__lte=100), name="offers_tool_floor"
            ),
            models.CheckConstraint(
                condition=Q(valid_days__range=(1, VALID_DAYS_MAX)), name="offers_tool_valid"
            ),
            models.CheckConstraint(condition=Q(months__lte=MONTHS_MAX), name="offers_tool_months"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="offers_tool_currency"),
            models.CheckConstraint(
                condition=Q(until_date=None) | Q(until_date__gte=F("from_date")), name="offers_tool_days"
            ),
        ]

    def __str__(self) -> str:
        return pick(self.name)

    @property
    def told(self) -> str:
        """What the client reads, in the language being spoken."""
        return pick(self.text)


class Allowance(models.Model):
    """The approval rule: who holds the role may give this tool up to a cost, their own drafts and others'."""

    tool = models.ForeignKey(
        Tool, on_delete=models.CASCADE, related_name="allowances", verbose_name=_("tool")
    )
    role = models.ForeignKey("auth.Group", on_delete=models.CASCADE, related_name="+", verbose_name=_("role"))
    most_minor = models.PositiveBigIntegerField(_("cost at most, minor units"))

    class Meta:
        verbose_name = _("allowance")
        verbose_name_plural = _("allowances")
        constraints = [models.UniqueConstraint(fields=["tool", "role"], name="offers_allowance_once")]

    def __str__(self) -> str:
        return f"{self.role}: {self.most_minor}"
