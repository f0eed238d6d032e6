"""The courier's page in a real Chromium at a telephone's size: the page and its first day come from Django, the line is ours to break."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from guinda.base import clock
from guinda.delivery.tests.test_courier_api import DAY, signed_in
from guinda.delivery.tests.world import NOW, World
from tests.browser import FLAGS, find_chromium

TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class House:
    """Answers the page as the server does, over a line that can be cut, also between a tap's arrival and its answer."""

    def __init__(self, page, html: bytes, policy: str, day: dict) -> None:
        self.html, self.policy, self.day, self.line = html, policy, day, "up"
        self.sent: list[dict] = []
        self.done: dict[str, dict] = {}
        self.complaints: list[str] = []
        page.on(
            "console",
            lambda message: self.complaints.append(message.text) if "ERR_" not in message.text else None,
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.route("**/*", self.answer)

    def answer(self, route) -> None:
        path = route.request.url.split("/", 3)[3].split("?")[0]
        if not path.startswith("api/"):
            return self._file(route, path)
        if self.line == "cut":
            return route.abort("internetdisconnected")
        if path == "api/courier/taps":
            answers = [self._tap(tap) for tap in json.loads(route.request.post_data)["taps"]]
            return (
                route.abort("connectionreset")
                if self.line == "answers lost"
                else route.fulfill(json={"taps": answers})
            )
        return route.fulfill(status=204) if path == "api/courier/place" else route.fulfill(json=self.day)

    def _file(self, route, path):
        if path == "courier/":
            return route.fulfill(
                body=self.html, content_type="text/html", headers={"Content-Security-Policy": self.policy}
            )
        file = Path(finders.find(path.removeprefix("static/")))
        return route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])

    def _tap(self, tap):
        self.sent.append(tap)
        if tap["key"] not in self.done:
            self.done[tap["key"]] = {"key": tap["key"], **self._do(tap)}
        return self.done[tap["key"]]

    def _do(self, tap):
        [task] = [each for each in self.day["tasks"] if each["id"] == tap["task_id"]]
        if tap["kind"] == "picked_up":
            task["state"] = "carried"
        elif tap.get("spoken_code") == "0000":
            return {"ok": False, "code": "wrong_code", "sentence": "Not these digits."}
        else:
            self.day["tasks"].remove(task)
        return {"ok": True}


@pytest.mark.browser
def test_a_courier_s_day_with_a_broken_line(world: World, monkeypatch):
    chromium = find_chromium()
    if chromium is None:
        if os.environ.get("GUINDA_REQUIRE_BROWSER"):
            pytest.fail(
                "GUINDA_REQUIRE_BROWSER forbids to skip the courier's browser test: install chromium."
            )
        pytest.skip("no Chromium on this machine: the courier's page was not driven")
    monkeypatch.setattr(clock, "now", lambda: NOW)
    anna = world.courier("Anna")
    first, second = world.assigned(anna), world.assigned(anna, position=2)
    client = signed_in(anna)
    html, day = client.get(reverse("courier")), client.get(DAY).json()
    ride(chromium, html, day, [first.pk, second.pk])


def ride(chromium, html, day, ids) -> None:
    from axe_playwright_python.sync_playwright import (
        Axe,  # these bring an event loop, in which Django's models may not be used
    )
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        house = House(page, html.content, html["Content-Security-Policy"], day)
        page.goto("http://courier.test/courier/")
        line, act = page.locator("[data-line]"), lambda kind: page.locator(f'[data-action="{kind}"]')
        expect(page.locator("#next")).to_have_text("kremlin")
        assert not [
            each
            for each in Axe().run(page).response["violations"]
            if each["impact"] in {"serious", "critical"}
        ]

        house.line = "cut"
        act("picked_up").click()
        expect(line).to_have_text("No line: 1 tap waiting")
        act("picked_up").click()  # the other bag of the same store
        expect(line).to_have_text("No line: 2 taps waiting")
        expect(page.locator("#next")).to_have_text("Tverskaya 1")  # seen as it will be
        assert house.sent == []

        house.line = "answers lost"
        expect(line).to_have_text("No line: 2 taps waiting")
        page.wait_for_timeout(3500)
        assert [tap["task_id"] for tap in house.sent[:2]] == ids
        house.line = "cut"
        page.reload()
        expect(line).to_have_text("No line: 2 taps waiting")

        house.line = "up"
        expect(line).to_have_text("On line", timeout=8000)
        assert len({tap["key"] for tap in house.sent}) == len(house.done) == 2  # sent twice, done once
        assert page.evaluate("Object.values(localStorage)") == ["[]"]

        expect(page.locator("#next")).to_have_text("Tverskaya 1")
        act("delivered").click()
        page.locator("#spoken-code").fill("0000")
        page.locator('[data-dialog="delivered"] [type="submit"]').click()
        expect(page.locator("[data-error]")).to_have_text("Not these digits.")
        expect(page.locator("[data-door]")).to_have_text("Tverskaya 1, 7")
        page.locator("#spoken-code").fill("1234")
        page.locator('[data-dialog="delivered"] [type="submit"]').click()
        act("delivered").click()
        page.locator("[data-no-code]").click()
        page.locator("#delivered-note").fill("Left with\tthe concierge")
        page.locator('[data-dialog="delivered"] [type="submit"]').click()
        expect(page.locator(".courier-idle")).to_be_visible()
        assert house.sent[-1]["note"] == "Left with the concierge"
        assert house.complaints == []
        browser.close()
