"""The JSON door of this room: for enrolled devices only, each for its own station."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Router
from ninja.responses import Status

from guinda.base import clock, money
from guinda.base.points import Point
from guinda.base.refusals import Refusal
from guinda.clients.models import Address
from guinda.clients.services import (
    client_id_of,
    confirm_code,
    e164,
    known,
    phone_of,
    proved_phone,
    remember_address,
    send_code,
)
from guinda.orders.models import Payment
from guinda.orders.promise import AIM_S
from guinda.orders.quotes import Quote, quote
from guinda.orders.services import Door, Placed, Who, place, placed_before
from guinda.panels import advice, greeting, queries
from guinda.panels.devices import PanelKey
from guinda.panels.models import Panel
from guinda.panels.schemas import AdviceIn, AnswerIn, CodeIn, OrderIn, PhoneIn, QuoteIn
from guinda.panels.waiting import room_for
from guinda.places.models import City

router = Router(auth=PanelKey())
ADDRESSES_MOST = 6


@router.get("/{station}/shelf")
def shelf(request: HttpRequest, station: str) -> dict[str, Any]:
    """What can be had near this station now, with the evidence of each lot."""
    panel = _own(request, station)
    cards = queries.cards(station=panel.station, now=clock.now())
    return {"varieties": [_shelf_row(card) for card in cards]}


def _shelf_row(card: queries.Card) -> dict[str, Any]:
    return {
        "variety": card.variety.slug,
        "name": card.name,
        "per_kg_minor": card.per_kg_minor,
        "price_text": card.price_text,
        "free_g": card.free_g,
        "brix": card.brix,
        "evidence": vars(card.evidence) if card.evidence else None,
    }


@router.post("/{station}/advice")
def advise(request: HttpRequest, station: str, body: AdviceIn) -> dict[str, Any]:
    """A reasoned suggestion from three answers."""
    panel = _own(request, station)
    cards = {card.variety.slug: card for card in queries.cards(station=panel.station, now=clock.now())}
    chosen = advice.suggest(
        shelf=[card.fruit for card in cards.values()], use=body.use, wanted=body.taste, people=body.people
    )
    if not chosen:
        raise Refusal(
            "nothing_suitable",
            _("Nothing of this kind is left near this station just now. Try another answer."),
        )
    return {"lines": [_advice_row(each, cards[each.fruit.slug]) for each in chosen]}


def _advice_row(each: advice.Suggestion, card: queries.Card) -> dict[str, Any]:
    return {
        "variety": each.fruit.slug,
        "name": card.name,
        "weight_g": each.weight_g,
        "reasons": [_reason(code, card) for code in each.reasons],
    }


def _reason(code: str, card: queries.Card) -> str:
    facts = {"brix": _number(card.brix), "acid": _number(card.acid)}
    return {
        "best_for_eat": _("Among the best there is for eating fresh."),
        "good_for_eat": _("Good for eating fresh."),
        "best_for_bake": _("Among the best there is for baking."),
        "good_for_bake": _("Good for baking."),
        "best_for_preserve": _("Among the best there is for jam."),
        "good_for_preserve": _("Good for jam."),
        "sweetest": _("The sweetest of those that suit: %(brix)s °Brix and only %(acid)s %% acid."),
        "tartest": _("The tartest of those that suit: %(acid)s %% acid to %(brix)s °Brix."),
        "sweet": _("Sweet: %(brix)s °Brix with %(acid)s %% acid."),
        "balanced": _("Sweet and tart in balance: %(brix)s °Brix with %(acid)s %% acid."),
        "tart": _("Refreshingly tart: %(acid)s %% acid to %(brix)s °Brix."),
    }[code] % facts


def _number(value: float) -> str:
    text = f"{value:.1f}"
    return text if (get_language() or "en").startswith("en") else text.replace(".", ",")


@router.post("/{station}/quote")
def quoted(request: HttpRequest, station: str, body: QuoteIn) -> dict[str, Any]:
    """Price and time at the door; without a door, at the station itself."""
    panel, now = _own(request, station), clock.now()
    city = panel.station.city
    door = Point(body.lat, body.lon) if body.lat is not None and body.lon is not None else panel.station.point
    made = quote(city=city, bowl=body.bowl, door=door, now=now)
    answer = {
        "quote": made.token(),
        "lines": [
            {
                "variety": line.variety_id,
                "weight_g": line.weight_g,
                "price_minor": line.price_minor,
                "price_text": _money(line.price_minor, city),
            }
            for line in made.lines
        ],
        "total_minor": made.total_minor,
        "total_text": _money(made.total_minor, city),
        "expires_in_s": round((made.expires_at - now).total_seconds() / clock.speed(), 1),
        **_time(made.door_at, now, city),
    }
    if body.lat is None:
        answer["note"] = _("Near the station. Your own door may be a few minutes more.")
    return answer


def _time(door_at: datetime, since: datetime, city: City) -> dict[str, Any]:
    wait_s = (door_at - since).total_seconds()
    return {
        "door_at": door_at.isoformat(),
        "door_text": queries.clock_time(door_at, city),
        "minutes": math.ceil(wait_s / 60),
        "aim_kept": wait_s <= AIM_S,
    }


@router.post("/{station}/orders", response={201: dict[str, Any]})
def order(request: HttpRequest, station: str, body: OrderIn) -> Status[dict[str, Any]]:
    """The client agreed. The same key and body again is the same order and the same answer."""
    panel, now = _own(request, station), clock.now()
    agreed = Quote.from_token(body.quote)
    city = panel.station.city
    if agreed.city_id != city.pk:
        raise Refusal(
            "bad_quote", _("This quote is for another city. Choose your fruit again, please."), status=422
        )
    source = _source(panel)
    door = Door(body.street, body.flat, body.note)
    try:
        who = _who(body, city, now)
    except Refusal:
        found = _placed_before(body, agreed, door)
        if found is None:
            raise
        return Status(201, _answer(found, agreed, body.pay, city))
    with room_for(key=body.key, weight_g=agreed.weight_g, pay=body.pay, source=source, now=now):
        placed = place(key=body.key, quote=agreed, door=door, pay=body.pay, who=who, source=source, now=now)
    if who.client_id is not None:
        remember_address(client_id=who.client_id, lat=agreed.lat, lon=agreed.lon, now=now, **door._asdict())
    return Status(201, _answer(placed, agreed, body.pay, city))


def _who(body: OrderIn, city: City, now: datetime) -> Who:
    language = (get_language() or "en")[:2]
    if body.proof:
        phone = proved_phone(body.proof, now=now)
        return Who(known(phone=phone, language=language, now=now).pk, phone, language)
    return Who(None, e164(body.phone, country=city.country) if body.phone else "", language)


def _placed_before(body: OrderIn, agreed: Quote, door: Door) -> Placed | None:
    """The order written before this telephone's proof lapsed, when the answer to it was lost."""
    phone = phone_of(body.proof) if body.proof else None
    if phone is None:
        return None
    client_id = client_id_of(phone)
    return placed_before(key=body.key, quote=agreed, door=door, pay=body.pay, who=Who(client_id, phone))


