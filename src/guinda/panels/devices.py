"""Which device asks: the signed cookie `panel` and the row it stands for."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja.security import APIKeyCookie

from guinda.base import codes
from guinda.panels.models import Panel

COOKIE = "panel"
SALT = "guinda.panels.device"
REMEMBERED_S = 60
"""A device's station and city are looked up once in so many seconds; its revocation is looked up at every request."""
KEPT_S = 400 * 24 * 3600
"""The longest browsers keep a cookie; every visit of the page starts it anew."""


def remember(response: HttpResponse, key: str) -> None:
    """Give the browser its key: no script reads it, no other site sends it."""
    response.set_cookie(
        COOKIE,
        signing.Signer(salt=SALT).sign(key),
        max_age=KEPT_S,
        httponly=True,
        samesite="Strict",
        secure=settings.HTTPS,
    )


def key_of(request: HttpRequest) -> str | None:
    """The key in the request's cookie, if it is one we signed."""
    return _unsigned(request.COOKIES.get(COOKIE))


def panel_with(key: str) -> Panel | None:
    """The device with this key, also a revoked one, with its station and city at hand. One query."""
    return Panel.objects.select_related("station__city").filter(key_digest=codes.digest(key)).first()


class PanelKey(APIKeyCookie):
    """Lets in devices with a key that is not revoked; the request then has the row as `auth`. Checks CSRF."""

    param_name = COOKIE

    def authenticate(self, request: HttpRequest, key: str | None) -> Panel | None:  # noqa: ARG002 - ninja's signature
        """The device, or None: 401."""
        ours = _unsigned(key)
        return _open_panel(codes.digest(ours)) if ours else None


def _open_panel(digest: str) -> Panel | None:
    """The device if it is not revoked *now*: that is asked each time; where it stands is remembered for a minute."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM panels_panel WHERE key_digest = %s AND revoked_at IS NULL", [digest])
        if cursor.fetchone() is None:
            return None
    name = f"panels.device.{digest}"
    panel: Panel | None = cache.get(name)
    if panel is None:
        panel = Panel.objects.select_related("station__city").filter(key_digest=digest).first()
        cache.set(name, panel, REMEMBERED_S)
    return panel


def _unsigned(value: str | None) -> str | None:
    if not value:
        return None
    try:
        return signing.Signer(salt=SALT).unsign(value)
    except (signing.BadSignature, UnicodeError):
        return None
