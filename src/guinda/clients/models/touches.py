"""Each contact with a client, and what it cost."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guinda.clients.models.companies import Contact
from guinda.clients.models.people import Client


class Channel(models.TextChoices):
    """How we reach a client."""

    CALL = "call", _("telephone call")
    MESSAGE = "message", pgettext_lazy("channel", "message to the telephone")
    EMAIL = "email", _("e-mail")
    VISIT = "visit", pgettext_lazy("channel", "visit")
    LETTER = "letter", _("letter")
    PANEL = "panel", _("panel")
    STALL = "stall", _("stall")


class ChannelPrice(models.Model):
    """What a channel costs from a day on: a minute of the person's time, and each contact as such."""

    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    currency = models.CharField(_("currency"), max_length=3)
    from_date = models.DateField(_("from"))
    minute_minor = models.PositiveIntegerField(_("a minute, minor units"), default=0)
    each_minor = models.PositiveIntegerField(_("each, minor units"), default=0)

    class Meta:
        verbose_name = _("price of a channel")
        verbose_name_plural = _("prices of channels")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "currency", "from_date"], name="clients_channelprice_once"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="clients_channelprice_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.from_date}"


class Touch(models.Model):
    """One contact: through which channel, who, how long, what it cost, what came of it, and what is next.

    The cost is what stood in the price list on that day, and is not changed by a later list.
    """

    class Outcome(models.TextChoices):
        """What came of it."""

        REACHED = "reached", _("talked")
        NO_ANSWER = "no_answer", _("no answer")
        AGREED = "agreed", _("agreed")
        DECLINED = "declined", _("declined")
        LATER = "later", _("asked for another time")

    key = models.UUIDField(_("idempotency key"), unique=True)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="touches", db_index=False, verbose_name=_("client")
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.SET_NULL,
        related_name="touches",
        null=True,
        blank=True,
        verbose_name=_("contact"),
    )
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by whom"), max_length=100)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    by_client = models.BooleanField(
        _("by the client"), default=False, help_text=_("The client came to us: no cap counts it.")
    )
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=0)
    given_minor = models.PositiveIntegerField(_("given away, minor units"), default=0)
    cost_minor = models.PositiveIntegerField(_("cost, minor units"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    step = models.CharField(_("step"), max_length=120, blank=True, default="")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    next_step = models.CharField(_("next step"), max_length=200, blank=True, default="")
    next_date = models.DateField(_("next step on"), null=True, blank=True)

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touches")
        indexes = [models.Index(fields=["client", "-at", "-id"], name="clients_touch_client_at")]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_date=None) | ~Q(next_step=""), name="clients_touch_next_is_something"
            ),
            models.CheckConstraint(
                condition=Q(cost_minor__gte=models.F("given_minor")), name="clients_touch_cost_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.at:%Y-%m-%d}"
