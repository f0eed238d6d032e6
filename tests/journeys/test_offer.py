"""An account was approached by a competitor; she chooses a number and accepts it on her telephone; play closed, cost booked."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import guinda.offers
import guinda.plays
from tests.browser import Pages
from tests.journeys.city import City
from tests.journeys.looking import Look

pytestmark = pytest.mark.browser
HER_PHONE = "+79160001177"
HEAD = "customerID,tenure,PhoneService,InternetService,Contract,MonthlyCharges,Churn"
ACCOUNTS = ("Orchard-1,10,Yes,DSL,One year,56.95,No", "Orchard-2,3,Yes,No,Month-to-month,20,No")
APPROACHED = Path(guinda.plays.__file__).parent / "library" / "approached.toml"
NUMBERING = Path(guinda.offers.__file__).parent / "operators" / "demo.toml"
SMALL = ('class="skip"', 'name="language"', "<input", "<select", "<summary", "<a ")
RUN = "SELECT run.state || ' ' || run.why FROM plays_run run WHERE run.client_id = %s"
BOOKED = "SELECT cost_minor FROM clients_touch WHERE client_id = %s AND outcome = 'agreed'"
TOOLS = """
from datetime import date
from django.contrib.auth.models import Group
from guinda.clients.models import Client, Contact
from guinda.offers.models import Allowance, Tool
Client.objects.filter(name__startswith="Orchard-").update(time_zone="{zone}")
firm = Client.objects.get(name="Orchard-1")
Contact.objects.create(company=firm, name="Who decides", phone="{phone}", decides=True)
name = {{"en": "A number people remember", "es": "Un número que se recuerda", "ru": "Номер, который запоминают"}}
text = {{"en": "Your clients dial it by heart.", "es": "Se marca de memoria.", "ru": "Его набирают по памяти."}}
facts = dict(currency="RUB", from_date=date(2026, 1, 1), name=name, text=text)
tool = Tool.objects.create(slug="number", kind="number", rebate_percent=50, needs=[{{"need": "approached", "days": 30}}], **facts)
Allowance.objects.create(tool=tool, role=Group.objects.get(name="seller"), most_minor=1_000_000)
Tool.objects.create(slug="jam", kind="gift", needs=[{{"need": "people_from", "people": 50}}], **facts)
"""


def where_it_is_noon() -> str:
    """A time zone whose clocks stand at noon now: by night nobody is sent an offer."""
    east = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"


def signed_in(page: Page, city: City, login: str, path: str) -> Page:
    page.goto(f"/accounts/login/?next={path}")
    page.locator("[name=login]").fill(login)
    page.locator("[name=password]").fill(city.passwords["office"])
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"**{path}")
    return page


@pytest.fixture
def firm(city: City, tmp_path: Path) -> int:
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("\n".join([HEAD, *ACCOUNTS]))
    city.house.guinda(
        "import-operator",
        str(accounts),
        "--agreed",
        "clause 7",
        "--territory",
        "East=seller",
        "--times",
        "90",
    )
    city.house.guinda("import-numbers", str(NUMBERING), "2770000-2779999")
    city.house.guinda("plays", "--on", "load", str(APPROACHED))
    city.house.guinda("manage", "shell", "-c", TOOLS.format(zone=where_it_is_noon(), phone=HER_PHONE))
    return int(city.one("SELECT id FROM clients_client WHERE name = 'Orchard-1'"))


def in_three_languages(look: Look, page: Page, name: str) -> None:
    for language in ("es", "ru", "en"):
        page.locator(f".languages button[value={language}]").click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        look(page, name)


def she_tells_of_a_competitor(desk: Page, look: Look) -> None:
    expect(desk.get_by_text("No competitor has approached them within 30 days")).to_be_visible()
    desk.get_by_text("A competitor has approached them", exact=True).click()
    desk.get_by_label("Which competitor").fill("Free Signal")
    desk.get_by_label("What they offered").fill("Three months free")
    desk.get_by_role("button", name="Write down").click()
    expect(desk.get_by_role("link", name="Make an offer")).to_be_visible()
    in_three_languages(look, desk, "what can be offered")


def she_is_offered_a_number(desk: Page, look: Look) -> None:
    desk.get_by_role("link", name="Make an offer").click()
    desk.get_by_label("Numbers of").select_option(label="Guinda Telephone")
    desk.get_by_label("Price before the rebate").fill("9000")
    desk.get_by_label("Rebate, percent").fill("50")
    desk.get_by_label("Who decides").select_option(label="Who decides")
    desk.get_by_label("A word to the client").fill("You asked for something to remember.")
    desk.get_by_role("button", name="Draft it").click()
    expect(desk.get_by_role("heading", name="Put it before the client")).to_be_visible()
    desk.get_by_label("Channel").select_option("message")
    desk.get_by_role("button", name="Presented").click()
    expect(desk.get_by_role("heading", name="The client’s page")).to_be_visible()
    in_three_languages(look, desk, "the offer in the office")


def she_chooses_and_accepts(hers: Page, city: City, look: Look) -> None:
    said = city.wait(lambda: city.messages_to(HER_PHONE), "the message with the link")[-1]
    address = re.search(r"https?://\S+", said)
    assert address
    hers.goto(address.group())
    hers.get_by_role("link", name="Choose a number").tap()
    hers.get_by_label("The year your company began").fill("1977")
    hers.get_by_role("button", name="Look for numbers").tap()
    expect(hers.get_by_role("heading", name="With the year 1977")).to_be_visible()
    look(hers, "her numbers", touch=True, exceptions=SMALL)
    hers.get_by_role("button", name=re.compile("^Choose 2 7 7")).first.tap()
    expect(hers.get_by_role("timer")).to_contain_text(re.compile(r"\d:\d\d"))
    in_three_languages(look, hers, "her offer")
    hers.get_by_role("button", name="Accept").tap()
    expect(hers.get_by_role("status")).to_contain_text("it is yours")
    look(hers, "her offer accepted")


def test_from_a_competitors_call_to_her_yes(page_factory: Pages, city: City, firm: int) -> None:
    look = Look()
    desk = signed_in(
        page_factory(width=1440, height=900, touch=False), city, "seller", f"/offers/clients/{firm}/"
    )
    she_tells_of_a_competitor(desk, look)
    city.until("listed ", "the play's first step is on a seller's list", RUN, firm)
    she_is_offered_a_number(desk, look)
    she_chooses_and_accepts(page_factory(is_mobile=True), city, look)
    city.until("done goal", "the play is closed by her yes", RUN, firm)
    assert "1977" in str(city.one("SELECT number FROM offers_number WHERE owner_id = %s", firm))
    cost = "SELECT cost_minor FROM offers_offer WHERE client_id = %s"
    assert city.one(BOOKED, firm) == city.one(cost, firm) == 15_000
    desk.goto(f"/clients/{firm}/")
    expect(desk.get_by_role("link", name="Offer A number people remember: accepted")).to_be_visible()
    boss = signed_in(page_factory(width=1440, height=900, touch=False), city, "director", "/offers/attacks/")
    expect(boss.get_by_role("heading", name="Free Signal", exact=True)).to_be_visible()
    in_three_languages(look, boss, "attacks")
    assert not look.faults
