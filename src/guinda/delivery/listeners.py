"""What this room does when orders say something."""

from __future__ import annotations

from datetime import datetime, timedelta

from guinda.clients.complaining import complain
from guinda.clients.models import Client
from guinda.delivery.fleet import PREPARE_S
from guinda.delivery.models import Rating, Task
from guinda.delivery.promises import remember
from guinda.journal.models import Event
from guinda.orders.models import Order

COMPLAINT_AT = 2
"""A grade this low, with words, is a complaint that somebody answers."""


def order_confirmed(event: Event, now: datetime) -> None:  # noqa: ARG001 - a listener's signature
    """One task for the order, however often we are told; none when it has ended meanwhile.

    The order's row is locked, so a cancellation is either seen here or waits for us and is announced after the task is there.
    """
    order = Order.objects.select_for_update(no_key=True).get(code=event.ref)
    if order.state != Order.State.CONFIRMED:
        return
    task = Task(
        order=order,
        city_id=order.city_id,
        store_id=order.store_id,
        lat=order.lat,
        lon=order.lon,
        weight_g=order.weight_g,
        ready_at=max(event.at, order.start_at or event.at) + timedelta(seconds=PREPARE_S),
        promised_at=order.promised_at,
    )
    if Task.objects.filter(order=order).exists():
        return
    task.save()
    remember(order=order, task=task, at=event.at)


def order_cancelled(event: Event, now: datetime) -> None:  # noqa: ARG001 - a listener's signature
    """The task goes with its order. An order with the courier can't be cancelled, so a carried task is never touched."""
    Task.objects.filter(order__code=event.ref, state__in=[Task.State.WAITING, Task.State.ASSIGNED]).update(
        state=Task.State.CANCELLED,
        ended_at=event.at,
        position=0,
        leaves_at=None,
        expected_at=None,
    )


def order_rated(event: Event, now: datetime) -> None:  # noqa: ARG001 - a listener's signature
    """A low grade with words is a complaint in the client book, once; not of somebody whom nobody knows any more."""
    rating = Rating.objects.select_related("order__client").get(order__code=event.ref)
    client: Client | None = rating.order.client
    if client is None or client.erased_at or not rating.word:
        return
    if min(rating.fruit, rating.kindness) <= COMPLAINT_AT:
        complain(
            key=f"rating:{rating.pk}",
            client_id=client.pk,
            about=rating.order.spoken_code,
            words=rating.word,
            by="client",
            now=event.at,
        )
