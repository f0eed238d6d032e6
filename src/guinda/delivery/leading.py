"""Who plans a city: one worker leads it, by an advisory lock of its session.

The lock is held from round to round and belongs to the connection, not to a transaction: planning needs no open transaction, and when the
worker dies, however it dies, the server ends its session and the next worker that asks leads. Where a pooler shares sessions between
transactions, the worker needs a connection of its own.
"""

from __future__ import annotations

import weakref
from typing import Any

from django.db import connection

_led: dict[str, weakref.ref[Any]] = {}
"""The connection by which this process leads a city. A connection that was closed or replaced leads nothing any more."""


def lead(city_id: str) -> bool:
    """Whether this connection leads the city, now that it has asked; False while another worker does."""
    known = _led.get(city_id)
    if known and connection.connection is not None and known() is connection.connection:
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('guinda.dispatch'), hashtext(%s))", [city_id])
        (leads,) = cursor.fetchone()
    if leads:
        _led[city_id] = weakref.ref(connection.connection)
    return bool(leads)


def resign() -> None:
    """Leave all cities to others."""
    if _led:
        _led.clear()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
