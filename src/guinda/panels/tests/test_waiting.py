"""One panel can't take the shelf with orders that nobody pays."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from guinda.base.refusals import Refusal
from guinda.orders.models import Order
from guinda.orders.quotes import Quote
from guinda.orders.services import Door, Who, place
from guinda.panels.waiting import MOST_ORDERS, room_for
from tests.world import NOW


def by_card(shop, **changes):
    return shop.post("orders", shop.body(pay="card", bowl={"kordia": 100}, **changes))


def test_the_sixth_unpaid_order_is_refused_and_cash_is_not(shop):
    bodies = [shop.body(pay="card", bowl={"kordia": 100}) for _order in range(MOST_ORDERS)]
    answers = [shop.post("orders", body) for body in bodies]
    assert {answer.status_code for answer in answers} == {201}
    refused = by_card(shop)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_unpaid")
    assert "waiting for their payment" in refused.json()["sentence"]
    assert shop.post("orders", bodies[0]).json() == answers[0].json(), "the same again is the same"
    assert shop.post("orders", shop.body(bowl={"kordia": 100})).status_code == 201


def test_paying_or_lapsing_makes_room(shop, at):
    for _order in range(MOST_ORDERS):
        by_card(shop)
    Order.objects.first().payments.get().change_status("confirmed")
    assert by_card(shop).status_code == 201
    assert by_card(shop).status_code == 429
    at[0] = NOW + timedelta(minutes=11)
    assert by_card(shop).status_code == 201


def test_thirty_kilograms_are_the_most(shop):
    shop.world.add_lot("kordia", weight_g=90_000)
    by_card(shop)
    Order.objects.update(weight_g=29_900)
    assert by_card(shop).status_code == 201
    assert by_card(shop).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_orders_at_once_do_not_share_a_count(shop):
    agreed = Quote.from_token(shop.quote({"kordia": 100})["quote"])
    start = threading.Barrier(MOST_ORDERS + 5)

    def order(_number: int) -> int:
        key, source = uuid4(), "panel:kurskaya"
        start.wait(10)
        try:
            with room_for(key=key, weight_g=100, pay="card", source=source, now=NOW):
                place(key=key, quote=agreed, door=Door("s"), pay="card", who=Who(), source=source, now=NOW)
        except Refusal as refusal:
            return refusal.status
        finally:
            connection.close()
        return 201

    with ThreadPoolExecutor(MOST_ORDERS + 5) as threads:
        answers = list(threads.map(order, range(MOST_ORDERS + 5)))
    assert (answers.count(201), answers.count(429)) == (MOST_ORDERS, 5)
