"""The demo city with a fleet, for `day.py` and `promise.py`: real rows in a real database, moved by a clock of their own.

Orders come by chance around the stores, with a hump at noon and a higher one in the evening; couriers ride as `delivery.replay`'s do, each
ride longer than foreseen by a lognormal factor. Everything follows from the seed and from how long rounds took.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from benchmarks import throwaway

OPENS_AT = datetime(2026, 7, 1, 5, tzinfo=UTC)
"""Eight in the morning by Moscow's clocks."""
HOURS = (2, 3, 4, 6, 8, 7, 5, 4, 5, 7, 10, 11, 8, 4)
"""How orders spread over the fourteen open hours; only the ratios count."""
DOOR_SPREAD = (0.011, 0.019)
"""Standard deviation of doors around their store, in degrees of latitude and longitude: 1.2 km either way."""
SLOWER, SPREAD = 1.1, 0.25
"""Of a ride beside what the plan counts with: the median factor and the standard deviation of its logarithm. Assumptions."""


class Coming(NamedTuple):
    """An order that will be placed."""

    placed_at: datetime
    store_id: int
    door: Any
    weight_g: int


def prepare() -> None:
    """An empty database of our own with the tables, thrown away at the end; the demo city in it, and the planner warm."""
    throwaway.database()
    from guinda.places.services import MOSCOW, load_city  # deferred, as above

    load_city(file=MOSCOW)
    from guinda.solvers.dispatch.warming import warm_up  # deferred: it reads and compiles for a while

    warm_up()


class Fleet:
    """The couriers on duty: they follow the plan that stands in the database and write what they do."""

    def __init__(self, count: int, *, now: datetime, hours: float, seed: int) -> None:
        from guinda.places.models import City, Store

        self.city = City.objects.get()
        self.stores = list(Store.objects.filter(city=self.city).order_by("pk"))
        self.riders = dict(_riders(self.city, self.stores, count, now=now, hours=hours, seed=seed))
        self.beat_at = now

    def advance(self, now: datetime, *, beat_s: float) -> None:
        """Up to `now`: bags picked up and delivered, and every `beat_s` where everybody is."""
        from guinda.delivery.fleet import work_of

        mine: dict[int, dict[int, Any]] = defaultdict(dict)
        for each in work_of(city_id=self.city.pk, now=now):
            if each.courier is not None:
                mine[each.courier][each.key] = each
        came: dict[int, datetime] = {}
        fetched: list[int] = []
        for key, rider in self.riders.items():
            work = mine[key]
            before = [task for task, each in work.items() if each.state == "assigned"]
            rider.advance(work, came, now.timestamp())
            fetched += [task for task in before if task not in work or work[task].state == "carried"]
        _write_taps(fetched, came, now)
        if now >= self.beat_at:
            self._beat(now)
            self.beat_at = now + timedelta(seconds=beat_s)

    def close(self, now: datetime) -> None:
        """Everybody goes home; what is left is not brought any more."""
        from guinda.delivery.models import Shift, Task
        from guinda.orders.models import Order

        Shift.objects.filter(ended_at=None).update(ended_at=now)
        Order.objects.filter(task__state__in=Task.OPEN).update(state=Order.State.CANCELLED)
        Task.objects.filter(state__in=Task.OPEN).update(state=Task.State.CANCELLED)

    def _beat(self, now: datetime) -> None:
        from django.db import connection

        places = [rider.here() for rider in self.riders.values()]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE delivery_shift shift SET lat = seen.lat, lon = seen.lon, seen_at = %s"
                " FROM unnest(%s::bigint[], %s::float[], %s::float[]) AS seen(courier_id, lat, lon)"
                " WHERE shift.courier_id = seen.courier_id AND shift.ended_at IS NULL",
                [now, list(self.riders), [each.lat for each in places], [each.lon for each in places]],
            )


