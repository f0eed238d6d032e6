"""What a panel shows: the shelf near its station, with the evidence of each lot; a returning client's bowl."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guinda.base import money
from guinda.base.points import distance_m
from guinda.base.texts import pick
from guinda.catalog.models import Lot, Variety
from guinda.catalog.queries import prices
from guinda.orders.models import Line, Order
from guinda.orders.queries import standing
from guinda.orders.quotes import FARTHEST_M, LEAST_G
from guinda.panels.advice import Fruit, taste, word
from guinda.places.models import City, Station
from guinda.stock.queries import Shelf, shelves

DRAWN = {
    "sweet-cherry": "cherry",
    "sour-cherry": "sour-cherry",
    "raspberry": "raspberry",
    "apricot": "apricot",
}
CODE = re.compile(r"[A-Za-z0-9_-]{22}")
SHOWN_FOR = timedelta(hours=1)
"""How long the screen an order was placed on may ask for it."""
PALE = 0x90
"""A sweet cherry with more green than this in its colour is a yellow one: it is drawn with a blush."""


@dataclass(frozen=True)
class Evidence:
    """Where a lot is from and who answers for it, as texts."""

    lot: str
    origin: str
    grower: str
    picked: str
    inspected: str
    washed: str


@dataclass(frozen=True)
class Card:
    """A variety as the panel shows it."""

    variety: Variety
    name: str
    colour_name: str
    about: str
    per_kg_minor: int
    price_text: str
    brix: float
    acid: float
    taste: int
    taste_word: str
    free_g: int
    by_store: Mapping[int, int]
    evidence: Evidence | None

    @property
    def art(self) -> str:
        """Which drawing shows it; a kind we have not drawn yet is shown as a cherry."""
        kind = self.variety.product_id
        if kind not in DRAWN:
            return "cherry"
        pale = kind == "sweet-cherry" and int(self.variety.colour[3:5], 16) > PALE
        return "blush-cherry" if pale else DRAWN[kind]

    @property
    def mark(self) -> int:
        """Where the mark stands on the scale of taste, in per cent, clear of its ends."""
        return 5 + round(self.taste * 0.9)

    @property
    def fruit(self) -> Fruit:
        """Its facts, for the advice."""
        row = self.variety
        good_for = {"eat": row.good_to_eat, "bake": row.good_to_bake, "preserve": row.good_to_preserve}
        return Fruit(row.slug, self.brix, self.acid, good_for, self.by_store)  # type: ignore[arg-type]  # the three uses are the keys


def cards(*, station: Station, now: datetime) -> list[Card]:
    """Every variety with a price in the station's city, sold out or not, in the catalogue's order. Five queries however many."""
    city = station.city
    near = [
        store
        for store in city.stores.filter(active=True)
        if distance_m(store.point, station.point) <= FARTHEST_M
    ]
    near.sort(key=lambda store: distance_m(store.point, station.point))
    rows = shelves(store_ids=[store.pk for store in near], now=now)
    by_kg = prices(city_id=city.pk, now=now)
    varieties = (
        Variety.objects.filter(slug__in=by_kg)
        .select_related("product")
        .order_by("product__position", "position", "slug")
    )
    first = _first_lots(rows, [store.pk for store in near])
    lots = Lot.objects.in_bulk(first.values())
    free = _free(rows)
    return [
        _card(
            variety,
            lots.get(first.get(variety.slug, 0)),
            by_store=free.get(variety.slug, {}),
            per_kg_minor=by_kg[variety.slug],
            city=city,
            now=now,
        )
        for variety in varieties
    ]


def _first_lots(rows: Iterable[Shelf], store_ids: list[int]) -> dict[str, int]:
    """The lot by variety that would be sold first, from the nearest store that has it."""
    ranks = {store_id: rank for rank, store_id in enumerate(store_ids)}
    first: dict[str, int] = {}
    for row in sorted(
        rows, key=lambda row: ranks[row.store_id]
    ):  # a stable sort: first to expire stays first
        first.setdefault(row.variety_id, row.lot_id)
    return first


def _free(rows: Iterable[Shelf]) -> dict[str, dict[int, int]]:
    free: dict[str, dict[int, int]] = defaultdict(dict)
    for row in rows:
        free[row.variety_id][row.store_id] = free[row.variety_id].get(row.store_id, 0) + row.free_g
    return free


def _card(
    variety: Variety,
    lot: Lot | None,
    *,
    by_store: Mapping[int, int],
    per_kg_minor: int,
    city: City,
    now: datetime,
) -> Card:
    brix, acid = (lot or variety).brix_tenths / 10, variety.acid_hundredths / 100
    free_g = max(by_store.values(), default=0)  # one order comes from one store
    points = taste(brix, acid)
    return Card(
        variety=variety,
        name=pick(variety.name),
        colour_name=pick(variety.colour_name),
        about=pick(variety.about),
        per_kg_minor=per_kg_minor,
        price_text=money.show(per_kg_minor, city.currency, get_language() or "en"),
        brix=brix,
        acid=acid,
        taste=points,
        taste_word=word(points),
        free_g=free_g if free_g >= LEAST_G else 0,
        by_store=by_store,
        evidence=_evidence(lot, city, now) if lot else None,
    )


def _evidence(lot: Lot, city: City, now: datetime) -> Evidence:
    return Evidence(
        lot=lot.code,
        origin=lot.origin,
        grower=lot.grower,
        picked=moment(lot.picked_at, city, now),
        inspected=f"{lot.inspected_by}, {moment(lot.inspected_at, city, now)}",
        washed=f"{lot.washed_by}, {moment(lot.washed_at, city, now)}",
    )


def moment(at: datetime, city: City, now: datetime) -> str:
    """`today at 06:10`, `yesterday at 21:40`, `12 June at 06:10`: in the city's time."""
    zone = ZoneInfo(city.time_zone)
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    days = (today - local.date()).days
    time = clock_time(at, city)
    if days == 0:
        return _("today at %(time)s") % {"time": time}
    if days == 1:
        return _("yesterday at %(time)s") % {"time": time}
    return _("%(day)s at %(time)s") % {
        "day": date_format(local, "j E" if get_language() == "ru" else "j F"),
        "time": time,
    }


