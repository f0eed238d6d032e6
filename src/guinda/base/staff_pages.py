"""A page for staff: who may open it, by which methods, and never kept by a browser."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required, permission_required
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

View = Callable[..., HttpResponseBase]
READ = ("GET", "HEAD")
WRITE = (*READ, "POST")


def staff_page(permission: str, *methods: str) -> Callable[[View], View]:
    """For who is signed in with this permission (`room.verb_table`), by these methods."""

    def wrap(view: View) -> View:
        view = permission_required(permission, raise_exception=True)(view)
        return never_cache(require_http_methods(methods)(login_required(view)))

    return wrap
