"""A play's step at a panel: said when its client next proves their telephone there, and done by what they do with it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from guinda.base.refusals import Refusal
from guinda.base.texts import pick
from guinda.panels.greeting import Greeter, Greeting
from guinda.plays import outcomes, services, speaking, texts
from guinda.plays.definition import Step
from guinda.plays.hushing import key as key_of
from guinda.plays.knowing import definition_of
from guinda.plays.models import Play, Run

PANEL = "panel"
TAKEN, DECLINED = "taken", "declined"


class AtPanel(Greeter):
    """The most pressing panel step of a client."""

    def say(self, client_id: int, *, language: str, now: datetime) -> Greeting | None:
        """Its words for this client."""
        run = _asked(client_id, now)
        if run is None:
            return None
        play = definition_of(run.version_id)
        step = play.step(run.step)
        _variant, words = speaking.words_of(play, step, client_id)
        known = speaking.people([client_id], fields=speaking.fields_of(step))
        if client_id not in known:
            return None
        text = texts.render(pick(words, language), known[client_id].facts)
        return Greeting(text, step.opens) if text else None

    def hear(self, client_id: int, *, taken: bool, now: datetime) -> None:
        """The step is done, once; that somebody else was quicker is no fault."""
        run = _asked(client_id, now)
        if run is None:
            return
        step = definition_of(run.version_id).step(run.step)
        key = uuid5(NAMESPACE_OID, key_of(run.pk, run.number))
        with suppress(Refusal):
            services.done(
                key=key, run_id=run.pk, step=run.step, outcome=_outcome(step, taken), by=PANEL, now=now
            )


def _asked(client_id: int, now: datetime) -> Run | None:
    runs = Run.objects.filter(client=client_id, state=Run.State.ASKED, play__state=Play.State.ON)
    return runs.filter(due_at__lte=now).order_by("play__priority", "due_at", "pk").first()


def _outcome(step: Step, taken: bool) -> str:
    """`taken` or `declined`; of a step that only says something, the first of its outcomes."""
    wanted, possible = TAKEN if taken else DECLINED, outcomes.of_hand(step)
    return wanted if wanted in possible else possible[0]