def clock_time(at: datetime, city: City) -> str:
    """`14:35` in the city."""
    return f"{at.astimezone(ZoneInfo(city.time_zone)):%H:%M}"


class Ordered(NamedTuple):
    """An order as the screen it was placed on shows it: how it stands with the money, and where it can still be paid."""

    order: Order
    standing: str
    pay_url: str | None


def ordered_here(*, code: str, source: str, now: datetime) -> Ordered | None:
    """The order with this code, when it was placed at `source` within the last hour."""
    if not CODE.fullmatch(code):
        return None
    since = now - SHOWN_FOR
    order = Order.objects.filter(code=code, source=source, placed_at__gte=since).first()
    if order is None:
        return None
    payment = order.payments.order_by("-pk")[0]
    payment.order = order
    how = standing(payment, now=now)
    pay_url = reverse("pay", args=[payment.token]) if how in {"waiting", "refused"} else None
    return Ordered(order, how, pay_url)


def last_order(*, phone: str) -> Order | None:
    """The newest order of the client with this proved telephone that did not come to nothing."""
    ended = (Order.State.CANCELLED, Order.State.EXPIRED, Order.State.FAILED)
    return Order.objects.filter(client__phone=phone).exclude(state__in=ended).order_by("-placed_at").first()


def usual_bowl(last: Order, *, now: datetime, city: City) -> dict[str, int] | None:
    """What an order was of, in grams by variety still sold; None when there is nothing of the kind."""
    bowl: dict[str, int] = defaultdict(int)
    for slug, grams in (
        Line.objects.filter(order=last).order_by("pk").values_list("lot__variety_id", "weight_g")
    ):
        bowl[slug] += grams
    sold = prices(city_id=city.pk, now=now)
    return {slug: grams for slug, grams in bowl.items() if slug in sold} or None
