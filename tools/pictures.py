"""The pictures of the README, taken of a living demo: docs/pictures/{panel,tracking,courier,office,map}.png.

    python tools/pictures.py                                # starts a demo of its own in a temporary folder, about four minutes
    python tools/pictures.py --url http://localhost:8000    # of `make demo` in this folder: orders a bowl there

Needs a Chromium. With Pillow installed the files become smaller; without it they are plain.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tests.browser import FLAGS, find_chromium  # noqa: E402 - the root is known only now
from tests.house import answers, free_port  # noqa: E402

TARGET = ROOT / "docs" / "pictures"
MOST_B = 250_000
PATIENCE_MS = 300_000
"""A ride across the city takes minutes even at ten times the speed of life."""
STATION = "kurskaya"
BOWL = {"kordia": 4, "rainier": 3, "tulameen": 2, "goldrich": 2}
AT_REST = """() => document.getAnimations().every(
    (each) => each.playState !== "running" || each.effect.getTiming().iterations === Infinity)"""
DOOR_ON_MAP = (0.36, 0.40)
"""Where the client's house is, as shares of the map that is in sight."""


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Take the README's pictures of a living demo.")
    parser.add_argument("--url", help="a demo that runs already (default: start one)")
    parser.add_argument(
        "--home", type=Path, default=Path("var/demo"), help="its data folder (default var/demo)"
    )
    chosen = parser.parse_args()
    path = find_chromium()
    if path is None:
        print("No Chromium here: install Debian's package chromium to take pictures.")
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    with demo(chosen.url, chosen.home) as (url, home), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        take_all(browser, url, json.loads((home / "demo-keys.json").read_text())["passwords"])
        browser.close()
    return 0


@contextmanager
def demo(url: str | None, home: Path) -> Iterator[tuple[str, Path]]:
    """The running demo's address and folder; started and stopped here when none is given."""
    if url:
        yield url.rstrip("/"), home
        return
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environment = {**os.environ, "GUINDA_HOME": folder}
        process = subprocess.Popen(
            [sys.executable, "-m", "guinda", "demo", "--port", str(port)], env=environment
        )
        try:
            while not answers(f"http://127.0.0.1:{port}"):
                if process.poll() is not None:
                    raise SystemExit("The demo did not start.")
                time.sleep(0.5)
            yield f"http://127.0.0.1:{port}", Path(folder)
        finally:
            process.terminate()
            process.wait()


def take_all(browser: Browser, url: str, passwords: dict[str, str]) -> None:
    """All five pictures; the client's order is placed first so that its courier has time to ride."""
    track_url = panel(browser, url)
    take(open_page(browser, f"{url}/panels/", 1280, 800), "map")
    name = tracking(browser, track_url)
    courier(browser, url, name, passwords["courier"])
    office(browser, url, passwords["office"])


def open_page(browser: Browser, address: str, width: int, height: int, **options: Any) -> Page:
    """A page in a session of its own."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-US", **options)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(address)
    return page


def take(page: Page, name: str) -> None:
    """Write the picture when what moves has come to rest."""
    page.wait_for_function(AT_REST)
    file = TARGET / f"{name}.png"
    page.screenshot(path=file)
    shrink(file)
    size_b = file.stat().st_size
    print(f"{file.relative_to(ROOT)}: {size_b / 1000:.0f} KB{' (too large)' if size_b > MOST_B else ''}")


def shrink(file: Path) -> None:
    """Fewer colours, if Pillow is here; else the browser's own file stays."""
    try:
        from PIL import Image  # type: ignore[import-not-found, unused-ignore]  # optional
    except ImportError:
        return
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(256).save(file, optimize=True)


def panel(browser: Browser, url: str) -> str:
    """A bowl at a panel; then it is ordered. Returns the address of the order's page."""
    page = open_page(browser, f"{url}/panels/{STATION}/", 1080, 1920, device_scale_factor=900 / 1920)
    expect(page.locator("[data-ready]")).to_be_attached()
    for variety, touches in BOWL.items():
        for _ in range(touches):
            page.locator(f"[data-variety={variety}] .pick").click()
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator("[data-main]")).to_have_attribute("aria-disabled", "false")
    expect(page.locator("[data-when]")).to_contain_text(re.compile(r"\d\d:\d\d"))
    take(page, "panel")
    page.locator("[data-main]").click()
    box = page.locator(".map-svg").bounding_box()
    if box is None:
        raise SystemExit("The panel's map is not in sight.")
    across, down = DOOR_ON_MAP
    page.locator(".map-svg").click(position={"x": box["width"] * across, "y": box["height"] * down})
    page.fill("#street", "Pokrovka 12")
    page.fill("#flat", "4")
    expect(page.locator("[data-main]")).to_contain_text(re.compile(r"\d\d:\d\d"))
    with page.expect_response("**/orders") as answer:
        page.locator("[data-main]").click()
    return str(answer.value.json()["track_url"])


def tracking(browser: Browser, track_url: str) -> str:
    """The client's telephone while the courier rides to her; returns the courier's name."""
    page = open_page(browser, track_url, 390, 844, is_mobile=True)
    expect(page.locator(".map-pin[data-kind=courier]")).to_have_count(1)
    take(page, "tracking")
    return str(page.locator("[data-track]").get_attribute("data-courier"))


def sign_in(page: Page, login: str, password: str) -> None:
    """Through the door for people who work here."""
    page.locator("[name=login]").fill(login)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")


def courier(browser: Browser, url: str, name: str, password: str) -> None:
    """The telephone of the courier who has the bag; in the demo a courier's login is the name."""
    page = open_page(browser, f"{url}/courier/", 390, 844, is_mobile=True)
    sign_in(page, name.lower(), password)
    expect(page.locator('[data-action="delivered"]')).to_be_visible()
    expect(page.locator(".courier-map .map-pin[data-kind=home]")).not_to_have_count(0)
    take(page, "courier")


def office(browser: Browser, url: str, password: str) -> None:
    """The office's first page."""
    page = open_page(browser, f"{url}/admin/", 1280, 800)
    sign_in(page, "director", password)
    page.wait_for_url("**/admin/")
    page.reload(wait_until="networkidle")  # without its greeting
    take(page, "office")


if __name__ == "__main__":
    sys.exit(main())
