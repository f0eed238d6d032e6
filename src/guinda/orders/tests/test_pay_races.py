"""Money and the order agree, whatever comes at the same moment; and what goes back goes back once."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from payments import PaymentError
from payments.dummy import DummyProvider

from guinda.base import clock
from guinda.journal.models import Event
from guinda.orders.models import Order, Payment, Refund
from guinda.orders.payments import send_refunds, try_again
from guinda.orders.services import cancel, delivered, expire_holds, hand_over, pay_cash_instead, refund
from guinda.stock.models import Holding
from tests.races import at_once
from tests.world import NOW

LATE = NOW + timedelta(minutes=10)
ROUNDS = 6


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def answer(payment, status="confirmed"):
    """A provider's answer, as a process of its own would bring it."""
    return lambda: Payment.objects.select_related("order").get(pk=payment.pk).change_status(status)


def facts(order) -> tuple[str, list[str], int]:
    states = Order.objects.values_list("state", flat=True)
    return (
        states.get(pk=order.pk),
        sorted(order.payments.values_list("status", flat=True)),
        Refund.objects.filter(payment__order=order).count(),
    )


def held_g() -> int:
    return sum(Holding.objects.values_list("held_g", flat=True))


def test_the_hold_expires_at_the_moment_of_payment(real_world):
    for _round in range(ROUNDS):
        before_g = held_g()
        order = real_world.order(pay="card")
        at_once([answer(order.payments.get()), lambda: expire_holds(now=LATE)])
        expire_holds(now=LATE)
        state, statuses, refunds = facts(order)
        assert (state, refunds) in {("confirmed", 0), ("expired", 1)}
        assert statuses == ["confirmed"]
        assert held_g() - before_g == (500 if state == "confirmed" else 0)


def test_paid_after_the_hold_ran_out_goes_back_as_a_row(world):
    order = world.order(pay="card")
    expire_holds(now=LATE)
    answer(order.payments.get())()
    assert facts(order) == ("expired", ["confirmed"], 1)
    row = Refund.objects.get()
    assert (row.amount_minor, row.by, row.sent_at) == (order.total_minor, "system", None)
    assert Event.objects.filter(kind="refund.asked", ref=order.code).exists()


def test_a_provider_that_answers_twice_is_heard_once(real_world):
    order = real_world.order(pay="card")
    at_once([answer(order.payments.get())] * 8)
    assert facts(order) == ("confirmed", ["confirmed"], 0)
    assert Event.objects.filter(kind="order.confirmed").count() == 1
    assert Event.objects.filter(kind="payment.confirmed").count() == 1


@pytest.mark.parametrize("later", ["rejected", "error", "waiting", "input", "cancelled"])
def test_accepted_money_is_not_undone_by_a_later_answer(world, later):
    order = world.order(pay="card")
    answer(order.payments.get())()
    stale = order.payments.get()
    answer(order.payments.get(), later)()
    stale.status = later
    stale.save()  # what providers do with a copy they have held for a while
    assert facts(order) == ("confirmed", ["confirmed"], 0)


def test_refused_and_accepted_at_once_end_in_an_order_that_agrees_with_its_money(real_world):
    for _round in range(ROUNDS):
        order = real_world.order(pay="card")
        at_once([answer(order.payments.get()), answer(order.payments.get(), "rejected")])
        assert facts(order) == ("confirmed", ["confirmed"], 0)


def test_reserved_then_taken_money_is_one_acceptance(world):
    order = world.order(pay="card")
    answer(order.payments.get(), "preauth")()
    answer(order.payments.get())()
    assert facts(order) == ("confirmed", ["confirmed"], 0)


def test_cash_instead_and_card_acceptance_at_once(real_world):
    for _round in range(ROUNDS):
        order = real_world.order(pay="card")
        answers = at_once(
            [answer(order.payments.get()), lambda order=order: pay_cash_instead(order=order, now=NOW)]
        )
        state, statuses, refunds = facts(order)
        assert state == "confirmed"
        if "too_late" in answers:
            assert (statuses, refunds) == (["confirmed"], 0)
        else:
            assert (statuses, refunds) == (["confirmed", "waiting"], 1)


def test_cancel_and_card_acceptance_at_once_give_the_money_back(real_world):
    for _round in range(ROUNDS):
        order = real_world.order(pay="card")
        found = Order.objects.get(pk=order.pk)
        stop = partial(cancel, order=found, reason="test", by="client", now=NOW)
        at_once([answer(order.payments.get()), stop])
        assert facts(order) == ("cancelled", ["confirmed"], 1)


