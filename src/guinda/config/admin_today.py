"""The office's first page: the day in figures, each with a way on. Six queries however large the house."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, F, Min, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guinda.base import clock
from guinda.base.admin_tools import amount, kilograms, midnight, when
from guinda.clients.models import Message
from guinda.clients.sending import TO_LOOK_AT
from guinda.delivery.fleet import NEAR_S
from guinda.delivery.models import Shift, Task
from guinda.orders.models import Order, Refund
from guinda.stock.models import Holding

SOON_S = 24 * 3600
"""Fruit that expires within this is shown."""


class Figure(NamedTuple):
    """One number of the day: what it counts, how it stands and where it leads."""

    title: str
    value: str
    note: str
    url: str
    tone: str = ""


def today(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The dashboard's context: only the figures whose rows the reader may see."""
    now = clock.now()
    may = request.user.has_perm
    figures: list[Figure] = []
    if may("orders.view_order"):
        figures += _orders(now)
    if may("delivery.view_task"):
        figures += _tasks(now)
    if may("delivery.view_shift"):
        figures.append(_shifts())
    if may("orders.view_refund"):
        figures.append(_refunds())
    if may("clients.view_message"):
        figures.append(_messages())
    expiring = _expiring(now) if may("stock.view_holding") else None
    return {
        **context,
        "figures": figures,
        "expiring": expiring,
        "day": date_format(localtime(now), "l, j F"),
        "time": date_format(localtime(now), "H:i"),
    }


def _orders(now: datetime) -> list[Figure]:
    start = midnight(now)
    day = Q(placed_at__gte=start)
    gone = Q(state__in=[Order.State.CANCELLED, Order.State.EXPIRED, Order.State.FAILED])
    found = Order.objects.filter(day).aggregate(
        count=Count("pk", filter=~gone),
        gone=Count("pk", filter=gone),
        money=Sum("total_minor", filter=~gone),
        currency=Min("currency"),
    )
    url = reverse("admin:orders_order_changelist")
    taken = amount(found["money"] or 0, found["currency"]) if found["currency"] else ""
    fell = ngettext("%(count)s fell through", "%(count)s fell through", found["gone"]) % {
        "count": found["gone"]
    }
    return [
        Figure(
            _("Orders today"),
            str(found["count"]),
            " · ".join(filter(None, [taken, fell])),
            f"{url}?placed_at_since=0",
        )
    ]


def _tasks(now: datetime) -> list[Figure]:
    """The promise, looked at from both sides of now."""
    start, near = midnight(now), now + timedelta(seconds=NEAR_S)
    is_open = Q(state__in=Task.OPEN)
    delivered = Q(state=Task.State.DELIVERED, ended_at__gte=start)
    found = Task.objects.filter(is_open | Q(ended_at__gte=start)).aggregate(
        live=Count("pk", filter=is_open),
        waiting=Count("pk", filter=Q(state=Task.State.WAITING, ready_at__lt=near)),
        late=Count("pk", filter=is_open & Q(promised_at__lt=now)),
        delivered=Count("pk", filter=delivered),
        kept=Count("pk", filter=delivered & Q(ended_at__lte=F("promised_at"))),
    )
    orders, tasks = reverse("admin:orders_order_changelist"), reverse("admin:delivery_task_changelist")
    kept = f"{found['kept'] / found['delivered']:.0%}" if found["delivered"] else "–"
    share = found["kept"] / found["delivered"] if found["delivered"] else 1
    waiting = ngettext("%(count)s waits for a courier", "%(count)s wait for a courier", found["waiting"])
    of = _("%(kept)s of %(delivered)s delivered today") % found
    return [
        Figure(
            _("Live now"), str(found["live"]), waiting % {"count": found["waiting"]}, f"{orders}?live=yes"
        ),
        Figure(_("Promise kept"), kept, of, f"{tasks}?ended_at_since=0", "good" if share >= 0.9 else "warn"),
        Figure(
            _("Late now"),
            str(found["late"]),
            _("past the promised time"),
            f"{orders}?live=late",
            "bad" if found["late"] else "good",
        ),
    ]


def _shifts() -> Figure:
    on = Shift.objects.filter(ended_at=None).count()
    return Figure(
        _("Couriers on shift"),
        str(on),
        _("on duty now"),
        f"{reverse('admin:delivery_shift_changelist')}?open=yes",
    )


def _refunds() -> Figure:
    found = Refund.objects.filter(done_at=None).aggregate(
        unclear=Count("pk", filter=Q(sent_at__isnull=False)), new=Count("pk", filter=Q(sent_at=None))
    )
    note = _("%(count)s more on their way") % {"count": found["new"]}
    url = f"{reverse('admin:orders_refund_changelist')}?open=unclear"
    return Figure(
        _("Refunds to look at"), str(found["unclear"]), note, url, "bad" if found["unclear"] else "good"
    )


def _messages() -> Figure:
    found = Message.objects.filter(state__in=TO_LOOK_AT).aggregate(
        unclear=Count("pk", filter=Q(state=Message.State.UNCLEAR)),
        failed=Count("pk", filter=Q(state=Message.State.FAILED)),
    )
    note = _("%(count)s more were not taken") % {"count": found["failed"]}
    url = f"{reverse('admin:clients_message_changelist')}?state__exact=unclear"
    return Figure(
        _("Messages to look at"), str(found["unclear"]), note, url, "bad" if found["unclear"] else "good"
    )


def _expiring(now: datetime) -> list[dict[str, Any]]:
    """Fruit on the shelves that is not sold in a day's time, the most first."""
    rows = (
        Holding.objects.filter(
            on_hand_g__gt=0,
            lot__recalled_at=None,
            lot__expires_at__gt=now,
            lot__expires_at__lte=now + timedelta(seconds=SOON_S),
            holder__store__isnull=False,
        )
        .select_related("lot__variety", "holder__store")
        .order_by("-on_hand_g")[:8]
    )
    return [
        {
            "variety": str(row.lot.variety),
            "lot": row.lot.code,
            "store": str(row.holder),
            "weight": kilograms(row.on_hand_g),
            "expires": when(row.lot.expires_at),
            "url": reverse("admin:catalog_lot_change", args=[row.lot_id]),
        }
        for row in rows
    ]
