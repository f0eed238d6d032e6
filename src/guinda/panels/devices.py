"""Which device asks: the signed cookie `panel` and the row it stands for."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from django.conf import settings
from django.core import signing
from django.db import connection
from django.db.models import JSONField
from django.http import HttpRequest, HttpResponse
from ninja.security import APIKeyCookie

from guinda.base import codes
from guinda.base.postgres import prepared_cursor
from guinda.panels.models import Panel
from guinda.places.models import City, Station

COOKIE = "panel"
SALT = "guinda.panels.device"
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
    """The device with this key, also a revoked one, with its station and city at hand. One query, two when it is revoked or unknown."""
    digest = codes.digest(key)
    return (
        _open_panel(digest) or Panel.objects.select_related("station__city").filter(key_digest=digest).first()
    )


class PanelKey(APIKeyCookie):
    """Lets in devices with a key that is not revoked; the request then has the row as `auth`. Checks CSRF."""

    param_name = COOKIE

    def authenticate(self, request: HttpRequest, key: str | None) -> Panel | None:  # noqa: ARG002 - ninja's signature
        """The device, or None: 401."""
        ours = _unsigned(key)
        return _open_panel(codes.digest(ours)) if ours else None


def _open_panel(digest: str) -> Panel | None:
    """The device if it is not revoked now, with its station and city: one query, as SQL, because every tap of every panel asks it."""
    models, joined = _joined()
    with prepared_cursor() as cursor:
        cursor.execute(joined, [digest])
        row = cursor.fetchone()
    if row is None:
        return None
    made, start = [], 0
    for model, names in models:
        made.append(model.from_db(connection.alias, names, row[start : start + len(names)]))
        start += len(names)
    panel, station, city = made
    panel.station, station.city = station, city
    return cast("Panel", panel)


@cache
def _joined() -> tuple[list[tuple[Any, list[str]]], str]:
    """What to read of panel, station and city (all but the city's drawing), and the statement that reads it."""
    models: list[tuple[Any, list[str]]] = []
    columns = []
    for model in (Panel, Station, City):
        meta = model._meta  # noqa: SLF001 - Django's documented way to a model's fields
        fields = [field for field in meta.concrete_fields if not isinstance(field, JSONField)]
        models.append((model, [field.attname for field in fields]))
        columns += [f'{meta.db_table}."{field.column}"' for field in fields]
    statement = (
        f"SELECT {', '.join(columns)} FROM panels_panel"  # noqa: S608 - names of our own columns
        " JOIN places_station ON places_station.id = panels_panel.station_id"
        " JOIN places_city ON places_city.slug = places_station.city_id"
        " WHERE panels_panel.key_digest = %s AND panels_panel.revoked_at IS NULL"
    )
    return models, statement


def _unsigned(value: str | None) -> str | None:
    if not value:
        return None
    try:
        return signing.Signer(salt=SALT).unsign(value)
    except (signing.BadSignature, UnicodeError):
        return None
