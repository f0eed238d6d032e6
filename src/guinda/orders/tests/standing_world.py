"""A client with an order, and the worker's rounds at whatever hour a test says."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from guinda.catalog.models import Lot
from guinda.clients.models import Client, Message
from guinda.orders.models import Order
from guinda.orders.standing import services
from guinda.orders.standing.models import StandingOrder, Visit
from guinda.orders.standing.placing import place_visits
from guinda.orders.standing.services import Rhythm
from guinda.orders.standing.visits import lay_out_all
from guinda.places.models import City
from tests.world import NOW, World, build

ZONE = ZoneInfo("Europe/Moscow")
WEDNESDAY = date(2026, 6, 24)
"""NOW is noon of it, in Moscow."""
DAILY, THURSDAYS = 0b111_1111, 0b000_1000
BOWL = {"kordia": 500, "rainier": 300}


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of June 2026 on Moscow's clock."""
    return datetime(2026, 6, day, hour, minute, tzinfo=ZONE)


class Regular:
    """A client whose telephone is known, their first order, and the world around them."""

    def __init__(self, world: World | None = None, *, phone: str = "+79161234567", zone: str = "") -> None:
        self.world = world or build()
        if zone:
            City.objects.update(time_zone=zone)
            self.world.city.refresh_from_db()
        Lot.objects.update(expires_at=NOW + timedelta(days=400))
        self.client = Client.objects.create(phone=phone, language="en", since_at=NOW)

    def order(self, bowl: dict[str, int] | None = None, *, now: datetime = NOW) -> Order:
        return self.world.order(
            bowl or BOWL, now=now, client_id=self.client.pk, phone=self.client.phone, language="en"
        )

    def makes(
        self,
        *,
        days: int = THURSDAYS,
        hour: int = 18,
        pay: str = "cash",
        bowl: dict[str, int] | None = None,
        now: datetime = NOW,
    ) -> StandingOrder:
        order, rhythm = self.order(bowl, now=now), Rhythm(days, hour, pay)
        return services.make(order=order, key=uuid4(), client=self.client, rhythm=rhythm, now=now)

    def messages(self, text: str = "") -> list[str]:
        rows = Message.objects.filter(client=self.client, text__contains=text).exclude(state="lapsed")
        return list(rows.order_by("pk").values_list("text", flat=True))


def work(now: datetime) -> int:
    """One round of the worker's two chores."""
    return lay_out_all(now=now) + place_visits(now=now, limit=1_000)


def visit_of(standing: StandingOrder, day: date = WEDNESDAY + timedelta(days=1)) -> Visit:
    return Visit.objects.select_related("standing__city", "order").get(standing=standing, date=day)


def placed(standing: StandingOrder) -> list[Order]:
    return list(Order.objects.filter(source=standing.source).order_by("promised_at"))


def empty(world: World, variety_id: str) -> None:
    """Nothing of the variety is free any more."""
    from guinda.stock.models import Holding

    rows = Holding.objects.filter(lot__variety_id=variety_id)
    for row in rows:
        Holding.objects.filter(pk=row.pk).update(on_hand_g=row.held_g)
