"""What people do with plays: write them, switch them, do their steps and put them off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.base.texts import pick
from guinda.clients import contacting, touching
from guinda.clients.models import Channel, Touch
from guinda.journal.services import record
from guinda.plays import checking, moving
from guinda.plays.definition import DESK, Definition, Step, parse, plain, write
from guinda.plays.definition.checks import HELD_BACK, LAPSED
from guinda.plays.hashing import variant_of
from guinda.plays.knowing import definition_of
from guinda.plays.models import Play, PlayVersion, Run, StepDone

BY_HAND = (Run.State.LISTED, Run.State.ASKED)
"""States in which somebody outside has the step in hand."""
LONGEST_WRITTEN = 500
NOTE = "_note"
"""Among what was written: a seller's own words, which no step asks for."""
MOST_AHEAD = timedelta(days=366)


@transaction.atomic
def save(*, text: str, by: str, now: datetime) -> PlayVersion:
    """A play as it is written from now on: its first version makes it, as a draft; the same text again makes no new one.

    Who is on the way finishes on the version they started.
    """
    definition = parse(text)
    checking.check(definition)
    text = write(definition)
    facts = {"name": dict(definition.name), "whom": definition.whom, "priority": definition.priority}
    facts |= {"event": definition.entry.event, "changed_by": by, "changed_at": now}
    play = Play.objects.get_or_create(slug=definition.slug, defaults=facts)[0]
    play = Play.objects.select_for_update(no_key=True).get(pk=play.pk)
    newest = play.versions.order_by("-number").first()
    digest = sha256(text.encode()).hexdigest()
    if newest and newest.digest == digest:
        return newest
    made = PlayVersion.objects.create(
        play=play,
        number=newest.number + 1 if newest else 1,
        text=text,
        definition=plain(definition),
        digest=digest,
        by=by,
        at=now,
    )
    Play.objects.filter(pk=play.pk).update(version=made, **facts)
    record(kind="play.saved", ref=f"play:{play.slug}", by=by, at=now, data={"number": made.number})
    return made


SWITCHES: Mapping[str, tuple[str, ...]] = {
    Play.State.DRAFT: (Play.State.ON,),
    Play.State.ON: (Play.State.PAUSED, Play.State.OFF),
    Play.State.PAUSED: (Play.State.ON, Play.State.OFF),
    Play.State.OFF: (Play.State.ON,),
}
"""Paused, nobody comes in and nobody moves on; switched off, whoever is on the way leaves, at the next tick."""


@transaction.atomic
def switch(*, slug: str, to: str, by: str, now: datetime) -> Play:
    """Switch a play on, pause it or switch it off; the state it has already is no change."""
    play = Play.objects.select_for_update(no_key=True).filter(slug=slug).first()
    if play is None:
        raise Refusal("no_such_play", _("There is no such play. Look at the list of plays."), status=404)
    if play.state == to:
        return play
    if to not in SWITCHES[play.state]:
        raise Refusal(
            "no_such_switch", _("A play that stands like this can't be switched so. Reload the page.")
        )
    play.state, play.changed_by, play.changed_at = to, by, now
    play.save(update_fields=["state", "changed_by", "changed_at"])
    record(kind=f"play.{to}", ref=f"play:{slug}", by=by, at=now)
    return play


@transaction.atomic
def done(
    *,
    key: UUID,
    run_id: int,
    step: str,
    outcome: str,
    by: str,
    now: datetime,
    evidence: Mapping[str, str] | None = None,
    minutes: int = 0,
    given_minor: int = 0,
    ticks: Mapping[str, bool] | None = None,
    note: str = "",
) -> StepDone:
    """A seller's or a panel's step was done with this outcome: one transaction with its touch. The same key again is the same step done.

    `ticks` are those of the step's standard that were met, by their number. Refused where what the outcome must prove is not written.
    """
    run = _in_hand(run_id, step)
    before = StepDone.objects.filter(key=key).first()
    if before:
        return before
    if run is None:
        raise Refusal("step_gone", _("This step was done or fell away meanwhile. Reload the list."))
    play = definition_of(run.version_id)
    what = play.step(step)
    written = _evidence(what, outcome, evidence or {})
    number = run.number
    moving.advance(play, what, outcome, [run.pk], now=now, by=by)
    facts: dict[str, Any] = {
        "key": key,
        "variant": variant_of(play, what, run.client_id),
        "evidence": written | _beside(ticks, note),
        "minutes": minutes,
        "currency": run.city.currency,
    }
    facts |= _cost(
        run,
        play,
        what,
        outcome,
        key=key,
        by=by,
        now=now,
        minutes=minutes,
        given_minor=given_minor,
        said=[*written.values(), note],
    )
    StepDone.objects.filter(run=run, number=number).update(**facts)
    return StepDone.objects.get(run=run, number=number)


