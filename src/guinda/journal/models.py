"""The journal's rows."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """Something that happened: `kind` such as `order.placed`, `ref` the public code or key of the row, `by` who did it."""

    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=60)
    ref = models.CharField(max_length=64)
    by = models.CharField(max_length=100)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["ref", "id"], name="journal_event_ref"),
            models.Index(fields=["kind", "at"], name="journal_event_kind_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class Announcement(models.Model):
    """An event whose listeners are yet to be told. Told, it is deleted; failed, it waits longer each time."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, primary_key=True, related_name="announcement")
    due_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return f"{self.event_id} after {self.attempts} attempts"
