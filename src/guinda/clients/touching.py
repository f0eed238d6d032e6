"""Write a contact with a client down, with what it cost by the price list of that day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.clients.models import Channel, ChannelPrice, Client, Touch
from guinda.places.models import City


def log(
    *,
    key: UUID,
    client: Client,
    channel: Channel,
    outcome: Touch.Outcome,
    city: City,
    by: str,
    now: datetime,
    minutes: int = 0,
    given_minor: int = 0,
    **said: object,
) -> Touch:
    """The touch, written once however often its `key` comes. `city` is whose money and calendar its cost is in.

    `said` are the touch's other facts: contact, by_client, step, note, next_step, next_date. A next date needs a next step.
    """
    if said.get("next_date") and not said.get("next_step"):
        raise Refusal("next_step_missing", _("Say what is to be done on that day, or leave the day empty."))
    if client.erased_at or client.merged_into_id:
        raise Refusal(
            "not_in_the_book", _("This client was merged or erased meanwhile. Find them in the book again.")
        )
    facts: dict[str, object] = {
        "client": client,
        "at": now,
        "by": by,
        "channel": channel,
        "outcome": outcome,
        "minutes": minutes,
        "given_minor": given_minor,
        "cost_minor": given_minor + cost_minor(channel=channel, minutes=minutes, city=city, now=now),
        "currency": city.currency,
    }
    return Touch.objects.get_or_create(key=key, defaults={**facts, **said})[0]


def cost_minor(*, channel: Channel, minutes: int, city: City, now: datetime) -> int:
    """What one contact of so many minutes costs through a channel; nothing where no price is known."""
    today = now.astimezone(ZoneInfo(city.time_zone)).date()
    price = price_of(channel=channel, currency=city.currency, date=today)
    return minutes * price.minute_minor + price.each_minor if price else 0


def price_of(*, channel: Channel, currency: str, date: date) -> ChannelPrice | None:
    """The price that holds on a day: the newest that had begun."""
    begun = ChannelPrice.objects.filter(channel=channel, currency=currency, from_date__lte=date)
    return begun.order_by("-from_date").first()
