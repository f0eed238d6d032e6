"""What the planner tells the client book: what was planned with a client, and what is forgotten on request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guinda.clients.rooms import Link, Room, Who, plain
from guinda.planner.models import Choice, Pin, Trial


class PlannerRoom(Room):
    """Choices, pins and trials of a client. What was done is shown by the rooms that did it."""

    def links(self, client_id: int) -> Sequence[Link]:
        """Where one says that they must be offered something, must not, or come first."""
        return [Link(_("A word to the planner"), reverse("plan_pin", args=[client_id]), "planner.keep_plan")]

    def export(self, who: Who) -> dict[str, list[dict[str, Any]]]:
        """What plans chose for them, what people said of them to the planner, and the coins thrown."""
        choices = Choice.objects.filter(client__in=who.ids).annotate(date=F("plan__date"))
        return {
            "plan_choices": plain(choices, "date", "action", "adds_minor", "basis", "why", "state"),
            "plan_pins": plain(Pin.objects.filter(client__in=who.ids), "kind", "at", "until_date", "note"),
            "plan_trials": plain(Trial.objects.filter(client__in=who.ids), "at", "treated", "reached_at"),
        }

    def erase(self, who: Who) -> None:
        """People's own words about them; figures stay with nobody's name."""
        Pin.objects.filter(client__in=who.ids).update(note="")
