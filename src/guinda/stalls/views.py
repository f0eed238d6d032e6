"""The seller's telephone page and the service worker that keeps it."""

from __future__ import annotations

import hashlib

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from guinda.base.shown import kilograms
from guinda.stalls.models import Seller, Tally

SHELL = (
    "base/guinda.css",
    "base/guinda.svg",
    "base/keys.js",
    "stalls/stall.css",
    "stalls/stall.js",
    "stalls/stall-kept.js",
    "stalls/stall-money.js",
    "stalls/stall-show.js",
    "stalls/stall-sync.js",
)
"""All that the page needs beside itself; a test compares this with what the browser asks for."""

USUAL_G = (250, 500, 1000, 2000)
"""Weights with a button of their own: with "sold", two taps."""


@never_cache
@require_safe
@login_required
@ensure_csrf_cookie
def stall(request: HttpRequest) -> HttpResponse:
    """Tiles, weights, the button and the tallies; everything that changes comes from `/api/stalls/` and what the telephone keeps."""
    seller = Seller.objects.filter(user_id=request.user.pk or 0, active=True).first()
    if seller is None:
        return render(request, "stalls/not_a_seller.html", status=403)
    weights = [
        (grams, kilograms(grams) if grams >= 1000 else _("%(n)s g") % {"n": grams}) for grams in USUAL_G
    ]
    facts = {"seller": seller, "kinds": Tally.Kind.choices, "weights": weights}
    return render(request, "stalls/stall.html", facts)


@never_cache
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker; its name for the cache changes with the files, so that a new version replaces the old one whole."""
    files = [static(name) for name in SHELL]
    version = hashlib.sha256("\n".join(files).encode()).hexdigest()[:16]
    facts = {"files": files, "version": version}
    return render(request, "stalls/worker.js", facts, content_type="text/javascript; charset=utf-8")
