"""A small city for this room's tests: two stores, some couriers, fruit to sell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.contrib.auth.models import User

from guinda.base.points import Point
from guinda.catalog.models import Lot, Price, Product, Variety
from guinda.delivery import dispatcher, promises
from guinda.delivery.models import Courier, Task
from guinda.delivery.services import start_shift
from guinda.journal.services import announce
from guinda.orders.models import Order
from guinda.orders.quotes import quote
from guinda.orders.services import Door, Placed, Who, place
from guinda.places.models import City, Store
from guinda.stock.services import receive

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
CENTRE = Point(55.752, 37.617)
FAR = Point(55.790, 37.700)


def after(**passed: float) -> datetime:
    return NOW + timedelta(**passed)


def texts(text: str) -> dict[str, str]:
    return dict.fromkeys(("en", "es", "ru"), text)


class World:
    """One city ready to sell; every row by its short name."""

    def __init__(self) -> None:
        dispatcher.forget()
        promises.forget()
        self.city = City.objects.create(
            slug="moscow",
            name="Москва",
            name_latin="Moscow",
            time_zone="Europe/Moscow",
            country="RU",
            currency="RUB",
            south=55.68,
            west=37.50,
            north=55.82,
            east=37.75,
        )
        self.store = self._store("kremlin", Point(55.7540, 37.6200))
        self.far_store = self._store("sokolniki", FAR)
        sweet = Product.objects.create(slug="sweet", name=texts("Sweet cherry"))
        self.variety = Variety.objects.create(
            slug="rainier",
            product=sweet,
            name=texts("Rainier"),
            colour_name=texts("yellow"),
            colour="#f2c14e",
            about=texts("Sweet."),
            brix_tenths=200,
            acid_hundredths=60,
            piece_mg=9000,
        )
        self.lot = Lot.objects.create(
            code="RA-1",
            variety=self.variety,
            grower="Grower",
            origin="Krasnodar",
            picked_at=NOW - timedelta(hours=8),
            brix_tenths=201,
            inspected_by="Inspector",
            inspected_at=NOW - timedelta(hours=2),
            washed_by="Washer",
            washed_at=NOW - timedelta(hours=1),
            expires_at=NOW + timedelta(days=2),
        )
        Price.objects.create(
            city=self.city, variety=self.variety, per_kg_minor=90_000, from_at=NOW - timedelta(days=1)
        )
        for store in (self.store, self.far_store):
            receive(store=store, lot_id=self.lot.pk, weight_g=500_000, by="test", at=NOW - timedelta(hours=1))

    def _store(self, slug: str, point: Point) -> Store:
        return Store.objects.create(
            city=self.city,
            slug=slug,
            name=slug,
            name_latin=slug,
            street=f"{slug} 1",
            lat=point.lat,
            lon=point.lon,
        )

    def courier(
        self,
        name: str,
        *,
        on_duty: bool = True,
        at: Point = CENTRE,
        mode: str = "bicycle",
        carries_g: int = 12_000,
    ) -> Courier:
        courier = Courier.objects.create(
            user=User.objects.create_user(name.lower(), password="a long enough word"),
            name=name,
            city=self.city,
            home_store=self.store,
            mode=mode,
            carries_g=carries_g,
        )
        if on_duty:
            start_shift(courier=courier, place=at, now=NOW)
        return courier

    def order(
        self,
        *,
        door: Point = CENTRE,
        weight_g: int = 1000,
        pay: str = "cash",
        now: datetime = NOW,
        flat: str = "7",
    ) -> Placed:
        """An order from a quote, as the panel places it."""
        made = quote(city=self.city, bowl={"rainier": weight_g}, door=door, now=now)
        return place(
            key=uuid4(),
            quote=made,
            door=Door("Tverskaya 1", flat, "Blue door"),
            pay=pay,
            who=Who(phone="+74951234567"),
            source="panel:test",
            now=now,
        )

    def task(self, *, door: Point = CENTRE, weight_g: int = 1000, now: datetime = NOW) -> Task:
        """An order that was announced: its task, waiting."""
        placed = self.order(door=door, weight_g=weight_g, now=now)
        announce(now=now)
        return Task.objects.get(order__code=placed.code)

    def assigned(
        self, courier: Courier, *, door: Point = CENTRE, now: datetime = NOW, position: int = 1
    ) -> Task:
        """A task in the hands of a courier, without the planner."""
        task = self.task(door=door, now=now)
        Task.objects.filter(pk=task.pk).update(
            courier=courier,
            state=Task.State.ASSIGNED,
            position=position,
            assigned_at=now,
            leaves_at=now + timedelta(minutes=5),
            expected_at=now + timedelta(minutes=20),
        )
        task.refresh_from_db()
        return task


def order_of(task: Task) -> Order:
    return Order.objects.get(pk=task.order_id)
