"""The panel in a real Chromium, with Django answering from a thread of this process over a line that tests can cut."""

from __future__ import annotations

from guinda.panels.tests.shop import Shop


class Driven:
    """A page at the panel. `line` is "up", "cut", or "answers lost": what is sent arrives, the answer does not."""

    def __init__(self, shop: Shop, page, host: str) -> None:
        self.shop, self.page, self.host, self.line = shop, page, host, "up"
        self.complaints: list[str] = []
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)
        page.route("**/api/**", self._carry)

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)

    def _asked(self, request) -> None:
        if not request.url.startswith((self.host, "data:")):
            self.complaints.append(f"asked another host: {request.url}")

    def _carry(self, route) -> None:
        if self.line == "up":
            return route.fallback()
        if self.line == "answers lost":
            route.fetch()
        return route.abort("connectionreset")

    def enrol(self) -> None:
        self.page.goto(f"{self.host}/panels/enrol/{self.shop.key}/")
        self.page.wait_for_selector("[data-ready]")

    def restart(self) -> None:
        self.page.goto(f"{self.host}/panels/{self.shop.station.slug}/")
        self.page.wait_for_selector("[data-ready]")

    def tap(self, selector: str) -> None:
        self.page.locator(selector).tap()

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text().replace("\xa0", " ")

    def see(self, selector: str, text: str) -> None:
        self.page.locator(selector, has_text=text).first.wait_for()

    def tap_map(self) -> None:
        box = self.page.locator(".map-svg").bounding_box()
        self.page.touchscreen.tap(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.5)

    def ordered(self) -> None:
        self.page.wait_for_selector("[data-screen=ordered]:not([hidden])")
