"""The innermost middleware: a refusal raised anywhere in a view becomes one clear answer."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from guinda.base.refusals import Refusal

GetResponse = Callable[[HttpRequest], HttpResponse]


def refusals(get_response: GetResponse) -> GetResponse:
    """Answer `Refusal` with its sentence: JSON where JSON was asked for, else a page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        return answer(request, error) if isinstance(error, Refusal) else None

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The response for a refusal."""
    wants_json = request.content_type == "application/json" or "application/json" in request.headers.get(
        "Accept", ""
    )
    if wants_json:
        return JsonResponse(refusal.as_json(), status=refusal.status)
    return render(request, "base/refusal.html", {"refusal": refusal}, status=refusal.status)
