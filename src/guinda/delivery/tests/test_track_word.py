"""The client herself lets us write, or not: a shared page can always say no for her, and yes for nobody else's telephone."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guinda.clients.contacting import against, agreed, say
from guinda.clients.models import Channel, Consent, Message
from guinda.clients.models import Client as Buyer
from guinda.delivery.tests.track_world import _promiser, at, city, real_city  # noqa: F401 - fixtures
from guinda.delivery.track_services import YES_AN_HOUR, say_word
from guinda.orders.models import Order
from tests.races import at_once
from tests.world import NOW

ASK = "May we write to you when we have something for you?"
PHONE = "+79160000001"


def hers(city, stage: str = "delivered") -> Order:
    """An order whose telephone was confirmed."""
    order = getattr(city, stage)()
    buyer = Buyer.objects.get_or_create(phone=PHONE, defaults={"since_at": NOW})[0]
    Order.objects.filter(pk=order.pk).update(client=buyer, phone=PHONE)
    order.refresh_from_db()
    return order


def tap(client, order, answer: str):
    return client.post(f"/track/{order.code}/word/", {"answer": answer})


def seen(client, order) -> str:
    return client.get(f"/track/{order.code}/").content.decode()


def welcome(order, purpose: str = "offer", now=NOW) -> bool:
    return not against([order.client_id], purpose=purpose, channel=Channel.MESSAGE, now=now, waits=True)


def everything_no(order) -> None:
    never = {"purpose": Consent.Purpose.EVERYTHING, "channel": Consent.EVERY}
    say(client_id=order.client_id, given=False, by="staff:vera", now=NOW, **never)


def test_yes_then_no_then_yes_holds_each_time_and_says_so(client, city, at):
    order = hers(city)
    assert ASK in seen(client, order)
    assert not welcome(order)
    for minutes, answer, said in (
        (1, "yes", "You said yes"),
        (2, "no", "You said no"),
        (3, "yes", "You said yes"),
    ):
        now = at(minutes=minutes)
        for _double_tap in range(2):
            assert tap(client, order, answer)["Location"] == f"/track/{order.code}/#word-said"
        page = seen(client, order)
        assert said in page
        assert ASK not in page
        assert [welcome(order, each, now) for each in ("offer", "care")] == [answer == "yes"] * 2
    kept = Consent.objects.values_list("purpose", "channel", "given", "by", "how")
    both = {
        (each, "message", given, "client", "tracking page")
        for each in ("offer", "care")
        for given in (True, False)
    }
    assert set(kept) == both
    assert len(kept) == 6


def test_the_office_sees_her_word_as_any_other(client, city, admin_client):
    order = hers(city)
    tap(client, order, "yes")
    page = admin_client.get(f"/clients/{order.client_id}/").content.decode()
    assert "Yes to offer by message" in page
    assert "on the page of their order" in page
    admin_client.cookies["django_language"] = "ru"
    assert (
        "на странице своего заказа"
        in admin_client.get(f"/clients/{order.client_id}/consents/").content.decode()
    )
    agreed_to = agreed(order.client_id)["offer"]
    assert [channel for channel, may in agreed_to.items() if may is not None] == ["message"]


def test_no_withdraws_what_waits(client, city):
    order = hers(city)
    who = {"phone": PHONE, "client_id": order.client_id, "city": order.city, "language": "en"}
    when = {"made_at": NOW, "due_at": NOW, "lapses_at": NOW + timedelta(days=1)}
    Message.objects.create(key="offer:1", purpose="offer", text="Cherries", **who, **when)
    tap(client, order, "no")
    assert Message.objects.get(key="offer:1").state == Message.State.LAPSED


def test_nobody_is_asked_where_nobody_is_known(client, city):
    anonymous, forgotten = city.delivered(), hers(city)
    Buyer.objects.update(phone=None, erased_at=NOW)
    for order in (anonymous, forgotten):
        assert 'id="word-said"' not in seen(client, order)
        for answer in ("yes", "no"):
            refused = tap(client, order, answer)
            assert refused.status_code == 409
            assert "No telephone was confirmed" in refused.content.decode()
    assert not Consent.objects.exists()


def test_a_page_says_yes_for_its_own_telephone_only_and_no_always(client, city):
    early, other, never = hers(city, "making"), hers(city), hers(city)
    Order.objects.filter(pk=other.pk).update(phone="+79160000002")
    for order in (early, other):
        assert 'id="word-said"' not in seen(client, order)
        assert tap(client, order, "yes").status_code == 409
    assert not Consent.objects.exists()
    everything_no(never)
    page = seen(client, never)
    assert "You asked us not to contact you" in page
    assert f"/track/{never.code}/word/" not in page
    assert tap(client, never, "yes").status_code == 409
    assert not Consent.objects.filter(given=True).exists()
    for order in (early, other, never):
        assert tap(client, order, "no").status_code == 302
    assert Consent.objects.filter(given=False, by="client").count() == 2


def test_yes_is_taken_so_often_an_hour_and_no_every_time(client, city, at):
    order = hers(city)
    answers = []
    for minutes in range(YES_AN_HOUR + 1):
        at(minutes=minutes)
        answers.append((tap(client, order, "yes").status_code, tap(client, order, "no").status_code))
    assert answers == [(302, 302)] * YES_AN_HOUR + [(429, 302)]
    assert not welcome(order, now=at(minutes=YES_AN_HOUR + 1))
    assert Consent.objects.count() == YES_AN_HOUR * 4
    at(minutes=70)
    assert tap(client, order, "yes").status_code == 302


@pytest.mark.parametrize("answer", [None, "", "YES", "true", "1", "yes\0", "да", "y" * 20_000])
def test_what_is_neither_yes_nor_no_changes_nothing(client, city, answer):
    order = hers(city)
    fields = {} if answer is None else {"answer": answer}
    assert client.post(f"/track/{order.code}/word/", fields)["Location"] == f"/track/{order.code}/#word-said"
    assert client.get(f"/track/{order.code}/word/?answer=yes").status_code == 302
    assert (
        Client(enforce_csrf_checks=True).post(f"/track/{order.code}/word/", {"answer": "yes"}).status_code
        == 403
    )
    assert not Consent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_taps_at_once_are_one_word(real_city):
    order = hers(real_city)
    at_once([partial(say_word, order=order, given=True, now=NOW)] * 6)
    assert Consent.objects.count() == 2


def test_it_costs_the_page_one_query_however_much_was_said(client, city):
    without, order = city.delivered(), hers(city)
    counts = []
    seen(client, without)
    for each, words in ((without, 0), (order, 0), (order, 30)):
        for number in range(words):
            purpose = Consent.Purpose.OFFER
            said = {"channel": Channel.MESSAGE, "given": number % 2 == 0, "by": "x", "now": NOW}
            say(client_id=order.client_id, purpose=purpose, **said)
        with CaptureQueriesContext(connection) as queries:
            seen(client, each)
        counts.append(len(queries))
    assert counts[1] == counts[2] == counts[0] + 1
