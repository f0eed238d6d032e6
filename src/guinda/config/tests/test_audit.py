"""Each rule of the books is broken by hand, and the audit sees it; an honest city has nothing to find."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from payments import PaymentStatus

from guinda.clients.models import Client, Message
from guinda.config import audit
from guinda.delivery.models import Courier, Shift, Task
from guinda.journal.services import announce
from guinda.orders.models import Order, Refund
from guinda.orders.payments import send_refunds
from guinda.orders.services import (
    cancel,
    could_not_deliver,
    delivered,
    expire_holds,
    hand_over,
    payment_answered,
)
from guinda.orders.standing.placing import place_visits
from guinda.orders.standing.services import Rhythm, make
from guinda.plays import bundled as plays
from guinda.plays import services
from guinda.plays.engine import tick
from guinda.plays.entering import Coming, enter
from tests.world import NOW, World, build

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def city(db, settings, django_user_model):
    """An order in each state, each brought there by the services that do so in life."""
    settings.PROMISER = "tests.world.HalfHour"
    world = build()
    user = django_user_model.objects.create_user("anna")
    courier = Courier.objects.create(user=user, name="Anna", city=world.city, home_store=world.store)
    Shift.objects.create(
        courier=courier, started_at=NOW, ends_at=LATER, lat=world.store.lat, lon=world.store.lon, seen_at=NOW
    )
    orders = {name: world.order() for name in ("confirmed", "handed", "delivered", "failed", "cancelled")}
    for name in ("held", "expired", "paid", "paid_and_cancelled"):
        orders[name] = world.order({"rainier": 300}, pay="card")
    for name in ("paid", "paid_and_cancelled"):
        pay(orders[name])
    by_themselves(orders["confirmed"])
    in_a_play()
    announce(now=NOW)
    carry(world, courier, orders)
    for name in ("cancelled", "paid_and_cancelled"):
        cancel(order=orders[name], reason="test", by="client", now=NOW)
    Order.objects.filter(pk=orders["held"].pk).update(hold_until=LATER + timedelta(hours=1))
    expire_holds(now=LATER)
    send_refunds(now=LATER)
    while announce(now=LATER):
        pass
    return orders


def by_themselves(order: Order) -> None:
    """A standing order, whose first day is ordered."""
    client = Client.objects.create(phone="+79161234567", since_at=NOW)
    rhythm = Rhythm(days=0b111_1111, hour=13, pay="cash")
    make(order=order, key=uuid4(), client=client, rhythm=rhythm, now=NOW - timedelta(hours=2))
    assert place_visits(now=NOW - timedelta(hours=2)) == 1
    Message.objects.all().delete()  # nobody sends any here


def in_a_play() -> None:
    """A client with a step behind them; of this play nobody is held out."""
    play = plays.load([file for file in plays.files() if file.stem == "apology"], by="test", now=NOW)[0].play
    services.switch(slug=play.slug, to="on", by="test", now=NOW)
    coming = [Coming(client.pk, None, "test", NOW) for client in Client.objects.all()]
    assert enter(play, coming, now=NOW, matched=True) == 1
    tick(now=NOW + timedelta(days=2))


def pay(order: Order) -> None:
    payment_answered(payment=order.payments.get(), status=PaymentStatus.CONFIRMED, message="", now=NOW)


def carry(world: World, courier: Courier, orders: dict[str, Order]) -> None:
    for name, end in (("handed", None), ("delivered", delivered), ("failed", could_not_deliver)):
        state = {"handed": "carried"}.get(name, name)
        hand_over(order=orders[name], by="courier", now=NOW)
        if end is delivered:
            delivered(order=orders[name], by="courier", now=NOW)
        elif end:
            could_not_deliver(order=orders[name], reason="nobody", by="courier", now=NOW)
        Task.objects.filter(order=orders[name]).update(state=state, courier=courier)


def found() -> set[str]:
    return {
        each.name for each in audit.CHECKS if audit.check(each.name, now=LATER + timedelta(minutes=5)).found
    }


def test_an_honest_city_has_nothing_to_find(city):
    assert {order.state for order in Order.objects.all()} == {state.value for state in Order.State}
    assert found() == set()


def message(state: str, *, ended: str) -> str:
    """The statement that puts one into the outbox as if a worker had been at it long ago."""
    return f"""
        INSERT INTO clients_message (key, purpose, phone, language, text, made_at, due_at, lapses_at, state, attempts, claimed_at,
            ended_at, channel, last_error)
        SELECT 'x', 'late', '+74951234567', 'en', 'x', at, at, at, '{state}', 1, at, {ended}, '', ''
        FROM journal_event ORDER BY at, id LIMIT 1
    """  # noqa: S608 - our own words


BROKEN = {
    "stock.on_hand": [
        "UPDATE stock_holding SET on_hand_g = on_hand_g + 10",
        "UPDATE stock_movement SET weight_g = weight_g + 10",
    ],
    "stock.held": [
        "UPDATE stock_holding SET held_g = held_g + 10 WHERE id = (SELECT min(id) FROM stock_holding)"
    ],
    "stock.sold": ["UPDATE stock_movement SET ref = 'x' WHERE reason = 'sale'"],
    "orders.holds": ["UPDATE orders_order SET hold_until = placed_at WHERE state = 'held'"],
    "orders.lines": [
        "UPDATE orders_order SET total_minor = total_minor + 1",
        "UPDATE orders_order SET weight_g = weight_g + 10",
        "DELETE FROM orders_line WHERE order_id = (SELECT id FROM orders_order WHERE state = 'delivered')",
    ],
    "money.in": [
        "UPDATE orders_payment SET status = 'waiting' WHERE order_id = (SELECT id FROM orders_order WHERE state = 'delivered')",
        "UPDATE orders_payment SET status = 'cancelled' WHERE order_id = (SELECT id FROM orders_order WHERE state = 'handed')",
        "UPDATE orders_payment SET status = 'confirmed' WHERE order_id = (SELECT id FROM orders_order WHERE state = 'held')",
    ],
    "money.back": [
        "DELETE FROM orders_refund",
        "UPDATE orders_refund SET amount_minor = amount_minor - 1",
        "UPDATE orders_refund SET amount_minor = amount_minor + 1",
    ],
    "money.captured": [
        "UPDATE orders_payment SET captured_amount = captured_amount + 1 WHERE status = 'confirmed'"
    ],
    "money.refunds": [
        "UPDATE orders_refund SET done_at = NULL",
        "UPDATE orders_refund SET done_at = NULL, sent_at = NULL",
    ],
    "tasks": [
        "WITH foretold AS (DELETE FROM delivery_prediction) DELETE FROM delivery_task WHERE state = 'waiting'",
        "UPDATE delivery_task SET state = 'waiting' WHERE state = 'carried'",
        "UPDATE delivery_task SET state = 'carried' WHERE state = 'delivered'",
        "UPDATE delivery_task SET state = 'waiting' WHERE state = 'cancelled'",
    ],
    "journal.orders": [
        "WITH noted AS (DELETE FROM plays_heard) DELETE FROM journal_event WHERE kind = 'order.delivered'",
        "WITH noted AS (DELETE FROM plays_heard) DELETE FROM journal_event WHERE kind IN ('order.confirmed', 'order.held')",
    ],
    "journal.told": [
        "INSERT INTO journal_announcement (event_id, due_at, attempts, last_error) SELECT min(id), now(), 11, 'x' FROM journal_event",
        "INSERT INTO journal_announcement (event_id, due_at, attempts, last_error) SELECT min(id), min(at), 0, '' FROM journal_event",
    ],
    "orders.visits": [
        "UPDATE orders_visit SET state = 'planned', order_id = NULL",
        "UPDATE orders_order SET promised_at = promised_at + interval '1 hour' WHERE source LIKE 'standing:%'",
    ],
    "messages": [
        message("unclear", ended="at"),
        message("waiting", ended="NULL"),
        message("sending", ended="NULL"),
    ],
    "plays.steps": ["DELETE FROM plays_stepdone", "UPDATE plays_stepdone SET number = number + 70"],
}


@pytest.mark.parametrize(("name", "harm"), [(name, harm) for name, harms in BROKEN.items() for harm in harms])
def test_each_broken_rule_is_found(city, name, harm):
    with connection.cursor() as cursor:
        cursor.execute(harm)
        assert cursor.rowcount, "the harm must do something"
    assert name in found()


def test_each_check_has_a_harm():
    others = ("stalls.", "offers.", "plans.")  # test_stall_audit.py, test_offer_audit.py, test_plan_audit.py
    elsewhere = {each.name for each in audit.CHECKS if each.name.startswith(others)}
    assert set(BROKEN) == {each.name for each in audit.CHECKS} - elsewhere


def test_findings_are_sentences_and_all_are_counted(city):
    Order.objects.update(total_minor=1)
    result = audit.check("orders.lines", now=LATER, shown=2)
    assert (result.counted, result.found, len(result.shown)) == (10, 10, 2)
    printed = audit.lines(result)
    assert printed[0].startswith("FOUND ")
    assert printed[-1].strip() == "... and 8 more"


def test_fresh_work_is_not_missed_yet(city):
    Refund.objects.update(done_at=None)
    assert not audit.check("money.refunds", now=LATER).found
