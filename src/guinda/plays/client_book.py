"""What plays tell the client book: which step is next, what was done for each, and what is forgotten on request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy

from guinda.base.admin_tools import when
from guinda.base.texts import pick
from guinda.clients.rooms import Entry, Fact, Room, Source, Who, plain
from guinda.plays.knowing import definition_of
from guinda.plays.models import Run, StepDone
from guinda.plays.outcomes import label
from guinda.plays.services import NOTE

MOST_NEXT = 3


class Steps(Source):
    """The steps behind a client that somebody did; a seller's contact is a touch, and shown as that."""

    def rows(self, who: Who) -> QuerySet[Any]:
        """By the client's runs."""
        done = StepDone.objects.filter(run__client__in=who.ids, touch=None)
        return done.select_related("run", "run__play")

    def entry(self, row: StepDone) -> Entry:
        """The play, the step, its outcome."""
        step = definition_of(row.run.version_id).step(row.step)
        more = " · ".join(filter(None, [label(row.outcome, step), row.evidence.get(NOTE, "")]))
        return Entry(row.at, row.pk, "step", f"{row.run.play}: {pick(step.name)}", more)


class PlaysRoom(Room):
    """Runs and steps of a client."""

    sources = (Steps(),)

    def facts(self, who: Who) -> Sequence[Fact]:
        """What is next and when."""
        runs = Run.objects.filter(client__in=who.ids, state__in=Run.ACTIVE, holdout=False).select_related(
            "play"
        )
        return [
            Fact(
                gettext_lazy("Next step"),
                f"{pick(definition_of(run.version_id).step(run.step).name)} · {when(run.due_at)} ({run.play})",
            )
            for run in runs.order_by("due_at", "pk")[:MOST_NEXT]
        ]

    def export(self, who: Who) -> dict[str, list[dict[str, Any]]]:
        """Which plays they were in and what was written of them."""
        runs = Run.objects.filter(client__in=who.ids).annotate(slug=F("play__slug"))
        steps = StepDone.objects.filter(run__client__in=who.ids)
        return {
            "plays": plain(runs, "slug", "entered_at", "holdout", "state", "goal_at"),
            "steps": plain(steps, "run_id", "at", "step", "outcome", "evidence"),
        }

    def erase(self, who: Who) -> None:
        """What was written of them; that a step was done and what it cost stays. `hearing` takes them out of every play."""
        StepDone.objects.filter(run__client__in=who.ids).update(evidence={})
