"""The courier's telephone page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from guinda.base import clock
from guinda.delivery.fleet import beat_ms
from guinda.delivery.models import Courier


@never_cache
@require_safe
@login_required
@ensure_csrf_cookie
def courier_page(request: HttpRequest) -> HttpResponse:
    """Shift, next bag, map and buttons; everything that changes comes from `/api/courier/`."""
    courier = Courier.objects.select_related("city").filter(user_id=request.user.pk or 0).first()
    if courier is None:
        return render(request, "delivery/not_a_courier.html", status=403)
    return render(request, "delivery/courier.html", {"courier": courier, "beat_ms": beat_ms(clock.speed())})
