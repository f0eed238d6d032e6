"""Reads of a store: the same number of queries however much lies or waits there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import F, Max, Prefetch, Q, QuerySet

from guinda.base.texts import pick
from guinda.catalog.models import Lot
from guinda.delivery.models import Task
from guinda.delivery.queries import hour_text, weight_text
from guinda.orders.models import Line, Order
from guinda.places.models import Store
from guinda.stock.models import Holding, Movement
from guinda.stores.models import Packing, Transfer

SOON = timedelta(minutes=5)
"""A bag whose courier leaves within this is packed first of all."""
OLD = timedelta(hours=24)
"""A lot that expires within this is said so."""
MOST_BAGS = 200
MOST_LOTS = 500


def stores_of(user: User | AnonymousUser) -> QuerySet[Store]:
    """The stores somebody tends: their own, or every one with the permission to."""
    stores = Store.objects.select_related("city").filter(active=True).order_by("name_latin", "pk")
    if user.has_perm("stores.tend_every_store"):
        return stores
    return stores.filter(keepers__user_id=user.pk or 0)


@dataclass(frozen=True)
class Portion:
    """One lot of a bag."""

    name: str
    colour: str
    weight: str
    lot: str
    recalled: bool


@dataclass(frozen=True)
class Bag:
    """An order to pack, as its keeper needs it: `number` is what the courier's page calls it."""

    order: Order
    number: int
    leaves: str
    minutes: int
    planned: bool
    """A courier has it in the plan; otherwise `leaves` is when it should be ready for whoever comes."""
    courier: str
    promised: str
    weight: str
    portions: list[Portion]
    packing: Packing | None

    @property
    def hurry(self) -> str:
        """`late`, `soon` or nothing."""
        return "late" if self.minutes < 0 else "soon" if self.minutes * 60 <= SOON.total_seconds() else ""

    @property
    def recalled(self) -> bool:
        """Whether something in it may not go out."""
        return any(each.recalled for each in self.portions)


_LINES = Prefetch("order__lines", queryset=Line.objects.select_related("lot__variety").order_by("pk"))


def bags(*, store: Store, now: datetime, order_id: int | None = None) -> list[Bag]:
    """What the store has to have ready, in the order couriers will leave with it. Two queries.

    A bag for a wished hour is packed when its work begins, not the evening before.
    """
    tasks = (
        Task.objects.filter(
            Q(order__start_at=None) | Q(order__start_at__lte=now),
            store=store,
            state__in=[Task.State.WAITING, Task.State.ASSIGNED],
            order__state=Order.State.CONFIRMED,
        )
        .select_related("order__packing", "courier")
        .prefetch_related(_LINES)
    )
    if order_id is not None:
        tasks = tasks.filter(order_id=order_id)
    by_leaving = sorted(tasks[:MOST_BAGS], key=lambda task: (_leaves_at(task), task.position, task.pk))
    zone = ZoneInfo(store.city.time_zone)
    return [_bag(task, zone, now) for task in by_leaving]


def _leaves_at(task: Task) -> datetime:
    return task.leaves_at or task.ready_at


def _bag(task: Task, zone: ZoneInfo, now: datetime) -> Bag:
    return Bag(
        order=task.order,
        number=task.pk,
        leaves=hour_text(_leaves_at(task), zone),
        minutes=math.floor((_leaves_at(task) - now).total_seconds() / 60),
        planned=task.leaves_at is not None,
        courier=task.courier.name if task.courier else "",
        promised=hour_text(task.promised_at, zone),
        weight=weight_text(task.weight_g),
        portions=[_portion(line) for line in task.order.lines.all()],
        packing=getattr(task.order, "packing", None),
    )


def _portion(line: Line) -> Portion:
    lot = line.lot
    return Portion(
        pick(lot.variety.name),
        lot.variety.colour,
        weight_text(line.weight_g),
        lot.code,
        lot.recalled_at is not None,
    )


def to_unpack(*, store: Store) -> list[Packing]:
    """Bags that stand ready for orders that were cancelled. One query."""
    rows = Packing.objects.filter(order__store=store, order__state=Order.State.CANCELLED)
    return list(rows.select_related("order__task").order_by("-at")[:MOST_BAGS])


@dataclass(frozen=True)
class OnShelf:
    """A lot of the store with its age."""

    lot: Lot
    name: str
    on_hand_g: int
    held_g: int
    hours: int
    state: str
    """`recalled`, `expired`, `soon` or nothing."""

    @property
    def free_g(self) -> int:
        """What may still be sold, sent or written off."""
        return self.on_hand_g - self.held_g

    @property
    def brix(self) -> float:
        """Degrees, measured on the lot."""
        return self.lot.brix_tenths / 10


