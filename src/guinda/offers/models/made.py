"""Offers made: each a row with its whole life; and the newest no of each client and tool, with its reason."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guinda.clients.models import Channel
from guinda.offers.models.tools import Tool


class Offer(models.Model):
    """One tool put before one client. Every change of state is compare-and-set; who and when stand beside it and in the journal."""

    class State(models.TextChoices):
        """Where it stands; the last four are for good."""

        DRAFTED = "drafted", pgettext_lazy("an offer is", "drafted")
        APPROVED = "approved", pgettext_lazy("an offer is", "approved")
        PRESENTED = "presented", pgettext_lazy("an offer is", "presented")
        ACCEPTED = "accepted", pgettext_lazy("an offer is", "accepted")
        DECLINED = "declined", pgettext_lazy("an offer is", "declined")
        EXPIRED = "expired", pgettext_lazy("an offer is", "expired")
        WITHDRAWN = "withdrawn", pgettext_lazy("an offer is", "withdrawn")

    OPEN = (State.DRAFTED, State.APPROVED, State.PRESENTED)
    TAKEN = (State.APPROVED, State.PRESENTED, State.ACCEPTED)
    """In these a piece of the tool's stock, and the cost of its budget, are its own."""

    class Objection(models.TextChoices):
        """Why it was declined, in one tap."""

        PRICE = "price", _("It costs too much")
        TIME = "time", _("Not now")
        NEED = "need", _("We don’t need it")
        SUPPLIER = "supplier", _("We stay with our supplier")
        OTHER = "other", _("Another reason")

    key = models.UUIDField(_("idempotency key"), unique=True)
    code = models.CharField(
        _("code"), max_length=32, unique=True, help_text=_("Unguessable: opens the client’s page.")
    )
    client = models.ForeignKey(
        "clients.Client",
        on_delete=models.PROTECT,
        related_name="offers",
        db_index=False,
        verbose_name=_("client"),
    )
    contact = models.ForeignKey(
        "clients.Contact",
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("contact"),
    )
    tool = models.ForeignKey(Tool, on_delete=models.PROTECT, related_name="offers", verbose_name=_("tool"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFTED)
    language = models.CharField(_("language"), max_length=2)
    note = models.CharField(_("a word to the client"), max_length=300, blank=True, default="")
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("seller")
    )

    currency = models.CharField(_("currency"), max_length=3)
    percent = models.PositiveSmallIntegerField(_("rebate, percent"), default=0)
    months = models.PositiveSmallIntegerField(_("months"), default=0)
    base_minor = models.PositiveBigIntegerField(
        _("price before the rebate, minor units"),
        default=0,
        help_text=_("A month; of a number, its price up to this."),
    )
    price_minor = models.PositiveBigIntegerField(_("price after it, minor units"), default=0)
    cost_minor = models.PositiveBigIntegerField(_("cost to us, minor units"), default=0)
    supply = models.ForeignKey(
        "clients.Supply",
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("what it is about"),
    )
    numbering = models.ForeignKey(
        "offers.Numbering",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("numbering"),
    )
    number = models.ForeignKey(
        "offers.Number",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("number"),
    )
    hold_key = models.UUIDField(_("key of the hold"), null=True, blank=True)
    order = models.ForeignKey(
        "orders.Order",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("order"),
        help_text=_("The bowl that shall come by itself."),
    )
    days = models.PositiveSmallIntegerField(_("days of the week"), default=0)
    hour = models.PositiveSmallIntegerField(_("hour"), default=0)

    drafted_by = models.CharField(_("drafted by"), max_length=100)
    drafted_at = models.DateTimeField(_("drafted"))
    approved_by = models.CharField(_("approved by"), max_length=100, blank=True, default="")
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    presented_by = models.CharField(_("presented by"), max_length=100, blank=True, default="")
    presented_at = models.DateTimeField(_("presented"), null=True, blank=True)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, blank=True, default="")
    until_at = models.DateTimeField(_("valid until"))
    ended_by = models.CharField(_("ended by"), max_length=100, blank=True, default="")
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    objection = models.CharField(
        _("objection"), max_length=8, choices=Objection.choices, blank=True, default=""
    )
    words = models.CharField(_("in their words"), max_length=300, blank=True, default="")
    knocks = models.PositiveSmallIntegerField(_("changes by the link this minute"), default=0)
    knocked_at = models.DateTimeField(_("since"), null=True, blank=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        indexes = [
            models.Index(fields=["client", "-drafted_at", "-id"], name="offers_offer_client_at"),
            models.Index(fields=["until_at"], name="offers_offer_open", condition=Q(ended_at=None)),
            models.Index(fields=["state", "-id"], name="offers_offer_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "tool"], condition=Q(ended_at=None), name="offers_offer_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["drafted", "approved", "presented"], ended_at=None)
                | Q(state__in=["accepted", "declined", "expired", "withdrawn"], ended_at__isnull=False),
                name="offers_offer_ended_when_over",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "presented", "accepted", "declined"])
                | Q(approved_at__isnull=False),
                name="offers_offer_approved_first",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["presented", "accepted", "declined"]) | Q(presented_at__isnull=False),
                name="offers_offer_presented_first",
            ),
            models.CheckConstraint(
                condition=Q(state="declined") & ~Q(objection="") | ~Q(state="declined") & Q(objection=""),
                name="offers_offer_objection_iff_declined",
            ),
            models.CheckConstraint(condition=Q(percent__lte=100), name="offers_offer_percent"),
        ]

    def __str__(self) -> str:
        return f"{self.tool}: {self.client}"

    @property
    def ref(self) -> str:
        """How journals name it; its code opens the client's page and stays out of them."""
        return f"offer:{self.pk}"

    def get_absolute_url(self) -> str:
        """The page in the office."""
        return reverse("offer", args=[self.pk])

    @property
    def link(self) -> str:
        """The client's page."""
        return reverse("offer_shared", args=[self.code])


class Refused(models.Model):
    """The newest no to a client and a tool: through which sieve it did not pass, and every reason."""

    client = models.ForeignKey(
        "clients.Client", on_delete=models.CASCADE, related_name="+", verbose_name=_("client")
    )
    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, related_name="+", verbose_name=_("tool"))
    sieve = models.CharField(_("sieve"), max_length=6)
    rule = models.CharField(_("rule"), max_length=40)
    reasons = models.JSONField(_("reasons"), default=list)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("client left out")
        verbose_name_plural = _("clients left out")
        indexes = [models.Index(fields=["tool", "rule"], name="offers_refused_tool")]
        constraints = [models.UniqueConstraint(fields=["client", "tool"], name="offers_refused_newest")]

    def __str__(self) -> str:
        return f"{self.tool_id} for {self.client_id}: {self.rule}"
