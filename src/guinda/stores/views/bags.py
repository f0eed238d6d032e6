"""The packing list, the "packed" tap and the label."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from guinda.base import clock
from guinda.base.admin_tools import by_whom
from guinda.places.models import Store
from guinda.stores import queries, services
from guinda.stores.views.doors import at_store, page


@at_store
@require_safe
def bags(request: HttpRequest, store: Store) -> HttpResponse:
    """What is to be packed, what stands ready, and what is to be unpacked."""
    found = queries.bags(store=store, now=clock.now())
    facts = {
        "to_pack": [bag for bag in found if not bag.packing],
        "packed": [bag for bag in found if bag.packing],
        "to_unpack": queries.to_unpack(store=store),
    }
    return page(request, store, "bags", facts)


@at_store
@require_POST
def packed(request: HttpRequest, store: Store, order_id: int) -> HttpResponse:
    """The bag is ready. Tapped twice it is packed once."""
    services.pack(store=store, order_id=order_id, by=by_whom(request.user), now=clock.now())
    return redirect("store_bags", store.pk)


@at_store
@require_POST
def unpacked(request: HttpRequest, store: Store, order_id: int) -> HttpResponse:
    """It is not, or no longer."""
    services.unpack(store=store, order_id=order_id, by=by_whom(request.user), now=clock.now())
    return redirect("store_bags", store.pk)


@at_store
@require_safe
def label(request: HttpRequest, store: Store, order_id: int) -> HttpResponse:
    """What is stuck on the bag."""
    found = queries.bags(store=store, now=clock.now(), order_id=order_id)
    if not found:
        raise Http404
    return page(request, store, "label", {"bag": found[0]})