def test_two_cards_accepted_for_one_order_cost_once(world):
    order = world.order(pay="card")
    answer(order.payments.get(), "rejected")()
    second = try_again(order=order, now=NOW)
    for payment in order.payments.all():
        answer(payment)()
    state, statuses, refunds = facts(order)
    assert (state, statuses, refunds) == ("confirmed", ["confirmed", "confirmed"], 1)
    assert Refund.objects.get().payment_id == second.pk


def test_try_again_tapped_at_once_is_one_payment(real_world):
    order = real_world.order(pay="card")
    answer(order.payments.get(), "rejected")()
    found = at_once([lambda: try_again(order=order, now=NOW).pk] * 6)
    assert len(set(found)) == 1


@pytest.fixture
def paid(world) -> Payment:
    order = world.order(pay="card")
    answer(order.payments.get())()
    cancel(order=Order.objects.get(pk=order.pk), reason="changed my mind", by="client", now=NOW)
    return order.payments.get()


def test_refunds_are_sent_once_and_marked_done(paid):
    assert send_refunds(now=LATE) == 1
    assert send_refunds(now=LATE) == 0
    row = Refund.objects.get()
    assert (row.sent_at, row.done_at) == (LATE, LATE)
    assert Payment.objects.get(pk=paid.pk).status == "refunded"
    assert Event.objects.filter(kind="refund.done").count() == 1


def test_two_workers_send_a_refund_once(real_world, monkeypatch):
    sent = []
    monkeypatch.setattr(
        DummyProvider, "refund", lambda _self, payment, amount=None: sent.append(amount) or amount
    )
    order = real_world.order(pay="card")
    answer(order.payments.get())()
    cancel(order=Order.objects.get(pk=order.pk), reason="test", by="client", now=NOW)
    assert sum(at_once([lambda: send_refunds(now=LATE)] * 4)) == 1
    assert sent == [Decimal("445.00")]


@pytest.mark.parametrize("error", [PaymentError("no"), ConnectionError("away"), RuntimeError("their bug")])
def test_a_provider_that_fails_leaves_a_row_for_a_person_and_does_not_stop_the_others(
    world, paid, monkeypatch, caplog, error
):
    second = world.order(pay="card")
    answer(second.payments.get())()
    cancel(order=Order.objects.get(pk=second.pk), reason="test", by="client", now=NOW)
    real = DummyProvider.refund

    def fails_once(self, payment, amount=None):
        if payment.pk == paid.pk:
            raise error
        return real(self, payment, amount)

    monkeypatch.setattr(DummyProvider, "refund", fails_once)
    assert send_refunds(now=LATE) == 1
    assert send_refunds(now=LATE) == 0, "an unclear refund must not be sent again by itself"
    unclear = Refund.objects.get(payment=paid)
    assert (unclear.sent_at, unclear.done_at) == (LATE, None)
    assert Payment.objects.get(pk=paid.pk).status == "confirmed"
    assert "a person must look" in caplog.text


def test_looking_for_refunds_to_send_does_not_read_those_of_the_past(world, django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        send_refunds(now=LATE)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + asked.captured_queries[0]["sql"])
        assert "orders_refund_open" in str(cursor.fetchall())


def test_cash_is_given_back_by_hand(world):
    order = world.order()
    hand_over(order=order, by="courier", now=NOW)
    delivered(order=order, by="courier", now=NOW)
    refund(payment=order.payments.get(), reason="bruised", by="support", now=NOW, amount_minor=1000)
    assert send_refunds(now=LATE) == 1
    assert Refund.objects.get().done_at == LATE


@pytest.mark.parametrize(
    ("environment", "offered"),
    [
        ({}, "{}"),
        ({"GUINDA_DEMO": "1"}, "dummy"),
        ({"GUINDA_DEBUG": "1"}, "dummy"),
        ({"GUINDA_PAYMENT_PROVIDER": "bank.Provider"}, "bank"),
    ],
)
def test_the_provider_that_believes_anything_is_for_the_demo_only(tmp_path, environment, offered):
    base = {
        "GUINDA_HOME": str(tmp_path),
        "DATABASE_URL": "postgresql:///x",
        "GUINDA_SECRET_KEY": "k",
        "PATH": "",
    }
    code = "from guinda.config import settings; print(settings.PAYMENT_VARIANTS)"
    said = subprocess.run(
        [sys.executable, "-c", code], env=base | environment, capture_output=True, text=True, check=True
    )
    assert offered in said.stdout
    assert ("dummy" in said.stdout) == (offered == "dummy")
