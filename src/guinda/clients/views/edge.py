"""What every page of the book stands on: who may open it, whose page it is, and what was just done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from guinda.base.staff_pages import View, staff_page
from guinda.clients.models import Client


def office(permission: str, *methods: str) -> Callable[[View], View]:
    """A page of the book: for who has this permission of the room."""
    return staff_page(f"clients.{permission}", *methods)


def in_the_book(pk: int) -> Client:
    """A client who is there: not merged away, not erased."""
    return get_object_or_404(Client.objects.select_related("city"), pk=pk, merged_into=None, erased_at=None)


def said(request: HttpRequest, sentence: Any) -> None:
    """Say on the next page what was just done."""
    messages.success(request, sentence, extra_tags="clients")
