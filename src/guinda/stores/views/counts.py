"""Counting what lies there, blind; and weighing in what comes from other stores."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.base.refusals import Refusal
from guinda.places.models import Store
from guinda.stores import queries, services
from guinda.stores.forms import ArriveForm, CountForm
from guinda.stores.models import Transfer
from guinda.stores.views.doors import at_store, page


@at_store
def count(request: HttpRequest, store: Store) -> HttpResponse:
    """Weights first; then, for what differs from the books, why."""
    now = clock.now()
    rows = queries.shelf(store=store, now=now, gone=True)
    if request.method != "POST":
        seen = queries.last_movements(store=store, lot_ids=[row.lot.pk for row in rows])
        return _page(request, store, CountForm(initial={"key": uuid4()}, rows=rows, seen=seen), 200)
    form = CountForm(request.POST, rows=rows, seen={})
    if not form.is_valid():
        return _page(request, store, form, 422)
    unexplained = [each for each in form.weighed() if each.lot_id in form.differences() and not each.reason]
    if unexplained:
        return _page(request, store, form, 200)
    try:
        done = services.count(
            store=store,
            weighed=form.weighed(),
            by=by_whom(request.user),
            now=now,
            key=form.cleaned_data["key"],
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal.sentence))
        return _page(request, store, form, refusal.status)
    said = ngettext("%(count)s lot was counted.", "%(count)s lots were counted.", len(done))
    messages.success(request, said % {"count": len(done)}, extra_tags="store")
    return redirect("store_shelf", store.pk)


def _page(request: HttpRequest, store: Store, form: CountForm, status: int) -> HttpResponse:
    differences = form.differences() if form.is_bound and form.is_valid() else {}
    return page(request, store, "count", {"form": form, "differences": differences}, status=status)


@at_store
@require_safe
def transfers(request: HttpRequest, store: Store) -> HttpResponse:
    """What is on the road to here and from here, and what came lately."""
    return _transfers(request, store)


def _transfers(
    request: HttpRequest, store: Store, *, wrong: tuple[int, ArriveForm] | None = None, status: int = 200
) -> HttpResponse:
    under_way = queries.under_way(store=store)
    forms = {row.pk: ArriveForm(auto_id=f"id_{row.pk}_%s") for row in under_way} | dict(
        [wrong] if wrong else []
    )
    pairs = [(row, forms[row.pk]) for row in under_way]
    facts = {
        "coming": [pair for pair in pairs if pair[0].target_id == store.pk],
        "going": [pair for pair in pairs if pair[0].source_id == store.pk],
        "lately": queries.arrived_lately(store=store),
    }
    return page(request, store, "transfers", facts, status=status)


@at_store
@require_POST
def arrive(request: HttpRequest, store: Store, transfer_id: int) -> HttpResponse:
    """Weigh one in, here: where it was sent to, or where it came back to."""
    row = get_object_or_404(
        Transfer.objects.select_related("lot", "source__city", "target"),
        queries.of_store(store),
        pk=transfer_id,
    )
    form = ArriveForm(request.POST, auto_id=f"id_{row.pk}_%s")
    status = 422
    if form.is_valid():
        try:
            services.arrive(
                transfer=row, store=store, by=by_whom(request.user), now=clock.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
            status = refusal.status
        else:
            messages.success(request, _("Weighed in."), extra_tags="store")
            return redirect("store_transfers", store.pk)
    return _transfers(request, store, wrong=(row.pk, form), status=status)
