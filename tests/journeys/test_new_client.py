"""A new client: from the panel to the door, and the same again."""

from __future__ import annotations

import io
import re

import pytest
import segno
from playwright.sync_api import Page, expect

from tests.browser import Pages
from tests.journeys.city import City
from tests.journeys.people import AtPanel, Courier, words

pytestmark = pytest.mark.browser


def test_a_new_client_orders_at_a_panel_and_has_the_same_again(page_factory: Pages, city: City) -> None:
    before = city.orders()
    panel = AtPanel(page_factory, city)
    compose_a_bowl(panel)
    spoken_code, track_url = order_to_the_door(panel)
    assert city.orders() == before + 1

    phone = page_factory(is_mobile=True)
    phone.goto(track_url)
    her = Courier(page_factory, city)
    follow_to_the_door(phone, her, spoken_code)
    rate(phone)
    have_the_same_again(phone)
    assert city.orders() == before + 2


def compose_a_bowl(panel: AtPanel) -> None:
    panel.see("[data-total]", "Your bowl is empty")
    panel.touch_fruit("kordia")
    panel.see("[data-total]", "₽")
    one_touch = panel.text("[data-total]")
    pieces = panel.page.locator(".bowl .piece").count()
    panel.touch_fruit("kordia")
    expect(panel.page.locator("[data-total]")).not_to_have_text(one_touch)
    panel.see("[data-total]", "₽")
    panel.see("[data-when]", re.compile(r"\d\d:\d\d"))
    assert panel.page.locator(".bowl .piece").count() > pieces > 0
    assert "200 g Kordia" in (panel.page.locator(".bowl").get_attribute("aria-label") or "")


def order_to_the_door(panel: AtPanel) -> tuple[str, str]:
    panel.to_my_door("Pokrovka 12")
    expect(panel.page.locator("[name=pay][value=cash]")).to_be_checked()
    total = panel.text("[data-total]")
    with panel.page.expect_response("**/orders") as answer:
        panel.go_on()
    panel.ordered()
    told = answer.value.json()
    assert panel.spoken_code() == told["spoken_code"]
    assert total in panel.text("[data-ordered-when]")
    expect(panel.page.locator("[data-ordered-cash]")).to_be_visible()
    expect(panel.page.locator("[data-ordered-pay]")).to_be_hidden()
    the_qr_code_opens(panel.page, told["track_url"])
    return told["spoken_code"], told["track_url"]


def the_qr_code_opens(page: Page, track_url: str) -> None:
    """The picture on the screen is the QR code of the tracking page's address."""
    picture = page.locator("[data-ordered-qr]")
    expect(picture).to_be_visible()
    page.wait_for_function("() => document.querySelector('[data-ordered-qr]').naturalWidth > 0")
    expected = io.BytesIO()
    segno.make(track_url, micro=False).save(expected, kind="svg", omitsize=True, border=2)
    assert page.request.get(picture.get_attribute("src") or "").body() == expected.getvalue()


def follow_to_the_door(phone: Page, her: Courier, spoken_code: str) -> None:
    """The client's page is never reloaded: what happens to the bag shows on it by itself."""
    phone.evaluate("window.stillTheSamePage = true")
    title, now = phone.locator("h1"), phone.locator("[aria-current=step]")
    expect(title).to_have_text("Your bowl is being made ready")
    expect(now).to_have_text("Being made ready")
    expect(phone.locator(".track-code")).to_contain_text(spoken_code)
    expect(phone.locator(".track-who")).to_have_text("Masha will bring it.")

    her.act("picked_up")
    expect(title).to_have_text("Masha is on the way to you")
    expect(now).to_have_text("With the courier")
    expect(phone.locator(".map-pin[data-kind=courier]")).to_have_count(1)
    her.next_is("Pokrovka 12")

    her.hand_over("0000" if spoken_code != "0000" else "1111")
    expect(her.page.locator("[data-error]")).to_contain_text("These are not the client’s four digits")
    expect(title).to_have_text("Masha is on the way to you")
    her.digits(spoken_code)
    expect(title).to_have_text("It is with you. Enjoy!")
    assert phone.evaluate("window.stillTheSamePage")


def rate(phone: Page) -> None:
    phone.get_by_role("group", name="The fruit").locator("label").nth(4).tap()
    phone.get_by_role("group", name="The courier’s kindness").locator("label").nth(3).tap()
    phone.get_by_label("A word, if you like").fill("As if from the tree")
    phone.get_by_role("button", name="Send my rating").tap()
    expect(phone.get_by_role("heading", name="Thank you for your rating")).to_be_visible()
    assert words(phone.locator(".track-rated")) == "The fruit 5 of 5 The courier’s kindness 4 of 5"
    expect(phone.locator(".track-word")).to_have_text("As if from the tree")


def have_the_same_again(phone: Page) -> None:
    """One tap, and an impatient second one, are one order more."""
    first = phone.url
    phone.locator(".track-again-button").dblclick()
    expect(phone.locator("h1")).to_have_text("Your bowl is being made ready")
    assert phone.url != first
    expect(phone.locator(".track-portions")).to_contain_text("Kordia")
    expect(phone.locator(".track-portions")).to_contain_text("200")
