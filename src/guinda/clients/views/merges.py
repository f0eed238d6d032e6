"""Clients who may be one: proposed, merged, pulled apart again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.base.staff_pages import READ
from guinda.clients import merging, search
from guinda.clients.models import Client, Merge
from guinda.clients.views.edge import in_the_book, office, said

LATELY = 20
WHY = {
    "email": _("the same e-mail"),
    "phone": _("the same telephone of a contact"),
    "name": _("the same name and address"),
}


@dataclass(frozen=True)
class Pair:
    """Two who may be one: the older would be kept."""

    kept: Client
    gone: Client
    why: Any


@office("merge_client", *READ)
def duplicates(request: HttpRequest) -> HttpResponse:
    """Who may be one, and what was merged lately."""
    return _duplicates(request, None)


@office("merge_client", *READ)
def others(request: HttpRequest, pk: int) -> HttpResponse:
    """Who else this client may be: proposals, and a search for whom nothing proposes."""
    client = in_the_book(pk)
    asked = request.GET.get("q", "")[:200]
    found = search.found(asked) if asked.strip() else []
    alike = [each for each in found if each.kind == client.kind and each.pk != client.pk]
    pairs = _pairs(merging.duplicates(client_id=client.pk))
    facts = {"client": client, "pairs": pairs, "asked": asked, "found": alike}
    return render(request, "clients/merge.html", facts)


@office("merge_client", "POST")
def merge(request: HttpRequest) -> HttpResponse:
    """Two become one; or, with `apart`, are two and not proposed again."""
    ids = {name: request.POST.get(name, "") for name in ("kept", "gone")}
    kept_id, gone_id = (int(told) if told.isdecimal() and len(told) < 18 else 0 for told in ids.values())
    verb = merging.keep_apart if "apart" in request.POST else merging.merge
    try:
        made = verb(kept_id=kept_id, gone_id=gone_id, by=by_whom(request.user), now=clock.now())
    except Refusal as refusal:
        return _duplicates(request, refusal)
    if made.undone_at:
        said(request, _("They are two, and are not proposed again."))
        return redirect("client_duplicates")
    said(request, _("They are one client now. If that was wrong, take it back below."))
    return redirect("client", made.kept_id)


@office("merge_client", "POST")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Pull them apart."""
    made = get_object_or_404(Merge, pk=pk)
    try:
        merging.undo(merge=made, by=by_whom(request.user), now=clock.now())
    except Refusal as refusal:
        return _duplicates(request, refusal)
    said(request, _("They are two again, each with what was theirs."))
    return redirect("client", made.gone_id)


def _duplicates(request: HttpRequest, refusal: Refusal | None) -> HttpResponse:
    lately = Merge.objects.filter(undone_at=None).select_related("kept", "gone").order_by("-pk")[:LATELY]
    facts = {"pairs": _pairs(merging.duplicates()), "lately": lately, "refusal": refusal}
    return render(request, "clients/duplicates.html", facts, status=refusal.status if refusal else 200)


def _pairs(proposals: Iterable[merging.Proposal]) -> list[Pair]:
    proposed = list(proposals)
    rows = Client.objects.in_bulk({pk for each in proposed for pk in (each.a, each.b)})
    return [
        Pair(rows[min(each.a, each.b)], rows[max(each.a, each.b)], WHY[each.why])
        for each in proposed
        if each.a in rows and each.b in rows
    ]
