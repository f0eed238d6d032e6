"""What every page of the book stands on: who may open it, whose page it is, and what was just done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from guinda.clients.models import Client

View = Callable[..., HttpResponse]
READ = ("GET", "HEAD")
WRITE = (*READ, "POST")


def office(permission: str, *methods: str) -> Callable[[View], View]:
    """A page of the book: for who is signed in with this permission of the room, by these methods, and never kept by a browser."""

    def wrap(view: View) -> View:
        view = permission_required(f"clients.{permission}", raise_exception=True)(view)
        return never_cache(require_http_methods(methods)(login_required(view)))

    return wrap


def in_the_book(pk: int) -> Client:
    """A client who is there: not merged away, not erased."""
    return get_object_or_404(Client.objects.select_related("city"), pk=pk, merged_into=None, erased_at=None)


def said(request: HttpRequest, sentence: Any) -> None:
    """Say on the next page what was just done."""
    messages.success(request, sentence, extra_tags="clients")