def _riders(
    city: Any, stores: Sequence[Any], count: int, *, now: datetime, hours: float, seed: int
) -> Iterator[tuple[int, Any]]:
    """New couriers with an open shift, spread over the stores."""
    from django.contrib.auth.models import User

    from guinda.delivery.models import Courier, Shift
    from guinda.delivery.replay import Duty, Rider
    from guinda.places.travel import Mode
    from guinda.solvers.dispatch import Rules

    chance, slowness = random.Random(seed), np.random.default_rng(seed)
    users = User.objects.bulk_create(User(username=f"courier-{now:%d}-{number}") for number in range(count))
    couriers = Courier.objects.bulk_create(
        Courier(user=user, name=f"{number}", city=city, home_store=stores[number % len(stores)])
        for number, user in enumerate(users)
    )
    ends_at = now + timedelta(hours=hours + 3)
    shifts = []
    for courier in couriers:
        place = _around(courier.home_store.point, chance)
        rider = Rider(Duty(courier.pk, Mode.BICYCLE, courier.carries_g, now, ends_at, place), Rules())
        rider.times = slower(rider.times, slowness)
        shifts.append(
            Shift(courier=courier, started_at=now, ends_at=ends_at, lat=place.lat, lon=place.lon, seen_at=now)
        )
        yield courier.pk, rider
    Shift.objects.bulk_create(shifts)


def slower(times: Any, chance: np.random.Generator) -> Any:
    """Travel times as they turn out to be: each asked for is longer by a factor of its own."""

    class Slower(type(times)):  # type: ignore[misc]
        def seconds(self, origins: Any, destinations: Any, mode: Any) -> Any:
            """See `TravelTimes.seconds`."""
            planned = super().seconds(origins, destinations, mode)
            return np.ceil(planned * SLOWER * np.exp(chance.normal(0, SPREAD, planned.shape))).astype(
                np.int64
            )

    return Slower()


def _around(point: Any, chance: random.Random) -> Any:
    return type(point)(
        point.lat + chance.gauss(0, DOOR_SPREAD[0]), point.lon + chance.gauss(0, DOOR_SPREAD[1])
    )


def _write_taps(fetched: Sequence[int], came: dict[int, datetime], now: datetime) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        if fetched:
            cursor.execute(
                "WITH taken AS (UPDATE delivery_task SET state = 'carried', picked_up_at = %s WHERE id = ANY(%s) RETURNING order_id)"
                " UPDATE orders_order SET state = 'handed' WHERE id IN (SELECT order_id FROM taken)",
                [now, list(fetched)],
            )
        if came:
            cursor.execute(
                "WITH brought AS (UPDATE delivery_task task SET state = 'delivered', ended_at = came.at, position = 0"
                " FROM unnest(%s::bigint[], %s::timestamptz[]) AS came(id, at) WHERE task.id = came.id RETURNING order_id)"
                " UPDATE orders_order SET state = 'delivered' WHERE id IN (SELECT order_id FROM brought)",
                [list(came), list(came.values())],
            )


def orders(count: int, stores: Sequence[Any], *, opens_at: datetime, seed: int) -> list[Coming]:
    """A day's orders, the last first, so that the next one can be popped."""
    chance = random.Random(seed)
    hours = chance.choices(range(len(HOURS)), HOURS, k=count)
    coming = []
    for hour in hours:
        store = chance.choice(stores)
        at = opens_at + timedelta(hours=hour, seconds=chance.uniform(0, 3600))
        coming.append(Coming(at, store.pk, _around(store.point, chance), chance.randrange(400, 3000, 100)))
    return sorted(coming, reverse=True)


def place(order: Coming, *, store_id: int, promised_at: datetime, number: int) -> None:
    """A confirmed order without lines, and the announcement of it that the worker will hear."""
    from django.db import transaction

    from guinda.journal.services import record
    from guinda.orders.models import Order
    from guinda.places.models import Store

    store = Store.objects.only("city_id").get(pk=store_id)
    with transaction.atomic():
        made = Order.objects.create(
            key=UUID(int=number), body_digest="", code=f"day-{number}", spoken_code="0000", city_id=store.city_id,
            store_id=store_id, source="panel:day", language="en", lat=order.door.lat, lon=order.door.lon, street="-",
            total_minor=1, currency="RUB", weight_g=order.weight_g, state=Order.State.CONFIRMED,
            placed_at=order.placed_at, promised_at=promised_at, promise_chance=0.9,
        )  # fmt: skip
        record(kind="order.confirmed", ref=made.code, by="day", at=order.placed_at)
