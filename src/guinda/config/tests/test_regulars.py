"""The demo has clients whose bowl comes by itself, made once."""

from __future__ import annotations

from datetime import timedelta

from guinda.catalog.services import FRUIT, load_fruit
from guinda.config import growers, regulars
from guinda.orders.models import Order
from guinda.orders.standing.models import StandingOrder
from guinda.orders.standing.placing import place_visits
from guinda.places.services import MOSCOW, load_city
from tests.world import NOW


def test_they_are_made_once_and_their_first_evening_brings_orders(db):
    city = load_city(file=MOSCOW)
    load_fruit(file=FRUIT, city=city, now=NOW)
    growers.deliver(city=city, now=NOW, days_back=1)
    made = regulars.settle(city=city, now=NOW)
    assert made == len(regulars.REGULARS) == StandingOrder.objects.count()
    assert regulars.settle(city=city, now=NOW + timedelta(days=1)) == 0
    place_visits(now=NOW + timedelta(hours=6))
    assert Order.objects.filter(source__startswith="standing:").count() >= 2
