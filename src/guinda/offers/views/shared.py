"""What an offer's link opens: the decision maker reads, chooses a number, accepts or declines. The code in the address is the key."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guinda.base import clock
from guinda.base.refusals import Refusal
from guinda.base.secrecy import private
from guinda.base.shown import amount
from guinda.offers import choosing, ending, paper
from guinda.offers.cards import Card, PriceList
from guinda.offers.effects import sums_of_number
from guinda.offers.forms import MeaningForm
from guinda.offers.meaning import groups
from guinda.offers.models import Hold, Offer, Tool
from guinda.offers.search import shelf
from guinda.offers.shown import facts_of, until_text

SHOWN = (
    Offer.State.PRESENTED,
    Offer.State.ACCEPTED,
    Offer.State.DECLINED,
    Offer.State.EXPIRED,
    Offer.State.WITHDRAWN,
)
"""Before it is presented, the link is nobody's."""
CODE = re.compile(r"[A-Za-z0-9_-]{1,32}")


@private
@require_safe
def offer_shared(request: HttpRequest, code: str) -> HttpResponse:
    """The offer, how long it is good for, and the two buttons."""
    return _page(request, _offer(code), clock.now())


def _offer(code: str) -> Offer:
    found = Offer.objects.select_related("client__city", "tool", "contact", "numbering", "number", "seller")
    offer = found.filter(code=code, state__in=SHOWN).first() if CODE.fullmatch(code) else None
    if offer is None:
        raise Http404
    return offer


def _page(request: HttpRequest, offer: Offer, now: datetime, refused: Refusal | None = None) -> HttpResponse:
    card = chosen_card(offer, now)
    facts = {
        "offer": offer,
        "standing": standing(offer, now),
        "facts": facts_of(offer, pays_minor=pays_minor(offer, card)),
        "until": until_text(offer),
        "card": card,
        "picks": offer.tool.kind == Tool.Kind.NUMBER,
        "objections": Offer.Objection.choices,
        "now": now,
        "speed": clock.speed(),
        "refused": refused,
    }
    return render(request, "offers/shared.html", facts, status=refused.status if refused else 200)


def standing(offer: Offer, now: datetime) -> str:
    """The state as the client meets it: what is past its time is over, also before the worker has said so."""
    if offer.state == Offer.State.PRESENTED and offer.until_at <= now:
        return str(Offer.State.EXPIRED)
    return offer.state


def chosen_card(offer: Offer, now: datetime) -> Card | None:
    """The number that is held for this offer, or became theirs; None once the hold has ended."""
    if offer.numbering is None or offer.number is None or offer.hold_key is None:
        return None
    card = PriceList(offer.numbering).kept([offer.number.pk], now=now)[0]
    if offer.state == Offer.State.ACCEPTED:
        return card
    hold = Hold.objects.filter(key=offer.hold_key, number=offer.number_id, until_at__gt=now).first()
    return PriceList.held(card, hold.until_at) if hold else None


def pays_minor(offer: Offer, card: Card | None) -> int | None:
    """What the number that is held costs the client; nothing to say once it is theirs: the price is."""
    if card is None or offer.state != Offer.State.PRESENTED:
        return None
    try:
        return sums_of_number(offer).price_minor
    except Refusal:
        return None  # dearer since it was held: accepting says so


def verb(act: Callable[..., object]) -> Callable[..., HttpResponseBase]:
    """A view that does one thing by POST and goes back to the offer; a refusal is said there. Each is counted before it is tried."""

    @private
    @require_POST
    @wraps(act)
    def view(request: HttpRequest, code: str, **where: Any) -> HttpResponse:
        now, offer = clock.now(), _offer(code)
        try:
            choosing.knock(offer, now=now)
            act(request, offer, now, **where)
        except Refusal as refusal:
            return _page(request, _offer(code), now, refused=refusal)
        return redirect(offer.link)

    return view


@verb
def offer_accept(_request: HttpRequest, offer: Offer, now: datetime) -> None:
    """Yes."""
    ending.accept(offer=offer, now=now)


@verb
def offer_decline(request: HttpRequest, offer: Offer, now: datetime) -> None:
    """No, with the reason that was tapped."""
    words = "".join(each for each in request.POST.get("words", "") if each.isprintable())
    ending.decline(offer=offer, objection=request.POST.get("objection", ""), words=words, now=now)


@verb
def offer_number(request: HttpRequest, offer: Offer, now: datetime, number: int) -> None:
    """This number, held for a quarter of an hour."""
    choosing.choose(offer=offer, number=number, key=_key(request), now=now)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def offer_numbers(request: HttpRequest, code: str) -> HttpResponse:
    """The numbers within the offer's price, by what they mean to this client. What they tell is sent in the form and kept nowhere."""
    now, offer = clock.now(), _offer(code)
    if offer.numbering is None or standing(offer, now) != Offer.State.PRESENTED:
        return redirect(offer.link)
    form = MeaningForm(request.POST or None)
    if request.method == "POST":
        choosing.knock(offer, now=now)
    meaning = form.meaning() if form.is_valid() else MeaningForm.nothing()
    prices = PriceList(offer.numbering)
    within = [each.row for each in prices.classes if each.price_minor <= offer.base_minor]
    found = groups(meaning, at=shelf(offer.numbering, prices.grader), class_rows=within, now=now)
    facts = {
        "offer": offer,
        "form": form,
        "groups": [(group.title, prices.cards(group.found)) for group in found],
        "budget": amount(offer.base_minor, offer.currency),
        "percent": offer.percent,
        "key": uuid4(),
    }
    return render(request, "offers/shared_numbers.html", facts)


@private
@require_safe
def offer_pdf(_request: HttpRequest, code: str) -> HttpResponse:
    """The offer on paper, in the language being spoken."""
    now, offer = clock.now(), _offer(code)
    choosing.knock(offer, now=now)
    card = chosen_card(offer, now)
    made = paper.pdf(
        {
            "language": (get_language() or "en")[:2],
            "title": str(offer.tool),
            "for": _("An offer for %(client)s") % {"client": offer.client},
            "text": offer.tool.told,
            "note": offer.note,
            "number": f"+{offer.numbering.prefix} {card.grouped}" if card and offer.numbering else "",
            "facts": [
                [str(name), value]
                for name, value in [
                    *facts_of(offer, pays_minor=pays_minor(offer, card)),
                    (_("The offer is valid until"), until_text(offer)),
                ]
            ],
            "how": _("Read and answer it here:"),
            "link": settings.SITE_URL + offer.link,
            "qr": _qr(offer.link),
        }
    )
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="guinda-offer.pdf"'
    return answer


def _qr(path: str) -> str:
    picture = io.BytesIO()
    segno.make(settings.SITE_URL + path, micro=False).save(picture, kind="svg", border=0, dark="#7c0d2b")
    return picture.getvalue().decode()


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        raise Refusal(
            "key_missing", _("This page is out of date. Load it again, then choose the number."), status=400
        ) from None
