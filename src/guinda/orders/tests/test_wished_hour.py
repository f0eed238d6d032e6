"""An order for a wished hour holds its fruit from now and its promise until then."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from guinda.base.refusals import Refusal
from guinda.orders.models import Order
from guinda.orders.quotes import quote_for
from guinda.orders.services import Ahead, expire_holds, payment_answered
from tests.world import DOOR, NOW, Door, Who, place

WISHED = NOW + timedelta(hours=30)
AHEAD = Ahead(start_at=WISHED - timedelta(hours=1), pay_by=WISHED - timedelta(hours=2))


def wish(world, bowl=None, *, pay="cash", ahead=AHEAD, wished_at=WISHED) -> Order:
    chosen = quote_for(city=world.city, bowl=bowl or {"kordia": 500}, door=DOOR, wished_at=wished_at, now=NOW)
    facts = {"door": Door("Pokrovka 12"), "pay": pay, "who": Who(), "source": "test", "now": NOW}
    return Order.objects.get(code=place(key=uuid4(), quote=chosen, ahead=ahead, **facts).code)


def test_the_wish_is_the_promise_and_nobody_needs_to_be_on_duty(world, settings):
    settings.PROMISER = "nobody.asks.Him"
    order = wish(world)
    assert (order.promised_at, order.start_at, order.hold_until) == (WISHED, AHEAD.start_at, None)
    assert order.store == world.store


def test_fruit_that_would_be_past_its_time_at_the_door_is_not_taken(world):
    old = world.add_lot("kordia", weight_g=5_000, expires_at=WISHED - timedelta(hours=1))
    assert old.pk not in wish(world).lines.values_list("lot_id", flat=True)
    with pytest.raises(Refusal) as refusal:
        wish(world, {"kordia": 9_990})
    assert refusal.value.facts["left_g"] == {"kordia": 9_500}, "the old lot is no help"


def test_paid_at_any_time_before_its_limit_the_wished_hour_stands(world, settings):
    settings.PAYMENT_VARIANTS = {"card": ("payments.dummy.DummyProvider", {})}
    order = wish(world, pay="card")
    late = AHEAD.pay_by - timedelta(minutes=1)
    assert expire_holds(now=late) == 0
    payment_answered(payment=order.payments.get(), status="confirmed", message="", now=late)
    order.refresh_from_db()
    assert (order.state, order.promised_at) == ("confirmed", WISHED)
    unpaid = wish(world, pay="card")
    assert expire_holds(now=AHEAD.pay_by) == 1
    unpaid.refresh_from_db()
    assert unpaid.state == "expired"


def test_work_can_not_begin_after_the_promise(world):
    with pytest.raises(IntegrityError, match="starts_before"), transaction.atomic():
        wish(world, ahead=Ahead(start_at=WISHED, pay_by=WISHED))


def test_it_is_the_nearest_store_that_has_it(world):
    zatsepa = world.stores[1]
    world.add_lot("kordia", weight_g=20_000, store=zatsepa)
    assert wish(world).store == world.store
    assert wish(world, {"kordia": 10_000}).store == zatsepa, "what is left at the nearer one is not enough"


def test_other_lots_of_the_store_serve_when_one_ran_out_meanwhile(world):
    chosen = quote_for(city=world.city, bowl={"kordia": 500}, door=DOOR, wished_at=WISHED, now=NOW)
    world.place({"kordia": 9_900})
    stale = world.add_lot("kordia", weight_g=5_000, expires_at=WISHED)
    good = world.add_lot("kordia", weight_g=5_000)
    facts = {"door": Door("Pokrovka 12"), "pay": "cash", "who": Who(), "source": "test", "now": NOW}
    order = Order.objects.get(code=place(key=uuid4(), quote=chosen, ahead=AHEAD, **facts).code)
    lots = set(order.lines.values_list("lot_id", flat=True))
    assert good.pk in lots
    assert stale.pk not in lots
