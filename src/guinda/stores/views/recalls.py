"""A lot is recalled, and who has to be called."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.catalog.models import Lot
from guinda.catalog.recalls import recall as recall_lots
from guinda.places.models import Store
from guinda.stores import queries
from guinda.stores.sheets import sheet
from guinda.stores.views.doors import at_store, page

MOST_SHOWN = 300
"""Clients on the page; the file has them all."""


def _of_lot(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The lot of the address, for whoever may recall lots."""

    @at_store
    @permission_required("catalog.recall_lot", raise_exception=True)
    @wraps(view)
    def opened(request: HttpRequest, store: Store, code: str) -> HttpResponse:
        lots = Lot.objects.select_related("variety").filter(code=code.replace("\x00", ""))
        return view(request, store, get_object_or_404(lots))

    return opened


@_of_lot
def recall(request: HttpRequest, store: Store, lot: Lot) -> HttpResponse:
    """Ask once more, then recall; from then on, the clients who got some."""
    if request.method == "POST":
        recall_lots(lots=Lot.objects.filter(pk=lot.pk), by=by_whom(request.user), now=clock.now())
        return redirect("store_recall", store.pk, lot.code)
    lines = queries.buyers(lot=lot)
    mine = lines.filter(order__store__in=queries.stores_of(request.user))
    called = mine.count()
    facts = {
        "lot": lot,
        "lines": list(mine[:MOST_SHOWN]),
        "mine": called,
        "elsewhere": lines.count() - called,
        "whereabouts": queries.whereabouts(lot=lot),
    }
    return page(request, store, "recall", facts, tab="shelf")


@_of_lot
def recall_file(request: HttpRequest, store: Store, lot: Lot) -> HttpResponse:  # noqa: ARG001 - every page of a store has it
    """The clients as a CSV file."""
    head = [
        _("Order"),
        _("Placed"),
        _("State"),
        _("Telephone"),
        _("Name"),
        _("Street"),
        _("Flat"),
        _("Grams"),
        _("Store"),
    ]
    lines = queries.buyers(lot=lot).filter(order__store__in=queries.stores_of(request.user))
    name = content_disposition_header(as_attachment=True, filename=f"recall-{lot.code}.csv")
    response = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name or ""}
    )
    response.write(sheet([head, *map(_cells, lines.iterator())]))
    return response


def _cells(line: Any) -> list[str]:
    order = line.order
    return [
        order.spoken_code,
        f"{timezone.localtime(order.placed_at):%Y-%m-%d %H:%M}",
        str(order.get_state_display()),
        order.phone or ((order.client.phone or "") if order.client else ""),
        order.client.name if order.client else "",
        order.street,
        order.flat,
        str(line.weight_g),
        str(order.store),
    ]
