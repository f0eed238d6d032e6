"""A director brings a file in, over a line that is lost for a moment: sends it, looks, confirms, and has it back as it was."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import Pages
from tests.journeys.city import City
from tests.journeys.looking import Look

pytestmark = pytest.mark.browser
ROWS = 36_000
"""Enough for two parts of a file and for a bar that moves."""


def signed_in(pages: Pages, city: City, **options: object) -> Page:
    page = pages(**options)  # type: ignore[arg-type]
    page.goto("/accounts/login/?next=/admin/tables/upload/")
    page.locator("[name=login]").fill("director")
    page.locator("[name=password]").fill(city.passwords["office"])
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/admin/tables/upload/")
    return page


def bring_in(page: Page, file: Path) -> None:
    page.goto("/admin/tables/upload/add/?table=clients")
    page.set_input_files("[name=file]", file)
    page.locator(".tables-button").click()
    page.wait_for_url("**/change/")


def test_a_file_goes_in_and_comes_out(page_factory: Pages, city: City, tmp_path: Path) -> None:
    page_factory.allow("ERR_FAILED")
    file = tmp_path / "clients.csv"
    file.write_text(
        "phone;name;language\n"
        + "".join(f"8 (926) {number}-00-00;={number};ru\n" for number in range(100, 200))
        + "".join(
            f"+7927{number:07};Somebody with a long name, and a number {number};ru\n"
            for number in range(ROWS)
        )
    )
    page = signed_in(page_factory, city, width=1440, height=900)
    lost = []

    def cut_once(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.request.url)
            route.abort()

    page.route("**/parts/1/", cut_once)
    before = city.one("SELECT count(*) FROM clients_client")
    bring_in(page, file)
    expect(page.locator(".tables-figures strong").first).to_have_text(f"{ROWS + 100:,}")
    assert lost
    assert city.one("SELECT count(*) FROM clients_client") == before, "looking changes nothing"
    page.locator(".tables-confirm button").press("Enter")
    expect(page.locator(".tables-state.applied")).to_be_visible()
    assert city.one("SELECT count(*) FROM clients_client") == before + ROWS + 100
    page.goto("/admin/tables/upload/")
    with page.expect_download() as found:
        page.locator('a[href$="/out/clients/"]').click()
    rows = list(csv.reader(io.StringIO(Path(found.value.path()).read_text("utf-8-sig"), newline="")))
    assert len(rows) == before + ROWS + 101
    assert [row[1] for row in rows if row[0] == "'+79261000000"] == ["'=100"]
    bring_in(page, Path(found.value.path()))
    expect(page.get_by_text("There is nothing to write")).to_be_visible()


@pytest.mark.parametrize("locale", ["en-US", "es-ES", "ru-RU"])
def test_the_pages_for_everybody(page_factory: Pages, city: City, tmp_path: Path, locale: str) -> None:
    looked = Look()
    page = signed_in(page_factory, city, width=1440, height=900, locale=locale)

    def look(name: str) -> None:
        for width, height in ((390, 844), (1440, 900)):
            page.set_viewport_size({"width": width, "height": height})
            looked(page, f"{name} at {width}")

    look("tables")
    page.goto("/admin/tables/upload/add/?table=clients")
    look("send")
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(f"phone,name\n+79280000000,{locale}\n")
    bad.write_text("phone,name\nx,y\n")
    bring_in(page, good)
    expect(page.locator(".tables-confirm")).to_be_visible()
    look("to be confirmed")
    bring_in(page, bad)
    expect(page.locator(".tables-state.refused")).to_be_visible()
    look("problems")
    assert not looked.faults, "\n".join(looked.faults)
