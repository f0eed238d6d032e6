"""Fills the empty database of `DATABASE_URL` with clients whose bowl comes every day, tomorrow's not yet ordered.

python -m tests.regulars COUNT
"""

from __future__ import annotations

import os
import sys
from uuid import uuid4


def build(count: int) -> None:
    """So many clients, each with one standing order made at noon of `tests.world.NOW`."""
    from django.conf import settings

    from guinda.catalog.models import Lot
    from guinda.clients.models import Client
    from guinda.orders.standing.services import Rhythm, make
    from guinda.stock.services import receive
    from tests.world import NOW
    from tests.world import build as build_world

    settings.PROMISER = "tests.world.HalfHour"
    world = build_world(shelf_g=100_000)
    for lot in Lot.objects.all():
        receive(store=world.store, lot_id=lot.pk, weight_g=1_000_000, by="test", at=NOW)
    for number in range(count):
        client = Client.objects.create(phone=f"+7916{number:07d}", since_at=NOW)
        order = world.order({"kordia": 500}, client_id=client.pk, phone=client.phone)
        rhythm = Rhythm(days=0b000_1000, hour=18, pay="cash")
        make(order=order, key=uuid4(), client=client, rhythm=rhythm, now=NOW)


def main() -> None:
    """The command."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guinda.config.settings")
    django.setup()
    build(int(sys.argv[1]))


if __name__ == "__main__":
    main()
