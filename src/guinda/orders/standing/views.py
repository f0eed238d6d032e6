"""The client's pages of a standing order. The code in the address is the key: who has it is the client, to others there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from guinda.base import clock
from guinda.base.refusals import Refusal
from guinda.base.secrecy import private
from guinda.catalog.queries import prices
from guinda.clients.models import Client
from guinda.clients.services import confirm_code, e164, known, proved_phone, send_code
from guinda.orders.models import Order, Payment
from guinda.orders.standing import queries, services
from guinda.orders.standing.forms import (
    HOURS,
    NewForm,
    RhythmForm,
    bowl_from,
    chosen_from,
    initial_of,
)
from guinda.orders.standing.models import StandingOrder
from guinda.orders.standing.services import Rhythm
from guinda.orders.standing.texts import hour_text, weekdays_text


@private
@require_safe
def standing_page(request: HttpRequest, code: str) -> HttpResponse:
    """The bowl, the days, and what can be done."""
    return _page(request, _standing(code), clock.now())


def _page(
    request: HttpRequest, standing: StandingOrder, now: datetime, refused: Refusal | None = None
) -> HttpResponse:
    lines = list(standing.lines.select_related("variety__product").order_by("pk"))
    by_kg = prices(city_id=standing.city_id, now=now)
    facts = {
        "standing": standing,
        "weekdays": weekdays_text(standing),
        "hour": hour_text(standing.hour),
        "from_hour": queries.from_hour(standing),
        "portions": queries.portions(standing, lines, by_kg=by_kg),
        "weight_g": sum(line.weight_g for line in lines),
        "cash": standing.pay == Payment.CASH,
        "days": queries.days(standing, now=now),
        "refused": refused,
    }
    return render(request, "orders/standing.html", facts, status=refused.status if refused else 200)


def verb(act: Callable[..., None]) -> Callable[..., HttpResponseBase]:
    """A view that does one thing by POST and goes back to the page; a refusal is said there."""

    @private
    @require_POST
    @wraps(act)
    def view(request: HttpRequest, code: str, **where: str) -> HttpResponse:
        now, standing = clock.now(), _standing(code)
        day = _day(where["day"]) if where else None
        try:
            act(request, standing, now, *([day] if day else []))
        except Refusal as refusal:
            return _page(request, _standing(code), now, refused=refusal)
        return redirect(standing.get_absolute_url() + (f"#day-{day}" if day else ""))

    return view


@verb
def standing_pause(request: HttpRequest, standing: StandingOrder, now: datetime) -> None:  # noqa: ARG001 - as every verb
    """Nothing comes until it is resumed."""
    services.pause(standing=standing, now=now)


@verb
def standing_resume(request: HttpRequest, standing: StandingOrder, now: datetime) -> None:  # noqa: ARG001 - as every verb
    """It goes on."""
    services.resume(standing=standing, now=now)


@verb
def visit_skip(request: HttpRequest, standing: StandingOrder, now: datetime, day: date) -> None:  # noqa: ARG001 - as every verb
    """Not that day."""
    services.skip(standing=standing, day=day, now=now)


@verb
def visit_bring(request: HttpRequest, standing: StandingOrder, now: datetime, day: date) -> None:  # noqa: ARG001 - as every verb
    """That day after all."""
    services.bring(standing=standing, day=day, now=now)


@verb
def visit_wait(request: HttpRequest, standing: StandingOrder, now: datetime, day: date) -> None:  # noqa: ARG001 - as every verb
    """Try until the day is decided."""
    services.wait(standing=standing, day=day, now=now)


@verb
def visit_choose(request: HttpRequest, standing: StandingOrder, now: datetime, day: date) -> None:
    """Another variety, the new price, or without it."""
    services.choose(standing=standing, day=day, chosen=chosen_from(request.POST), now=now)


@private
def standing_end(request: HttpRequest, code: str) -> HttpResponse:
    """Ask once more, then end it."""
    standing = _standing(code)
    if request.method == "POST":
        services.end(standing=standing, by="client", now=clock.now())
        return redirect(standing)
    if standing.ended_at is not None:
        return redirect(standing)
    facts = {"standing": standing, "weekdays": weekdays_text(standing), "hour": hour_text(standing.hour)}
    return render(request, "orders/standing_end.html", facts)


@private
def standing_change(request: HttpRequest, code: str) -> HttpResponse:
    """Other days, another hour, another bowl."""
    standing, now = _standing(code), clock.now()
    if standing.ended_at is not None:
        return redirect(standing)
    refused = None
    form = RhythmForm(initial=initial_of(Rhythm(standing.days, standing.hour, standing.pay)))
    if request.method == "POST":
        form = RhythmForm(request.POST)
        try:
            if form.is_valid():
                bowl = bowl_from(request.POST)
                services.change(standing=standing, rhythm=form.rhythm(), bowl=bowl, now=now)
                return redirect(standing)
        except Refusal as refusal:
            refused = refusal
    rows = queries.fruit(standing, now=now)
    if request.method == "POST":
        rows = [{**row, "weight_g": request.POST.get(f"g_{row['slug']}", "")[:6]} for row in rows]
    facts = {
        "standing": standing,
        "form": form,
        "fruit": rows,
        "refused": refused,
    }
    return render(request, "orders/standing_change.html", facts, status=_status(form, refused))


@private
def standing_new(request: HttpRequest, code: str) -> HttpResponse:
    """From an order's tracking page: the same bowl regularly. One that is made already is shown."""
    now = clock.now()
    order = queries.order_of(code)
    if order is None:
        raise Http404
    made = queries.made_already(order)
    if made is not None:
        return redirect(made)
    if request.method != "POST":
        return _new(request, order, NewForm(initial=_usual(order)))
    form = NewForm(request.POST)
    if not form.is_valid():
        return _new(request, order, form)
    try:
        client = _client(order, form, now)
        if client is None:
            return _new(request, order, form, code_sent=True)
        key = form.cleaned_data["key"]
        return redirect(services.make(order=order, key=key, client=client, rhythm=form.rhythm(), now=now))
    except Refusal as refusal:
        sent = bool(form.cleaned_data["code"])
        return _new(request, order, form, refused=refusal, code_sent=sent)


