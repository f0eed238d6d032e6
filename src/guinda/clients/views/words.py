"""What a client says of being contacted, and what they complain of."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.base.staff_pages import READ, WRITE
from guinda.clients import complaining, contacting
from guinda.clients.forms import ComplaintForm, ConsentForm
from guinda.clients.models import Channel, Client, Complaint, Consent
from guinda.clients.views.edge import in_the_book, office, said

SHOWN = 50
NEVER = {"given": "no", "purpose": Consent.Purpose.EVERYTHING, "channel": Consent.EVERY}


@office("add_consent", *WRITE)
def consents(request: HttpRequest, pk: int) -> HttpResponse:
    """What they agreed to by now, each word of theirs, and the next one. `?never` has *do not contact* filled in."""
    client = in_the_book(pk)
    form = ConsentForm(request.POST or None, initial=NEVER if "never" in request.GET else None)
    if form.is_valid():
        told = form.cleaned_data
        contacting.say(
            client_id=client.pk,
            purpose=Consent.Purpose(told["purpose"]),
            channel=told["channel"],
            given=told["given"],
            how=told["how"],
            by=by_whom(request.user),
            now=clock.now(),
        )
        said(request, _("Their word is written down, and holds from now on."))
        return redirect(client)
    facts = {
        "client": client,
        "form": form,
        "agreed": _agreed(client),
        "words": client.consents.order_by("-at", "-pk")[:SHOWN],
    }
    return render(request, "clients/consents.html", facts, status=422 if form.errors else 200)


def _agreed(client: Client) -> list[dict[str, Any]]:
    """What holds now, by purpose, each channel with a tone: good, bad, or nothing where they were never asked."""
    tones = {True: "good", False: "bad", None: ""}
    return [
        {
            "label": Consent.Purpose(purpose).label,
            "channels": [
                {"label": Channel(each).label, "tone": tones[may]} for each, may in channels.items()
            ],
        }
        for purpose, channels in contacting.agreed(client.pk).items()
    ]


@office("add_complaint", *WRITE)
def complain(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a complaint down."""
    client = in_the_book(pk)
    form = ComplaintForm(request.POST or None, initial={"key": uuid4()})
    if form.is_valid():
        told = form.cleaned_data
        try:
            complaining.complain(
                key=f"office:{told['key']}",
                client_id=client.pk,
                about=told["about"],
                words=told["words"],
                by=by_whom(request.user),
                now=clock.now(),
            )
            return redirect(client)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
    facts = {"form": form, "title": _("Complaint"), "client": client}
    return render(request, "clients/form.html", facts, status=422 if form.errors else 200)


@office("view_client", *READ)
def complaints(request: HttpRequest) -> HttpResponse:
    """Those still open, the oldest first."""
    return _open(request, None)


@office("change_complaint", "POST")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """What was done about one; it is open no more."""
    complaint = get_object_or_404(Complaint.objects.select_related("client"), pk=pk)
    try:
        complaining.settle(
            complaint=complaint,
            answer=request.POST.get("answer", "")[:500].replace("\x00", ""),
            by=by_whom(request.user),
            now=clock.now(),
        )
    except Refusal as refusal:
        return _open(request, refusal)
    said(request, _("The complaint is closed."))
    return redirect("client_complaints" if "list" in request.POST else complaint.client)


def _open(request: HttpRequest, refusal: Refusal | None) -> HttpResponse:
    found = Complaint.objects.select_related("client").filter(closed_at=None).order_by("at", "pk")[:SHOWN]
    facts = {"complaints": found, "refusal": refusal}
    return render(request, "clients/complaints.html", facts, status=refusal.status if refusal else 200)
