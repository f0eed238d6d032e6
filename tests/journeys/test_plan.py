"""The director tries a budget, sees it made, moves the slider by the keyboard, tries that, keeps it and sees it in force."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

import guinda.plays
from tests.browser import Pages
from tests.journeys.city import City
from tests.journeys.looking import Look
from tests.journeys.test_stall import signed_in

pytestmark = pytest.mark.browser
FIRMS = """
from guinda.offers.tests.offering import company, supplied, tool
from guinda.places.models import City
place = City.objects.order_by("pk")[0]
tool("service", currency=place.currency, for_kind="company", slug="planned", fixed_minor=100_000)
for each in range(1, 31):
    supplied(company(f"Firm {each}", city=place), monthly_minor=1_000_000 * each)
"""
MADE_MS = 90_000
"""The first plan of a process waits until the solver is compiled."""
PLANNED = Path(guinda.plays.__file__).parent / "library" / "planned-offer.toml"


@pytest.fixture
def firms(city: City) -> Iterator[None]:
    """Companies, and what they can be offered until the journey's end."""
    city.house.guinda("plays", "--on", "load", str(PLANNED))
    city.house.guinda("manage", "shell", "-c", FIRMS)
    yield
    city.rows.execute("UPDATE offers_tool SET paused_at = now() WHERE slug = 'planned'")


def test_try_a_budget_and_keep_it(page_factory: Pages, city: City, firms: None) -> None:
    look = Look()
    page = signed_in(page_factory(touch=False), city, "director", "office", "/plan/")
    expect(page.get_by_role("slider")).to_have_count(0)
    page.get_by_label("Budget, RUB").fill("5000")
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    look(page, "being made")
    expect(page.get_by_role("button", name="Keep this plan")).to_be_visible(timeout=MADE_MS)
    expect(page.locator(".plan-proof")).to_contain_text("No limit is exceeded.")

    slider = page.get_by_role("slider", name="Budget")
    slider.focus()
    for _press in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".plan-said")).to_contain_text("An estimate until it is tried.")
    assert slider.get_attribute("aria-valuetext") == page.locator(".plan-said").text_content()
    budget = page.get_by_label("Budget, RUB").input_value()
    assert float(budget) > 5000
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_role("button", name="Keep this plan")).to_be_visible(timeout=MADE_MS)
    expect(page.get_by_label("Budget, RUB")).to_have_value(budget)
    for language in ("Español", "Русский", "English"):
        page.get_by_role("button", name=language).click()
        look(page, "ready")
    page.set_viewport_size({"width": 390, "height": 844})
    look(page, "ready at 390")
    assert city.one("SELECT count(*) FROM planner_plan WHERE state = 'kept'") == 0
    page.get_by_role("button", name="Keep this plan").click()
    expect(page.locator(".plan-state")).to_have_text("in force")
    look(page, "in force")
    assert not look.faults, "\n".join(look.faults)
