"""Who a client is, and what is known of a company: written down and put right."""

from __future__ import annotations

from typing import Any

from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.base.staff_pages import WRITE
from guinda.base.texts import LANGUAGES
from guinda.clients import keeping
from guinda.clients.forms import ClientForm, ContactForm, SiteForm, SupplyForm
from guinda.clients.models import Client, Competitor, Contact, Site, Supply
from guinda.clients.views.edge import in_the_book, office, said

PARTS: dict[str, tuple[type[Any], type[ModelForm[Any]], Any]] = {
    "contacts": (Contact, ContactForm, _("Person at the company")),
    "sites": (Site, SiteForm, _("Place of the company")),
    "supplies": (Supply, SupplyForm, _("What the company buys")),
}
TITLES = {Client.Kind.PERSON: _("New person"), Client.Kind.COMPANY: _("New company")}


@office("add_client", *WRITE)
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """A client who has not come by themselves."""
    if kind not in Client.Kind.values:
        raise Http404
    made = Client(kind=kind, language=LANGUAGES[0])
    form = ClientForm(request.POST or None, instance=made)
    if form.is_valid():
        try:
            facts = {"kind": kind, **form.cleaned_data}
            return redirect(keeping.add(facts=facts, by=by_whom(request.user), now=clock.now()))
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
    return _form(request, form, TITLES[Client.Kind(kind)], None)


@office("change_client", *WRITE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Put right who they are."""
    client = in_the_book(pk)
    form = ClientForm(request.POST or None, instance=in_the_book(pk))
    if form.is_valid():
        try:
            keeping.change(client=client, facts=form.cleaned_data, by=by_whom(request.user), now=clock.now())
            said(request, _("Written down."))
            return redirect(client)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
    return _form(request, form, _("Who they are"), client)


@office("change_client", *WRITE)
def part(request: HttpRequest, pk: int, kind: str, part_id: int | None = None) -> HttpResponse:
    """A contact, a site or a supply of a company: a new one, or one put right."""
    company, found, made_by, title = _part(pk, kind, part_id)
    form = made_by(request.POST or None, instance=found)
    if form.is_valid():
        try:
            keeping.keep(part=form.save(commit=False), by=by_whom(request.user), now=clock.now())
            said(request, _("Written down."))
            return redirect(company)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
    more = {
        "part": found if part_id else None,
        "part_kind": kind,
        "competitors": Competitor.objects.order_by("name"),
    }
    return _form(request, form, title, company, **more)


@office("change_client", "POST")
def remove(request: HttpRequest, pk: int, kind: str, part_id: int) -> HttpResponse:
    """Take it out."""
    company, found, _made_by, _title = _part(pk, kind, part_id)
    keeping.drop(part=found, by=by_whom(request.user), now=clock.now())
    said(request, _("Taken out."))
    return redirect(company)


def _part(pk: int, kind: str, part_id: int | None) -> tuple[Client, Any, type[ModelForm[Any]], Any]:
    if kind not in PARTS:
        raise Http404
    model, made_by, title = PARTS[kind]
    company = in_the_book(pk)
    if company.kind != Client.Kind.COMPANY:
        raise Http404
    rows = model.objects.select_related("company__city")
    found = get_object_or_404(rows, pk=part_id, company=company) if part_id else model(company=company)
    return company, found, made_by, title


def _form(
    request: HttpRequest, form: ModelForm[Any], title: Any, client: Client | None, **more: Any
) -> HttpResponse:
    facts = {"form": form, "title": title, "client": client, **more}
    return render(request, "clients/form.html", facts, status=422 if form.errors else 200)
