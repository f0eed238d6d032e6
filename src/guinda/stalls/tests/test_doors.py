"""The seller's and the store's doors: who may, what is kept, what hostile hands get, and what a page costs."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guinda.base import clock
from guinda.stalls.models import Bag, Sale
from guinda.stalls.tests.street import FLOAT, PER_KG, after

BATCHES, DAY = "/api/stalls/batches", "/api/stalls/day"
OFFICE = ["/stalls/office/", "/stalls/office/new/", "/stalls/office/{pk}/", "/stalls/office/{pk}/close/"]


def someone(user: User, *, csrf: bool = False) -> Client:
    client = Client(enforce_csrf_checks=csrf)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(autouse=True)
def two_hours_later(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: after(hours=2))


@pytest.fixture
def dasha(street) -> Client:
    return someone(street.seller.user)


@pytest.fixture
def keeper(street) -> Client:
    user = User.objects.create_user("keeper")
    group = Group.objects.create(name="keepers")
    group.permissions.set(Permission.objects.filter(codename__in=["view_bag", "issue_bag"]))
    user.groups.add(group)
    return someone(user)


def sale(street, **changed):
    facts = {"key": str(uuid4()), "lot_id": street.kordia.pk, "weight_g": 500, "price_minor": 44_500}
    return {**facts, "sold_at": after(hours=1).isoformat(), **changed}


def post(client, body, **headers):
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post(BATCHES, text, content_type="application/json", **headers)


def test_a_day_is_told_and_a_batch_is_kept(street, dasha):
    bag = street.issue()
    told = dasha.get(DAY).json()
    assert [lot["per_kg_minor"] for lot in told["bag"]["lots"]] == [PER_KG, PER_KG]
    assert (told["bag"]["currency"], told["bag"]["decimals"], told["bag"]["float_minor"]) == ("RUB", 2, FLOAT)
    good, strange = sale(street), sale(street, lot_id=street.world.lots["lapins"].pk)
    tally = {"key": str(uuid4()), "kind": "shop", "said_at": after(hours=1).isoformat()}
    answer = post(dasha, {"bag_id": bag.pk, "sales": [good, strange], "tallies": [tally]})
    assert answer.status_code == 200
    assert answer.json()["kept"] == [good["key"], tally["key"]]
    assert [each["key"] for each in answer.json()["refused"]] == [strange["key"]]
    assert answer.json()["day"]["bag"]["sold_minor"] == 44_500
    assert answer.json()["day"]["bag"]["tallies"] == {"shop": 1}


def test_without_the_csrf_token_nothing_is_booked(street):
    bag, client = street.issue(), someone(street.seller.user, csrf=True)
    body = {"bag_id": bag.pk, "sales": [sale(street)]}
    assert post(client, body).status_code == 403
    token = client.get(DAY).json()["csrf"]
    assert post(client, body, headers={"X-CSRFToken": token}).status_code == 200
    assert Sale.objects.count() == 1


def test_strangers_couriers_and_other_sellers_book_nothing(street, client):
    bag = street.issue()
    body = {"bag_id": bag.pk, "sales": [sale(street)]}
    other = someone(street.new_seller("zoya", "Zoya").user)
    assert post(client, body).status_code == 401
    assert post(someone(User.objects.create_user("courier")), body).status_code == 401
    assert post(other, body).status_code == 404
    assert other.get(DAY).json()["bag"] is None
    street.seller.active = False
    street.seller.save()
    assert post(someone(street.seller.user), body).status_code == 401
    assert not Sale.objects.exists()


@pytest.mark.parametrize("path", OFFICE)
def test_the_office_is_for_the_store(street, client, dasha, keeper, path):
    path = path.format(pk=street.issue().pk)
    assert client.get(path).status_code == 302
    assert dasha.get(path).status_code == 403
    assert dasha.post(path, {}).status_code in {403, 405}
    assert keeper.get(path).status_code == 200


def test_who_may_only_look_issues_and_closes_nothing(street, keeper):
    Group.objects.get().permissions.set(Permission.objects.filter(codename="view_bag"))
    bag = street.issue()
    assert keeper.get("/stalls/office/").status_code == 200
    for path in ("/stalls/office/new/", f"/stalls/office/{bag.pk}/close/"):
        assert keeper.get(path).status_code == keeper.post(path, {"cash": "1"}).status_code == 403


BAD = [
    {"weight_g": 0}, {"weight_g": -1}, {"weight_g": 1.5}, {"weight_g": "500"}, {"weight_g": 10**9}, {"weight_g": True},
    {"price_minor": -1}, {"price_minor": 2**31}, {"lot_id": 0}, {"lot_id": 2**63}, {"lot_id": None}, {"key": "x"},
    {"sold_at": "yesterday"}, {"sold_at": "1999-01-01T00:00:00Z"}, {"sold_at": "2026-06-24T10:00:00"}, {"by": "me"},
]  # fmt: skip


@pytest.mark.parametrize("changed", BAD, ids=str)
def test_a_malformed_sale_is_refused_with_the_whole_batch(street, dasha, changed):
    bag = street.issue()
    answer = post(dasha, {"bag_id": bag.pk, "sales": [sale(street), sale(street, **changed)]})
    assert answer.status_code == 422
    assert not Sale.objects.exists()


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", '{"bag_id": NaN}', b"\xff\xfe", '{"bag_id": 1}', '{"bag_id": 1, "sales": {}}'],
)
def test_what_is_no_batch_is_refused(street, dasha, body):
    street.issue()
    assert post(dasha, body).status_code in {400, 422}


def test_a_batch_has_a_limit(street, dasha):
    bag = street.issue()
    many = [sale(street, weight_g=1, price_minor=89) for _ in range(501)]
    assert post(dasha, {"bag_id": bag.pk, "sales": many}).status_code == 422
    assert post(dasha, {"bag_id": bag.pk, "sales": many[:500]}).status_code == 200
    assert Sale.objects.count() == 500


def test_a_bag_goes_out_and_comes_back_through_the_office(street, keeper):
    form = {"key": str(uuid4()), "seller": street.seller.pk, "change": "500"}
    path = f"/stalls/office/new/?stall={street.stall.pk}"
    assert keeper.post(path, form).status_code == 422
    assert b"The bag is empty" in keeper.post(path, form).content
    assert keeper.post(path, {**form, f"lot-{street.kordia.pk}": "11"}).status_code == 409
    full = {**form, f"lot-{street.kordia.pk}": "2,5"}
    first, again = keeper.post(path, full), keeper.post(path, full)
    bag = Bag.objects.get()
    assert (
        first.headers["Location"]
        == again.headers.get("Location", f"/stalls/office/{bag.pk}/")
        == f"/stalls/office/{bag.pk}/"
    )
    assert (bag.float_minor, bag.issued_by, bag.loads.get().weight_g) == (50_000, "staff:keeper", 2_500)
    close = f"/stalls/office/{bag.pk}/close/"
    counted = {f"lot-{street.kordia.pk}": "2.4", "cash": "500,00"}
    asked = keeper.post(close, counted)
    assert asked.status_code == 409
    assert "squashed" not in keeper.get(f"/stalls/office/{bag.pk}/").content.decode()
    assert keeper.post(close, {**counted, f"why-{street.kordia.pk}": "squashed"}).status_code == 302
    assert "squashed" in keeper.get(f"/stalls/office/{bag.pk}/").content.decode()
    assert keeper.get(close).status_code == 302
    street.add_up(bag)


@pytest.mark.parametrize("text", ["-1", "1e3000", "NaN", "9" * 40, "1.2345", "a", "\x00", "∞"])
def test_hostile_weights_are_told_beside_their_field(street, keeper, text):
    form = {"key": str(uuid4()), "seller": street.seller.pk, "change": "1", f"lot-{street.kordia.pk}": text}
    answer = keeper.post(f"/stalls/office/new/?stall={street.stall.pk}", form)
    assert answer.status_code == 200
    assert b"errorlist" in answer.content
    assert not Bag.objects.exists()


def test_no_page_asks_more_when_there_is_more(street, keeper, dasha):
    counts = []
    for round_ in range(2):
        for number in range(1 + 3 * round_):
            bag = street.issue(
                {street.kordia.pk: 100, street.rainier.pk: 100},
                seller=street.new_seller(f"s{round_}{number}", "Zoya"),
            )
            street.take_in(bag, street.sold(150), street.sold(20, street.rainier), seller=bag.seller)
            if number % 2:
                street.close(bag, {}, 0, dict.fromkeys((0, street.kordia.pk, street.rainier.pk), "why"))
        paths = [
            "/stalls/office/",
            f"/stalls/office/new/?stall={street.stall.pk}",
            f"/stalls/office/{bag.pk}/",
        ]
        with CaptureQueriesContext(connection) as queries:
            assert {keeper.get(path).status_code for path in paths} == {200}
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_telephone_s_day_costs_the_same_for_one_sale_and_for_many(street, dasha):
    bag = street.issue()
    counts = []
    for many in (1, 50):
        street.take_in(bag, *[street.sold(10) for _ in range(many)])
        with CaptureQueriesContext(connection) as queries:
            dasha.get(DAY)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 7
