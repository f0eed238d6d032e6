"""What clients complained of, and what was done about it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guinda.clients.models.people import Client


class Complaint(models.Model):
    """One complaint: open until a person says what was done. Its `key` is what it came from, so that the same one told again is one."""

    key = models.CharField(_("key"), max_length=64, unique=True)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="complaints", db_index=False, verbose_name=_("client")
    )
    about = models.CharField(
        _("about"), max_length=60, blank=True, default="", help_text=_("An order’s code, or what else.")
    )
    words = models.CharField(_("in their words"), max_length=500, blank=True)
    by = models.CharField(_("by whom"), max_length=100)
    at = models.DateTimeField(_("at"))
    answer = models.CharField(_("what was done"), max_length=500, blank=True, default="")
    closed_by = models.CharField(_("closed by"), max_length=100, blank=True, default="")
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        indexes = [
            models.Index(fields=["client", "-at", "-id"], name="clients_complaint_client_at"),
            models.Index(fields=["at", "id"], name="clients_complaint_open", condition=Q(closed_at=None)),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(key=""), name="clients_complaint_key"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by="", answer="")
                | (Q(closed_at__isnull=False) & ~Q(closed_by="")),
                name="clients_complaint_closed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.about or f"{self.at:%Y-%m-%d}"
