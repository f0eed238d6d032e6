"""The picker: a seller finds a number with the client, sets some aside, and holds the one that pleases."""

from __future__ import annotations

import random
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from guinda.base import clock
from guinda.base.refusals import Refusal
from guinda.base.staff_pages import READ, staff_page
from guinda.offers import numbers
from guinda.offers.cards import Card, PriceList
from guinda.offers.forms import WishForm
from guinda.offers.models import Numbering
from guinda.offers.search import find, find_blocks, shelf

PAGE = 24
SHUFFLED_FROM = 400
"""Shuffling deals from this many of the best: always beautiful, never the same."""
BLOCKS = ("10", "100", "1000")
KEPT_MAX = 12
KEPT = "offers.kept"
SEED_MAX = 10**9


@staff_page("offers.add_hold", *READ)
def picker(request: HttpRequest) -> HttpResponse:
    """The wish bar, what is held and set aside, and the free numbers that are as wished, the most beautiful first."""
    return _page(request, clock.now())


@staff_page("offers.add_hold", "POST")
def hold(request: HttpRequest, number: int) -> HttpResponse:
    """Hold a number, and back to the wish; refused, the page says why with the wish still in place."""
    now = clock.now()
    try:
        numbers.hold(
            numbers=_block(request, number), key=_key(request), seller_id=request.user.pk or 0, now=now
        )
    except Refusal as refusal:
        return _page(request, now, refusal)
    return _back(request)


@staff_page("offers.add_hold", "POST")
def release(request: HttpRequest, key: UUID) -> HttpResponse:
    """Give a held number back; one that has gone back by itself is no fault."""
    numbers.release(key=key, seller_id=request.user.pk or 0, now=clock.now())
    return _back(request)


@staff_page("offers.add_hold", "POST")
def keep(request: HttpRequest, number: int) -> HttpResponse:
    """Set a number aside to compare, or put it back; the newest few are remembered for this seller's session."""
    aside = [each for each in request.session.get(KEPT, []) if each != number]
    if len(aside) == len(request.session.get(KEPT, [])):
        aside = [number, *aside][:KEPT_MAX]
    request.session[KEPT] = aside
    return _back(request)


def _page(request: HttpRequest, now: datetime, refusal: Refusal | None = None) -> HttpResponse:
    numbering = _numbering(request)
    if numbering is None:
        return render(request, "offers/no_numbers.html")
    prices = PriceList(numbering)
    form = WishForm(request.GET, numbering, prices.classes)
    try:
        found = _wished(form, prices, now) if form.is_valid() else []
    except Refusal as wide:
        refusal, found = wide, []
    aside = [each for each in request.session.get(KEPT, []) if isinstance(each, int)]
    facts = {
        "numbering": numbering,
        "numberings": Numbering.objects.order_by("name"),
        "form": form,
        "cards": found,
        "held": prices.held_by(seller_id=request.user.pk or 0, now=now),
        "kept": prices.kept(aside, now=now),
        "aside": aside,
        "refusal": refusal,
        "now": now,
        "speed": clock.speed(),
        "query": request.GET.urlencode(),
        "shuffle": _shuffled(request),
        "key": uuid4(),
    }
    return render(request, "offers/picker.html", facts, status=refusal.status if refusal else 200)


def _wished(form: WishForm, prices: PriceList, now: datetime) -> list[Card]:
    at = shelf(prices.numbering, prices.grader)
    seed, zeros = form.cleaned_data["seed"], form.zeros
    limit = SHUFFLED_FROM if seed else PAGE
    if zeros:
        found = find_blocks(form.wish(), zeros=zeros, at=at, now=now, limit=limit)
    else:
        found = find(form.wish(), at=at, now=now, limit=limit, class_rows=form.class_rows())
    if seed:
        dealt = random.Random(seed).sample(found, min(PAGE, len(found)))  # noqa: S311 - a deal of cards
        found = sorted(dealt, key=lambda each: -each.score)
    return prices.cards(found, size=10**zeros)


def _numbering(request: HttpRequest) -> Numbering | None:
    asked = request.GET.get("n", "")
    every = Numbering.objects.order_by("pk")
    if not asked:
        return every.first()
    found = every.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 10 else None
    if found is None:
        raise Http404
    return found


def _shuffled(request: HttpRequest) -> str:
    """The address of the same wish dealt anew."""
    wanted = request.GET.copy()
    wanted["seed"] = str(random.randrange(1, SEED_MAX))  # noqa: S311 - a deal of cards
    return wanted.urlencode()


def _block(request: HttpRequest, first: int) -> range:
    """The number itself, or the block in a row that begins with it."""
    told = request.POST.get("size", "1")
    return range(first, first + (int(told) if told in BLOCKS else 1))


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        raise Refusal(
            "key_missing", _("This page is out of date. Load it again, then hold the number."), status=400
        ) from None


def _back(request: HttpRequest) -> HttpResponse:
    """To the wish the button was pressed under: it stands in this address too."""
    return redirect(f"{reverse('numbers')}?{urlencode(list(request.GET.lists()), doseq=True)}")
