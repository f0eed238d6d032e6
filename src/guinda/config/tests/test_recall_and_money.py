"""A recalled lot reaches nobody; money goes back once and never beyond what came; a late payment moves the promise it stated."""

from __future__ import annotations

from datetime import timedelta

import pytest
from payments import PaymentStatus

from guinda.base.refusals import Refusal
from guinda.catalog.models import Lot
from guinda.catalog.recalls import recall
from guinda.config.audit import check
from guinda.journal.services import announce
from guinda.orders.models import Order, Payment
from guinda.orders.payments import send_refunds, settle_reserved
from guinda.orders.services import cancel, delivered, hand_over, refund
from guinda.orders.tests.conftest import _half_hour, world  # noqa: F401 - fixtures
from guinda.stock.models import Holding
from tests.world import NOW, build


@pytest.fixture
def card(settings):
    settings.PAYMENT_VARIANTS = {"card": ("payments.dummy.DummyProvider", {})}


def held_g() -> int:
    return sum(Holding.objects.values_list("held_g", flat=True))


def books_agree() -> bool:
    names = (
        "stock.held",
        "stock.on_hand",
        "stock.sold",
        "money.in",
        "money.back",
        "money.captured",
        "orders.holds",
    )
    found = {name: check(name, now=NOW + timedelta(minutes=1)).shown for name in names}
    return not any(found.values()) or pytest.fail(str(found))


def answer(order: Order, status: str) -> Payment:
    payment = order.payments.get()
    payment.change_status(status)
    return Payment.objects.get(pk=payment.pk)


def recall_kordia(world) -> None:
    recall(lots=Lot.objects.filter(pk=world.lots["kordia"].pk), by="support", now=NOW)


def test_a_recall_ends_the_orders_that_hold_its_fruit_and_gives_their_money_back(world, card, monkeypatch):
    monkeypatch.setattr("guinda.base.clock.now", lambda: NOW)
    paid = world.order(pay="card")
    answer(paid, PaymentStatus.CONFIRMED)
    waiting, other = world.order({"kordia": 300, "lapins": 100}, pay="card"), world.order({"rainier": 200})
    recall_kordia(world)
    announce(now=NOW)
    states = dict(Order.objects.values_list("pk", "state"))
    assert states == {paid.pk: "cancelled", waiting.pk: "cancelled", other.pk: "confirmed"}
    assert held_g() == 200
    assert paid.payments.get().refunds.get().amount_minor == paid.total_minor
    assert send_refunds(now=NOW) == 1
    assert books_agree()


def test_a_bag_with_recalled_fruit_does_not_leave_the_counter(world):
    order = world.order()
    recall_kordia(world)  # and nobody was told yet
    assert hand_over(order=order, by="courier", now=NOW) is False
    order.refresh_from_db()
    assert (order.state, held_g()) == ("cancelled", 0)
    assert books_agree()


def test_an_order_that_waited_for_the_shelf_while_its_lot_was_recalled_is_not_written(transactional_db):
    import threading

    from django.db import connection, transaction

    world = build()
    told: list[object] = []

    def order():
        try:
            told.append(world.place().state)
        except Refusal as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    chosen = threading.Thread(target=order)
    with transaction.atomic():
        list(Holding.objects.select_for_update().filter(lot=world.lots["kordia"]))
        chosen.start()
        chosen.join(0.7)  # it has quoted and now waits for the holding
        assert chosen.is_alive()
        recall_kordia(world)
    chosen.join()
    assert told == ["sold_out"]
    assert held_g() == 0


def test_money_goes_back_in_parts_and_never_beyond_what_came(world):
    order = world.order()
    hand_over(order=order, by="courier", now=NOW)
    delivered(order=order, by="courier", now=NOW)
    payment = order.payments.get()
    refund(payment=payment, amount_minor=1_000, reason="bruised", by="support", now=NOW)
    assert send_refunds(now=NOW) == 1
    payment.refresh_from_db()
    assert (payment.status, float(payment.captured_amount)) == ("confirmed", 435.0)
    for too_much in (0, -5, payment.amount_minor, payment.amount_minor - 999):
        with pytest.raises(Refusal) as refusal:
            refund(payment=payment, amount_minor=too_much, reason="again", by="support", now=NOW)
        assert refusal.value.code == "too_much_back"
    refund(
        payment=payment, amount_minor=payment.amount_minor - 1_000, reason="the rest", by="support", now=NOW
    )
    assert send_refunds(now=NOW) == 1
    payment.refresh_from_db()
    assert (payment.status, float(payment.captured_amount)) == ("refunded", 0.0)
    assert books_agree() or order


def test_what_a_bank_took_back_by_itself_is_found_by_the_audit(world, card, monkeypatch):
    monkeypatch.setattr("guinda.base.clock.now", lambda: NOW)
    order = world.order(pay="card")
    answer(order, PaymentStatus.CONFIRMED)
    answer(order, PaymentStatus.REFUNDED)
    assert check("money.captured", now=NOW).found == 1


def test_reserved_money_is_taken_or_released(world, card, monkeypatch):
    monkeypatch.setattr("guinda.base.clock.now", lambda: NOW)
    kept, given_up = world.order(pay="card"), world.order(pay="card")
    answer(kept, PaymentStatus.PREAUTH)
    answer(given_up, PaymentStatus.PREAUTH)
    cancel(order=given_up, reason="", by="client", now=NOW)
    assert settle_reserved(now=NOW) == 2
    assert (kept.payments.get().status, given_up.payments.get().status) == ("confirmed", "refunded")
    assert settle_reserved(now=NOW) == 0
    kept.refresh_from_db()
    assert kept.state == "confirmed"
    assert books_agree()


@pytest.mark.parametrize(("minutes", "later"), [(1, 0), (3, 0), (9, 6)])
def test_a_late_payment_moves_the_promise_by_what_it_was_late(world, card, monkeypatch, minutes, later):
    order = world.order(pay="card")
    monkeypatch.setattr("guinda.base.clock.now", lambda: NOW + timedelta(minutes=minutes))
    answer(order, PaymentStatus.CONFIRMED)
    assert Order.objects.get(pk=order.pk).promised_at == order.promised_at + timedelta(minutes=later)
