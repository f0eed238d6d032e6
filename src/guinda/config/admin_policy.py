"""Two things every page of the office gets: a content policy of its own, and the city's clock."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from guinda.places.models import City

OFFICE = "/admin/"
DIRECTIVES = {
    "default-src": [NONE],
    # The office's library evaluates expressions in its pages' attributes. Inline scripts stay forbidden, so text that found its way
    # into a page is still only text.
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
}
"""Nothing from, and nothing to, any other host."""


class Policies(CSPMiddleware):
    """The strict policy of `CONTENT_SECURITY_POLICY` everywhere, and the office's own under `/admin/`."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Which policy this answer gets."""
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path_info.startswith(OFFICE):
            parts.config = DIRECTIVES
        return parts


def office_clock(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """The office reads and types times as its city's clock shows them: the first city's, where there are several."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(OFFICE):
            return get_response(request)
        zone = City.objects.order_by("pk").values_list("time_zone", flat=True).first()
        with timezone.override(ZoneInfo(zone or "UTC")):
            return get_response(request)

    return middleware
