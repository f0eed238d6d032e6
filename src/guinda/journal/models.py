"""The journal's rows."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """Something that happened: `kind` such as `order.placed`, `ref` the public code or key of the row, `by` who did it."""

    at = models.DateTimeField(_("at"), db_index=True)
    kind = models.CharField(_("kind"), max_length=60)
    ref = models.CharField(_("reference"), max_length=64)
    by = models.CharField(_("by whom"), max_length=100)
    data = models.JSONField(_("facts"), default=dict)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("journal")
        indexes = [
            models.Index(fields=["ref", "id"], name="journal_event_ref"),
            models.Index(fields=["kind", "at"], name="journal_event_kind_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class Announcement(models.Model):
    """An event whose listeners are yet to be told. Told, it is deleted; failed, it waits longer each time."""

    event = models.OneToOneField(
        Event,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="announcement",
        verbose_name=_("event"),
    )
    due_at = models.DateTimeField(_("due"), db_index=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), default="", blank=True)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements to make")

    def __str__(self) -> str:
        return f"{self.event_id} after {self.attempts} attempts"
