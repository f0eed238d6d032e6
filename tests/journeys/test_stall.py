"""A day of a stall with the connection cut: a bag from the store, sales and tallies without a line, one sending, and books that close."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Pages
from tests.journeys.city import City
from tests.journeys.looking import Look

pytestmark = pytest.mark.browser
LOTS_KG = ("5", "3,5")
FLOAT = "500"
LOSE_TWO_ANSWERS = """
() => {
  const real = fetch;
  globalThis.lost = 0;
  globalThis.fetch = async (url, options) => {
    const answer = await real(url, options);
    if (!url.endsWith("/batches") || lost > 1) return answer;
    lost += 1;
    throw new TypeError("the answer was lost");
  };
}
"""
OF_HERS = (
    "JOIN stalls_bag ON stalls_bag.id = bag_id JOIN stalls_seller ON stalls_seller.id = seller_id"
    " WHERE stalls_seller.name = 'Stesha'"
)


class Store:
    """The keeper at the store's computer."""

    def __init__(self, pages: Pages, city: City) -> None:
        self.city = city
        self.page = signed_in(
            pages(width=1440, height=900, touch=False), city, "keeper", "office", "/stalls/office/"
        )

    def issue(self, seller: str) -> None:
        """A bag of two lots, first to expire, for a seller who has none."""
        self.page.get_by_role("link", name="Issue a bag").click()
        self.page.locator("#id_stall").select_option(index=1)
        self.page.get_by_role("button", name="Show the fruit for it").click()
        self.page.locator("#id_seller").select_option(label=seller)
        self.page.locator("#id_change").fill(FLOAT)
        fields = self.page.locator(".bags-lots input")
        for number, kilograms in enumerate(LOTS_KG):
            fields.nth(number).fill(kilograms)
        self.page.get_by_role("button", name="Hand out the bag").click()
        expect(self.page.get_by_role("link", name="Close the bag")).to_be_visible()


class Seller:
    """The seller with her telephone."""

    def __init__(self, pages: Pages, city: City, login: str, **options: Any) -> None:
        self.city = city
        self.page = signed_in(pages(is_mobile=True, **options), city, login, "courier", "/stalls/")
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    def tap(self, selector: str) -> None:
        self.page.locator(selector).tap()

    def sell(self, grams: int) -> None:
        """Two taps."""
        self.tap(f'[data-weight="{grams}"]')
        self.tap("[data-sold]")
        expect(self.page.locator("[data-sold]")).to_be_disabled()

    def says(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator("[data-line]")).to_have_text(text)

    def has_sold(self, sales: int) -> None:
        expect(self.page.locator("[data-total-sales]")).to_have_text(re.compile(rf"\D {sales} "))

    def cut(self) -> None:
        self.page.context.set_offline(True)

    def mend(self) -> None:
        self.page.context.set_offline(False)


def signed_in(page: Page, city: City, login: str, password: str, to: str) -> Page:
    page.goto(to)
    page.locator("[name=login]").fill(login)
    page.locator("[name=password]").fill(city.passwords[password])
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"**{to}")
    return page


@pytest.mark.timeout(400)
def test_a_day_of_a_stall_with_the_connection_cut(page_factory: Pages, city: City) -> None:
    page_factory.allow("ERR_INTERNET_DISCONNECTED", "Failed to load resource", "service worker")
    store = Store(page_factory, city)
    store.issue("Stesha")
    her = Seller(page_factory, city, "stall")
    sell_and_take_back(her)
    sell_without_a_line(her, city)
    switch_the_telephone_off_and_on(her)
    the_line_is_back(her, city)
    close_the_bag(store, her, city)


def all_is_kept(page: Page) -> None:
    """Each file that the page asked for is with the service worker."""
    kept = "caches.keys().then(([name]) => caches.open(name)).then((cache) => cache.keys()).then((all) => all.map((each) => each.url))"
    asked = "performance.getEntriesByType('resource').map((each) => each.name).filter((url) => url.includes('/static/'))"
    files = set(page.evaluate(asked))
    assert len(files) >= 8
    assert files <= set(page.evaluate(kept))


def sell_and_take_back(her: Seller) -> None:
    her.says("All sent")
    all_is_kept(her.page)
    her.sell(500)
    her.has_sold(1)
    her.tap("[data-undo]")
    her.has_sold(0)
    expect(her.page.locator("[data-said]")).to_have_text("Taken back")


