"""The codes that prove a telephone, and the messages that go to telephones."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guinda.clients.models.people import E164, Client


class PhoneCode(models.Model):
    """A code sent to a telephone: stored as a keyed digest, good for a few minutes and a few guesses."""

    phone = models.CharField(_("telephone"), max_length=16)
    digest = models.CharField(_("digest"), max_length=64)
    asked_from = models.CharField(
        _("asked from"), max_length=64, help_text=_("Which device asked, for limits.")
    )
    sent_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField(_("expires"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("telephone code")
        verbose_name_plural = _("telephone codes")
        indexes = [
            models.Index(fields=["phone", "-sent_at"], name="clients_code_phone_sent"),
            models.Index(fields=["asked_from", "-sent_at"], name="clients_code_from_sent"),
        ]

    def __str__(self) -> str:
        return f"code to {self.phone[:-4]}****"


class Message(models.Model):
    """A message to one telephone: what it says is fixed when it is put here, `sending` carries it, at most once.

    `key` names the fact it tells of, so that the same fact told again is the same message.
    """

    class Purpose(models.TextChoices):
        """Why it goes, and so at what hours it may."""

        CODE = "code", _("telephone code")
        CONFIRMED = "confirmed", _("order confirmed")
        ON_THE_WAY = "on_the_way", _("courier on the way")
        LATE = "late", _("late")
        DELIVERED = "delivered", _("delivered")
        QUESTION = "question", _("question about a standing order")
        CARE = "care", _("care after an order")
        OFFER = "offer", _("offer")

    AWAITED = (Purpose.CODE, Purpose.CONFIRMED, Purpose.ON_THE_WAY, Purpose.LATE)
    """What the client waits for at this moment goes at any hour; all else waits for the morning of its city."""
    ASKED_FOR = (Purpose.CARE, Purpose.OFFER)
    """What goes only to whom has agreed to it, and no oftener than the caps say: see `clients.contacting`."""

    class State(models.TextChoices):
        """Where it stands. Every change is compare-and-set."""

        WAITING = "waiting", _("waits for its time")
        SENDING = "sending", _("with the provider")
        SENT = "sent", _("sent")
        FAILED = "failed", _("not taken")
        UNCLEAR = "unclear", _("to look at")
        LAPSED = "lapsed", _("no longer needed")

    key = models.CharField(_("key"), max_length=64, unique=True)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    phone = models.CharField(_("telephone"), max_length=16)
    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        related_name="messages",
        null=True,
        blank=True,
        verbose_name=_("client"),
    )
    city = models.ForeignKey(
        "places.City",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("city"),
        help_text=_("Whose quiet hours it keeps."),
    )
    language = models.CharField(_("language"), max_length=2)
    text = models.CharField(
        _("text"),
        max_length=600,
        blank=True,
        help_text=_("A code is taken out when it was sent or has lapsed."),
    )
    made_at = models.DateTimeField(_("made"))
    due_at = models.DateTimeField(_("due"), help_text=_("Not to be sent, or tried again, before."))
    lapses_at = models.DateTimeField(_("lapses"), help_text=_("Nobody needs it any more then."))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claimed_at = models.DateTimeField(_("given to the provider"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    channel = models.CharField(_("channel"), max_length=20, blank=True, default="")
    last_error = models.CharField(_("last error"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [("settle_message", _("Can send a message once more, or settle it"))]
        indexes = [
            models.Index(fields=["due_at"], name="clients_message_due", condition=Q(state="waiting")),
            models.Index(fields=["claimed_at"], name="clients_message_sending", condition=Q(state="sending")),
            models.Index(fields=["state", "-id"], name="clients_message_state"),
            models.Index(fields=["purpose", "-id"], name="clients_message_purpose"),
            models.Index(fields=["phone", "-id"], name="clients_message_phone"),
            models.Index(fields=["client", "-made_at", "-id"], name="clients_message_client_made"),
            models.Index(fields=["made_at"], name="clients_message_made"),
            models.Index(fields=["lapses_at"], name="clients_message_lapses"),
            models.Index(
                fields=["lapses_at"], name="clients_message_codes", condition=Q(purpose="code") & ~Q(text="")
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(phone__regex=E164), name="clients_message_phone_e164"),
            models.CheckConstraint(
                condition=Q(city__isnull=False) | Q(purpose__in=["code", "confirmed", "on_the_way", "late"]),
                name="clients_message_knows_its_morning",
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False) | ~Q(purpose__in=["care", "offer"]),
                name="clients_message_asked_whom",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sending"], ended_at__isnull=True)
                | (~Q(state__in=["waiting", "sending"]) & Q(ended_at__isnull=False)),
                name="clients_message_ends",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(claimed_at__isnull=False), name="clients_message_claimed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.phone[:-4]}****"
