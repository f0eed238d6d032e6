"""A play is written in TOML, put right in the form, switched on; its first step is done on a telephone in two taps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Pages
from tests.journeys.city import City
from tests.journeys.looking import Look
from tests.journeys.test_client_book import new
from tests.journeys.test_stall import signed_in

pytestmark = pytest.mark.browser
LIBRARY = Path(__file__).resolve().parents[2] / "src" / "guinda" / "plays" / "library"
COMES_IN = """
INSERT INTO plays_run (play_id, version_id, client_id, city_id, entry_key, entered_at, holdout, state, step, number, step_at, due_at,
                       waits_for, tries, deadline_at, why)
SELECT p.id, p.version_id, c.id, (SELECT min(slug) FROM places_city), 'journey', now(), false, 'listed', 'prepare', 0, now(), now(),
       '', 0, now() + interval '9 days', ''
FROM plays_play p, clients_client c WHERE p.slug = 'our-contact' AND c.name = 'Museum of Glass' ON CONFLICT DO NOTHING
"""


def test_from_toml_to_the_step_done(page_factory: Pages, city: City) -> None:
    page_factory.allow("status of 422")
    look = Look()
    desk = signed_in(page_factory(width=1440, height=900, touch=False), city, "director", "office", "/plays/")
    write_the_play(desk, look)
    new(desk, "company", Name="Museum of Glass", Telephone="8 495 555 20 01")
    city.rows.execute(COMES_IN)
    phone = signed_in(page_factory(is_mobile=True), city, "director", "office", "/today/")
    do_the_step(phone, look)
    assert not look.faults, "\n".join(look.faults)


def write_the_play(desk: Page, look: Look) -> None:
    """The text becomes the form and back; what is wrong is told; how many match follows each change."""
    text = (LIBRARY / "first-contact.toml").read_text()
    desk.goto("/plays/new/?as=toml")
    desk.locator("#text").fill(text.replace('slug = "first-contact"', 'slug = "our-contact"', 1))
    desk.get_by_role("button", name="Form", exact=True).click()
    expect(desk.locator("#f-slug")).to_have_value("our-contact")
    expect(desk.locator(".play-drawing rect")).to_have_count(text.count("[[steps]]"))
    look(desk, "editor")
    facts = desk.locator("#f-entry-when-0-value")
    facts.fill("7")
    facts.press("Tab")
    expect(desk.locator("#matching")).to_contain_text("0 clients match today")
    facts.fill("0")
    goal = desk.locator("#f-goal-within")
    goal.fill("soon")
    desk.get_by_role("button", name="Save as a new version").click()
    expect(desk.locator(".is-table .book-wrong")).to_contain_text("write a time such as")
    desk.locator("#f-goal-within").fill("120 days")
    desk.get_by_role("button", name="Save as a new version").click()
    expect(desk.get_by_role("status").first).to_contain_text("Saved as version 1")
    expect(desk).to_have_url(re.compile("/plays/our-contact/$"))
    desk.get_by_role("button", name="Switch on").click()
    expect(desk.locator(".play-state").first).to_contain_text("on")


def do_the_step(phone: Page, look: Look) -> None:
    """One tap opens it, the second is the outcome; without its proof it says what is missing."""
    line = phone.locator(".today-line", has_text="Museum of Glass").filter(has_text="Prepare")
    expect(line).to_be_visible()
    look(phone, "today", touch=True, exceptions=('class="skip"', "languages", "lang=", "/admin/", 'href="/'))
    line.get_by_role("link").first.tap()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Museum of Glass")
    look(phone, "step")
    phone.get_by_role("button", name="Ready").tap()
    expect(phone.locator(".book-wrong")).to_contain_text("Write down first: The question to begin with.")
    phone.get_by_label("The question to begin with").fill("Who eats the cherries?")
    phone.get_by_role("button", name="Ready").tap()
    expect(phone.get_by_role("status")).to_contain_text("Museum of Glass: done.")
    expect(phone.locator(".today-head")).to_contain_text(re.compile(r"[1-9]\d* steps? done"))
    expect(line).to_have_count(0)