@transaction.atomic
def put_off(*, run_id: int, step: str, until_at: datetime, by: str, now: datetime) -> None:
    """The client asked for another day, or the seller has no time: the step comes back then, with all the time it had."""
    if not now < until_at <= now + MOST_AHEAD:
        raise Refusal("not_ahead", _("Choose a day that is still to come, within a year."), status=422)
    run = _in_hand(run_id, step)
    if run is None or run.state != Run.State.LISTED:
        raise Refusal("step_gone", _("This step was done or fell away meanwhile. Reload the list."))
    within = definition_of(run.version_id).step(step).within
    facts = {"due_at": until_at, "lapses_at": until_at + within if within else None}
    Run.objects.filter(pk=run.pk).update(**facts)
    data = {"step": step, "until": until_at.isoformat()}
    record(kind="step.put_off", ref=f"run:{run.pk}", by=by, at=now, data=data)


def _in_hand(run_id: int, step: str) -> Run | None:
    """The run, if its step is still in somebody's hand; locked, after its client, as a merge locks them."""
    client_id = Run.objects.filter(pk=run_id).values_list("client_id", flat=True).first()
    if client_id is None:
        return None
    contacting.lock([client_id])
    runs = Run.objects.select_for_update(no_key=True, of=("self",)).select_related("city", "client", "play")
    there = {"client__merged_into": None, "client__erased_at": None}
    on_its_way = runs.filter(pk=run_id, client_id=client_id, step=step, state__in=BY_HAND, **there)
    return on_its_way.exclude(play__state=Play.State.OFF).first()


def _evidence(step: Step, outcome: str, given: Mapping[str, str]) -> dict[str, str]:
    if outcome not in step.branches or outcome in (HELD_BACK, LAPSED):
        raise Refusal("no_such_outcome", _("Choose one of the outcomes of this step."), status=422)
    written = {each.field: given.get(each.field, "").strip()[:LONGEST_WRITTEN] for each in step.evidence}
    for each in step.evidence:
        if outcome in each.outcomes and not written[each.field]:
            sentence = _("Write down first: %(what)s.") % {"what": pick(each.label)}
            raise Refusal("evidence_missing", sentence, status=422, field=each.field)
    return {name: text for name, text in written.items() if text}


def _beside(ticks: Mapping[str, bool] | None, note: str) -> dict[str, Any]:
    """What stands beside the evidence of a step: its ticks, and a seller's own words."""
    return {**({"ticks": dict(ticks)} if ticks else {}), **({NOTE: note} if note else {})}


def _cost(
    run: Run,
    play: Definition,
    step: Step,
    outcome: str,
    *,
    key: UUID,
    by: str,
    now: datetime,
    minutes: int,
    given_minor: int,
    said: list[str],
) -> dict[str, Any]:
    """What the step cost. A contact is a touch with its price; a person's time at the desk costs what it costs on the telephone."""
    if step.who == "panel":
        return {}
    if step.channel == DESK:
        return {
            "cost_minor": given_minor
            + touching.cost_minor(channel=Channel.CALL, minutes=minutes, city=run.city, now=now)
        }
    named = Touch.Outcome.values
    touch = touching.log(
        key=key,
        client=run.client,
        channel=Channel(step.channel),
        outcome=Touch.Outcome(outcome) if outcome in named else Touch.Outcome.REACHED,
        city=run.city,
        by=by,
        now=now,
        minutes=minutes,
        given_minor=given_minor,
        step=f"{pick(play.name)}: {pick(step.name)}"[:120],
        note=" · ".join(filter(None, said))[:LONGEST_WRITTEN],
    )
    return {"touch": touch, "cost_minor": touch.cost_minor}
