"""Today's list, and one step of it: why, what to say, what they may say, what well done looks like, and how it went."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.base.staff_pages import READ, WRITE, staff_page
from guinda.base.texts import pick
from guinda.clients import timeline
from guinda.clients.personal import who_is
from guinda.plays import events, outcomes, services, speaking, texts, today
from guinda.plays.definition import GOAL
from guinda.plays.forms import DoneForm, PutOffForm
from guinda.plays.models import Run

LATELY = 6


@staff_page("plays.do_step", *READ)
def todays(request: HttpRequest) -> HttpResponse:
    """The steps that this seller does now; `?everybody` for who stands in for others."""
    return _list(request, None)


@staff_page("plays.do_step", *WRITE)
def step(request: HttpRequest, run_id: int) -> HttpResponse:
    """One step; posted, it is done with the outcome that was pressed."""
    line, now = _line(run_id), clock.now()
    if line is None:
        return _gone(request)
    form = DoneForm(request.POST or None, what=line.step, initial={"key": uuid4(), "step": line.step.slug})
    if request.method != "POST" or not form.is_valid():
        return _page(request, line, form=form)
    told = form.cleaned_data
    ticked = request.POST.getlist("tick")
    try:
        services.done(
            key=told["key"],
            run_id=run_id,
            step=told["step"],
            outcome=request.POST.get("outcome", ""),
            evidence=form.evidence,
            minutes=told["minutes"],
            ticks={str(n): str(n) in ticked for n, _text in enumerate(line.step.standard, 1)},
            note=told["note"],
            by=by_whom(request.user),
            now=now,
        )
    except Refusal as refusal:
        if refusal.code == "step_gone":
            return _list(request, refusal)
        if "field" in refusal.facts:
            form.add_error(f"evidence-{refusal.facts['field']}", str(refusal.sentence))
        return _page(request, line, form=form, refusal=refusal)
    _said(request, _("%(client)s: done.") % {"client": line.run.client})
    return redirect("today")


@staff_page("plays.do_step", "POST")
def put_off(request: HttpRequest, run_id: int) -> HttpResponse:
    """The step comes back on another day."""
    line, now = _line(run_id), clock.now()
    if line is None:
        return _gone(request)
    form = PutOffForm(request.POST)
    if not form.is_valid():
        return _page(request, line, put_off=form)
    told = form.cleaned_data
    zone = ZoneInfo(line.run.client.time_zone or line.run.city.time_zone)
    until_at = datetime.combine(told["date"], told["time"], zone)
    try:
        services.put_off(
            run_id=run_id, step=told["step"], until_at=until_at, by=by_whom(request.user), now=now
        )
    except Refusal as refusal:
        if refusal.code == "step_gone":
            return _list(request, refusal)
        return _page(request, line, put_off=form, refusal=refusal)
    _said(request, _("%(client)s: comes back then.") % {"client": line.run.client})
    return redirect("today")


def _list(request: HttpRequest, refusal: Refusal | None) -> HttpResponse:
    everybody = "everybody" in request.GET
    facts = {
        "day": today.day_of(request.user, now=clock.now(), everybody=everybody),  # type: ignore[arg-type]
        "everybody": everybody,
        "refusal": refusal,
    }
    return render(request, "plays/today.html", facts, status=refusal.status if refusal else 200)


def _line(run_id: int) -> today.Due | None:
    """The step that a run stands before, while it is a seller's."""
    run = Run.objects.select_related("client__city", "play", "city").filter(pk=run_id).first()
    if run is None:
        raise Http404
    return today.line(run, now=clock.now()) if run.state == Run.State.LISTED else None


def _gone(request: HttpRequest) -> HttpResponse:
    sentence = _("This step was done or fell away meanwhile. Here is what is next.")
    return _list(request, Refusal("step_gone", sentence))


def _said(request: HttpRequest, sentence: str) -> None:
    messages.success(request, sentence, extra_tags="plays")


def _page(
    request: HttpRequest,
    line: today.Due,
    *,
    form: DoneForm | None = None,
    put_off: PutOffForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    begin = {"key": uuid4(), "step": line.step.slug}
    entries, _more = timeline.page(who_is(line.run.client), limit=LATELY)
    facts = {
        "line": line,
        "why": _why(line),
        "script": _script(line),
        "standard": [(str(n), pick(text)) for n, text in enumerate(line.step.standard, 1)],
        "ticked": request.POST.getlist("tick"),
        "objections": [(pick(each.said), pick(each.answer)) for each in line.step.objections],
        "outcomes": [
            (each, outcomes.label(each, line.step), line.step.branches[each] == GOAL)
            for each in outcomes.of_hand(line.step)
        ],
        "entries": entries,
        "form": form or DoneForm(what=line.step, initial=begin),
        "put_off": put_off or PutOffForm(initial=begin),
        "refusal": refusal,
    }
    wrong = bool((form and form.errors) or (put_off and put_off.errors))
    return render(
        request, "plays/step.html", facts, status=refusal.status if refusal else 422 if wrong else 200
    )


def _why(line: today.Due) -> dict[str, Any]:
    """What the play is about, and how the client came into it."""
    kind = events.kinds().get(line.play.entry.event)
    return {
        "about": pick(line.play.about),
        "because": kind.label if kind else _("chosen by the play’s conditions"),
        "at": line.run.entered_at,
    }


def _script(line: today.Due) -> str:
    """What to say, with what is known of the client in its places, in the seller's own language."""
    _variant, words = speaking.words_of(line.play, line.step, line.run.client_id)
    known = speaking.people([line.run.client_id], fields=speaking.fields_of(line.step))
    return texts.render(pick(words, get_language()), known[line.run.client_id].facts) if words else ""
