"""Pages that open by a secret address: nobody keeps them, nobody lists them, and they look alike to a stranger."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.defaults import page_not_found

from guinda.base.middleware import answer
from guinda.base.refusals import Refusal

View = Callable[..., HttpResponseBase]

HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


def private(view: View) -> View:
    """Put the headers of a secret page on whatever a view answers, refusals and 404 included."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except Refusal as refusal:
            response = answer(request, refusal)
        except Http404 as missing:
            response = page_not_found(request, missing)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return answered
