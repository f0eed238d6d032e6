"""A person's word about a client: said from a choice or a client's page, and taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.office import today_of
from guinda.base.refusals import Refusal
from guinda.base.staff_pages import WRITE, staff_page
from guinda.clients.models import Client
from guinda.planner import pinning
from guinda.planner.forms import PinForm
from guinda.planner.views.plan import said


@staff_page("planner.keep_plan", *WRITE)
def pin(request: HttpRequest, client_id: int) -> HttpResponse:
    """Must, never or first, until a day."""
    client, now = get_object_or_404(Client, pk=client_id), clock.now()
    form = PinForm(request.POST or None, today=today_of(now), tool=request.GET.get("tool", "")[:40])
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            pinning.pin(
                client_id=client.pk,
                kind=told["kind"],
                tool_id=told["tool"].pk if told["tool"] else None,
                until_date=told["until_date"],
                by=by_whom(request.user),
                now=now,
                note=told["note"],
            )
        except Refusal as refusal:
            field = refusal.facts.get("field")
            form.add_error(field if field in form.fields else None, str(refusal.sentence))
        else:
            said(request, _("%(client)s: the next plan is made around it.") % {"client": client})
            return redirect("plan")
    status = 422 if form.errors else 200
    return render(request, "planner/pin.html", {"client": client, "form": form}, status=status)


@staff_page("planner.keep_plan", "POST")
def take_back(request: HttpRequest, pin_id: int) -> HttpResponse:
    """It holds no more."""
    try:
        pinning.take_back(pin_id=pin_id, by=by_whom(request.user), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal.sentence), extra_tags="planner")
    else:
        said(request, _("Taken back. The next plan is made without it."))
    return redirect("plan")
