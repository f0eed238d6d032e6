"""What orders tell the client book: what was ordered, what it was worth, and what must be forgotten on request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, FloatField, Func, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guinda.base.admin_tools import when
from guinda.base.shown import amount
from guinda.clients.rooms import Entry, Fact, Room, Source, Who, plain
from guinda.orders.models import Order, StandingOrder

UNDER_WAY = (Order.State.HELD, Order.State.CONFIRMED, Order.State.HANDED)


class Orders(Source):
    """What they ordered."""

    at = "placed_at"

    def rows(self, who: Who) -> QuerySet[Any]:
        """By the index of a client's orders."""
        return Order.objects.filter(client__in=who.ids)

    def entry(self, row: Order) -> Entry:
        """Code, state, money, and the way to it."""
        text = _("Order %(code)s: %(state)s") % {"code": row.spoken_code, "state": row.get_state_display()}
        return Entry(
            row.placed_at,
            row.pk,
            "order",
            text,
            amount(row.total_minor, row.currency),
            row.get_absolute_url(),
        )


class OrdersRoom(Room):
    """Orders and standing orders of a client."""

    sources = (Orders(),)

    def facts(self, who: Who) -> Sequence[Fact]:
        """Worth so far by currency, and what goes on by itself."""
        delivered = Order.objects.filter(client__in=who.ids, state=Order.State.DELIVERED)
        sums = (
            delivered.values("currency").annotate(total=Sum("total_minor"), n=Count("pk")).order_by("-total")
        )
        facts = [
            Fact(
                gettext_lazy("Worth so far"),
                f"{amount(row['total'], row['currency'])} · "
                + ngettext("%(n)s order", "%(n)s orders", row["n"]) % {"n": row["n"]},
                "good",
            )
            for row in sums
        ]
        promised = Order.objects.filter(client__in=who.ids, state__in=UNDER_WAY).order_by("promised_at")
        facts += [Fact(gettext_lazy("Promised"), _promise(order)) for order in promised[:2]]
        regular = StandingOrder.objects.filter(client__in=who.ids, ended_at=None).count()
        return [*facts, *([Fact(gettext_lazy("Standing orders"), str(regular), "good")] if regular else [])]

    def found(self, text: str) -> Sequence[int]:
        """The clients of the latest orders with this spoken code, or of the order with this code."""
        codes = Order.objects.filter(Q(spoken_code=text) | Q(code=text), client__isnull=False)
        return list(codes.order_by("-placed_at").values_list("client", flat=True)[:20])

    def export(self, who: Who) -> dict[str, list[dict[str, Any]]]:
        """Orders with their doors, standing orders with theirs."""
        door = ("phone", "street", "flat", "note", "lat", "lon")
        standing = StandingOrder.objects.filter(client__in=who.ids)
        return {
            "orders": plain(
                _of(who), "code", "placed_at", "state", "total_minor", "currency", "weight_g", *door
            ),
            "standing_orders": plain(standing, "made_at", "ended_at", "days", "hour", *door[1:]),
        }

    def is_busy(self, who: Who) -> bool:
        """While a bag is to be brought, or comes by itself."""
        standing = StandingOrder.objects.filter(client__in=who.ids, ended_at=None)
        return _of(who).filter(state__in=UNDER_WAY).exists() or standing.exists()

    def erase(self, who: Who) -> None:
        """The doors and telephones; what was bought and paid stays, about where too."""
        nowhere = {"street": "", "flat": "", "note": "", "lat": _about("lat"), "lon": _about("lon")}
        _of(who).update(phone="", body_digest="", **nowhere)
        StandingOrder.objects.filter(client__in=who.ids).update(**nowhere)


def _of(who: Who) -> QuerySet[Order]:
    """Their orders, also those before the telephone was proved."""
    return Order.objects.filter(Q(client__in=who.ids) | Q(phone__in=who.phones, client=None))


def _promise(order: Order) -> str:
    return _("%(code)s at the door by %(when)s") % {
        "code": order.spoken_code,
        "when": when(order.promised_at),
    }


def _about(field: str) -> Func:
    """A kilometre or so: where demand is stays known, whose door it was does not."""
    return Func(F(field), template="round(%(expressions)s::numeric, 2)::float8", output_field=FloatField())
