"""What people do on the pages: a client at a panel, a courier with a telephone."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser import Pages
from tests.journeys.city import STATION, City

KIOSK = {"width": 1080, "height": 1920}


def words(found: Locator) -> str:
    """Its text as one reads it: every space a plain one."""
    return re.sub(r"\s+", " ", found.inner_text()).strip()


class AtPanel:
    """A client before a panel's screen."""

    def __init__(self, pages: Pages, city: City, *, station: str = STATION, **options: Any) -> None:
        self.city, self.station = city, station
        self.page: Page = pages(**{**KIOSK, **options})
        self.page.goto(f"/panels/enrol/{city.panels[station]}/")
        self.ready()

    def ready(self) -> None:
        expect(self.page.locator("[data-ready]")).to_be_attached()

    def see(self, selector: str, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator(selector)).to_contain_text(text)

    def text(self, selector: str) -> str:
        return words(self.page.locator(selector))

    def tap(self, selector: str) -> None:
        self.page.locator(selector).tap()

    def touch_fruit(self, variety: str) -> None:
        self.tap(f"[data-variety={variety}] .pick")

    def touch_map(self) -> None:
        box = self.page.locator(".map-svg").bounding_box()
        assert box
        self.tap_at(box["width"] * 0.45, box["height"] * 0.5)

    def tap_at(self, x: float, y: float) -> None:
        self.page.locator(".map-svg").tap(position={"x": x, "y": y})

    def to_my_door(self, street: str = "Pokrovka 12") -> None:
        """From the bowl to the button that orders, once price and time are known."""
        self.go_on()
        self.touch_map()
        self.page.fill("#street", street)
        self.agreed()

    def go_on(self) -> None:
        """The one main button, when it can be pressed."""
        expect(self.page.locator("[data-main]")).to_have_attribute("aria-disabled", "false")
        self.tap("[data-main]")

    def agreed(self) -> None:
        """The button states price and time."""
        self.see("[data-main]", re.compile(r"\d\d:\d\d"))

    def ordered(self) -> None:
        expect(self.page.locator("[data-screen=ordered]")).to_be_visible()

    def spoken_code(self) -> str:
        return self.text("[data-ordered-code]").replace(" ", "")


class Courier:
    """The courier with her telephone, signed in.

    `line` is "up", "cut", "answers lost" (what is sent arrives, the answer does not) or "broken" (the server fails at every tap).
    """

    PLACE = {"latitude": 55.7590, "longitude": 37.6450}

    def __init__(self, pages: Pages, city: City, **options: Any) -> None:
        self.city, self.line = city, "up"
        self.sent: list[dict[str, Any]] = []
        self.page: Page = pages(
            is_mobile=True, geolocation=self.PLACE, permissions=["geolocation"], **options
        )
        self.page.goto("/courier/")
        self.page.locator("[name=login]").fill(city.courier)
        self.page.locator("[name=password]").fill(city.passwords["courier"])
        self.page.locator("[name=password]").press("Enter")
        expect(self.page.locator("[data-screen]")).not_to_have_attribute("data-screen", "wait")
        self.page.route("**/api/**", self._carry)

    def _carry(self, route: Any) -> None:
        line, taps = self.line, route.request.url.endswith("/taps")
        if line == "cut":
            return route.abort("internetdisconnected")
        if line == "broken" and taps:
            return route.fulfill(status=500, body="")
        if line == "answers lost":
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()
        if taps:
            self.sent += route.request.post_data_json["taps"]
        return None

    def given(self, bags: int) -> None:
        """So many bags are hers; what the telephone does when it wakes shows them without waiting for the next round of questions."""
        mine = "SELECT count(*) FROM delivery_task WHERE state = 'assigned'"
        self.city.wait(lambda: self.city.one(mine) == bags, f"{bags} bags for the courier")
        self.wake()
        expect(self.page.locator("[data-then-list] li")).to_have_count(bags - 1)

    def wake(self) -> None:
        """The telephone is looked at, or finds the line again: it asks at once."""
        self.page.evaluate("() => dispatchEvent(new Event('online'))")

    def act(self, kind: str) -> None:
        self.page.locator(f'[data-action="{kind}"]').tap()

    def next_is(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator("#next")).to_have_text(text)

    def line_says(self, text: str) -> None:
        expect(self.page.locator("[data-line]")).to_have_text(text)

    def hand_over(self, spoken_code: str) -> None:
        """Tap "delivered" and type the client's digits."""
        self.act("delivered")
        self.digits(spoken_code)

    def digits(self, spoken_code: str) -> None:
        self.page.locator("#spoken-code").fill(spoken_code)
        self.page.locator('[data-dialog="delivered"] [type="submit"]').tap()