def sell_without_a_line(her: Seller, city: City) -> None:
    her.cut()
    her.says("No line")
    for grams in (250, 500, 1000, 500, 250):
        her.sell(grams)
    her.page.locator("[data-tiles] label").nth(1).tap()
    her.page.locator("[data-grams]").fill("1234")
    her.tap("[data-sold]")
    for kind in ("clean", "clean", "variety", "tomorrow", "shop"):
        her.tap(f'[data-tally="{kind}"]')
    expect(her.page.locator('[data-tally="clean"] [data-count]')).to_have_text("2")
    her.says("No line · 11 taps wait")
    her.has_sold(6)
    assert booked(city) == (0, 0)


def switch_the_telephone_off_and_on(her: Seller) -> None:
    """Reloaded without a line, and opened again in a new tab after the old one was killed: everything is there, and selling goes on."""
    her.page.reload()
    her.says("No line · 11 taps wait")
    her.has_sold(6)
    her.sell(2000)
    old, her.page = her.page, her.page.context.new_page()
    old.close()
    her.page.goto("/stalls/")
    her.says("No line · 12 taps wait")
    her.has_sold(7)


def the_line_is_back(her: Seller, city: City) -> None:
    """The answers to the first sendings are lost; then two pages send the same at once."""
    her.page.evaluate(LOSE_TWO_ANSWERS)
    her.mend()
    city.wait(lambda: her.page.wait_for_timeout(100) or booked(city) == (7, 5), "the books")
    assert her.page.evaluate("lost") >= 1
    second = her.page.context.new_page()
    second.goto("/stalls/")
    her.says("All sent")
    assert booked(city) == (7, 5)
    her.has_sold(7)
    expect(second.locator("[data-line]")).to_have_text("All sent")
    second.close()


def close_the_bag(store: Store, her: Seller, city: City) -> None:
    """Four and a half kilograms of the first lot sold of five, and one lot is light: the count is asked for a reason."""
    taken = city.one(f"SELECT sum(price_minor) FROM stalls_sale {OF_HERS}")  # noqa: S608
    page = store.page
    page.get_by_role("link", name="Close the bag").click()
    weights = page.locator(".bags-lots .bags-kg input")
    for number, value in enumerate(("0.5", "2,2", str((taken + 50_000) / 100))):
        weights.nth(number).fill(value)
    page.get_by_role("button", name="Close the bag").click()
    expect(page.get_by_role("alert")).to_contain_text("The count differs from the books")
    expect(page.locator(".bags-why")).to_have_count(1)
    page.locator(".bags-why input").fill("squashed at the bottom")
    page.get_by_role("button", name="Close the bag").click()
    expect(page.get_by_text("squashed at the bottom")).to_be_visible()
    checks = ("stalls.goods", "stalls.cash", "stalls.prices", "stock.on_hand")
    told = city.house.guinda("audit", *(f"--only={name}" for name in checks))
    assert "The books agree." in told
    expect(her.page.get_by_role("heading", name="No bag is out in your name")).to_be_visible()


def booked(city: City) -> tuple[int, int]:
    """Her sales and tallies."""
    return (
        city.one(f"SELECT count(*) FROM stalls_sale {OF_HERS}"),  # noqa: S608
        city.one(f"SELECT count(*) FROM stalls_tally {OF_HERS}"),  # noqa: S608
    )


@pytest.mark.parametrize(("language", "seller"), [("en", "Dasha"), ("es", "Zakhar"), ("ru", "Inna")])
def test_the_pages_can_be_used_by_everybody(
    page_factory: Pages, city: City, language: str, seller: str
) -> None:
    look = Look()
    store = Store(page_factory, city)
    store.issue(seller)
    her = Seller(page_factory, city, seller.lower())
    for page in (store.page, her.page):
        page.locator(f'.languages [value="{language}"]').click()
        expect(page.locator("html")).to_have_attribute("lang", language)
    expect(her.page.locator("[data-sold]")).to_be_visible()
    look(her.page, "the stall", touch=True, exceptions=('class="skip"',))
    store.page.get_by_role("link").filter(
        has=store.page.locator("xpath=self::a[contains(@href, '/close/')]")
    ).click()
    look(store.page, "closing a bag")
    for path in ("/stalls/office/", "/stalls/office/new/?stall=1"):
        store.page.goto(path)
        look(store.page, path)
    assert not look.faults, "\n".join(look.faults)
