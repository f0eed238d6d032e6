"""Clients offered a thing, or left alone with it, by a throw of a coin."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Trial(models.Model):
    """One throw: who, which tool, whether they are offered it, with what chance, and whether what is hoped for came in time.

    What is hoped for: an offer accepted or an order placed until `until_at`. Who is left alone is offered this tool by nobody until then.
    """

    plan = models.ForeignKey(
        "planner.Plan",
        on_delete=models.CASCADE,
        related_name="trials",
        db_index=False,
        verbose_name=_("plan"),
    )
    client = models.ForeignKey(
        "clients.Client", on_delete=models.PROTECT, related_name="+", verbose_name=_("client")
    )
    tool = models.ForeignKey(
        "offers.Tool", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("tool")
    )
    at = models.DateTimeField(_("at"))
    treated = models.BooleanField(_("offered"))
    chance = models.FloatField(_("chance of being offered"))
    until_at = models.DateTimeField(_("watched until"))
    reached_at = models.DateTimeField(_("what was hoped for came"), null=True, blank=True)

    class Meta:
        verbose_name = _("trial")
        verbose_name_plural = _("trials")
        indexes = [models.Index(fields=["tool", "at"], name="planner_trial_tool")]
        constraints = [
            models.UniqueConstraint(fields=["plan", "client"], name="planner_trial_once"),
            models.CheckConstraint(condition=Q(chance__gt=0, chance__lt=1), name="planner_trial_chance"),
            models.CheckConstraint(condition=Q(until_at__gt=F("at")), name="planner_trial_until"),
        ]

    def __str__(self) -> str:
        return f"{self.tool_id}: {self.client_id}"
