"""What the client book does with orders: they move with a merge, stand on the client's page, and are forgotten but for the money."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from guinda.base.refusals import Refusal
from guinda.clients import search, timeline
from guinda.clients.merging import merge, undo
from guinda.clients.models import Client, Message, Touch
from guinda.clients.personal import erase, export, who_is
from guinda.clients.services import remember_address
from guinda.clients.tests.test_messages import put
from guinda.orders.models import Order
from tests.world import NOW


def client(number: int = 1, **facts) -> Client:
    return Client.objects.create(phone=f"+7916000000{number}", since_at=NOW, **facts)


def delivered(world, buyer: Client, **facts) -> Order:
    order = world.order(client_id=buyer.pk, phone=buyer.phone, **facts)
    Order.objects.filter(pk=order.pk).update(state=Order.State.DELIVERED)
    return order


def test_orders_move_with_a_merge_and_go_back(world):
    a, b = client(1), client(2)
    order = world.order(client_id=b.pk, phone=b.phone)
    made = merge(kept_id=a.pk, gone_id=b.pk, by="staff:vera", now=NOW)
    order.refresh_from_db()
    assert (order.client_id, order.phone) == (a.pk, b.phone)
    undo(merge=made, by="staff:vera", now=NOW)
    order.refresh_from_db()
    assert order.client_id == b.pk


def test_an_order_finds_its_client_by_its_code(world):
    buyer = client()
    order = world.order(client_id=buyer.pk)
    assert search.found(order.spoken_code) == [buyer]
    assert search.found(order.code) == [buyer]


def test_erased_nothing_tells_who_it_was_and_the_money_stays(world):
    buyer = client(name="Лена", email="lena@example.org")
    order, total = delivered(world, buyer), Order.objects.count()
    before = order.total_minor
    anonymous = world.order(phone=buyer.phone)
    Order.objects.filter(pk=anonymous.pk).update(state=Order.State.DELIVERED)
    remember_address(client_id=buyer.pk, lat=55.7, lon=37.6, street="Pokrovka 12", flat="4", note="", now=NOW)
    put("m", client_id=buyer.pk, phone=buyer.phone)
    given = export(client=buyer, by="x", now=NOW)
    assert given["orders"][0]["street"] == "Pokrovka 12"
    assert given["clients"][0]["phone"] == buyer.phone
    erase(client_id=buyer.pk, by="x", now=NOW)
    left = repr([list(Model.objects.values()) for Model in (Client, Order, Message, Touch)])
    for trace in (buyer.phone, "Лена", "lena@", "Pokrovka", "55.76,"):
        assert trace not in left.replace("55.76, 'lon'", "")
    order.refresh_from_db()
    assert (order.total_minor, order.client_id, Order.objects.count()) == (before, buyer.pk, total + 1)
    assert search.found("Лена") == []
    with pytest.raises(Refusal, match="not_in_the_book"):
        erase(client_id=buyer.pk, by="x", now=NOW)


def test_nobody_is_forgotten_while_a_bag_is_on_its_way(world):
    buyer = client()
    world.order(client_id=buyer.pk, phone=buyer.phone)
    with pytest.raises(Refusal, match="still_under_way"):
        erase(client_id=buyer.pk, by="x", now=NOW)
    buyer.refresh_from_db()
    assert buyer.phone


def test_a_client_who_comes_back_after_being_erased_is_a_new_client(world):
    buyer = client()
    erase(client_id=buyer.pk, by="x", now=NOW)
    assert client() != buyer


def test_pages_of_the_time_line_lose_and_repeat_nothing(world):
    buyer = client()
    for n in range(4):
        delivered(world, buyer, now=NOW - timedelta(hours=n // 2))
        for k in range(3):
            facts = {"outcome": "reached", "currency": "RUB", "by": "x", "channel": "call"}
            key = f"00000000-0000-0000-0000-0000000000{n}{k}"
            Touch.objects.create(key=key, client=buyer, at=NOW - timedelta(hours=n // 2), **facts)
        put(f"m{n}", client_id=buyer.pk, now=NOW - timedelta(hours=n // 2))
    seen, place = [], None
    while True:
        entries, place = timeline.page(who_is(buyer), before=place, limit=3)
        seen += entries
        if place is None:
            break
        assert timeline.read(timeline.write(place)) == place
    assert len({(each.kind, each.pk) for each in seen}) == len(seen) == 20
    assert [each.at for each in seen] == sorted((each.at for each in seen), reverse=True)


@pytest.mark.parametrize(
    "text", ["", "x", "a~b~c", "2026-06-24T09:00~1~2", "2026-06-24T09:00+00:00~1~" + "9" * 30]
)
def test_a_place_that_is_none_is_the_first_page(text):
    assert timeline.read(text) is None


def test_the_page_asks_no_more_when_there_is_more(world, admin_client, django_assert_max_num_queries):
    buyer = client(name="Лена")
    delivered(world, buyer)
    url = reverse("client", args=[buyer.pk])
    with django_assert_max_num_queries(30) as few:
        assert admin_client.get(url).status_code == 200
    for _each in range(5):
        delivered(world, buyer)
    with django_assert_max_num_queries(len(few)):
        page = admin_client.get(url).content.decode()
    assert "Worth so far" in page
    assert "6 orders" in page
