"""Tomorrow's bags are packed tomorrow."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from guinda.journal.services import announce
from guinda.orders.quotes import quote_for
from guinda.orders.services import Ahead, Door, Who, place
from guinda.stores.queries import bags
from tests.world import DOOR, NOW

WISHED = NOW + timedelta(hours=30)
STARTS = WISHED - timedelta(hours=1)


def test_a_bag_for_a_wished_hour_is_on_the_list_from_when_its_work_begins(world):
    chosen = quote_for(city=world.city, bowl={"kordia": 500}, door=DOOR, wished_at=WISHED, now=NOW)
    facts = {"door": Door("Pokrovka 12"), "pay": "cash", "who": Who(), "source": "test", "now": NOW}
    placed = place(key=uuid4(), quote=chosen, ahead=Ahead(STARTS, STARTS), **facts)
    today = world.order()
    announce(now=NOW)
    assert [bag.order.code for bag in bags(store=world.store, now=NOW)] == [today.code]
    assert {bag.order.code for bag in bags(store=world.store, now=STARTS)} == {today.code, placed.code}
