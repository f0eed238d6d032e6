"""Which events of the journal a play can begin with, wait for or have as its goal, and whose they are.

A room above adds its own with `register` in its `apps.ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

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
    numbers = {ref.removeprefix("standing:") for ref in refs}
    rows = StandingOrder.objects.filter(pk__in=[int(each) for each in numbers if each.isdecimal()])
    return {each.source: Subject(each.client_id, each.city_id) for each in rows}


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
    for name, label in orders.items():
        register(Kind(name, label, by_order))
    for name, label in standing.items():
        register(Kind(name, label, by_standing))
