"""The demo's regular clients: a few whose bowl comes by itself, each from an order for later today."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction

from guinda.base.points import Point
from guinda.base.refusals import Refusal
from guinda.clients.contacting import say
from guinda.clients.models import Client, Consent
from guinda.clients.services import known
from guinda.orders.models import Order, Payment
from guinda.orders.quotes import quote_for
from guinda.orders.services import Ahead, Door, Who, place
from guinda.orders.standing.models import StandingOrder
from guinda.orders.standing.services import Rhythm, make
from guinda.orders.standing.times import START_S
from guinda.places.models import City
from guinda.twin.demand import STREETS

FIRST_S = 4 * 3600
"""The order that each begins with is for so much later."""
REGULARS = (
    (0b111_1111, 11, {"kordia": 500}),
    (0b001_1111, 13, {"rainier": 300, "kordia": 200}),
    (0b010_1010, 18, {"lapins": 1_000}),
    (0b110_0000, 12, {"kordia": 400, "lapins": 400}),
    (0b111_1111, 19, {"tulameen": 300}),
    (0b001_0101, 20, {"sweetheart": 600}),
)
"""Days, hour and bowl of each."""
LANGUAGES = ("ru", "ru", "en", "ru", "es", "ru")


def settle(*, city: City, now: datetime) -> int:
    """Make them in a city that has none; returns how many. What is not in the stores today, nobody wants regularly."""
    if StandingOrder.objects.filter(city=city).exists():
        return 0
    stations = list(city.stations.order_by("-yearly_entries", "slug")[: len(REGULARS)])
    return sum(
        _one(city, number, Point(each.lat + 0.002, each.lon + 0.003), now)
        for number, each in enumerate(stations)
    )


@transaction.atomic
def _one(city: City, number: int, door: Point, now: datetime) -> bool:
    days, hour, bowl = REGULARS[number]
    wished_at = now + timedelta(seconds=FIRST_S)
    try:
        chosen = quote_for(city=city, bowl=bowl, door=door, wished_at=wished_at, now=now)
    except Refusal:
        return False
    client: Client = known(phone=f"+749500000{number:02d}", language=LANGUAGES[number], now=now)
    for purpose in (Consent.Purpose.CARE, Consent.Purpose.OFFER):
        say(
            client_id=client.pk,
            purpose=purpose,
            channel=Consent.EVERY,
            given=True,
            by="demo",
            now=now,
            how=Consent.How.STANDING,
        )
    placed = place(
        key=uuid4(),
        quote=chosen,
        door=Door(f"{STREETS[number]}, {7 + 4 * number}", str(12 + number)),
        pay=Payment.CASH,
        who=Who(client.pk, client.phone or "", client.language),
        source="demo",
        now=now,
        ahead=Ahead(wished_at - timedelta(seconds=START_S), wished_at - timedelta(seconds=START_S)),
    )
    order = Order.objects.get(code=placed.code)
    make(order=order, key=uuid4(), client=client, rhythm=Rhythm(days, hour, Payment.CASH), now=now)
    return True
