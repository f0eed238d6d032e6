"""The JSON doors of the house: one API, a router per room, one form for every refusal."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from guinda.base.refusals import Refusal
from guinda.delivery.api import router as courier
from guinda.panels.api import router as panels
from guinda.stalls.api import router as stalls

api = NinjaAPI(
    title="Guinda",
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json" if settings.DEMO or settings.DEBUG else None,
)
api.add_router("/panels", panels)
api.add_router("/courier", courier)
api.add_router("/stalls", stalls)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal as JSON."""
    return api.create_response(request, refusal.as_json(), status=refusal.status)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What did not have the expected form, field by field."""
    fields = [
        {"field": ".".join(str(part) for part in each["loc"][1:]), "problem": each["msg"]}
        for each in error.errors
    ]
    body = {
        "code": "bad_input",
        "sentence": _("Something in the request is missing or malformed; nothing was changed."),
        "fields": fields,
    }
    return api.create_response(request, body, status=422)


@api.exception_handler(AuthenticationError)
def unknown_device(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    """No key, a revoked key, or nobody signed in."""
    body = {
        "code": "not_signed_in",
        "sentence": _("This device is not signed in here. Ask the office to enrol it."),
    }
    return api.create_response(request, body, status=401)


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own refusals (a body that is not JSON, for one) in our form."""
    body = {"code": "bad_request", "sentence": _("The request could not be read; nothing was changed.")}
    return api.create_response(request, body, status=error.status_code)
