"""What the client hears by message as an order goes: confirmed, on the way, late (once), delivered. Who left no telephone hears nothing.

Each is written when the journal tells of its fact, or, of a delay, when the plan shows it; `clients.sending` carries it. Sentences keep
to letters that a short message has in English and Spanish, where one accent more would double the bill: a test counts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _
from django.utils.translation import override

from guinda.clients.messages import enqueue, withdraw
from guinda.clients.models import Message
from guinda.delivery.models import Task
from guinda.delivery.track_queries import whole_minute
from guinda.journal.models import Event
from guinda.orders.models import Order

logger = logging.getLogger(__name__)
Purpose = Message.Purpose
LIVE = (Purpose.CONFIRMED, Purpose.ON_THE_WAY, Purpose.LATE)
"""What is pointless once the order has ended."""
LIVE_HOLDS = timedelta(hours=1)
RATING_HOLDS = timedelta(hours=24)
"""Long enough for the morning after a bag that came in the evening."""
LATE_BY = timedelta(minutes=5)
"""The plan sways by a minute or two while couriers ride; a delay that may vanish again is not worth a worry."""
OVERDUE_BY = timedelta(minutes=2)
"""A courier who is at the door at the promised minute taps a little later."""


def order_confirmed(event: Event, now: datetime) -> None:
    """By when it will be there, and the code the courier will ask for. Of a wished hour whoever placed the order tells, in its own time."""
    order = _order(event, Order.State.CONFIRMED)
    if order and order.start_at is None:
        _tell(order, Purpose.CONFIRMED, by=order.promised_at, lapses_at=order.promised_at, now=now)


def order_handed(event: Event, now: datetime) -> None:
    """The bag has left the store."""
    order = _order(event, Order.State.HANDED)
    if order:
        expected_at = Task.objects.filter(order=order).values_list("expected_at", flat=True).first()
        _tell(order, Purpose.ON_THE_WAY, by=max(expected_at or order.promised_at, now), now=now)


def order_delivered(event: Event, now: datetime) -> None:
    """Thanks, and the way to a rating."""
    order_ended(event, now)
    order = _order(event, Order.State.DELIVERED)
    if order:
        _tell(order, Purpose.DELIVERED, by=event.at, lapses_at=event.at + RATING_HOLDS, now=now)


def order_ended(event: Event, now: datetime) -> None:
    """Whatever its end, nobody needs to hear any more that it is coming."""
    withdraw(keys=[key(event.ref, purpose) for purpose in LIVE], now=now)


def order_rated(event: Event, now: datetime) -> None:
    """Nobody is asked for what they said already."""
    withdraw(keys=[key(event.ref, Purpose.DELIVERED)], now=now)


def safely(listener: Callable[[Event, datetime], None]) -> Callable[[Event, datetime], None]:
    """The listener, whose faults are logged and go no further: a message that can't be written holds up no order."""

    def listening(event: Event, now: datetime) -> None:
        try:
            with transaction.atomic():
                listener(event, now)
        except Exception:
            logger.exception("No message of %s", event)

    return listening


def tell_late(*, now: datetime, limit: int = 100) -> int:
    """Apologise once to whoever waits for a bag that will be late, or is; returns how many were told. One query when none is."""
    behind = Q(expected_at__gt=F("promised_at") + LATE_BY) | Q(promised_at__lt=now - OVERDUE_BY)
    said = Message.objects.filter(
        key=Concat(Value("order:"), OuterRef("order__code"), Value(f":{Purpose.LATE}"))
    )
    late = Task.objects.filter(behind, ~Exists(said), state__in=Task.OPEN).exclude(order__phone="")
    told = 0
    for task in late.select_related("order__city", "order__client").order_by("pk")[:limit]:
        by = max(task.expected_at, now) if task.expected_at else None
        told += _tell(task.order, Purpose.LATE, by=by, now=now)
    return told


def key(code: str, purpose: Message.Purpose) -> str:
    """The key of what an order has to say of itself: each purpose once."""
    return f"order:{code}:{purpose}"


def text(order: Order, purpose: Message.Purpose, *, by: datetime | None) -> str:
    """The sentence in the language spoken now; `by` is shown on the city's clock, nothing when nobody knows."""
    sentences = {
        Purpose.CONFIRMED: _(
            "Guinda: your order is confirmed and will be with you by %(by)s. Code for the courier: %(code)s. %(url)s"
        ),
        Purpose.ON_THE_WAY: _(
            "Guinda: the courier is on the way, at your door about %(by)s. Code for the courier: %(code)s. %(url)s"
        ),
        Purpose.LATE: _(
            "Guinda: your order is late, we are sorry. We now expect it at %(by)s."
            " If that is too late, cancel it or hand it back: you owe nothing. %(url)s"
        )
        if by
        else _(
            "Guinda: your order is late, we are sorry. We are finding a courier for it."
            " If that is too late, cancel it: you owe nothing. %(url)s"
        ),
        Purpose.DELIVERED: _("Guinda: your order was delivered. Was everything good? Tell us here: %(url)s"),
    }
    clock = whole_minute(by).astimezone(ZoneInfo(order.city.time_zone)) if by else None
    return sentences[purpose] % {
        "by": f"{clock:%H:%M}" if clock else "",
        "code": order.spoken_code,
        "url": f"{settings.SITE_URL}{order.get_absolute_url()}",
    }


def _order(event: Event, state: Order.State) -> Order | None:
    """The event's order if it still stands so and somebody can be told."""
    told = Order.objects.exclude(phone="").select_related("city", "client")
    return told.filter(code=event.ref, state=state).first()


def _tell(
    order: Order,
    purpose: Message.Purpose,
    *,
    by: datetime | None,
    now: datetime,
    lapses_at: datetime | None = None,
) -> bool:
    language = order.client.language if order.client else order.language
    with override(language):
        said = text(order, purpose, by=by)
    return enqueue(
        key=key(order.code, purpose),
        purpose=purpose,
        phone=order.phone,
        client_id=order.client_id,
        city=order.city,
        language=language,
        text=said,
        lapses_at=lapses_at or now + LIVE_HOLDS,
        now=now,
    )
