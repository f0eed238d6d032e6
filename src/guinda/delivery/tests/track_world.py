"""An order at each stage of its life, for the tests of the tracking page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from guinda.base import clock
from guinda.delivery.models import Courier, Shift, Task
from guinda.orders import services as orders
from guinda.orders.models import Order
from guinda.orders.promise import Promiser
from tests.world import NOW, build

BOWL = {"kordia": 500, "rainier": 300}


class Nobody(Promiser):
    """No courier on duty."""

    def promise(self, *, city_id, stores, door, weight_g, now):
        return {}


class Tracked:
    """A city, a courier on duty, and verbs that bring an order to a stage."""

    def __init__(self) -> None:
        self.world = build()
        self.courier = Courier.objects.create(
            user=User.objects.create_user("vera"),
            name="Vera Pavlova",
            phone="+74951112233",
            city=self.world.city,
            home_store=self.world.store,
        )
        Shift.objects.create(
            courier=self.courier,
            started_at=NOW - timedelta(days=1),
            ends_at=NOW - timedelta(hours=20),
            ended_at=NOW - timedelta(hours=20),
            lat=55.70,
            lon=37.50,
            seen_at=NOW - timedelta(hours=20),
        )
        self.shift = Shift.objects.create(
            courier=self.courier,
            started_at=NOW - timedelta(hours=2),
            ends_at=NOW + timedelta(hours=6),
            lat=55.7595,
            lon=37.6430,
            seen_at=NOW,
        )

    def paying(self) -> Order:
        return self.world.order(BOWL, pay="card")

    def making(self, *, pay: str = "cash") -> Order:
        order = self.world.order(BOWL, pay=pay)
        if pay == "card":
            orders.payment_answered(payment=order.payments.get(), status="confirmed", message="", now=NOW)
            order.refresh_from_db()
        return order

    def assigned(self, **options: str) -> Order:
        order = self.making(**options)
        Task.objects.create(
            order=order,
            city=order.city,
            store=order.store,
            lat=order.lat,
            lon=order.lon,
            weight_g=order.weight_g,
            ready_at=NOW,
            promised_at=order.promised_at,
            state=Task.State.ASSIGNED,
            courier=self.courier,
            position=1,
            expected_at=NOW + timedelta(minutes=24),
        )
        return order

    def riding(self, **options: str) -> Order:
        order = self.assigned(**options)
        assert orders.hand_over(order=order, by="courier:vera", now=NOW)
        Task.objects.filter(order=order).update(state=Task.State.CARRIED, picked_up_at=NOW)
        return order

    def delivered(self, *, at: datetime = NOW + timedelta(minutes=26), **options: str) -> Order:
        order = self.riding(**options)
        assert orders.delivered(order=order, by="courier:vera", now=at)
        Task.objects.filter(order=order).update(state=Task.State.DELIVERED, ended_at=at)
        return order

    def failed(self, **options: str) -> Order:
        order = self.riding(**options)
        assert orders.could_not_deliver(order=order, reason="nobody opened", by="courier:vera", now=NOW)
        Task.objects.filter(order=order).update(state=Task.State.FAILED, ended_at=NOW)
        return order

    def cancelled(self, **options: str) -> Order:
        order = self.making(**options)
        orders.cancel(order=order, reason="test", by="client", now=NOW)
        return order

    def expired(self) -> Order:
        order = self.paying()
        assert orders.expire_holds(now=NOW + timedelta(minutes=11))
        order.refresh_from_db()
        return order


STAGES = ("paying", "making", "assigned", "riding", "delivered", "failed", "cancelled", "expired")


@pytest.fixture(autouse=True)
def _promiser(settings):
    settings.PROMISER = "tests.world.HalfHour"


@pytest.fixture(autouse=True)
def at(monkeypatch):
    """Sets the clock: `at(minutes=5)` after the orders were placed."""

    def set_to(**passed: float) -> datetime:
        now = NOW + timedelta(**passed)
        monkeypatch.setattr(clock, "now", lambda: now)
        return now

    set_to()
    return set_to


@pytest.fixture
def city(db) -> Tracked:
    return Tracked()


@pytest.fixture
def real_city(transactional_db) -> Tracked:
    """Committed: for tests with several connections."""
    return Tracked()
