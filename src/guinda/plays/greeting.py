"""A play's step at a panel: said when its client next proves their telephone there, and done by that."""

from __future__ import annotations

from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from guinda.base.refusals import Refusal
from guinda.base.texts import pick
from guinda.plays import outcomes, services, speaking, texts
from guinda.plays.knowing import definition_of
from guinda.plays.models import Play, Run

PANEL = "panel"


def greet(client_id: int, language: str, now: datetime) -> str:
    """What the client's most pressing panel step says, in the language of the panel; the step is done, with the first of its outcomes.

    It is said once: shown again within the same step's life it is the same step done. Nothing said is no fault.
    """
    run = (
        Run.objects.filter(
            client=client_id, state=Run.State.ASKED, play__state=Play.State.ON, due_at__lte=now
        )
        .order_by("play__priority", "due_at", "pk")
        .first()
    )
    if run is None:
        return ""
    play = definition_of(run.version_id)
    step = play.step(run.step)
    _variant, words = speaking.words_of(play, step, client_id)
    known = speaking.people([client_id], fields=speaking.fields_of(step))
    if client_id not in known:
        return ""
    try:
        services.done(
            key=uuid5(NAMESPACE_OID, speaking.key(run.pk, run.number)),
            run_id=run.pk,
            step=run.step,
            outcome=outcomes.of_hand(step)[0],
            by=PANEL,
            now=now,
        )
    except Refusal:
        return ""
    return texts.render(pick(words, language), known[client_id].facts)
