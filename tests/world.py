"""A small city for tests: two stations, two stores, three varieties with lots on the shelf."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from guinda.base.points import Point
from guinda.catalog.models import Lot, Price, Product, Variety
from guinda.orders.models import Order
from guinda.orders.promise import Promise, Promiser
from guinda.orders.quotes import quote
from guinda.orders.services import Door, Placed, Who, place
from guinda.places.models import City, Station, Store
from guinda.stock import services as stock

NOW = datetime(2026, 6, 24, 9, 0, tzinfo=UTC)
STATIONS = (
    ("kurskaya", ("Курская", "Kurskaya"), 55.7586, 37.6611),
    ("taganskaya", ("Таганская", "Taganskaya"), 55.7424, 37.6533),
)
STORES = (("pokrovka", "Pokrovka 1", 55.7590, 37.6450), ("zatsepa", "Zatsepa 5", 55.7300, 37.6350))
DOOR = Point(55.7600, 37.6400)


class HalfHour(Promiser):
    """Promises half an hour from every store: what tests use where couriers don't matter."""

    def promise(self, *, stores, now, **_others):
        return {store_id: Promise(now + timedelta(minutes=30), 0.95) for store_id in stores}


def texts(text: str) -> dict[str, str]:
    return {"en": text, "es": text, "ru": text}


@dataclass
class World:
    """The rows a test needs at hand."""

    city: City
    stations: list[Station]
    stores: list[Store]
    lots: dict[str, Lot] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.stores[0]

    def add_lot(
        self,
        variety_id: str,
        *,
        weight_g: int,
        store: Store | None = None,
        expires_at: datetime | None = None,
    ) -> Lot:
        lot = Lot.objects.create(
            code=f"L{Lot.objects.count() + 1:05d}",
            variety_id=variety_id,
            grower="Orchard on the hill",
            origin="Krasnodar",
            picked_at=NOW - timedelta(hours=6),
            brix_tenths=190,
            inspected_by="Quality desk",
            inspected_at=NOW - timedelta(hours=5),
            washed_by="Store",
            washed_at=NOW - timedelta(hours=4),
            expires_at=expires_at or NOW + timedelta(days=3),
        )
        stock.receive(store=store or self.store, lot_id=lot.pk, weight_g=weight_g, by="test", at=NOW)
        self.lots.setdefault(variety_id, lot)
        return lot

    def quote(self, bowl: dict[str, int] | None = None, *, now: datetime = NOW):
        return quote(city=self.city, bowl=bowl or {"kordia": 500}, door=DOOR, now=now)

    def place(
        self, bowl: dict[str, int] | None = None, *, pay: str = "cash", now: datetime = NOW, key=None, **who
    ) -> Placed:
        return place(
            key=key or uuid4(),
            quote=self.quote(bowl, now=now),
            door=Door("Pokrovka 12", "4"),
            pay=pay,
            who=Who(**who),
            source="panel:kurskaya",
            now=now,
        )

    def order(self, bowl: dict[str, int] | None = None, **options) -> Order:
        return Order.objects.get(code=self.place(bowl, **options).code)


def build(*, shelf_g: int = 10_000) -> World:
    """A city ready to sell."""
    city = City.objects.create(
        slug="moscow",
        name="Москва",
        name_latin="Moscow",
        time_zone="Europe/Moscow",
        country="RU",
        currency="RUB",
        south=55.65,
        west=37.45,
        north=55.85,
        east=37.80,
        water=[],
    )
    world = World(
        city, [_station(city, *facts) for facts in STATIONS], [_store(city, *facts) for facts in STORES]
    )
    for kind in ("growers", "clients", "waste"):
        stock.outside(city, kind)
    product = Product.objects.create(slug="sweet-cherry", name=texts("Sweet cherry"))
    for position, slug in enumerate(("kordia", "rainier", "lapins")):
        _variety(city, product, slug, position)
        if shelf_g:
            world.add_lot(slug, weight_g=shelf_g)
    return world


def _station(city: City, slug: str, names: tuple[str, str], lat: float, lon: float) -> Station:
    return Station.objects.create(
        city=city, slug=slug, name=names[0], name_latin=names[1], lat=lat, lon=lon, yearly_entries=10_000_000
    )


def _store(city: City, slug: str, street: str, lat: float, lon: float) -> Store:
    store = Store.objects.create(
        city=city, slug=slug, name=slug, name_latin=slug, street=street, lat=lat, lon=lon
    )
    stock.holder_of(store)
    return store


def _variety(city: City, product: Product, slug: str, position: int) -> None:
    Variety.objects.create(
        slug=slug,
        product=product,
        name=texts(slug.title()),
        colour_name=texts("red"),
        colour="#7a0c2e",
        about=texts("Good."),
        brix_tenths=180,
        acid_hundredths=80,
        piece_mg=12_000,
        good_to_eat=3,
        position=position,
    )
    Price.objects.create(variety_id=slug, city=city, per_kg_minor=89_000, from_at=NOW - timedelta(days=1))
