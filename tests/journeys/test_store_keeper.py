"""A store keeper's morning: a lot arrives with its photograph, is sold, packed and taken away; then the shelf is counted and cleared."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import Pages
from tests.journeys.city import City, Somebody
from tests.journeys.looking import Look
from tests.journeys.people import Courier, words

pytestmark = pytest.mark.browser
VARIETY = "rainier"


def photograph() -> bytes:
    """As large as a telephone's."""
    written = io.BytesIO()
    Image.effect_noise((2600, 1900), 90).convert("RGB").save(written, "JPEG", quality=92)
    return written.getvalue()


class Keeper:
    """The keeper with a telephone, signed in, in the store the courier of the journeys starts from."""

    def __init__(self, pages: Pages, city: City, **options: object) -> None:
        self.city = city
        self.page: Page = pages(is_mobile=True, **options)  # type: ignore[arg-type]
        self.page.goto("/store/")
        self.page.locator("[name=login]").fill("keeper")
        self.page.locator("[name=password]").fill(city.passwords["office"])
        self.page.locator("[name=password]").press("Enter")
        self.page.wait_for_url("**/store/")
        store = city.one(
            "SELECT home_store_id FROM delivery_courier JOIN auth_user ON auth_user.id = user_id WHERE username = %s",
            city.courier,
        )
        self.store = f"/store/{store}/"
        self.page.goto(self.store)

    def tab(self, name: str) -> None:
        self.page.locator(".store-tabs").get_by_role("link", name=name).tap()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).tap()

    def said(self, text: str) -> None:
        expect(self.page.locator("[role=status].good")).to_have_text(text)

    def receive(self) -> str:
        """A lot of half a tonne that must be sold first; its code."""
        self.tab("Receive")
        page = self.page
        page.locator("[name=variety]").select_option(VARIETY)
        page.get_by_label("Weight, kg").fill("500")
        page.get_by_label("What all of it cost").fill("210000,50")
        page.get_by_label("Grower").fill("Three Springs Orchard")
        page.get_by_label("Region").fill("Krasnodar")
        page.get_by_label("Sweetness").fill("21,4")
        soon = self.city.one(
            "SELECT to_char((now() + interval '6 hours') AT TIME ZONE 'Europe/Moscow', 'YYYY-MM-DD\"T\"HH24:MI')"
        )
        page.get_by_label("Good until").fill(soon)
        page.get_by_label("Photograph").set_input_files(
            {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
        )
        expect(page.get_by_role("button", name="Put it on the shelf")).to_be_enabled()
        self.press("Put it on the shelf")
        self.said("The lot is on the shelf and on sale. Print its sign.")
        return page.url.split("/lots/")[1].strip("/")


def test_from_the_lorry_to_the_client_and_the_evening_s_count(page_factory: Pages, city: City) -> None:
    page_factory.allow("status of 409")
    her = Keeper(page_factory, city)
    lot = her.receive()
    look_at_its_sign(her, page_factory, lot)
    with Somebody(city) as client:
        told = client.order({VARIETY: 400})
    pack(her, told["spoken_code"], lot)
    courier = Courier(page_factory, city)
    courier.given(1)
    expect(courier.page.locator(".courier-flat")).to_contain_text("packed")
    courier.act("picked_up")
    expect(courier.page.locator('[data-action="delivered"]')).to_be_visible()
    count(her, lot)
    write_off(her, lot)
    left_g = city.one(
        "SELECT on_hand_g FROM stock_holding JOIN catalog_lot lot ON lot.id = lot_id WHERE lot.code = %s", lot
    )
    assert left_g == 500_000 - 400 - 600 - 2_500
    assert "The books agree." in city.house.guinda(
        "audit", "--only=stock.on_hand"
    )  # other journeys end their orders by force


def look_at_its_sign(her: Keeper, pages: Pages, lot: str) -> None:
    """The sign has what a buyer asks, and its code leads to the page that has the rest."""
    her.page.get_by_role("link", name="Print its sign").tap()
    sign = words(her.page.locator(".sign"))
    for word in ("Rainier", "Three Springs Orchard", "21.4 °Brix", "a kilogram", lot):
        assert word in sign
    anybody = pages()
    anybody.goto(f"/lots/{lot}/")
    expect(anybody.get_by_role("heading", level=1)).to_have_text("Rainier")
    picture = anybody.locator(".lot-photo img")
    assert picture.evaluate("each => each.decode().then(() => [each.naturalWidth, each.naturalHeight])") == [
        1600,
        1169,
    ]
    her.page.get_by_role("link", name="Back").tap()


def pack(her: Keeper, spoken_code: str, lot: str) -> None:
    """The bag is on the list by itself, with the lot that expires first; its label is printed, and one tap says it is ready."""
    her.tab("Bags")
    bag = her.page.locator(".bag", has_text=lot)
    expect(bag).to_be_visible()
    expect(bag).to_contain_text("400")
    bag.get_by_role("link", name="Label").tap()
    expect(her.page.locator(".label-code")).to_contain_text(spoken_code)
    her.page.get_by_role("link", name="Back").tap()
    bag.get_by_role("button", name="Packed").tap()
    expect(her.page.locator(".bags-ready .bag", has_text=lot)).to_contain_text("Packed at")


def count(her: Keeper, lot: str) -> None:
    """600 g are missing; the books' weight is not said before something was typed."""
    her.tab("Count")
    row = her.page.locator(".count-lots > li", has_text=lot)
    assert "499" not in words(row)
    row.get_by_label("Weighed, kg").fill("499,0")
    her.press("Done weighing")
    expect(row).to_contain_text(re.compile(r"The books say 499\.6\skg:"))
    row.get_by_label("Why?").select_option("dried")
    her.press("Record the count")
    her.said("1 lot was counted.")


def write_off(her: Keeper, lot: str) -> None:
    """Two and a half kilograms are mouldy; more than is there is refused and what was typed stays."""
    her.page.locator(".shelf a", has_text=lot).tap()
    pane = her.page.locator("section", has=her.page.get_by_role("heading", name="Write off"))
    pane.get_by_label("Weight, kg").fill("1999")
    pane.get_by_role("button").tap()
    expect(pane.locator(".errorlist")).to_contain_text("There is less of this lot free than that.")
    expect(pane.get_by_label("Weight, kg")).to_have_value("1999")
    pane.get_by_label("Weight, kg").fill("2.5")
    pane.get_by_role("button").tap()
    her.said("Written off.")


def test_a_lot_goes_to_another_store_and_a_recall_stops_it(page_factory: Pages, city: City) -> None:
    page_factory.allow("status of 422")
    her = Keeper(page_factory, city)
    lot = her.receive()
    pane = her.page.locator("section", has=her.page.get_by_role("heading", name="Send to another store"))
    target = pane.get_by_label("To which store?").locator("option").first
    other = target.get_attribute("value")
    pane.get_by_label("Weight, kg").fill("20")
    pane.get_by_role("button").tap()
    her.said("On the road. The other store weighs it in.")
    her.page.goto(f"/store/{other}/transfers/")
    row = her.page.locator(".transfers li", has_text=lot)
    row.get_by_label("Weighed, kg").fill("19.7")
    row.get_by_role("button").tap()
    expect(row.locator(".errorlist")).to_contain_text("This is not the weight that was sent.")
    row.get_by_label("If it differs, why?").select_option("dried")
    row.get_by_role("button").tap()
    her.said("Weighed in.")
    her.page.goto(f"{her.store}lots/{lot}/")
    her.page.get_by_role("link", name="Recall this lot").tap()
    her.press("Yes, recall it")
    expect(her.page.get_by_role("heading", level=1)).to_contain_text("recalled")
    expect(her.page.locator(".lately li")).to_have_count(2)
    anybody = page_factory()
    anybody.goto(f"/lots/{lot}/")
    expect(anybody.locator("[role=alert]")).to_contain_text("Do not eat it")


@pytest.mark.parametrize("locale", ["en-US", "ru-RU"])
def test_every_page_of_a_store_can_be_used_by_everybody(page_factory: Pages, city: City, locale: str) -> None:
    look = Look()
    page_factory.allow("status of 422")
    with Somebody(city) as client:
        for weight_g in (300, 700):
            client.order({"kordia": weight_g, VARIETY: 200})
    her = Keeper(page_factory, city, locale=locale)
    page = her.page
    bags = page.locator(".bag")
    city.wait(lambda: (page.reload(), bags.count() >= 2)[1], "two bags")
    bags.first.locator("form button").tap()
    expect(page.locator(".bags-ready .bag")).not_to_have_count(0)

    def see(name: str, path: str | None = None) -> None:
        if path is not None:
            page.goto(path)
        look(page, f"store, {name}", touch=True, exceptions=('class="skip"', "tel:"))

    see("bags")
    label = bags.first.get_by_role("link").get_attribute("href")
    see("label", label)
    see("shelf", f"{her.store}shelf/")
    lot = page.locator(".shelf a").first.get_attribute("href")
    see("lot", lot)
    see("sign", f"{lot}sign/")
    see("recall?", f"{lot}recall/")
    see("transfers", f"{her.store}transfers/")
    see("receive", f"{her.store}receive/")
    page.locator("form.receive > button").tap()
    expect(page.locator(".field-wrong").first).to_be_visible()
    see("receive, wrong")
    see("count", f"{her.store}count/")
    page.locator("input[name^=weight]").first.fill("1")
    page.locator("form.count > button").tap()
    expect(page.locator(".count-differs")).to_be_visible()
    see("count, differs")
    see("stores", "/store/")
    page.goto(f"/lots/{lot.split('/lots/')[1]}" if lot else "/")
    look(page, "lot, as clients see it")
    assert not look.faults, "\n".join(look.faults)
