"""What competitors offer our clients, as clients tell us; and whose clients they are."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Territory(models.Model):
    """A district, and the seller who looks after its accounts."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("seller"),
    )

    class Meta:
        verbose_name = _("territory")
        verbose_name_plural = _("territories")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """A company we look after: under which number an operator's books know it, and in whose territory."""

    client = models.OneToOneField(
        "clients.Client",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="account",
        verbose_name=_("client"),
    )
    number = models.CharField(_("number in the operator’s books"), max_length=40, unique=True)
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("territory")
    )

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.number


class Approach(models.Model):
    """A competitor's offer that a client told us of: who offered what, to whom, and when."""

    key = models.UUIDField(_("idempotency key"), unique=True)
    client = models.ForeignKey(
        "clients.Client",
        on_delete=models.PROTECT,
        related_name="approaches",
        db_index=False,
        verbose_name=_("client"),
    )
    competitor = models.ForeignKey(
        "clients.Competitor",
        on_delete=models.PROTECT,
        related_name="approaches",
        db_index=False,
        verbose_name=_("competitor"),
    )
    contact = models.ForeignKey(
        "clients.Contact",
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("to whom"),
    )
    what = models.CharField(_("what they offered"), max_length=300)
    monthly_minor = models.PositiveBigIntegerField(_("a month, minor units"), null=True, blank=True)
    approached_date = models.DateField(_("when they were approached"))
    at = models.DateTimeField(_("told us at"))
    by = models.CharField(_("written down by"), max_length=100)

    class Meta:
        verbose_name = _("competitor’s offer")
        verbose_name_plural = _("competitors’ offers")
        indexes = [
            models.Index(fields=["competitor", "approached_date"], name="offers_approach_competitor"),
            models.Index(fields=["client", "-at", "-id"], name="offers_approach_client"),
        ]
        constraints = [models.CheckConstraint(condition=~Q(what=""), name="offers_approach_what")]

    def __str__(self) -> str:
        return self.what