def shelf(*, store: Store, now: datetime, code: str | None = None, gone: bool = False) -> list[OnShelf]:
    """What lies in the store by lot, first to expire first; also what is gone by the books and could still be sold. One query."""
    rows = Holding.objects.filter(holder__store=store).select_related("lot__variety")
    here = Q(on_hand_g__gt=0) | Q(lot__expires_at__gt=now) if gone else Q(on_hand_g__gt=0)
    rows = rows.filter(here) if code is None else rows.filter(lot__code=code)
    return [
        OnShelf(
            lot=row.lot,
            name=pick(row.lot.variety.name),
            on_hand_g=row.on_hand_g,
            held_g=row.held_g,
            hours=max(0, int((now - row.lot.picked_at).total_seconds() // 3600)),
            state=_state(row.lot, now),
        )
        for row in rows.order_by("lot__expires_at", "lot_id")[:MOST_LOTS]
    ]


def _state(lot: Lot, now: datetime) -> str:
    if lot.recalled_at:
        return "recalled"
    if now >= lot.expires_at:
        return "expired"
    return "soon" if lot.expires_at - now <= OLD else ""


def last_movements(*, store: Store, lot_ids: Sequence[int]) -> dict[int, int]:
    """The newest movement of each lot to or from the store, by lot. One query."""
    here = Q(from_holder__store=store) | Q(to_holder__store=store)
    rows = Movement.objects.filter(here, lot_id__in=lot_ids).values_list("lot_id").annotate(Max("pk"))
    return dict(rows)


def orders_short(*, store: Store, lot_id: int, left_g: int) -> list[str]:
    """Spoken codes of the orders that `left_g` of the lot do not reach, when the first promised are served first. One query."""
    lines = Line.objects.filter(lot_id=lot_id, order__store=store, order__state__in=Order.LIVE)
    short = []
    for code, weight_g in lines.order_by("order__promised_at", "order_id").values_list(
        "order__spoken_code", "weight_g"
    ):
        if weight_g > left_g:
            short.append(code)
        else:
            left_g -= weight_g
    return short


def other_stores(store: Store) -> QuerySet[Store]:
    """Where something may be sent from this one."""
    return (
        Store.objects.filter(city=store.city_id, active=True)
        .exclude(pk=store.pk)
        .order_by("name_latin", "pk")
    )


def known_growers() -> dict[str, list[str]]:
    """Growers and regions that were typed before, the latest first, to be offered again. One query."""
    rows = Lot.objects.order_by("-pk").values_list("grower", "origin")[:MOST_LOTS]
    growers, origins = zip(*rows, strict=True) if rows else ((), ())
    return {"growers": list(dict.fromkeys(growers))[:30], "origins": list(dict.fromkeys(origins))[:30]}


def of_store(store: Store) -> Q:
    """Transfers from or to it."""
    return Q(source=store) | Q(target=store)


def under_way(*, store: Store) -> list[Transfer]:
    """What is on the road to the store or from it, the oldest first. One query."""
    rows = Transfer.objects.filter(of_store(store), arrived_at=None)
    return list(
        rows.select_related("lot__variety", "source__city", "target").order_by("sent_at", "pk")[:MOST_LOTS]
    )


def arrived_lately(*, store: Store) -> list[Transfer]:
    """The last ones that were weighed in, the newest first. One query."""
    rows = Transfer.objects.filter(of_store(store), arrived_at__isnull=False)
    return list(
        rows.select_related("lot__variety", "source", "target", "arrived_store").order_by("-arrived_at")[:20]
    )


def buyers(*, lot: Lot) -> QuerySet[Line]:
    """Who got fruit of a lot, or was about to: lines of orders that left a store, the newest first."""
    gone = [Order.State.HANDED, Order.State.DELIVERED]
    lines = Line.objects.filter(lot=lot, order__state__in=gone)
    return lines.select_related("order__client", "order__store").order_by("-order__placed_at", "-pk")


def whereabouts(*, lot: Lot) -> list[Holding]:
    """Who still has some of a lot: stores, sellers' bags, the road. One query."""
    rows = Holding.objects.filter(lot=lot, on_hand_g__gt=0).annotate(kind=F("holder__kind"))
    return list(rows.select_related("holder__store", "holder__city").order_by("pk"))