def _answer(placed: Placed, agreed: Quote, pay: str, city: City) -> dict[str, Any]:
    return {
        "code": placed.code,
        "spoken_code": placed.spoken_code,
        **_addresses(placed.code),
        "pay_url": reverse("pay", args=[placed.pay_token]) if pay == Payment.CARD else None,
        "total_text": _money(placed.total_minor, city),
        "promised_at": placed.promised_at.isoformat(),
        **_time(placed.promised_at, agreed.quoted_at, city),
    }


@router.get("/{station}/orders/{code}")
def ordered(request: HttpRequest, station: str, code: str) -> dict[str, Any]:
    """How an order of the last hour stands with its state and its money: for the screen it was placed on."""
    panel, now = _own(request, station), clock.now()
    found = queries.ordered_here(code=code, source=_source(panel), now=now)
    if found is None:
        raise Refusal(
            "no_such_order", _("This panel no longer shows that order. Its own page does."), status=404
        )
    return {
        "state": found.order.state,
        "standing": found.standing,
        "spoken_code": found.order.spoken_code,
        **_addresses(code),
        "pay_url": found.pay_url,
        "total_text": _money(found.order.total_minor, panel.station.city),
        "door_text": queries.clock_time(found.order.promised_at, panel.station.city),
    }


@router.post("/{station}/codes", response={202: dict[str, str]})
def codes(request: HttpRequest, station: str, body: PhoneIn) -> Status[dict[str, str]]:
    """Send a code; the answer is the same whether or not we know the number."""
    panel = _own(request, station)
    phone = e164(body.phone, country=panel.station.city.country)
    send_code(
        phone=phone, asked_from=f"panel:{panel.pk}", language=(get_language() or "en")[:2], now=clock.now()
    )
    return Status(202, {"sentence": _("We have sent a code of six digits. It is good for five minutes.")})


