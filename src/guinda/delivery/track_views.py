"""The tracking page and its verbs. The code in the address is the key: who has it is the client, for everybody else there is nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from guinda.base import clock
from guinda.base.money import show
from guinda.base.refusals import Refusal
from guinda.base.secrecy import private
from guinda.delivery import live
from guinda.delivery import track_queries as queries
from guinda.delivery import track_services as services
from guinda.delivery.track_forms import AgainForm, RatingForm, WordForm
from guinda.delivery.track_live import HUB
from guinda.delivery.track_queries import Standing, whole_minute
from guinda.orders.models import Order
from guinda.orders.standing.texts import day_text

STEPS = ("paying", "making", "riding", "delivered")


@private
@require_safe
def track(request: HttpRequest, code: str) -> HttpResponse:
    """How the order stands."""
    return _page(request, _order(code), clock.now())


@private
@require_safe
def track_state(request: HttpRequest, code: str) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """The same facts as the stream's, for pages whose network doesn't let a stream through."""
    found = queries.standings(codes=[_order(code).code], now=clock.now())
    return JsonResponse(found[code].as_json())


@private
@require_safe
def track_live(request: HttpRequest, code: str) -> HttpResponseBase:  # noqa: ARG001 - Django passes it
    """The stream of server-sent events."""
    order = _order(code)
    return live.response(order.code, HUB)


@private
def track_rate(request: HttpRequest, code: str) -> HttpResponse:
    """Keep the client's rating."""
    now = clock.now()
    order = _order(code)
    if request.method != "POST":
        return redirect(order)
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _page(request, order, now, rating_form=form, status=422)
    services.rate(order=order, now=now, **form.cleaned_data)
    return redirect(f"{order.get_absolute_url()}#after")


@private
def track_word(request: HttpRequest, code: str) -> HttpResponse:
    """Keep whether we may write to the client when nothing is under way."""
    order = _order(code)
    form = WordForm(request.POST)
    if request.method == "POST" and form.is_valid():
        services.say_word(order=order, given=form.cleaned_data["answer"], now=clock.now())
    return redirect(f"{order.get_absolute_url()}#word-said")


@private
def track_again(request: HttpRequest, code: str) -> HttpResponse:
    """The same bowl once more; whatever stands in the way is said beside a fresh offer."""
    now = clock.now()
    order = _order(code)
    form = AgainForm(request.POST)
    if request.method != "POST" or not form.is_valid():
        return redirect(f"{order.get_absolute_url()}#again")
    try:
        placed = services.again(
            order=order, key=form.cleaned_data["key"], token=form.cleaned_data["quote"], now=now
        )
    except Refusal as refusal:
        return _page(request, order, now, refused=refusal, status=refusal.status)
    return redirect("track", placed.code)


@private
def track_cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Ask once more, then cancel."""
    now = clock.now()
    order = _order(code)
    if request.method == "POST":
        services.cancel(order=order, now=now)
        return redirect(order)
    if not order.can_be_cancelled:
        return redirect(order)
    facts = {"order": order, "money": queries.money(order), "total": _show(order, order.total_minor)}
    return render(request, "delivery/track_cancel.html", facts)


def _order(code: str) -> Order:
    order = queries.order_of(code)
    if order is None:
        raise Http404
    return order


def _page(
    request: HttpRequest,
    order: Order,
    now: datetime,
    *,
    rating_form: RatingForm | None = None,
    refused: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    standing = queries.standings(codes=[order.code], now=now)[order.code]
    portions = queries.portions(order)
    money = queries.money(order)
    facts = {
        "order": order,
        "day": day_text(order.promised_at.astimezone(ZoneInfo(order.city.time_zone)).date()),
        "standing": standing,
        "regular": order.source.startswith("standing:"),
        "recalled": standing.stage == "cancelled" and queries.was_recalled(order),
        "steps": _steps(standing),
        "portions": [{"row": each, "price": _show(order, each.price_minor)} for each in portions],
        "total": _show(order, order.total_minor),
        "money": money,
        "money_back": _show(order, money.back_minor),
        "rating": getattr(order, "rating", None),
        "rating_form": rating_form or RatingForm(),
        "grades": range(1, 6),
        "said": queries.word_of(order) if standing.stage == "delivered" else None,
        "again": _again(order, {each.variety_id: each.weight_g for each in portions}, now)
        if standing.ended
        else None,
        "refused": refused,
    }
    return render(request, "delivery/track.html", facts, status=status)


def _steps(standing: Standing) -> list[dict[str, Any]]:
    """The line of stages: what is done, where it is now. An order that ended otherwise stops where it stood."""
    if standing.stage not in STEPS:
        return []
    here = STEPS.index(standing.stage)
    done = standing.stage == "delivered"
    return [
        {"name": name, "done": number < here or done, "now": number == here and not done}
        for number, name in enumerate(STEPS)
    ]


def _again(order: Order, bowl: dict[str, int], now: datetime) -> dict[str, Any]:
    """What the one-tap button states: price, time, and the key and quote it sends."""
    try:
        fresh = services.quote_again(order=order, bowl=bowl, now=now)
    except Refusal as refusal:
        return {"refusal": refusal}
    door_at = whole_minute(fresh.door_at).astimezone(ZoneInfo(order.city.time_zone))
    return {
        "total": _show(order, fresh.total_minor),
        "by": f"{door_at:%H:%M}",
        "token": fresh.token(),
        "key": uuid4(),
    }


def _show(order: Order, amount_minor: int) -> str:
    return show(amount_minor, order.currency, get_language() or "en")
