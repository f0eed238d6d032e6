"""What a panel may ask and what it is answered."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client

from guinda.base import clock
from guinda.clients.models import Address, PhoneCode
from guinda.clients.models import Client as Person
from guinda.orders.models import Order
from guinda.panels import greeting, services
from guinda.panels.models import Panel
from guinda.panels.tests.shop import DOOR, Fixed
from guinda.stock.models import Holding
from tests.world import NOW


@pytest.fixture
def minutes(monkeypatch):
    return lambda value: monkeypatch.setattr(Fixed, "minutes", value)


@pytest.fixture
def sent(monkeypatch):
    """The codes that went to telephones."""
    texts = []
    monkeypatch.setattr("guinda.clients.services.enqueue", lambda **message: texts.append(message))
    return texts


def code_in(text: str) -> str:
    return re.search(r"\d{6}", text).group()


def test_the_shelf_says_what_a_doubting_buyer_asks(shop):
    rows = {row["variety"]: row for row in shop.get("shelf").json()["varieties"]}
    assert rows["kordia"]["free_g"] == 10_000
    assert rows["kordia"]["price_text"] == "₽760"
    assert rows["kordia"]["evidence"]["grower"] == "Orchard on the hill"
    assert rows["kordia"]["evidence"]["picked"] == "today at 06:00"
    assert rows["kordia"]["brix"] == 19.0
    assert (rows["goldrich"]["free_g"], rows["goldrich"]["evidence"]) == (0, None)


def test_a_quote_has_price_time_and_how_long_it_holds(shop, monkeypatch):
    monkeypatch.setattr(clock, "speed", lambda: 10.0)
    answer = shop.quote({"kordia": 500, "rainier": 250})
    assert answer["total_minor"] == 38_000 + 29_750 == sum(line["price_minor"] for line in answer["lines"])
    assert answer["total_text"] == "₽677.50"
    assert (answer["door_text"], answer["minutes"], answer["aim_kept"]) == ("12:24", 24, True)
    assert datetime.fromisoformat(answer["door_at"]) == NOW + timedelta(minutes=24)
    assert answer["expires_in_s"] == 30.0
    assert "note" not in answer


def test_without_a_door_the_quote_is_for_the_station(shop):
    answer = shop.post("quote", {"bowl": {"kordia": 500}}).json()
    assert "station" in answer["note"]


def test_more_than_half_an_hour_is_said_before_it_is_agreed(shop, minutes):
    minutes(48)
    answer = shop.quote()
    assert (answer["aim_kept"], answer["minutes"]) == (False, 48)


def test_an_order_and_the_same_again(shop):
    body = shop.body()
    first, again = shop.post("orders", body), shop.post("orders", body)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    answer, order = first.json(), Order.objects.get()
    assert (answer["code"], answer["spoken_code"], answer["pay_url"]) == (order.code, order.spoken_code, None)
    assert order.code in answer["track_url"]
    assert answer["track_url"].startswith("http")
    picture = shop.browser.get(answer["qr_url"])
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"<path" in picture.content
    assert (order.source, order.street, order.client, order.state) == (
        "panel:kurskaya",
        "Pokrovka 12",
        None,
        "confirmed",
    )


def test_a_card_order_waits_for_its_payment(shop):
    answer = shop.post("orders", shop.body(pay="card")).json()
    order = Order.objects.get()
    assert order.state == "held"
    assert str(order.payments.get().token) in answer["pay_url"]


def shown(shop, code: str):
    return shop.get(f"orders/{code}")


def test_the_screen_asks_how_its_order_stands(shop, at):
    placed = shop.post("orders", shop.body(pay="card")).json()
    answer = shown(shop, placed["code"]).json()
    same = ("spoken_code", "qr_url", "track_url", "pay_url", "total_text", "door_text")
    assert {name: answer[name] for name in same} == {name: placed[name] for name in same}
    assert (answer["state"], answer["standing"]) == ("held", "waiting")
    Order.objects.get().payments.get().change_status("confirmed")
    answer = shown(shop, placed["code"]).json()
    assert (answer["state"], answer["standing"], answer["pay_url"]) == ("confirmed", "paid", None)


def test_the_screen_hears_of_a_refusal_a_lapse_and_cash(shop, at):
    placed = shop.post("orders", shop.body(pay="card")).json()
    Order.objects.get().payments.get().change_status("rejected")
    refused = shown(shop, placed["code"]).json()
    assert (refused["standing"], refused["pay_url"]) == ("refused", placed["pay_url"])
    at[0] = NOW + timedelta(minutes=11)
    lapsed = shown(shop, placed["code"]).json()
    assert (lapsed["standing"], lapsed["pay_url"]) == ("lapsed", None)
    cash = shop.post("orders", shop.body()).json()
    assert shown(shop, cash["code"]).json()["standing"] == "cash"


@pytest.mark.parametrize("code", ["x", "A" * 22, "%00", "..%2F..", "'" * 22, "é" * 22])
def test_an_unknown_code_is_no_order(shop, code):
    response = shown(shop, code)
    assert response.status_code == 404


def test_a_screen_shows_its_own_orders_of_the_last_hour_only(shop, at):
    placed = shop.post("orders", shop.body()).json()
    at[0] = NOW + timedelta(minutes=60)
    assert shown(shop, placed["code"]).status_code == 200
    at[0] = NOW + timedelta(minutes=61)
    assert shown(shop, placed["code"]).json()["code"] == "no_such_order"
    at[0] = NOW
    Order.objects.update(source="panel:taganskaya")
    assert shown(shop, placed["code"]).status_code == 404
    assert shop.browser.get(f"/api/panels/taganskaya/orders/{placed['code']}").status_code == 403
    assert Client().get(f"/api/panels/kurskaya/orders/{placed['code']}").status_code == 401


def test_card_is_refused_where_it_is_not_offered(shop, settings):
    settings.PAYMENT_VARIANTS = {}
    response = shop.post("orders", shop.body(pay="card"))
    assert (response.status_code, response.json()["code"]) == (422, "no_such_payment")
    assert b'value="card"' not in shop.open().content


@pytest.mark.parametrize(
    ("country", "typed", "meant"),
    [("RU", "8 916 123 45 67", "+79161234567"), ("ES", "612 34 56 78", "+34612345678")],
)
def test_a_telephone_without_a_country_code_is_of_the_citys_country(shop, country, typed, meant):
    type(shop.world.city).objects.update(country=country)
    assert shop.post("orders", shop.body(phone=typed)).status_code == 201
    assert Order.objects.get().phone == meant


def test_the_key_with_another_body_is_refused(shop):
    body = shop.body()
    shop.post("orders", body)
    response = shop.post("orders", {**body, "street": "Elsewhere 1"})
    assert (response.status_code, response.json()["code"]) == (422, "key_reused")
    assert Order.objects.count() == 1


def test_refusals_say_what_to_do_next_and_change_nothing(shop, at, minutes):
    body = shop.body()
    sold_out = shop.post("quote", {"bowl": {"kordia": 9_000, "goldrich": 100}, **DOOR})
    far = shop.post("quote", {"bowl": {"kordia": 500}, "lat": 50.0, "lon": 30.0})
    empty = shop.post("quote", {"bowl": {}})
    at[0] = NOW + timedelta(minutes=6)
    lapsed = shop.post("orders", body)
    minutes(None)
    nobody = shop.post("quote", {"bowl": {"kordia": 500}})
    answers = [sold_out, far, empty, lapsed, nobody]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (409, "sold_out"),
        (422, "too_far"),
        (422, "empty_bowl"),
        (409, "quote_expired"),
        (503, "no_courier"),
    ]
    assert all(each.json()["sentence"].endswith(".") for each in answers)
    assert sold_out.json()["left_g"] == {"goldrich": 0}
    assert not Order.objects.exists()
    assert not Holding.objects.filter(held_g__gt=0).exists()


def test_sold_out_between_quote_and_order(shop):
    body = shop.body(bowl={"kordia": 9_000})
    assert shop.post("orders", shop.body(bowl={"kordia": 2_000})).status_code == 201
    response = shop.post("orders", body)
    assert (response.status_code, response.json()["code"]) == (409, "sold_out")
    assert response.json()["left_g"] == {"kordia": 8_000}


def test_a_revoked_panel_opens_nothing_at_once(shop):
    body = shop.body()
    assert services.revoke(panel=Panel.objects.get(), by="director", now=NOW)
    assert not services.revoke(panel=Panel.objects.get(), by="director", now=NOW)
    response = shop.post("orders", body)
    assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")
    assert shop.get("shelf").status_code == 401
    page = shop.open()
    assert page.status_code == 403
    assert b"retired" in page.content
    assert shop.browser.get(f"/panels/enrol/{shop.key}/").status_code == 404
    assert not Order.objects.exists()


def test_a_panel_orders_for_its_own_station_only(shop):
    for path, body in (
        ("quote", {"bowl": {"kordia": 500}}),
        ("orders", shop.body()),
        ("codes", {"phone": "+79161234567"}),
    ):
        response = shop.post(path, body, station="taganskaya")
        assert (response.status_code, response.json()["code"]) == (403, "other_station"), path
    assert not Order.objects.exists()


def test_without_a_key_or_with_a_forged_one_nothing_opens(shop):
    for cookie in ("", shop.key, f"{shop.key}:forged", "\xe9:\xe9", "x" * 5000):
        stranger = Client()
        stranger.cookies["panel"] = cookie
        assert stranger.get("/api/panels/kurskaya/shelf").status_code == 401, cookie


def test_another_site_cannot_press_the_panel(shop):
    assert shop.post("orders", shop.body(), token="").status_code == 403
    assert not Order.objects.exists()


HOSTILE = [
    ("orders", {"street": "a\x00b"}),
    ("orders", {"note": "\ud800"}),
    ("orders", {"flat": "\u200b\x1b"}),
    ("orders", {"street": "   "}),
    ("orders", {"street": "x" * 161}),
    ("orders", {"key": "not-a-key"}),
    ("orders", {"quote": "forged"}),
    ("orders", {"quote": "a\x00"}),
    ("orders", {"pay": "later"}),
    ("orders", {"pay": None}),
    ("orders", {"proof": "\udfff"}),
    ("orders", {"phone": "1\x002345678"}),
    ("orders", {"surprise": 1}),
    ("quote", {"bowl": {"kordia": float("nan")}}),
    ("quote", {"bowl": {"kordia": 10**30}}),
    ("quote", {"bowl": {"kordia": -100}}),
    ("quote", {"bowl": {"kordia": "100"}}),
    ("quote", {"bowl": {"kordia": 15}}),
    ("quote", {"bowl": {"kor\x00dia": 100}}),
    ("quote", {"bowl": {"\ud800": 100}}),
    ("quote", {"bowl": {f"v{n}": 100 for n in range(13)}}),
    ("quote", {"bowl": [1, 2]}),
    ("quote", {"lat": float("inf")}),
    ("quote", {"lat": 91}),
    ("quote", {"lat": 55.7, "lon": None}),
    ("quote", {"lat": "NaN"}),
    ("codes", {"phone": "12\x0034567"}),
    ("codes", {"phone": "call me"}),
    ("codes", {"phone": {"a": 1}}),
    ("codes/confirm", {"code": "\x00"}),
    ("codes/confirm", {"code": "1" * 13}),
    ("advice", {"people": 10**9}),
    ("advice", {"use": "throw"}),
]


@pytest.mark.parametrize(
    ("path", "changes"),
    HOSTILE,
    ids=[f"{path}-{next(iter(each))}-{n}" for n, (path, each) in enumerate(HOSTILE)],
)
def test_hostile_bodies_are_refused_with_a_sentence(shop, path, changes):
    good = {
        "orders": shop.body,
        "quote": lambda: {"bowl": {"kordia": 500}, **DOOR},
        "codes": lambda: {"phone": "+79161234567"},
        "codes/confirm": lambda: {"phone": "+79161234567", "code": "123456"},
        "advice": lambda: {"use": "eat", "taste": "sweet", "people": 2},
    }[path]()
    response = shop.post(path, {**good, **changes})
    assert response.status_code == 422, response.content
    assert set(response.json()) >= {"code", "sentence"}
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 50_000,
        b"1" * 5_000,
        b'"text"',
        b"null",
        b'{"bowl": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_json_is_refused_too(shop, raw):
    response = shop.post("quote", raw)
    assert response.status_code in {400, 422}
    assert set(response.json()) >= {"code", "sentence"}


def test_asking_for_a_code_reveals_nothing(shop, sent):
    Person.objects.create(phone="+79161234567", language="en", since_at=NOW)
    answers = [shop.post("codes", {"phone": phone}) for phone in ("+79161234567", "+79167654321")]
    assert [each.status_code for each in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    assert len(sent) == 2
    wrong = [
        shop.post("codes/confirm", {"phone": phone, "code": "000000"})
        for phone in ("+79161234567", "+79167654321")
    ]
    assert [each.status_code for each in wrong] == [403, 403]
    assert wrong[0].content == wrong[1].content


def test_a_returning_client_finds_address_and_usual_bowl(shop, sent, at):
    phone = "8 916 123-45-67"
    shop.post("codes", {"phone": phone})
    fresh = shop.post("codes/confirm", {"phone": phone, "code": code_in(sent[-1]["text"])}).json()
    assert (fresh["addresses"], fresh["usual"]) == ([], None)
    placed = shop.post("orders", shop.body(bowl={"kordia": 300, "rainier": 200}, proof=fresh["proof"]))
    assert placed.status_code == 201
    assert Order.objects.get().client.phone == "+79161234567"
    at[0] = NOW + timedelta(days=7)
    PhoneCode.objects.all().delete()
    shop.post("codes", {"phone": phone})
    known = shop.post("codes/confirm", {"phone": phone, "code": code_in(sent[-1]["text"])}).json()
    assert known["usual"] == {"bowl": {"kordia": 300, "rainier": 200}}
    assert known["addresses"] == [
        {"lat": 55.76, "lon": 37.64, "street": "Pokrovka 12", "flat": "4", "note": ""}
    ]


class Polite(greeting.Greeter):
    """Greets everybody and keeps what they did."""

    def __init__(self):
        self.heard = []

    def say(self, client_id, *, language, now):
        return f"Good to see you, {client_id} in {language}"

    def hear(self, client_id, *, taken, now):
        self.heard.append((client_id, taken))


def test_whoever_has_something_to_say_greets_a_known_client_and_no_stranger(shop, sent, monkeypatch):
    polite, phone = Polite(), "+79161234567"
    monkeypatch.setattr(greeting, "_greeters", [])
    greeting.register(polite)
    shop.post("codes", {"phone": phone})
    stranger = shop.post("codes/confirm", {"phone": phone, "code": code_in(sent[-1]["text"])}).json()
    assert stranger["greeting"] == ""
    assert shop.post("greeting", {"proof": stranger["proof"], "taken": True}).json() == {}
    known = Person.objects.create(phone=phone, language="en", since_at=NOW)
    PhoneCode.objects.all().delete()
    shop.post("codes", {"phone": phone})
    told = shop.post("codes/confirm", {"phone": phone, "code": code_in(sent[-1]["text"])}).json()
    assert told["greeting"] == f"Good to see you, {known.pk} in en"
    assert shop.post("greeting", {"proof": "made up", "taken": True}).status_code == 403
    assert shop.post("greeting", {"proof": told["proof"], "taken": True}).json() == {}
    assert polite.heard == [(known.pk, True)]


def test_an_answer_lost_while_the_proof_lapsed_is_given_again(shop, sent, at):
    shop.post("codes", {"phone": "+79161234567"})
    proof = shop.post("codes/confirm", {"phone": "+79161234567", "code": code_in(sent[-1]["text"])}).json()[
        "proof"
    ]
    body = shop.body(proof=proof)
    first = shop.post("orders", body)
    at[0] = NOW + timedelta(hours=1)
    assert shop.post("orders", body).json() == first.json()
    other = shop.post("orders", {**shop.body(), "proof": proof})
    assert (other.status_code, other.json()["code"]) == (403, "proof_lapsed")
    assert Order.objects.count() == 1
    assert Address.objects.count() == 1


def test_a_bare_telephone_is_for_the_courier_only(shop):
    shop.post("orders", shop.body(phone="8 (916) 123-45-67"))
    order = Order.objects.get()
    assert (order.phone, order.client) == ("+79161234567", None)
    assert not Person.objects.exists()


def test_advice_is_reasoned_and_can_be_had(shop):
    answer = shop.post("advice", {"use": "bake", "taste": "tart", "people": 4}).json()
    (line,) = answer["lines"]
    assert (line["variety"], line["weight_g"]) == ("montmorency", 800)
    assert "baking" in line["reasons"][0]
    quote = shop.post("quote", {"bowl": {line["variety"]: line["weight_g"]}})
    assert quote.status_code == 200
