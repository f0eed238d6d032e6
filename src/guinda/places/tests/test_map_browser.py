"""The map in a real Chromium: no server, its files are handed to the page from the static folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.template import Context, Template

from guinda.places import maps
from guinda.places.projection import XY
from tests.browser import FLAGS, find_chromium

STATIC = Path(maps.__file__).parent / "static" / "places"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>map</title>
<link rel="stylesheet" href="/map.css"><body>{map}<script type="module" src="/page.js"></script></body></html>"""
SCRIPT = """import { enliven, toPoint, toXY } from "./map.js";
const element = document.querySelector("[data-map]");
Object.assign(window, { map: enliven(element), toPoint, toXY, taps: [] });
element.addEventListener("map:tap", (event) => window.taps.push(event.detail));
"""
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'"
VIEW = "document.querySelector('.map-svg').getAttribute('viewBox').split(' ').map(Number)"


def serve(page, markup: str) -> list[str]:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def answer(route):
        name = route.request.url.rsplit("/", 1)[1]
        body = {"": PAGE.format(map=markup), "page.js": SCRIPT, "favicon.ico": ""}.get(name)
        kind = {"js": "text/javascript", "css": "text/css"}.get(name.rsplit(".", 1)[-1], "text/html")
        body = (STATIC / name).read_text(encoding="utf-8") if body is None else body
        route.fulfill(body=body, content_type=kind, headers={"Content-Security-Policy": POLICY})

    page.route("**/*", answer)
    page.goto("http://map.test/")
    page.wait_for_function("window.map")
    return complaints


@pytest.mark.browser
def test_the_map_in_the_hands_of_a_client(moscow):
    chromium = find_chromium()
    if chromium is None:
        if os.environ.get("GUINDA_REQUIRE_BROWSER"):
            pytest.fail("GUINDA_REQUIRE_BROWSER forbids to skip the map's browser test: install chromium.")
        pytest.skip("No Chromium here: install Debian's package chromium to try the map in one.")
    markup = Template("{% load places %}{% city_map city %}").render(Context({"city": moscow}))
    kurskaya = moscow.stations.get(slug="kurskaya").point
    expected = maps.to_xy(moscow, kurskaya)
    middle = maps.to_point(moscow, XY(500, 500))
    # The ORM is done with: playwright's event loop would make Django refuse.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 800, "height": 900})
        complaints = serve(page, markup)
        _projection_agrees(page, kurskaya, expected)
        _taps_tell_where(page, kurskaya)
        _zoom_pan_and_keys(page)
        _pins(page, middle)
        assert page.locator(".map-far").evaluate("each => getComputedStyle(each).display") == "none"
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.locator(".map-near").evaluate("each => getComputedStyle(each).display") == "none"
        assert complaints == []
        browser.close()


def _projection_agrees(page, kurskaya, expected):
    x, y = page.evaluate(
        "([lat, lon]) => Object.values(toXY(map.svg, lat, lon))", [kurskaya.lat, kurskaya.lon]
    )
    assert (x, y) == pytest.approx(expected, abs=0.01)


def _taps_tell_where(page, kurskaya):
    box = page.locator('[data-station="kurskaya"] circle').first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tap = page.evaluate("taps.at(-1)")
    assert (tap["lat"], tap["lon"]) == pytest.approx(kurskaya, abs=0.0005)


def _zoom_pan_and_keys(page):
    assert page.get_by_role("button", name="Zoom out").is_disabled()
    page.get_by_role("button", name="Zoom in").click()
    x, y, width, _height = page.evaluate(VIEW)
    assert width == pytest.approx(1000 / 1.6, abs=0.1)
    page.mouse.move(400, 400)
    page.mouse.down()
    page.mouse.move(300, 350, steps=4)
    page.mouse.up()
    assert page.evaluate("taps.length") == 1  # a drag is no tap
    moved_x, moved_y, *_ = page.evaluate(VIEW)
    assert moved_x > x + 30
    assert moved_y > y + 10
    page.locator(".map-svg").focus()
    page.keyboard.press("0")
    assert page.evaluate(VIEW)[2] == 1000
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert page.evaluate("taps.length") == 2
    before = page.evaluate("toPoint(map.svg, 200, 200)")
    page.mouse.move(200, 200)
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"{VIEW}[2] < 600")
    after = page.evaluate("toPoint(map.svg, 200, 200)")
    assert (after["lat"], after["lon"]) == pytest.approx((before["lat"], before["lon"]), abs=1e-4)
    page.keyboard.press("0")


def _pins(page, middle):
    for lat in (middle.lat - 0.01, middle.lat):
        page.evaluate(
            "([lat, lon]) => map.pin(lat, lon, {label: 'Home', kind: 'home'}).id", [lat, middle.lon]
        )
    pins = page.locator(".map-pin")
    assert pins.count() == 1
    assert pins.locator("title").text_content() == "Home"
    assert pins.get_attribute("transform").startswith("translate(500")
    page.evaluate("map.unpin('home')")
    assert pins.count() == 0
