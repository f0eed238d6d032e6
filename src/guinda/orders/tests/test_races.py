"""Nothing is sold twice, whoever comes at once."""

from __future__ import annotations

from collections import Counter
from uuid import uuid4

import pytest

from guinda.orders.models import Order
from guinda.orders.services import cancel, hand_over
from guinda.stock.models import Holding
from tests.races import at_once
from tests.world import NOW, Door, Who, build, place


def order_of(world, bowl, key=None):
    chosen = world.quote(bowl)
    return lambda: place(
        key=key or uuid4(),
        quote=chosen,
        door=Door("Pokrovka 12"),
        pay="cash",
        who=Who(),
        source="panel:kurskaya",
        now=NOW,
    )


@pytest.fixture
def scarce(transactional_db):
    """Ten portions of 100 g of two varieties, in two lots each."""
    world = build(shelf_g=0)
    for variety in ("kordia", "rainier"):
        world.add_lot(variety, weight_g=600)
        world.add_lot(variety, weight_g=400)
    return world


def test_64_threads_and_ten_portions_sell_exactly_ten(scarce):
    answers = at_once([order_of(scarce, {"kordia": 100}) for _ in range(64)])
    told = Counter(answer if isinstance(answer, str) else "sold" for answer in answers)
    assert told == {"sold": 10, "sold_out": 54}
    assert Order.objects.count() == 10
    holdings = Holding.objects.filter(lot__variety_id="kordia", on_hand_g__gt=0)
    assert all(row.held_g == row.on_hand_g for row in holdings)


def test_mixed_bowls_in_opposite_orders_do_not_deadlock(scarce):
    one, other = {"kordia": 100, "rainier": 100}, {"rainier": 100, "kordia": 100}
    answers = at_once([order_of(scarce, one if index % 2 else other) for index in range(32)])
    told = Counter(answer if isinstance(answer, str) else "sold" for answer in answers)
    assert told == {"sold": 10, "sold_out": 22}


def test_the_same_key_from_sixteen_threads_is_one_order(real_world):
    key = uuid4()
    answers = at_once([order_of(real_world, {"kordia": 500}, key) for _ in range(16)])
    assert len(set(answers)) == 1
    assert Order.objects.count() == 1
    assert sum(Holding.objects.values_list("held_g", flat=True)) == 500


def test_the_same_key_for_the_last_portion_is_still_one_answer(scarce):
    scarce.place({"kordia": 900})
    key = uuid4()
    answers = at_once([order_of(scarce, {"kordia": 100}, key) for _ in range(8)])
    assert len(set(answers)) == 1
    assert not isinstance(answers[0], str)


def test_cancel_and_pick_up_at_once_have_one_winner(real_world):
    for _ in range(5):
        order = real_world.order()
        won = at_once(
            [
                lambda order=order: hand_over(order=Order.objects.get(pk=order.pk), by="courier", now=NOW),
                lambda order=order: cancel(
                    order=Order.objects.get(pk=order.pk), reason="", by="client", now=NOW
                ),
            ]
        )
        order.refresh_from_db()
        assert (order.state, won) in [("handed", [True, "too_late_to_cancel"]), ("cancelled", [False, None])]
    live = sum(order.weight_g for order in Order.objects.filter(state__in=["held", "confirmed"]))
    assert sum(Holding.objects.values_list("held_g", flat=True)) == live
