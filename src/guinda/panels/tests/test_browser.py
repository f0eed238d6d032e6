"""A client's ways through the panel, pressed in a real browser at the kiosk's size."""

from __future__ import annotations

import os
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import sync_playwright

from guinda.orders.models import Order
from guinda.panels import greeting
from guinda.panels.tests.driven import Driven
from guinda.panels.tests.test_greeting import Regular
from guinda.stock.models import Holding
from tests.browser import FLAGS, find_chromium

pytestmark = pytest.mark.browser


@pytest.fixture
def driven(shop, live_server, monkeypatch, request):
    chromium = find_chromium()
    if chromium is None:
        if os.environ.get("GUINDA_REQUIRE_BROWSER"):
            pytest.fail("GUINDA_REQUIRE_BROWSER forbids to skip the panel's journeys: install chromium.")
        pytest.skip("no Chromium on this machine: the panel was not driven")
    # playwright's loop runs in this thread, where Django would refuse; tests ask the ORM between its turns only
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    usual = {"viewport": {"width": 1080, "height": 1920}, "locale": "en-US", "has_touch": True}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(**{**usual, **getattr(request, "param", {})})
        context.set_default_timeout(20_000)
        made = Driven(shop, context.new_page(), live_server.url)
        made.enrol()
        yield made
        browser.close()
        connections.close_all()
    assert not made.complaints


def to_the_door(driven: Driven) -> None:
    driven.tap("[data-variety=kordia] .pick")
    driven.tap("[data-main]")
    driven.tap_map()
    driven.page.fill("#street", "Pokrovka 12")
    driven.see("[data-main]", "Order for ₽76, at your door by 12:24")


def test_four_taps_from_the_first_screen_to_ordered(driven):
    to_the_door(driven)  # three taps and a street
    driven.tap("[data-main]")
    driven.ordered()
    order = Order.objects.get()
    assert driven.text("[data-ordered-code]").replace("\n", "") == order.spoken_code
    assert (order.street, order.weight_g, order.state) == ("Pokrovka 12", 100, "confirmed")
    driven.tap("[data-main]")
    driven.see("[data-total]", "Your bowl is empty")


def test_the_bowl_fills_and_price_and_time_follow(driven):
    for _ in range(3):
        driven.tap("[data-variety=rainier] .pick")
    driven.page.fill("[data-variety=kordia] [data-grams]", "250")
    driven.page.keyboard.press("Enter")
    driven.see("[data-total]", "₽547")
    assert "12:24" in driven.text("[data-when]")
    assert driven.page.locator(".bowl .piece").count() > 20
    assert "300 g Rainier, 250 g Kordia" in driven.page.locator(".bowl").get_attribute("aria-label")


def test_sold_out_while_choosing_keeps_the_bowl(driven):
    for _ in range(4):
        driven.tap("[data-variety=kordia] .pick")
    driven.see("[data-total]", "₽304")
    Holding.objects.filter(lot__variety="kordia").update(on_hand_g=200)
    driven.tap("[data-variety=rainier] .pick")
    driven.see("[data-notice-text]", "Kordia")
    driven.tap("[data-notice-actions] button")
    driven.see("[data-total]", "₽271")
    assert "200 g" in driven.text("[data-lines]")


def test_a_lost_answer_and_a_restart_are_still_one_order(driven):
    to_the_door(driven)
    driven.line = "answers lost"
    driven.tap("[data-main]")
    driven.see("[data-sending]", "The line is down")
    assert Order.objects.count() == 1
    driven.line = "up"
    driven.restart()
    driven.ordered()
    assert Order.objects.count() == 1


def test_a_key_used_before_is_said_and_the_next_confirmation_is_another_order(driven):
    to_the_door(driven)
    kept = "guinda.panel.kurskaya"
    key = driven.page.evaluate(f"JSON.parse(localStorage.getItem('{kept}')).key")
    assert driven.shop.post("orders", driven.shop.body(key=key, bowl={"rainier": 300})).status_code == 201
    driven.tap("[data-main]")
    driven.see("[data-notice-text]", "An order from this bowl was placed already")
    driven.tap("[data-main]")
    driven.ordered()
    assert Order.objects.count() == 2


def order_by_card(driven: Driven) -> None:
    to_the_door(driven)
    driven.page.check("[name=pay][value=card]", force=True)
    driven.tap("[data-main]")
    driven.ordered()
    driven.tap("[data-ordered-pay-link]")


def test_a_card_is_paid_at_the_panel_and_the_panel_comes_back(driven):
    order_by_card(driven)
    driven.tap("[name=status][value=confirmed]")
    driven.see("h1", "Paid. Thank you!")
    driven.tap(".pay-card .button")
    driven.ordered()
    driven.see("[data-ordered-paid]", "Paid. Thank you!")
    assert driven.text("[data-ordered-code]").replace("\n", "") == Order.objects.get().spoken_code
    assert not driven.page.locator("[data-ordered-pay]").is_visible()
    driven.tap("[data-main]")
    driven.see("[data-total]", "Your bowl is empty")


