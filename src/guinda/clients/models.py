"""Clients, their addresses, and the codes that prove a telephone."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Client(models.Model):
    """A person who buys. Known by a confirmed telephone number; anonymous orders have no client."""

    phone = models.CharField(max_length=16, unique=True, help_text="E.164, for example +74951234567.")
    name = models.CharField(max_length=120, blank=True, default="")
    language = models.CharField(max_length=2, default="en")
    since_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="clients_client_phone_e164")]

    def __str__(self) -> str:
        return self.name or self.phone


class Address(models.Model):
    """Where a client lives or wants the bag brought."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="addresses")
    lat = models.FloatField()
    lon = models.FloatField()
    street = models.CharField(max_length=160)
    flat = models.CharField(max_length=40, blank=True, default="")
    note = models.CharField(max_length=200, blank=True, default="")
    used_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(fields=["client", "street", "flat"], name="clients_address_once"),
            models.CheckConstraint(
                condition=Q(lat__range=(-90, 90)) & Q(lon__range=(-180, 180)), name="clients_address_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.street} {self.flat}".strip()


class PhoneCode(models.Model):
    """A code sent to a telephone: stored as a keyed digest, good for a few minutes and a few guesses."""

    phone = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    asked_from = models.CharField(max_length=64, help_text="Which device asked, for limits.")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["phone", "-sent_at"], name="clients_code_phone_sent"),
            models.Index(fields=["asked_from", "-sent_at"], name="clients_code_from_sent"),
        ]

    def __str__(self) -> str:
        return f"code to {self.phone[:-4]}****"
