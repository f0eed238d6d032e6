"""The book in the office: find a client, and one page that says in ten seconds who they are and what is next."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.base.shown import amount
from guinda.base.staff_pages import READ, WRITE
from guinda.clients import rooms, search, timeline
from guinda.clients.forms import TouchForm
from guinda.clients.models import Channel, Client, Merge, Touch
from guinda.clients.personal import who_is
from guinda.clients.touching import log
from guinda.clients.views.edge import office
from guinda.places.models import City


@office("view_client", *READ)
def book(request: HttpRequest) -> HttpResponse:
    """The search, and whom it found."""
    asked = request.GET.get("q", "")[:200]
    found = search.found(asked)
    return render(
        request, "clients/book.html", {"asked": asked, "found": found, "full": len(found) == search.SHOWN}
    )


@office("view_client", *WRITE)
def client(request: HttpRequest, pk: int) -> HttpResponse:
    """Who, worth so far, how they feel, what was promised, what is next; below it all that happened. A contact is written down here."""
    found = get_object_or_404(Client.objects.select_related("merged_into", "city"), pk=pk)
    if found.merged_into:
        return redirect(found.merged_into)
    now, refusal = clock.now(), None
    form = TouchForm(request.POST or None, initial={"key": uuid4()})
    if request.method == "POST" and request.user.has_perm("clients.add_touch") and form.is_valid():
        try:
            _log(found, form, by=by_whom(request.user), now=now)
            return redirect(found)
        except Refusal as refused:
            refusal = refused
    return _page(request, found, form, refusal)


def _page(request: HttpRequest, found: Client, form: TouchForm, refusal: Refusal | None) -> HttpResponse:
    who = who_is(found)
    entries, more = timeline.page(who, before=timeline.read(request.GET.get("before", "")))
    next_steps = Touch.objects.filter(client__in=who.ids).exclude(next_step="").order_by("-at", "-pk")
    is_company = found.kind == Client.Kind.COMPANY
    facts = {
        "client": found,
        "is_company": is_company,
        "phones": who.phones,
        "facts": [fact for room in rooms.every() for fact in room.facts(who)],
        "links": [
            link
            for room in rooms.every()
            for link in room.links(found.pk)
            if request.user.has_perm(link.permission)
        ],
        "next": next_steps.first(),
        "contacts": found.contacts.order_by("pk") if is_company else (),
        "sites": found.sites.order_by("name") if is_company else (),
        "supplies": _supplies(found) if is_company else (),
        "complaints": found.complaints.filter(closed_at=None).order_by("at", "pk"),
        "merges": Merge.objects.filter(kept=found, undone_at=None).select_related("gone").order_by("-pk"),
        "entries": entries,
        "more": timeline.write(more) if more else "",
        "form": form,
        "refusal": refusal,
    }
    return render(request, "clients/client.html", facts, status=refusal.status if refusal else 200)


def _supplies(found: Client) -> list[dict[str, Any]]:
    """What the company buys, with a month's worth in its city's money."""
    rows = found.supplies.select_related("competitor").order_by("pk")
    currency = _city(found).currency
    return [{"row": each, "monthly": amount(each.monthly_minor, currency)} for each in rows]


def _city(found: Client) -> City:
    return found.city or City.objects.order_by("pk")[0]


def _log(found: Client, form: TouchForm, *, by: str, now: datetime) -> None:
    said = dict(form.cleaned_data)
    log(
        key=said.pop("key"),
        client=found,
        channel=Channel(said.pop("channel")),
        outcome=Touch.Outcome(said.pop("outcome")),
        city=_city(found),
        by=by,
        now=now,
        **said,
    )