def _client(order: Order, form: NewForm, now: datetime) -> Client | None:
    """Whose it is: the order's client, or whoever proves the telephone; None when a code is on its way there."""
    if order.client is not None:
        return order.client
    phone = e164(form.cleaned_data["phone"], country=order.city.country)
    code = form.cleaned_data["code"].strip()
    if not code:
        send_code(phone=phone, asked_from=f"track:{order.pk}", language=order.language, now=now)
        return None
    proved = proved_phone(confirm_code(phone=phone, code=code, now=now), now=now)
    return known(phone=proved, language=order.language, now=now)


def _usual(order: Order) -> dict[str, Any]:
    """The day and hour of the order itself, as a first offer."""
    local = order.promised_at.astimezone(ZoneInfo(order.city.time_zone))
    hour = min(max(local.hour + bool(local.minute), HOURS[0]), HOURS[-1])
    rhythm = initial_of(Rhythm(1 << local.weekday(), hour, Payment.CASH))
    return {**rhythm, "key": uuid4(), "phone": order.phone}


def _new(
    request: HttpRequest,
    order: Order,
    form: NewForm,
    *,
    refused: Refusal | None = None,
    code_sent: bool = False,
) -> HttpResponse:
    facts = {
        "order": order,
        "form": form,
        "refused": refused,
        "code_sent": code_sent,
        "lines": order.lines.select_related("lot__variety").order_by("pk"),
    }
    return render(request, "orders/standing_new.html", facts, status=_status(form, refused))


def _status(form: RhythmForm, refused: Refusal | None) -> int:
    if refused:
        return refused.status
    return 422 if form.is_bound and form.errors else 200


def _standing(code: str) -> StandingOrder:
    standing = queries.standing_of(code)
    if standing is None:
        raise Http404
    return standing


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
