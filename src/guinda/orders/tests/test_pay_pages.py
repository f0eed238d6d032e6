"""The payment pages: what is to be paid, what the bank said, and what can be done now."""

from __future__ import annotations

from datetime import timedelta
from urllib.error import URLError

import pytest
from django.test import Client
from payments import PaymentError, RedirectNeeded
from payments.core import PROVIDER_CACHE, BasicProvider
from payments.forms import PaymentForm

from guinda.base import clock
from guinda.orders.models import Order, Payment, Refund
from guinda.orders.services import cancel, expire_holds, pay_cash_instead
from tests.world import NOW

YES = {"status": "confirmed", "fraud_status": "unknown", "gateway_response": "3ds-disabled"}
NO = YES | {"status": "rejected"}


@pytest.fixture(autouse=True)
def at(monkeypatch):
    """Sets the clock: `at(minutes=5)` after the orders were placed."""

    def set_to(**passed: float):
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(**passed))

    set_to()
    return set_to


@pytest.fixture
def provider(settings, monkeypatch):
    """Makes a provider of our own answer: `provider(what)` raises or returns `what` instead of a form."""

    class Provider(BasicProvider):
        answer: object = None

        def get_form(self, payment, data=None):
            if isinstance(self.answer, Exception):
                raise self.answer
            return PaymentForm({"amount": payment.total}, action="https://bank.example/pay")

        def process_data(self, payment, request):
            raise self.answer

    def answers(what=None):
        Provider.answer = what
        monkeypatch.setitem(PROVIDER_CACHE, "card", Provider())

    return answers


def card(world) -> Payment:
    return world.order(pay="card").payments.get()


def state(payment: Payment) -> str:
    return Order.objects.get(pk=payment.order_id).state


def status(payment: Payment) -> str:
    return Payment.objects.get(pk=payment.pk).status


def test_the_page_says_what_for_how_much_and_until_when(client, world):
    payment = card(world)
    page = client.get(f"/pay/{payment.token}/").content.decode()
    assert payment.order.spoken_code in page
    assert "445" in page
    assert "until 12:10: 10 min left" in page
    assert "The bank accepts" in page
    assert "<select" not in page
    assert status(payment) == "input"


@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_it_opens_in_three_languages(client, world, language):
    payment = card(world)
    for page in ("", "done/"):
        answer = client.get(f"/pay/{payment.token}/{page}", headers={"accept-language": language})
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in answer.content.decode()


def test_accepted_leads_on_to_the_order(client, world):
    payment = card(world)
    answer = client.post(f"/pay/{payment.token}/", YES)
    assert answer["Location"] == f"/pay/{payment.token}/done/"
    assert (state(payment), status(payment)) == ("confirmed", "confirmed")
    page = client.get(answer["Location"]).content.decode()
    assert "Paid. Thank you!" in page
    assert f"/track/{payment.order.code}/" in page
    assert client.get(f"/pay/{payment.token}/")["Location"] == answer["Location"]


def test_refused_says_so_and_three_ways_on(client, world):
    payment = card(world)
    page = client.post(f"/pay/{payment.token}/", NO, follow=True).content.decode()
    assert (state(payment), status(payment)) == ("held", "rejected")
    assert "The bank refused this payment" in page
    assert "10 min left" in page
    for way in (
        f"/pay/{payment.token}/again/",
        f"/pay/{payment.token}/cash/",
        f"/track/{payment.order.code}/cancel/",
    ):
        assert way in page


def test_try_again_is_one_more_payment_and_only_one(client, world):
    payment = card(world)
    client.post(f"/pay/{payment.token}/", NO)
    again = {client.post(f"/pay/{payment.token}/again/")["Location"] for _tap in range(2)}
    second = Payment.objects.exclude(pk=payment.pk).get()
    assert again == {f"/pay/{second.token}/"}
    assert client.post(f"/pay/{second.token}/", YES, follow=True).status_code == 200
    assert state(payment) == "confirmed"
    assert "Paid. Thank you!" in client.get(f"/pay/{payment.token}/done/").content.decode()