@router.post("/{station}/codes/confirm")
def confirm(request: HttpRequest, station: str, body: CodeIn) -> dict[str, Any]:
    """With the right code: a proof, and what this telephone's owner had before."""
    panel, now = _own(request, station), clock.now()
    city = panel.station.city
    phone = e164(body.phone, country=city.country)
    proof = confirm_code(phone=phone, code=body.code, now=now)
    rows = Address.objects.filter(client__phone=phone).order_by("-used_at")[:ADDRESSES_MOST]
    addresses = [
        {"lat": row.lat, "lon": row.lon, "street": row.street, "flat": row.flat, "note": row.note}
        for row in rows
    ]
    last, told = queries.last_order(phone=phone), _greeting(phone, now)
    bowl = queries.usual_bowl(last, now=now, city=city) if last else None
    return {
        "proof": proof,
        "addresses": addresses,
        "usual": {"bowl": bowl} if bowl else None,
        "greeting": told.text if told else "",
        "regular": _regular(last.code) if last and told and told.opens == greeting.STANDING else None,
    }


@router.post("/{station}/greeting")
def answered(request: HttpRequest, station: str, body: AnswerIn) -> dict[str, Any]:
    """Whether the client took what was suggested to them; the same again changes nothing."""
    _own(request, station)
    now = clock.now()
    client_id = client_id_of(proved_phone(body.proof, now=now))
    if client_id:
        greeting.answered(client_id, taken=body.taken, now=now)
    return {}


def _greeting(phone: str, now: datetime) -> greeting.Greeting | None:
    client_id = client_id_of(phone)
    language = (get_language() or "en")[:2]
    return greeting.greet(client_id, language=language, now=now) if client_id else None


def _regular(code: str) -> dict[str, str]:
    """The page that makes an order's bowl a standing order, and the picture that leads a telephone to it."""
    return {
        "url": settings.SITE_URL + reverse("standing_new", args=[code]),
        "qr_url": reverse("panel_qr_standing", args=[code]),
    }


def _addresses(code: str) -> dict[str, str]:
    """The order's own page, and the picture that leads a telephone to it."""
    return {
        "track_url": settings.SITE_URL + reverse("track", args=[code]),
        "qr_url": reverse("panel_qr", args=[code]),
    }


def _source(panel: Panel) -> str:
    return f"panel:{panel.station.slug}"


def _own(request: HttpRequest, station: str) -> Panel:
    """The asking device, when it stands at this station."""
    panel: Panel = request.auth  # type: ignore[attr-defined]  # set by ninja from PanelKey
    if panel.station.slug != station:
        raise Refusal(
            "other_station", _("This panel belongs to another station. Open its own page again."), status=403
        )
    return panel


def _money(amount_minor: int, city: City) -> str:
    return money.show(amount_minor, city.currency, get_language() or "en")