def test_back_unpaid_the_panel_still_offers_to_pay_and_sees_a_telephone_pay(driven):
    order_by_card(driven)
    driven.tap(".pay-ways a.button")
    driven.ordered()
    assert driven.page.locator("[data-ordered-pay-link]").is_visible()
    Order.objects.get().payments.get().change_status("confirmed")  # scanned, and paid there
    driven.see("[data-ordered-paid]", "Paid")


def test_an_order_that_is_gone_leaves_a_fresh_panel(driven):
    to_the_door(driven)
    driven.tap("[data-main]")
    driven.ordered()
    Order.objects.update(source="panel:elsewhere")
    driven.page.reload()
    driven.see("[data-total]", "Your bowl is empty")
    driven.page.wait_for_selector("[data-screen=choose]:not([hidden])")


def test_a_cut_line_says_so_and_sends_once_when_it_is_back(driven):
    to_the_door(driven)
    driven.line = "cut"
    driven.tap("[data-main]")
    driven.see("[data-sending]", "The line is down")
    assert driven.page.locator("[data-lost]").is_visible()
    assert not Order.objects.exists()
    driven.line = "up"
    driven.ordered()
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "driven", [{"locale": "es-ES", "viewport": {"width": 390, "height": 844}}], indirect=True
)
def test_a_returning_client_in_spanish(driven, monkeypatch):
    sent = []
    monkeypatch.setattr("guinda.clients.services.enqueue", lambda **message: sent.append(message["text"]))

    def sign_in() -> None:
        driven.tap(".ways [data-open=returning]")
        driven.page.fill("#returning-phone", "8 916 123 45 67")
        driven.tap("[data-phone-form] .button")
        driven.page.wait_for_selector("[data-code-form]:not([hidden])")
        driven.page.fill("#returning-code", re.search(r"\d{6}", sent[-1]).group())
        driven.tap("[data-code-form] .button")
        driven.page.wait_for_selector("[data-known]:not([hidden])")

    sign_in()
    driven.tap("[data-known-on] .button")
    driven.tap("[data-variety=kordia] .pick")
    driven.tap("[data-main]")
    driven.tap_map()
    driven.page.fill("#street", "Pokrovka 12")
    driven.see("[data-main]", "76")
    driven.tap("[data-main]")
    driven.ordered()
    driven.tap("[data-main]")
    driven.page.wait_for_selector("[data-ready] [data-screen=choose]:not([hidden])")
    regular = Regular()
    monkeypatch.setattr(greeting, "_greeters", [regular])
    sign_in()
    driven.tap("[data-regular-yes]")
    driven.page.wait_for_selector("[data-regular-page]:not([hidden])")
    assert driven.page.locator("[data-regular-qr]").evaluate(
        "each => each.decode().then(() => each.naturalWidth > 0)"
    )
    assert "Nada se hace antes de que lo diga allí" in driven.text("[data-regular-told]")
    assert [taken for _client, taken in regular.heard] == [True]
    driven.tap("[data-known-usual] button.quiet")
    driven.tap("[data-known-addresses] button")
    driven.see("[data-main]", "76")
    driven.tap("[data-main]")
    driven.ordered()
    assert driven.page.locator("html").get_attribute("lang") == "es"
    assert [order.street for order in Order.objects.all()] == ["Pokrovka 12"] * 2
    assert Order.objects.values("client").distinct().count() == 1
    assert [taken for _client, taken in regular.heard] == [True], "the usual bowl takes nothing of it back"


@pytest.mark.parametrize(
    "driven",
    [{"bypass_csp": True}, {"bypass_csp": True, "viewport": {"width": 390, "height": 844}}],
    indirect=True,
)
def test_no_screen_has_a_serious_fault_for_those_who_cannot_see_it(driven):
    found = []

    def look(screen: str) -> None:
        driven.page.wait_for_timeout(400)  # what moves has come to rest
        faults = Axe().run(driven.page).response["violations"]
        grave = [fault for fault in faults if fault["impact"] in {"serious", "critical"}]
        found.extend((screen, fault["id"], fault["nodes"][0]["html"][:120]) for fault in grave)

    look("choose")
    driven.tap(".ways [data-open=advice]")
    driven.tap("[data-advice] .button")
    driven.page.wait_for_selector(".suggestion")
    look("advice")
    driven.tap("[data-dialog=advice] .close")
    to_the_door(driven)
    look("door")
    driven.tap("[data-main]")
    driven.ordered()
    look("ordered")
    assert not found
