"""The book in the office: find a client, and one page that says in ten seconds who they are and what is next."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.clients import rooms, search, timeline
from guinda.clients.forms import TouchForm
from guinda.clients.models import Channel, Client, Touch
from guinda.clients.personal import who_is
from guinda.clients.touching import log
from guinda.places.models import City


@never_cache
@require_safe
@login_required
@permission_required("clients.view_client", raise_exception=True)
def book(request: HttpRequest) -> HttpResponse:
    """The search, and whom it found."""
    asked = request.GET.get("q", "")[:200]
    found = search.found(asked)
    return render(
        request, "clients/book.html", {"asked": asked, "found": found, "full": len(found) == search.SHOWN}
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@permission_required("clients.view_client", raise_exception=True)
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
    facts = {
        "client": found,
        "phones": who.phones,
        "facts": [fact for room in rooms.every() for fact in room.facts(who)],
        "links": [
            link
            for room in rooms.every()
            for link in room.links(found.pk)
            if request.user.has_perm(link.permission)
        ],
        "next": next_steps.first(),
        "contacts": found.contacts.order_by("pk"),
        "supplies": found.supplies.select_related("competitor").order_by("pk"),
        "entries": entries,
        "more": timeline.write(more) if more else "",
        "form": form,
        "refusal": refusal,
    }
    return render(request, "clients/client.html", facts, status=refusal.status if refusal else 200)


def _log(found: Client, form: TouchForm, *, by: str, now: datetime) -> None:
    said = dict(form.cleaned_data)
    log(
        key=said.pop("key"),
        client=found,
        channel=Channel(said.pop("channel")),
        outcome=Touch.Outcome(said.pop("outcome")),
        city=found.city or City.objects.order_by("pk")[0],
        by=by,
        now=now,
        **said,
    )