def test_cash_instead_tapped_twice_is_done_once(client, world):
    payment = card(world)
    for _tap in range(2):
        assert client.post(f"/pay/{payment.token}/cash/")["Location"] == f"/track/{payment.order.code}/"
    assert state(payment) == "confirmed"
    assert payment.order.payments.filter(variant="cash").count() == 1
    assert "You pay the courier" in client.get(f"/pay/{payment.token}/done/").content.decode()


def test_cash_for_a_paid_order_is_refused_clearly(client, world):
    payment = card(world)
    client.post(f"/pay/{payment.token}/", YES)
    answer = client.post(f"/pay/{payment.token}/cash/")
    assert answer.status_code == 409
    assert "no longer waiting for a payment" in answer.content.decode()


def test_when_the_hold_is_over_the_page_says_so_instead_of_a_form(client, world, at):
    payment = card(world)
    at(minutes=10)
    for _moment in ("before the worker has seen it", "after"):
        answer = client.post(f"/pay/{payment.token}/", YES)
        assert answer["Location"] == f"/pay/{payment.token}/done/"
        assert "The time to pay has run out" in client.get(answer["Location"]).content.decode()
        assert client.post(f"/pay/{payment.token}/again/").status_code == 409
        expire_holds(now=clock.now())
    assert state(payment) == "expired"
    assert not Refund.objects.exists()


def test_a_cancelled_order_has_nothing_to_pay(client, world):
    payment = card(world)
    cancel(order=payment.order, reason="test", by="client", now=NOW)
    page = client.get(f"/pay/{payment.token}/", follow=True).content.decode()
    assert "The order was cancelled" in page


def test_paid_too_late_says_that_the_money_goes_back(client, world):
    payment = card(world)
    expire_holds(now=NOW + timedelta(minutes=11))
    Payment.objects.get(pk=payment.pk).change_status("confirmed")
    page = client.get(f"/pay/{payment.token}/done/").content.decode()
    assert "The money goes back" in page
    assert Refund.objects.get().amount_minor == payment.amount_minor


def test_a_cash_order_has_no_payment_page(client, world):
    order = world.order()
    token = order.payments.get().token
    assert client.get(f"/pay/{token}/")["Location"] == f"/track/{order.code}/"
    assert client.post(f"/payments/process/{token}/").status_code == 404


@pytest.mark.parametrize(
    "error", [PaymentError("no"), URLError("away"), TimeoutError(), KeyError("their bug")]
)
def test_a_provider_that_fails_is_a_refusal_with_ways_on(client, world, provider, error, caplog):
    payment = card(world)
    provider(error)
    page = client.get(f"/pay/{payment.token}/", follow=True)
    assert page.status_code == 200
    assert "The bank could not be reached" in page.content.decode()
    assert (state(payment), status(payment)) == ("held", "error")
    assert "the provider failed" in caplog.text


@pytest.mark.parametrize("gateway", ["failure", "payment-error"])
def test_money_taken_before_the_connection_broke_stays_taken(client, world, gateway):
    payment = card(world)
    client.post(f"/pay/{payment.token}/", YES | {"gateway_response": gateway})
    assert (state(payment), status(payment)) == ("confirmed", "confirmed")


def test_a_provider_with_a_page_of_its_own_is_followed(client, world, provider):
    payment = card(world)
    provider(RedirectNeeded("https://bank.example/session/1"))
    assert client.get(f"/pay/{payment.token}/")["Location"] == "https://bank.example/session/1"


def test_a_real_providers_form_is_shown_as_it_is_and_gets_no_token_of_ours(world, provider):
    payment = card(world)
    provider()
    page = Client().get(f"/pay/{payment.token}/").content.decode()
    form = page[
        page.index('action="https://bank.example/pay"') : page.index("</form>", page.index("bank.example"))
    ]
    assert 'name="amount"' in form
    assert "csrfmiddlewaretoken" not in form
    assert "The bank accepts" not in page


