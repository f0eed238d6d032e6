"""What a client agreed to and refused, with who wrote it down and when; and what was held back, by which rule."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guinda.clients.models.people import Client
from guinda.clients.models.touches import Channel


class Consent(models.Model):
    """One word of a client on being contacted for a purpose through a channel. Rows are added, never changed: the newest word counts.

    No to everything through every channel is *do not contact*.
    """

    class Purpose(models.TextChoices):
        """What we would contact them for; what an order under way needs is nobody's question."""

        CARE = "care", _("care after an order")
        OFFER = "offer", _("offer")
        EVERYTHING = "everything", _("everything")

    class How(models.TextChoices):
        """What the house itself writes for `how`, and how each reads; a person writes their own words."""

        TRACKING_PAGE = "tracking page", _("on the page of their order")
        STANDING = "with the standing order", _("with the standing order")
        CONTRACT = "clause 7 of the contract", _("clause 7 of the contract")

    EVERY = "every"
    CHANNELS = [(EVERY, pgettext_lazy("channel", "every")), *Channel.choices]

    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="consents", db_index=False, verbose_name=_("client")
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    channel = models.CharField(_("channel"), max_length=8, choices=CHANNELS)
    given = models.BooleanField(_("given"))
    how = models.CharField(
        _("how"), max_length=200, blank=True, default="", help_text=_("Where and in what words it was said.")
    )
    by = models.CharField(_("by whom"), max_length=100)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["client", "purpose", "-at", "-id"], name="clients_consent_newest")]

    def __str__(self) -> str:
        return f"{'yes' if self.given else 'no'} to {self.purpose} by {self.channel}"

    @property
    def told(self) -> str:
        """Where and in what words it was said, in the language being spoken."""
        return str(dict(self.How.choices).get(self.how, self.how))


class Rule(models.TextChoices):
    """What can stand against contacting a client, in the order in which it is looked at."""

    GONE = "gone", _("merged or erased")
    DO_NOT_CONTACT = "do_not_contact", _("does not want to be contacted")
    NO_CONSENT = "no_consent", _("has not agreed to this")
    CAP_CHANNEL = "cap_channel", _("contacted this way enough lately")
    CAP_ALL = "cap_all", _("contacted enough lately")
    QUIET_HOURS = "quiet_hours", _("quiet hours where they live")


class HeldBack(models.Model):
    """One contact that was not made, and the rule that held it back. With a key, the same contact tried again is the same row."""

    key = models.CharField(_("key"), max_length=64, unique=True, null=True, blank=True)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="held_back", verbose_name=_("client")
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=Consent.Purpose.choices)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    rule = models.CharField(_("rule"), max_length=14, choices=Rule.choices)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("contact held back")
        verbose_name_plural = _("contacts held back")
        indexes = [models.Index(fields=["at", "rule"], name="clients_heldback_at")]
        constraints = [
            models.CheckConstraint(condition=Q(key=None) | ~Q(key=""), name="clients_heldback_key")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.channel}: {self.rule}"
