"""Offers in the office: what can be offered to a client and why not, whom a tool reaches, and each offer's way to the client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from guinda.base import clock
from guinda.base.refusals import Refusal
from guinda.base.staff_pages import READ, WRITE, View, staff_page
from guinda.clients.models import Channel, Client
from guinda.offers import choosing, making
from guinda.offers.eligibility import SIEVES, Reason, answers, why_not
from guinda.offers.ending import withdraw
from guinda.offers.forms_made import ApproachForm, NumberForm, OfferForm, PresentForm
from guinda.offers.models import Offer, Tool
from guinda.offers.shown import facts_of, until_text
from guinda.offers.steps import city_of
from guinda.offers.views.shared import chosen_card, standing

SHOWN = 60
REACHED_OF = 20_000
"""Clients that a tool's page looks through, the newest: the office's browser waits for it."""


@staff_page("offers.add_offer", *READ)
def offers(request: HttpRequest) -> HttpResponse:
    """What waits for a yes, what is open, what ended lately; a seller's own, or everybody's for who keeps the tools."""
    every = Offer.objects.select_related("client", "tool", "seller")
    rows = (
        every if request.user.has_perm("offers.change_tool") else every.filter(seller_id=request.user.pk or 0)
    )
    waiting = every.filter(state=Offer.State.DRAFTED).order_by("until_at")
    facts = {
        "waiting": waiting[:SHOWN],
        "open": rows.filter(ended_at=None).exclude(state=Offer.State.DRAFTED).order_by("until_at")[:SHOWN],
        "ended": rows.filter(ended_at__isnull=False).order_by("-ended_at")[:SHOWN],
        "tools": Tool.objects.filter(paused_at=None).order_by("slug"),
    }
    return render(request, "offers/offers.html", facts)


@staff_page("offers.add_offer", *READ)
def tool(request: HttpRequest, slug: str) -> HttpResponse:
    """Whom a tool reaches: how many each sieve stops, by reason, and who passes."""
    now, found = clock.now(), get_object_or_404(Tool, slug=slug)
    everybody = Client.objects.filter(merged_into=None, erased_at=None).order_by("-pk")
    ids = list(everybody.values_list("pk", flat=True)[:REACHED_OF])
    reasons = why_not(tool=found, client_ids=ids, now=now)
    good = [pk for pk in ids if not reasons.get(pk)]
    facts = {
        "tool": found,
        "of": len(ids),
        "good": len(good),
        "clients": Client.objects.filter(pk__in=good[:SHOWN]).order_by("name", "pk"),
        "sieves": _sieves(reasons.values()),
    }
    return render(request, "offers/tool.html", facts)


def _sieves(answered: Iterable[Sequence[Reason]]) -> list[tuple[Any, list[tuple[str, int]]]]:
    """For each sieve its reasons with how many clients each is the first one of, the most frequent on top."""
    first: Counter[tuple[str, str]] = Counter()
    for reasons in answered:
        if reasons:
            first[reasons[0].sieve, reasons[0].sentence] += 1
    return [
        (label, [(sentence, n) for (of, sentence), n in first.most_common() if of == sieve])
        for sieve, label in SIEVES.items()
    ]


@staff_page("offers.add_offer", *WRITE)
def client_tools(request: HttpRequest, pk: int) -> HttpResponse:
    """Every tool for one client through the three sieves, each no with its reasons; a yes can be drafted here."""
    now, client = clock.now(), get_object_or_404(Client.objects.select_related("city", "merged_into"), pk=pk)
    if client.merged_into_id:
        return redirect("client_tools", client.merged_into_id)
    asked = (request.POST or request.GET).get("tool", "")
    tools = list(Tool.objects.filter(paused_at=None).order_by("slug"))
    chosen = next((each for each in tools if str(each.pk) == asked), None)
    form = OfferForm(request.POST or None, client=client, tool=chosen) if chosen else None
    refusal = None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            return redirect(making.draft(form.wanted(_user(request)), now=now))
        except Refusal as refused:
            refusal = refused
    found = answers(tools=tools, client_ids=[client.pk], now=now)
    facts = {
        "client": client,
        "rows": [_row(each, found[each.pk][client.pk], form if each == chosen else None) for each in tools],
        "approach": ApproachForm(client=client, now=now),
        "refusal": refusal,
    }
    return render(request, "offers/client_tools.html", facts, status=refusal.status if refusal else 200)


def _row(each: Tool, reasons: Sequence[Reason], form: OfferForm | None) -> dict[str, Any]:
    sieves = [
        (label, [reason.sentence for reason in reasons if reason.sieve == sieve])
        for sieve, label in SIEVES.items()
    ]
    return {"tool": each, "sieves": sieves, "passes": not reasons, "form": form}


@staff_page("offers.add_offer", *READ)
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """One offer: terms, cost, who did each step, and the next one."""
    return _page(request, _offer(pk), clock.now())


def _offer(pk: int) -> Offer:
    rows = Offer.objects.select_related("client__city", "tool", "contact", "numbering", "number", "seller")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, found: Offer, now: datetime, refusal: Refusal | None = None) -> HttpResponse:
    facts = {
        "offer": found,
        "standing": standing(found, now),
        "zone": city_of(found.client).time_zone,
        "facts": facts_of(found),
        "until": until_text(found),
        "card": chosen_card(found, now),
        "now": now,
        "speed": clock.speed(),
        "key": uuid4(),
        "address": settings.SITE_URL + found.link,
        "may_give": making.may_give(_user(request), found.tool, found.cost_minor),
        "form": PresentForm(initial={"channel": found.channel or Channel.CALL}),
        "refusal": refusal,
    }
    return render(request, "offers/offer.html", facts, status=refusal.status if refusal else 200)


def verb(act: Callable[..., object]) -> View:
    """A step by POST, then back to the offer; a refusal is said there."""

    @staff_page("offers.add_offer", "POST")
    @wraps(act)
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        now, found = clock.now(), _offer(pk)
        try:
            act(request, found, now)
        except Refusal as refusal:
            return _page(request, _offer(pk), now, refusal)
        return redirect(found)

    return view


@verb
def approval(request: HttpRequest, found: Offer, now: datetime) -> None:
    """Yes, as far as one's allowance reaches."""
    making.approve(offer=found, user=_user(request), now=now)


@verb
def presentation(request: HttpRequest, found: Offer, now: datetime) -> None:
    """It was put before the client, or is to be sent."""
    form = PresentForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        making.present(
            offer=found,
            user=_user(request),
            channel=Channel(told["channel"]),
            minutes=told["minutes"],
            said=told["note"],
            now=now,
        )


@verb
def withdrawal(request: HttpRequest, found: Offer, now: datetime) -> None:
    """Take it back."""
    withdraw(offer=found, user=_user(request), now=now)


@verb
def number(request: HttpRequest, found: Offer, now: datetime) -> None:
    """Hold this number for the offer, for days."""
    form = NumberForm(request.POST, numbering=found.numbering)
    chosen, key = form.chosen()
    choosing.choose(offer=found, number=chosen, key=key, now=now, hold_s=choosing.SELLER_HOLD_S)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - every view here asks for a sign-in
    return request.user
