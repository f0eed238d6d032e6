"""The shelf, one lot of it, receiving, and what is done to a lot: written off, sent, given evidence, its sign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.money import show
from guinda.base.refusals import Refusal
from guinda.catalog import evidence
from guinda.catalog.models import Evidence, Lot
from guinda.catalog.queries import prices
from guinda.places.models import Store
from guinda.stock.services import write_off as stock_write_off
from guinda.stores import queries, services
from guinda.stores.forms import ArrivalForm, EvidenceForm, SendForm, WriteOffForm
from guinda.stores.views.doors import at_store, page

KEEPS = timedelta(days=3)
"""What the form proposes; the keeper's eyes decide."""
PAPERS = ("a5", "a4")
Act = Callable[[dict[str, Any]], None]
"""What is done with a form's facts."""


@at_store
@require_safe
def shelf(request: HttpRequest, store: Store) -> HttpResponse:
    """Stock by lot, first to expire first."""
    return page(request, store, "shelf", {"rows": queries.shelf(store=store, now=clock.now())})


@at_store
def receive(request: HttpRequest, store: Store) -> HttpResponse:
    """A lot arrives; what was wrong is said beside its field, and nothing typed is lost."""
    now = clock.now()
    if request.method != "POST":
        return _receive(request, store, _arrival_form(request, store, now), 200)
    form = ArrivalForm(request.POST, request.FILES, now=now, currency=store.city.currency)
    if not form.is_valid():
        return _receive(request, store, form, 422)
    kinds = (("photograph", Evidence.Kind.PHOTOGRAPH), ("certificate", Evidence.Kind.CERTIFICATE))
    files = [(kind, form.cleaned_data[name]) for name, kind in kinds if form.cleaned_data[name]]
    try:
        receipt = services.receive(
            store=store, arrival=form.arrival(), files=files, by=by_whom(request.user), now=now,
            key=form.cleaned_data["key"],
        )  # fmt: skip
    except Refusal as refusal:
        form.add_error(None, str(refusal.sentence))
        return _receive(request, store, form, refusal.status)
    messages.success(request, _("The lot is on the shelf and on sale. Print its sign."), extra_tags="store")
    return redirect("store_lot", store.pk, receipt.lot.code)


def _receive(request: HttpRequest, store: Store, form: ArrivalForm, status: int) -> HttpResponse:
    return page(request, store, "receive", {"form": form, **queries.known_growers()}, status=status)


def _arrival_form(request: HttpRequest, store: Store, now: datetime) -> ArrivalForm:
    minute = timezone.localtime(now).replace(second=0, microsecond=0)
    initial = {
        "key": uuid4(),
        "picked_at": minute.replace(hour=4, minute=0) if minute.hour >= 4 else minute,
        "inspected_at": minute,
        "inspected_by": request.user.get_username(),
        "washed_at": minute,
        "washed_by": store.title,
        "expires_at": (minute + KEEPS).replace(hour=22, minute=0),
    }
    return ArrivalForm(initial=initial, now=now, currency=store.city.currency)


@at_store
@require_safe
def lot(request: HttpRequest, store: Store, code: str) -> HttpResponse:
    """One lot of the store and what can be done with it."""
    return _lot(request, store, _row(store, code))


def _row(store: Store, code: str) -> queries.OnShelf:
    rows = queries.shelf(store=store, now=clock.now(), code=code.replace("\x00", ""))
    if not rows:
        raise Http404
    return rows[0]


def _lot(
    request: HttpRequest, store: Store, row: queries.OnShelf, *, status: int = 200, **forms: Any
) -> HttpResponse:
    facts = {
        "row": row,
        "files": row.lot.evidence.defer("content").order_by("pk"),
        "write_off": WriteOffForm(initial={"key": uuid4(), "reason": _likely(row)}),
        "send": SendForm(initial={"key": uuid4()}, targets=queries.other_stores(store)),
        "add": EvidenceForm(),
        "may_recall": request.user.has_perm("catalog.recall_lot"),
        **forms,
    }
    return page(request, store, "lot", facts, tab="shelf", status=status)


def _likely(row: queries.OnShelf) -> str:
    return row.state if row.state in {"expired", "recalled"} else "mould"


@at_store
@require_POST
def write_off(request: HttpRequest, store: Store, code: str) -> HttpResponse:
    """Some of it is thrown away."""
    row, form = _row(store, code), WriteOffForm(request.POST)

    def act(facts: dict[str, Any]) -> None:
        stock_write_off(
            store=store, lot_id=row.lot.pk, weight_g=facts["weight_g"], reason=facts["reason"], by=by_whom(request.user),
            at=clock.now(), key=facts["key"],
        )  # fmt: skip

    return _done(request, store, row, name="write_off", form=form, act=act, said=_("Written off."))


@at_store
@require_POST
def send(request: HttpRequest, store: Store, code: str) -> HttpResponse:
    """Some of it goes to another store."""
    row = _row(store, code)
    form = SendForm(request.POST, targets=queries.other_stores(store))

    def act(facts: dict[str, Any]) -> None:
        services.send(
            source=store, target=facts["target"], lot=row.lot, weight_g=facts["weight_g"], by=by_whom(request.user),
            now=clock.now(), key=facts["key"],
        )  # fmt: skip

    return _done(
        request,
        store,
        row,
        name="send",
        form=form,
        act=act,
        said=_("On the road. The other store weighs it in."),
    )


@at_store
@require_POST
def add(request: HttpRequest, store: Store, code: str) -> HttpResponse:
    """A photograph or certificate that comes later."""
    row, form = _row(store, code), EvidenceForm(request.POST, request.FILES)

    def act(facts: dict[str, Any]) -> None:
        for name in ("photograph", "certificate"):
            if facts[name]:
                kind, by = Evidence.Kind(name), by_whom(request.user)
                evidence.keep(lot=row.lot, kind=kind, checked=facts[name], by=by, at=clock.now())

    return _done(request, store, row, name="add", form=form, act=act, said=_("Kept with the lot."))


def _done(
    request: HttpRequest, store: Store, row: queries.OnShelf, *, name: str, form: Any, act: Act, said: str
) -> HttpResponse:
    """Act on a valid form and go back to the lot; else show the lot with what was wrong beside what was typed."""
    status = 422
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
            status = refusal.status
        else:
            messages.success(request, said, extra_tags="store")
            return redirect("store_lot", store.pk, row.lot.code)
    return _lot(request, store, row, status=status, **{name: form})


@at_store
@require_safe
def sign(request: HttpRequest, store: Store, code: str) -> HttpResponse:
    """What stands before the crate, to be printed on A5 or A4."""
    row = _row(store, code)
    per_kg = prices(city_id=store.city_id, now=clock.now()).get(row.lot.variety_id)
    paper = request.GET.get("paper")
    facts = {
        "lot": Lot.objects.select_related("variety__product").get(pk=row.lot.pk),
        "sweet": row.brix,
        "price": show(per_kg, store.city.currency, get_language() or "en") if per_kg else "",
        "paper": paper if paper in PAPERS else PAPERS[0],
    }
    return page(request, store, "sign", facts)
