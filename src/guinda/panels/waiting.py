"""How much of the shelf one panel may hold without a payment: an order by card takes its fruit before anybody has paid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.orders.models import Order, Payment

MOST_ORDERS = 5
MOST_G = 30_000
"""Together, of the orders of one source whose payment is still awaited."""


@contextmanager
def room_for(*, key: UUID, weight_g: int, pay: str, source: str, now: datetime) -> Iterator[None]:
    """Place an order inside: refused with 429 when this source holds too much unpaid. A key that was placed before passes always.

    Orders by card of one source come one after another, so that many at once don't share a count.
    """
    if pay != Payment.CARD:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"unpaid:{source}"])
        waiting = Order.objects.filter(state=Order.State.HELD, hold_until__gt=now, source=source)
        held = waiting.aggregate(orders=Count("pk"), weight_g=Sum("weight_g", default=0))
        full = held["orders"] >= MOST_ORDERS or held["weight_g"] + weight_g > MOST_G
        if full and not Order.objects.filter(key=key).exists():
            raise Refusal(
                "too_many_unpaid",
                _(
                    "Several orders at this panel are still waiting for their payment. Pay those first, or pay this one in cash."
                ),
                status=429,
            )
        yield
