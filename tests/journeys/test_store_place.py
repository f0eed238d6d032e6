"""The director places a store by hand on the map: with a click, with the keyboard alone, and by typing."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import Pages
from tests.journeys.city import City
from tests.journeys.looking import GRAVE

pytestmark = pytest.mark.browser


@pytest.fixture
def form(page_factory: Pages, city: City) -> Page:
    page = page_factory(width=1440, height=900, touch=False)
    page.goto("/admin/places/store/add/")
    page.locator("[name=login]").fill("director")
    page.locator("[name=password]").fill(city.passwords["office"])
    page.locator("[name=password]").press("Enter")
    expect(page.locator(".store-map .map-svg[data-detail]")).to_be_attached()
    return page


def place(page: Page) -> tuple[float, float]:
    return float(page.input_value("#id_lat")), float(page.input_value("#id_lon"))


def test_a_store_is_placed_by_a_click_and_saved_where_it_was_put(form: Page, city: City) -> None:
    expect(form.locator(".store-map-said")).to_have_text("The store has no place yet.")
    form.fill("#id_name", "Арбат")
    form.fill("#id_name_latin", "Arbat")
    form.fill("#id_street", "Arbat 1")
    form.locator(".store-map .map-svg").click(position={"x": 300, "y": 300})
    lat, lon = place(form)
    assert 55.70 < lat < 55.802
    assert 37.535 < lon < 37.70
    expect(form.locator(".store-map-said")).to_have_text(f"The store stands at {lat:.5f}, {lon:.5f}.")
    expect(form.locator(".store-map .map-pin")).to_have_count(1)

    form.locator("[name=_save]").click()

    expect(form).to_have_url("/admin/places/store/")
    assert city.one("SELECT lat FROM places_store WHERE slug = 'arbat'") == lat
    assert city.one("SELECT lon FROM places_store WHERE slug = 'arbat'") == lon
    city.rows.execute("DELETE FROM places_store WHERE slug = 'arbat'")


def test_the_keyboard_alone_is_enough(form: Page) -> None:
    form.locator(".store-map .map-svg").focus()
    form.keyboard.press("Enter")
    middle = place(form)
    form.keyboard.press("+")
    form.keyboard.press("ArrowRight")
    form.keyboard.press("Enter")
    lat, lon = place(form)
    assert lat == pytest.approx(middle[0], abs=1e-3)
    assert lon > middle[1]

    form.fill("#id_lat", "55.75")
    expect(form.locator(".store-map-said")).to_contain_text("55.75000")
    form.fill("#id_lat", "")
    expect(form.locator(".store-map .map-pin")).to_have_count(0)


def test_those_who_cannot_see_the_map_find_no_fault_with_it(form: Page) -> None:
    found = Axe().run(form, context=".store-map").response["violations"]
    assert [each["id"] for each in found if each["impact"] in GRAVE] == []
