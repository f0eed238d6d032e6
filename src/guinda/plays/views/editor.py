"""Plays: the list with what goes on in each, and the editor, in which the form and the TOML are the same thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.base.staff_pages import READ, WRITE, staff_page
from guinda.plays import conditions, services
from guinda.plays.definition import Definition, Fault, Faults, from_plain, parse, plain, write
from guinda.plays.drawing import draw
from guinda.plays.editing import tree
from guinda.plays.models import Play
from guinda.plays.queries import overview, row

FORM, TOML = "form", "toml"


@dataclass
class Draft:
    """A play in the editor: as fields, as text, and as far as it can be read, as a definition."""

    way: str = FORM
    fields: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    made: Definition | None = None
    faults: Sequence[Fault] = ()


@staff_page("plays.view_play", *READ)
def plays(request: HttpRequest) -> HttpResponse:
    """Every play: whether it is on, and how many are on their way."""
    return _list(request, None)


@staff_page("plays.switch_play", "POST")
def switch(request: HttpRequest, slug: str) -> HttpResponse:
    """On, paused or off."""
    try:
        services.switch(slug=slug, to=request.POST.get("to", ""), by=by_whom(request.user), now=clock.now())
    except Refusal as refusal:
        return _list(request, refusal)
    return redirect("play", slug) if "back" in request.POST else redirect("plays")


@staff_page("plays.view_play", *WRITE)
def play(request: HttpRequest, slug: str) -> HttpResponse:
    """One play: the editor, the drawing, and whom it would match today."""
    found = get_object_or_404(Play.objects.select_related("version"), slug=slug)
    if request.method != "POST":
        return _page(request, found, _stored(found, request.GET.get("as", FORM)))
    return _edited(request, found)


@staff_page("plays.add_play", *WRITE)
def new(request: HttpRequest) -> HttpResponse:
    """A play that is not there yet."""
    if request.method != "POST":
        return _page(
            request, None, Draft(request.GET.get("as", FORM), {"for": "person", "steps": [{"who": "system"}]})
        )
    return _edited(request, None)


@staff_page("plays.view_play", "POST")
def matching(request: HttpRequest) -> HttpResponse:
    """How many clients meet the conditions as they stand in the form now, and five of them."""
    return render(request, "plays/matching.html", {"match": _match(_sent(request))})


def _edited(request: HttpRequest, found: Play | None) -> HttpResponse:
    """What a button of the editor asked for: a row more or less, the other way of writing, or to save."""
    draft, button = _sent(request), request.POST.get("do", "save")
    if button == "save" and request.user.has_perm("plays.change_play"):
        return _saved(request, found, draft)
    if button in (FORM, TOML):
        return _page(request, found, _turned(draft, button))
    draft.faults = ()
    return _page(request, found, draft)


def _saved(request: HttpRequest, found: Play | None, draft: Draft) -> HttpResponse:
    if draft.made is None:
        return _page(request, found, draft, status=422)
    if found is not None and draft.made.slug != found.slug:
        sentence = _("The short name of a play stays. For another play, make a new one.")
        draft.faults = [Fault("slug", sentence)]
        return _page(request, found, draft, status=422)
    if found is None and Play.objects.filter(slug=draft.made.slug).exists():
        draft.faults = [Fault("slug", _("There is a play of this short name already. Choose another."))]
        return _page(request, found, draft, status=422)
    try:
        version = services.save(text=write(draft.made), by=by_whom(request.user), now=clock.now())
    except Faults as faults:
        draft.faults = faults.faults
        return _page(request, found, draft, status=422)
    said = _("Saved as version %(n)s. Whoever is on the way finishes on theirs.") % {"n": version.number}
    messages.success(request, said, extra_tags="plays")
    to = redirect("play", version.play.slug)
    return HttpResponseClientRedirect(to.url) if getattr(request, "htmx", False) else to


def _stored(found: Play, way: str) -> Draft:
    made = (
        parse(found.version.text) if found.version else None
    )  # as it was written, in the order of its words
    draft = Draft(TOML if way == TOML else FORM, made=made)
    if made:
        draft.fields, draft.text = tree.tree_of(plain(made)), write(made)
    return draft


def _sent(request: HttpRequest) -> Draft:
    """What the browser sent, after the button of a row was pressed, and read as far as it can be."""
    if "text" in request.POST:
        draft = Draft(TOML, text=request.POST["text"].replace("\r\n", "\n"))
    else:
        draft = Draft(FORM, tree.posted(request.POST.dict()))
        tree.pressed(draft.fields, request.POST.get("do", ""))
    try:
        draft.made = parse(draft.text) if draft.way == TOML else from_plain(tree.plain(draft.fields))
    except Faults as faults:
        draft.faults = faults.faults
    return draft


def _turned(draft: Draft, way: str) -> Draft:
    """The same play written the other way; what can't be read yet stays as it is, with what is wrong."""
    if draft.made is None:
        return draft
    values = plain(draft.made)
    return Draft(way, tree.tree_of(values), write(draft.made), draft.made)


def _list(request: HttpRequest, refusal: Refusal | None) -> HttpResponse:
    facts = {"plays": overview(), "refusal": refusal}
    return render(request, "plays/plays.html", facts, status=refusal.status if refusal else 200)


def _page(request: HttpRequest, found: Play | None, draft: Draft, *, status: int = 200) -> HttpResponse:
    facts = {
        "play": found,
        "row": row(found) if found else None,
        "draft": draft,
        "faults": draft.faults,
        "nodes": tree.nodes(draft.fields, _beside(draft.faults)) if draft.way == FORM else (),
        "drawing": draw(draft.made) if draft.made else None,
        "match": _match(draft),
    }
    return render(request, "plays/play.html", facts, status=status)


def _beside(faults: Sequence[Fault]) -> Mapping[str, Sequence[str]]:
    found = defaultdict(list)
    for each in faults:
        found[each.where].append(each.sentence)
    return found


def _match(draft: Draft) -> dict[str, Any] | None:
    """Whom the conditions match today; None while they can't be asked."""
    if draft.made is None:
        return None
    try:
        count, examples = conditions.count_and_examples(
            draft.made.entry.when, now=clock.now(), kind=draft.made.whom
        )
    except Refusal as refusal:
        return {"refusal": refusal}
    return {"count": count, "examples": examples}
