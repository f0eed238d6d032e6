"""Panel devices."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Panel(models.Model):
    """A screen at a station. Its key is kept as a digest; revoked, it opens nothing from that instant."""

    station = models.ForeignKey(
        "places.Station", on_delete=models.PROTECT, related_name="panels", verbose_name=_("station")
    )
    label = models.CharField(
        _("label"), max_length=80, help_text=_("Where at the station, for example: east hall, by the stairs.")
    )
    key_digest = models.CharField(_("digest of the key"), max_length=64, unique=True)
    enrolled_at = models.DateTimeField(_("enrolled"))
    enrolled_by = models.CharField(_("enrolled by"), max_length=100)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.CharField(_("revoked by"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("panel")
        verbose_name_plural = _("panels")
        permissions = [("revoke_panel", _("Can revoke a panel"))]

    def __str__(self) -> str:
        return f"{self.station} · {self.label}"