def test_without_a_provider_the_page_offers_cash(client, world, settings):
    payment = card(world)
    settings.PAYMENT_VARIANTS = {}
    PROVIDER_CACHE.clear()
    page = client.get(f"/pay/{payment.token}/", follow=True)
    assert "The bank could not be reached" in page.content.decode()
    assert f"/pay/{payment.token}/cash/" in page.content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": "confirmed"},
        YES | {"status": "refunded"},
        YES | {"status": "preauth"},
        YES | {"status": "\0"},
        YES | {"status": "x" * 10_000},
        YES | {"fraud_status": "maybe"},
        YES | {"gateway_response": "3ds-redirect"},
        YES | {"gateway_response": "3ds-redirect", "verification_result": "🍒"},
    ],
)
def test_hostile_forms_change_nothing_and_are_never_a_500(client, world, fields):
    payment = card(world)
    assert client.post(f"/pay/{payment.token}/", fields).status_code in {200, 400}
    assert (state(payment), status(payment)) in {("held", "waiting"), ("held", "input")}


@pytest.mark.parametrize(
    "answer", ["garbage", "payments", "refunded", "waiting", "preauth", "\0", "🍒", "x" * 5000]
)
def test_garbage_from_a_provider_is_a_400(client, world, answer):
    payment = card(world)
    for send in (client.get, client.post):
        assert (
            send(
                f"/payments/process/{payment.token}/", query_params={"verification_result": answer}
            ).status_code
            == 400
        )
    assert (state(payment), status(payment)) == ("held", "waiting")


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyError("x"), PaymentError("x"), NotImplementedError(), TypeError("x")]
)
def test_whatever_a_provider_cannot_read_is_a_400(client, world, provider, error):
    payment = card(world)
    provider(error)
    assert client.post(f"/payments/process/{payment.token}/").status_code == 400


def test_the_demos_bank_answers_through_its_address_too(client, world):
    payment = card(world)
    answer = client.get(
        f"/payments/process/{payment.token}/", query_params={"verification_result": "confirmed"}
    )
    assert answer["Location"] == f"/pay/{payment.token}/done/"
    assert state(payment) == "confirmed"


@pytest.mark.parametrize(
    "address", ["/payments/process/card/", "/payments/process/nobody/", "/payments/process/cash/"]
)
def test_the_common_address_refuses_what_it_cannot_read(client, world, address):
    assert client.post(address, {"token": "x"}).status_code == 400
    assert client.get(address).status_code == 405


@pytest.mark.parametrize("page", ["", "done/", "again/", "cash/"])
@pytest.mark.parametrize("token", ["6f1ed3f4-0000-4000-8000-000000000287", "1", "%00", "x" * 300])
def test_a_strangers_token_is_404(client, db, page, token):
    for answer in (client.get(f"/pay/{token}/{page}"), client.post(f"/pay/{token}/{page}")):
        assert answer.status_code in {404, 405}


def test_looking_never_changes_anything_and_nobody_keeps_the_page(client, world):
    payment = card(world)
    for page in ("done/", "again/", "cash/"):
        answer = client.get(f"/pay/{payment.token}/{page}")
        assert answer["Cache-Control"] == "private, no-store"
    assert state(payment) == "held"


def test_forms_of_a_stranger_are_refused_by_csrf(world):
    payment = card(world)
    strict = Client(enforce_csrf_checks=True)
    for page in ("", "again/", "cash/"):
        assert strict.post(f"/pay/{payment.token}/{page}", YES).status_code == 403
    assert state(payment) == "held"


def test_an_order_that_went_on_in_cash_is_not_paid_twice(client, world):
    payment = card(world)
    pay_cash_instead(order=payment.order, now=NOW)
    Payment.objects.get(pk=payment.pk).change_status("confirmed")
    assert Refund.objects.get().payment_id == payment.pk
    assert state(payment) == "confirmed"
