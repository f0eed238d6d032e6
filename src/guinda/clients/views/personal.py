"""One person's data on their request: a file with all of it, or its erasure."""

from __future__ import annotations

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.base.staff_pages import WRITE
from guinda.clients import personal
from guinda.clients.models import Client
from guinda.clients.views.edge import in_the_book, office, said


@office("erase_client", "POST")
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything the house knows of them, as a file to hand over."""
    client = in_the_book(pk)
    found = personal.export(client=client, by=by_whom(request.user), now=clock.now())
    text = json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    name = {"Content-Disposition": f'attachment; filename="client-{client.pk}.json"'}
    return HttpResponse(text, content_type="application/json; charset=utf-8", headers=name)


@office("erase_client", *WRITE)
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes and what stays; a tick and a button, and they are forgotten."""
    client, refusal = in_the_book(pk), None
    if request.method == "POST":
        try:
            _erase(request, client)
            return redirect("clients")
        except Refusal as refused:
            refusal = refused
    facts = {"client": client, "refusal": refusal}
    return render(request, "clients/erase.html", facts, status=refusal.status if refusal else 200)


def _erase(request: HttpRequest, client: Client) -> None:
    if "sure" not in request.POST:
        raise Refusal("not_sure", _("Tick that you know it can’t be undone, then erase."))
    personal.erase(client_id=client.pk, by=by_whom(request.user), now=clock.now())
    said(request, _("They are forgotten. What was paid stays in the books, without a name."))
