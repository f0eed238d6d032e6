"""Who comes in where: a keeper's own stores, and for everybody else nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from guinda.places.models import Store
from guinda.stores.queries import stores_of

View = Callable[..., HttpResponse]


def at_store(view: View) -> View:
    """Call the view with the store of the address, on the store's clock, if the person tends it; another's store is as good as none."""

    @never_cache
    @login_required
    @wraps(view)
    def opened(request: HttpRequest, store_id: int, **parts: Any) -> HttpResponse:
        store = stores_of(request.user).filter(pk=store_id).first()
        if store is None:
            raise Http404
        with timezone.override(ZoneInfo(store.city.time_zone)):
            return view(request, store, **parts)

    return opened


def page(
    request: HttpRequest, store: Store, name: str, facts: dict[str, Any], *, tab: str = "", status: int = 200
) -> HttpResponse:
    """A page of the store with its tabs."""
    return render(
        request, f"stores/{name}.html", {"store": store, "tab": tab or name, **facts}, status=status
    )


@never_cache
@login_required
@require_safe
def stores(request: HttpRequest) -> HttpResponse:
    """The one store somebody tends, or a choice of them."""
    mine = list(stores_of(request.user))
    if len(mine) == 1:
        return redirect("store_bags", mine[0].pk)
    return render(request, "stores/stores.html", {"stores": mine}, status=200 if mine else 403)
