"""Panel devices."""

from __future__ import annotations

from django.db import models


class Panel(models.Model):
    """A screen at a station. Its key is kept as a digest; revoked, it opens nothing from that instant."""

    station = models.ForeignKey("places.Station", on_delete=models.PROTECT, related_name="panels")
    label = models.CharField(max_length=80, help_text="Where at the station, for example: east hall, by the stairs.")
    key_digest = models.CharField(max_length=64, unique=True)
    enrolled_at = models.DateTimeField()
    enrolled_by = models.CharField(max_length=100)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=100, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.station} · {self.label}"
