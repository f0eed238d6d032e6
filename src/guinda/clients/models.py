"""Clients, their addresses, and the codes that prove a telephone."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Client(models.Model):
    """A person who buys. Known by a confirmed telephone number; anonymous orders have no client."""

    phone = models.CharField(
        _("telephone"), max_length=16, unique=True, help_text=_("E.164, for example +74951234567.")
    )
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    language = models.CharField(_("language"), max_length=2, default="en")
    since_at = models.DateTimeField(_("client since"))

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        indexes = [
            models.Index(
                fields=["name"], name="clients_client_name_prefix", opclasses=["varchar_pattern_ops"]
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="clients_client_phone_e164"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.phone


class Address(models.Model):
    """Where a client lives or wants the bag brought."""

    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="addresses", verbose_name=_("client")
    )
    lat = models.FloatField(_("latitude"))
    lon = models.FloatField(_("longitude"))
    street = models.CharField(_("street"), max_length=160)
    flat = models.CharField(_("flat"), max_length=40, blank=True, default="")
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    used_at = models.DateTimeField(_("last used"))

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(fields=["client", "street", "flat"], name="clients_address_once"),
            models.CheckConstraint(
                condition=Q(lat__range=(-90, 90)) & Q(lon__range=(-180, 180)),
                name="clients_address_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.street} {self.flat}".strip()


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
