"""A seller finds a client by part of a telephone, reads, logs a next step, merges a duplicate and takes it back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Pages
from tests.journeys.city import City
from tests.journeys.looking import Look
from tests.journeys.test_stall import signed_in

pytestmark = pytest.mark.browser


def write(page: Page, **fields: str) -> None:
    """Fill a form of the book and send it."""
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " "), exact=True).first.fill(text)
    page.get_by_role("button", name="Write down").click()


def new(page: Page, kind: str, **fields: str) -> str:
    """A client who is entered; the address of their page."""
    page.goto("/clients/")
    page.get_by_role("link", name=f"New {kind}").click()
    write(page, **fields)
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    return page.url


def test_find_read_log_merge_and_take_back(page_factory: Pages, city: City) -> None:
    look = Look()
    page = signed_in(
        page_factory(width=1440, height=900, touch=False), city, "director", "office", "/clients/"
    )
    first = new(
        page, "person", Name="Zhanna Kozlova", Telephone="8 916 555 10 01", **{"E-mail": "zh@example.org"}
    )
    second = new(
        page, "person", Name="Zh. Kozlova", Telephone="8 916 555 10 02", **{"E-mail": "ZH@example.org"}
    )

    page.goto("/clients/")
    page.get_by_role("searchbox").fill("555 10 01")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="Zhanna Kozlova").click()
    expect(page).to_have_url(first)
    look(page, "client")

    page.get_by_text("Write a contact down").click()
    write(
        page, What_was_said="She buys for her mother too", Next_step="Call when Lapins come", On="2026-12-01"
    )
    expect(page.locator(".book-facts .next")).to_contain_text("Call when Lapins come, 1 December")
    expect(page.locator(".book-time")).to_contain_text("She buys for her mother too")

    page.get_by_role("link", name="Duplicates").click()
    pair = page.locator("section", has_text="The same e-mail").filter(has_text="Zh. Kozlova")
    look(page, "duplicates")
    pair.get_by_role("button", name="They are one").click()
    expect(page).to_have_url(first)
    expect(page.get_by_role("status")).to_contain_text("They are one client now")
    expect(page.locator(".book-reach")).to_contain_text("+79165551002")
    page.goto(second)
    expect(page).to_have_url(first)
    page.get_by_role("button", name="Pull apart").click()
    expect(page).to_have_url(re.compile(re.escape(second)))
    expect(page.get_by_role("heading", level=1)).to_have_text("Zh. Kozlova")
    page.get_by_role("link", name="Duplicates").click()
    expect(page.locator("main")).not_to_contain_text("Zh. Kozlova")
    assert not look.faults, "\n".join(look.faults)
