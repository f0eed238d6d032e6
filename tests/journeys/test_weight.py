"""What a panel's first page weighs on the wire, in a real browser with nothing kept from before."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import Pages
from tests.journeys.city import STATION, City
from tests.journeys.people import KIOSK

pytestmark = pytest.mark.browser
MOST_B = 60 * 1024


@pytest.mark.parametrize("locale", ["en-US", "es-ES", "ru-RU"])
def test_a_panel_s_first_page_weighs_less_than_60_kb(page_factory: Pages, city: City, locale: str) -> None:
    page = page_factory(**KIOSK, locale=locale)
    page.request.get(f"/panels/enrol/{city.panels[STATION]}/")  # the device's key, beside the browser's cache
    wire = page.context.new_cdp_session(page)
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}
    wire.on(
        "Network.requestWillBeSent", lambda told: names.update({told["requestId"]: told["request"]["url"]})
    )
    wire.on(
        "Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]})
    )
    wire.send("Network.enable")
    page.goto(f"/panels/{STATION}/", wait_until="networkidle")
    expect(page.locator("[data-ready]")).to_be_attached()
    asked = {names[each]: size for each, size in sizes.items() if not names[each].startswith("data:")}
    assert len(asked) > 10, asked
    assert all(url.startswith(city.house.url) for url in names.values() if not url.startswith("data:"))
    told = "\n".join(f"{size:7.0f} {url}" for url, size in sorted(asked.items(), key=lambda pair: -pair[1]))
    assert sum(asked.values()) < MOST_B, f"{sum(asked.values()):.0f} bytes:\n{told}"
