"""What people say to the planner."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Pin(models.Model):
    """A person's word about a client that plans are made around until a day; taken back, it stays as history."""

    class Kind(models.TextChoices):
        """What is said."""

        PIN = "pin", pgettext_lazy("planner", "must be offered this")
        FORBID = "forbid", pgettext_lazy("planner", "must not be offered this")
        FIRST = "first", pgettext_lazy("planner", "comes first in the seller’s day")

    client = models.ForeignKey(
        "clients.Client", on_delete=models.PROTECT, related_name="+", verbose_name=_("client")
    )
    kind = models.CharField(_("what"), max_length=6, choices=Kind.choices)
    tool = models.ForeignKey(
        "offers.Tool",
        on_delete=models.CASCADE,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("tool"),
        help_text=_("Empty: anything."),
    )
    until_date = models.DateField(_("until"))
    by = models.CharField(_("by whom"), max_length=100)
    at = models.DateTimeField(_("at"))
    note = models.CharField(_("why"), max_length=200, blank=True, default="")
    ended_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("pin")
        verbose_name_plural = _("pins")
        constraints = [
            models.UniqueConstraint(
                fields=["client", "kind", "tool"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="planner_pin_once",
            ),
            models.CheckConstraint(
                condition=~Q(kind="first") | Q(tool=None), name="planner_pin_first_of_all"
            ),
            models.CheckConstraint(
                condition=~Q(kind="pin") | Q(tool__isnull=False), name="planner_pin_names_a_tool"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id}: {self.kind}"
