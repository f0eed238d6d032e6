"""What the client book does with orders: they move with a merge, and go back with its undo."""

from __future__ import annotations

from guinda.clients.merging import merge, undo
from guinda.clients.models import Client
from tests.world import NOW


def test_orders_move_with_a_merge_and_go_back(world):
    a, b = (Client.objects.create(phone=f"+7916000000{each}", since_at=NOW) for each in (1, 2))
    order = world.order(client_id=b.pk, phone=b.phone)
    made = merge(kept_id=a.pk, gone_id=b.pk, by="staff:vera", now=NOW)
    order.refresh_from_db()
    assert (order.client_id, order.phone) == (a.pk, b.phone)
    undo(merge=made, by="staff:vera", now=NOW)
    order.refresh_from_db()
    assert order.client_id == b.pk
