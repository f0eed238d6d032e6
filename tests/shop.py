"""A shop for the tests and benchmarks that talk HTTP: fills the empty database of `DATABASE_URL` and prints its facts as JSON.

    python -m tests.shop [SHELF_G]

Five stores, three varieties in one lot each per store, a courier on duty at each (the first can sign in), two panels.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

PASSWORD = "red-cherries-42"


def build(shelf_g: int = 2_000_000_000) -> dict[str, Any]:
    """Fill the empty database; returns what a client of it needs to know."""
    from guinda.base import clock
    from guinda.panels.services import enrol
    from guinda.places.models import Store
    from guinda.stock.models import Holding
    from tests.world import build as build_world

    now = clock.now()
    world = build_world(shelf_g=0)
    for index in range(3):
        place = {"lat": 55.745 + index / 100, "lon": 37.62}
        world.stores.append(
            Store.objects.create(
                city=world.city, slug=f"s{index}", name="s", name_latin="s", street="s", **place
            )
        )
    for store in world.stores:
        for variety in ("kordia", "rainier", "lapins"):
            world.add_lot(variety, weight_g=shelf_g, store=store, expires_at=now + timedelta(days=3))
        _courier(store, now, PASSWORD if store is world.store else None)
    keys = [enrol(station=station, label="test", by="test", now=now) for station in world.stations]
    holdings = Holding.objects.order_by("pk")
    return {
        "enrol_path": f"/panels/enrol/{keys[0]}/",
        "enrol_paths": [f"/panels/enrol/{key}/" for key in keys],
        "station": world.stations[0].slug,
        "stations": [station.slug for station in world.stations],
        "holdings": [holdings[0].pk, holdings.last().pk],
        "first_lot": holdings[0].lot_id,
        "stores": [world.stores[0].pk, world.stores[-1].pk],
        "courier": f"courier-{world.store.pk}",
        "password": PASSWORD,
    }


def _courier(store: Any, now: Any, password: str | None) -> None:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    from guinda.delivery.models import Courier, Shift

    user = get_user_model().objects.create_user(f"courier-{store.pk}", password=password)
    user.groups.add(Group.objects.get_or_create(name="courier")[0])
    courier = Courier.objects.create(user=user, name="Lena", city=store.city, home_store=store)
    Shift.objects.create(
        courier=courier,
        started_at=now,
        ends_at=now + timedelta(hours=8),
        lat=store.lat,
        lon=store.lon,
        seen_at=now + timedelta(hours=8),
    )


def main() -> None:
    """The command."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guinda.config.settings")
    django.setup()
    print(json.dumps(build(*map(int, sys.argv[1:]))))


if __name__ == "__main__":
    main()
