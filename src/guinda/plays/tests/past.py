"""A small past for the tests of conditions, rehearsals and effects: rows written straight, each with its own story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from django.contrib.auth.models import User

from guinda.catalog.models import Lot, Product, Variety
from guinda.clients.models import Client
from guinda.clients.tests.book import city
from guinda.delivery.models import Courier, Rating, Task
from guinda.journal.models import Event
from guinda.orders.models import Line, Order
from guinda.places.models import City, Store

NOW = datetime(2026, 8, 20, 9, 0, tzinfo=UTC)
"""Noon in Moscow, on a Thursday."""
TALK = dict.fromkeys(("en", "es", "ru"), "Sweet")


def before(**passed: float) -> datetime:
    return NOW - timedelta(**passed)


class Past:
    """One city with a store, a courier and two kinds of fruit; orders are added as they were."""

    def __init__(self, here: City | None = None) -> None:
        self.city = here or city()
        self.codes = count()
        place = {"city": self.city, "name": "A", "name_latin": "A", "lat": 55.7, "lon": 37.6}
        self.store = Store.objects.create(slug="a", street="A 1", **place)
        user = User.objects.create_user("courier")
        self.courier = Courier.objects.create(user=user, name="C", city=self.city, home_store=self.store)
        self.lots = {fruit: self._lot(fruit) for fruit in ("cherry", "raspberry")}

    def _lot(self, fruit: str) -> Lot:
        product = Product.objects.create(slug=fruit, name=TALK)
        grades = {"brix_tenths": 200, "acid_hundredths": 60, "piece_mg": 9_000}
        words = {"name": TALK, "colour_name": TALK, "about": TALK, "colour": "#b3132b"}
        variety = Variety.objects.create(slug=f"{fruit}-1", product=product, **words, **grades)
        by = {"grower": "G", "origin": "O", "inspected_by": "I", "washed_by": "W", "brix_tenths": 200}
        at = {"picked_at": NOW, "inspected_at": NOW, "washed_at": NOW, "expires_at": NOW + timedelta(days=3)}
        return Lot.objects.create(code=fruit, variety=variety, **by, **at)

    def order(self, client: Client, at: datetime, **said: object) -> Order:
        """A delivered order placed at `at`. `said`: total_minor, fruit, late_min, grade (of fruit and kindness), state, currency."""
        late = timedelta(minutes=float(said.get("late_min", -5)))
        code = f"o{next(self.codes)}"
        door = {"lat": 55.7, "lon": 37.6, "street": "S 1", "language": "ru", "promise_chance": 0.9}
        made = Order.objects.create(
            key=uuid4(),
            body_digest="",
            code=code,
            spoken_code=code[-4:],
            city=self.city,
            store=self.store,
            source="panel:a",
            client=client,
            total_minor=said.get("total_minor", 50_000),
            currency=said.get("currency", "RUB"),
            weight_g=1_000,
            state=said.get("state", "delivered"),
            placed_at=at,
            promised_at=at + timedelta(minutes=30),
            **door,
        )
        lot = self.lots[str(said.get("fruit", "cherry"))]
        Line.objects.create(order=made, lot=lot, weight_g=1_000, price_minor=50_000)
        ended_at = made.promised_at + late
        if made.state == "delivered":
            place = {"city": self.city, "store": self.store, "lat": 55.7, "lon": 37.6, "weight_g": 1_000}
            times = {"ready_at": at, "promised_at": made.promised_at, "ended_at": ended_at}
            Task.objects.create(order=made, state="delivered", courier=self.courier, **place, **times)
            Event.objects.create(at=ended_at, kind="order.delivered", ref=code, by="courier", data={})
        if grade := said.get("grade"):
            Rating.objects.create(order=made, fruit=grade, kindness=5, rated_at=ended_at + timedelta(hours=1))
        return made
