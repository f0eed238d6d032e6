"""When something fails at a panel: the page says what happened and what can be done now, and the bowl is still there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser import Pages
from tests.journeys.city import City, Somebody
from tests.journeys.fill import RARE, RARE_G
from tests.journeys.people import AtPanel

pytestmark = pytest.mark.browser


def test_sold_out_between_choosing_and_confirming(page_factory: Pages, city: City) -> None:
    page_factory.allow("status of 409")
    panel = AtPanel(page_factory, city)
    for _ in range(6):
        panel.touch_fruit(RARE)
    panel.to_my_door()
    orders = city.orders()

    with Somebody(city) as somebody:
        somebody.order({RARE: RARE_G - 300})
    panel.go_on()
    panel.see("[data-notice-text]", "Bergeron")
    expect(panel.page.locator("[data-screen=choose]")).to_be_visible()
    panel.see("[data-lines]", "600 g")
    assert city.orders() == orders + 1

    panel.page.locator("[data-notice-actions] button", has_text="Take what is left").tap()
    panel.see("[data-lines]", "300 g")
    panel.go_on()
    expect(panel.page.locator("#street")).to_have_value("Pokrovka 12")
    panel.agreed()
    panel.go_on()
    panel.ordered()
    assert city.orders() == orders + 2
    assert city.one("SELECT weight_g FROM orders_order ORDER BY id DESC LIMIT 1") == 300
    expect(panel.page.locator("[data-notice]")).to_be_hidden()


def test_a_panel_without_a_line_keeps_the_bowl_and_sends_once(page_factory: Pages, city: City) -> None:
    page_factory.allow("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_RESET", "ERR_NETWORK_CHANGED")
    panel = AtPanel(page_factory, city)
    panel.touch_fruit("lapins")
    panel.to_my_door("Solyanka 3")
    orders = city.orders()

    panel.page.context.set_offline(True)
    panel.go_on()
    panel.see("[data-sending]", "The line is down")
    expect(panel.page.locator("[data-lost]")).to_be_visible()
    assert city.orders() == orders

    arrived = []

    def lose_the_answer(route: Route) -> None:
        arrived.append(route.fetch().status)
        route.abort("connectionreset")

    panel.page.route("**/orders", lose_the_answer)
    panel.page.context.set_offline(False)
    city.wait(lambda: panel.page.wait_for_timeout(50) or len(arrived) >= 2, "the panel's second attempt")
    assert city.orders() == orders + 1  # the shop has the order, but the panel can't know
    panel.see("[data-sending]", "The line is down")

    panel.page.reload()  # and somebody pulls the plug
    panel.ready()
    panel.see("[data-sending]", "The line is down")
    panel.see("[data-lines]", "Lapins")
    panel.page.unroute("**/orders")
    panel.ordered()
    assert city.orders() == orders + 1
    newest = city.rows.execute(
        "SELECT spoken_code, street FROM orders_order ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert newest == (panel.spoken_code(), "Solyanka 3")
    assert set(arrived) == {201}
