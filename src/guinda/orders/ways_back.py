"""The way back from the payment pages to the screen that sent the payer there: a public one has no other.

Such a screen opens them with `?back=<its own path>`. The path is remembered in a short-lived cookie of the payment pages alone, so that
a bank's page in between, or a change of language, does not lose it.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

NAME = "back"
COOKIE = "pay_back"
PATH = "/pay/"
KEPT_S = 15 * 60
LONGEST = 200


def way_back(request: HttpRequest) -> str:
    """The path to go back to, or "" when nobody said one that is ours."""
    return _ours(request.GET.get(NAME)) or _ours(request.COOKIES.get(COOKIE))


def remember(response: HttpResponseBase, request: HttpRequest) -> None:
    """Keep the way back that the request's address says, if it is ours."""
    path = _ours(request.GET.get(NAME))
    if path:
        response.set_cookie(
            COOKIE,
            path,
            max_age=KEPT_S,
            path=PATH,
            httponly=True,
            samesite="Lax",
            secure=settings.HTTPS,
        )


def _ours(path: str | None) -> str:
    """The path when it is a plain one of this site: a browser reads two slashes, backslashes and hidden characters as other sites."""
    if not path or len(path) > LONGEST or not path.isascii() or not path.isprintable():
        return ""
    if not path.startswith("/") or path.startswith("//") or any(each in path for each in '\\ ";,'):
        return ""
    return path if url_has_allowed_host_and_scheme(path, allowed_hosts=None) else ""
