"""Which events of the journal a play can begin with, wait for or have as its goal, and whose they are.

A room above adds its own with `register` in its `apps.ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from guinda.clients.models import Client
from guinda.offers.models import Offer
from guinda.orders.models import Order, StandingOrder


class Subject(NamedTuple):
    """Whose event it was, and in which city."""

    client_id: int
    city_id: str | None


Find = Callable[[Collection[str]], Mapping[str, Subject]]


@dataclass(frozen=True)
class Kind:
    """A kind of event: what a person calls it, and how its references lead to clients, for many at once."""

    name: str
    label: Any
    find: Find


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let plays know of this kind of event."""
    _kinds[kind.name] = kind


def kinds() -> Mapping[str, Kind]:
    """All that plays know of, by name."""
    return dict(_kinds)


def by_order(refs: Collection[str]) -> Mapping[str, Subject]:
    """The clients of orders by their codes; an order of nobody we know is left out."""
    rows = Order.objects.filter(code__in=refs, client__isnull=False).values_list(
        "code", "client_id", "city_id"
    )
    return {code: Subject(client_id, city_id) for code, client_id, city_id in rows}


def by_standing(refs: Collection[str]) -> Mapping[str, Subject]:
    """The clients of standing orders, named as `standing:NUMBER`."""
    rows = StandingOrder.objects.filter(pk__in=_numbers(refs, "standing"))
    return {each.source: Subject(each.client_id, each.city_id) for each in rows}


def by_client(refs: Collection[str]) -> Mapping[str, Subject]:
    """Clients, named as `client:NUMBER`."""
    rows = Client.objects.filter(pk__in=_numbers(refs, "client")).values_list("pk", "city_id")
    return {f"client:{pk}": Subject(pk, city_id) for pk, city_id in rows}


def by_offer(refs: Collection[str]) -> Mapping[str, Subject]:
    """The clients of offers, named as `offer:NUMBER`."""
    rows = Offer.objects.filter(pk__in=_numbers(refs, "offer")).select_related("client")
    return {each.ref: Subject(each.client_id, each.client.city_id) for each in rows}


def _numbers(refs: Collection[str], kind: str) -> list[int]:
    numbers = {ref.removeprefix(f"{kind}:") for ref in refs}
    return [int(each) for each in numbers if each.isdecimal()]


def register_own() -> None:
    """What the rooms below announce."""
    orders = {
        "order.confirmed": _("an order was confirmed"),
        "order.delivered": _("an order was delivered"),
        "order.failed": _("an order could not be delivered"),
        "order.cancelled": _("an order was cancelled"),
        "order.rated": _("an order was rated"),
    }
    standing = {
        "standing.made": _("a standing order was made"),
        "standing.paused": _("a standing order was paused"),
        "standing.ended": _("a standing order was ended"),
    }
    offers = {
        "offer.presented": _("an offer was put before a client"),
        "offer.accepted": _("an offer was accepted"),
        "offer.declined": _("an offer was declined"),
    }
    own = {
        "client.approached": _("a competitor approached a client"),
        "complaint.opened": _("a complaint was written down"),
        "complaint.closed": _("a complaint was closed"),
    }
    for find, some in ((by_order, orders), (by_standing, standing), (by_offer, offers), (by_client, own)):
        for name, label in some.items():
            register(Kind(name, label, find))
