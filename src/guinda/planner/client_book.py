"""What the planner tells the client book: what was planned with a client, and what is forgotten on request."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from guinda.clients.rooms import Room, Who, plain
from guinda.planner.models import Choice, Pin, Trial


class PlannerRoom(Room):
    """Choices, pins and trials of a client. What was done is shown by the rooms that did it."""

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
