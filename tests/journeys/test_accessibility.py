"""Every page a client or courier meets, in every state, can be used by those who cannot see it; nothing is too small or too wide.

In English and Russian, the shortest and the longest of our languages.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Pages
from tests.journeys.city import City, Somebody
from tests.journeys.looking import Look
from tests.journeys.people import KIOSK, AtPanel, Courier

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("locale", ["en-US", "ru-RU"])]
SKIP_LINK = ('class="skip"',)  # for keyboards: nobody touches it


@pytest.fixture
def look() -> Iterator[Look]:
    looked = Look()
    yield looked
    assert looked.seen
    assert not looked.faults, "\n".join(looked.faults)


def test_the_panel(page_factory: Pages, city: City, look: Look, locale: str) -> None:
    page_factory.allow("status of 409", "ERR_INTERNET_DISCONNECTED")
    panel = AtPanel(page_factory, city, locale=locale)

    def see(name: str) -> None:
        look(panel.page, f"panel, {name}", touch=True, exceptions=SKIP_LINK)

    see("empty")
    panel.tap(".ways [data-open=advice]")
    see("help")
    panel.tap("[data-advice] .button")
    expect(panel.page.locator(".suggestion").first).to_be_visible()
    see("help given")
    panel.tap("[data-dialog=advice] .close")
    panel.touch_fruit("kordia")
    panel.touch_fruit("tulameen")
    panel.see("[data-when]", ":")
    panel.page.locator("[data-variety=kordia] summary").tap()
    see("choose")
    panel.tap(".ways [data-open=returning]")
    see("returning")
    panel.tap("[data-dialog=returning] .close")
    panel.go_on()
    see("where")
    panel.touch_map()
    panel.go_on()
    expect(panel.page.locator("#street-wrong")).to_be_visible()
    see("no street")
    panel.page.fill("#street", "Pokrovka 12")
    panel.page.locator("[name=pay][value=card]").check(force=True)
    panel.agreed()
    see("pay")
    panel.page.context.set_offline(True)
    panel.go_on()
    expect(panel.page.locator("[data-lost]")).to_be_visible()
    see("no line")
    panel.page.context.set_offline(False)
    panel.ordered()
    see("ordered")


def test_a_known_client_at_the_panel(page_factory: Pages, city: City, look: Look, locale: str) -> None:
    phone = {"en-US": "+79161110001", "ru-RU": "+79161110002"}[locale]
    with Somebody(city) as she:
        she.order({"rainier": 300}, proof=she.proof(phone))
    panel = AtPanel(page_factory, city, locale=locale)
    panel.tap(".ways [data-open=returning]")
    before = len(city.codes_to(phone))
    panel.page.fill("#returning-phone", phone)
    panel.tap("[data-phone-form] .button")
    expect(panel.page.locator("[data-code-form]")).to_be_visible()
    look(panel.page, "panel, code", touch=True, exceptions=SKIP_LINK)
    panel.page.fill("#returning-code", city.code_sent_to(phone, after=before))
    panel.tap("[data-code-form] .button")
    expect(panel.page.locator("[data-known]")).to_be_visible()
    look(panel.page, "panel, known", touch=True, exceptions=SKIP_LINK)


def test_the_panel_on_a_telephone(page_factory: Pages, city: City, look: Look, locale: str) -> None:
    panel = AtPanel(page_factory, city, locale=locale, width=390, height=844, is_mobile=True)
    panel.touch_fruit("kordia")
    panel.see("[data-when]", ":")
    look(panel.page, "panel at 390, choose")
    panel.to_my_door()
    look(panel.page, "panel at 390, pay")
    panel.go_on()
    panel.ordered()
    look(panel.page, "panel at 390, ordered")


def test_the_order_s_page_in_its_stages(page_factory: Pages, city: City, look: Look, locale: str) -> None:
    page = page_factory(is_mobile=True, locale=locale)
    with Somebody(city) as she:
        bowl, phone = (
            {"kordia": 300, "goldrich": 200},
            {"en-US": "+79161110003", "ru-RU": "+79161110004"}[locale],
        )
        card, cash = she.order(bowl, pay="card"), she.order(bowl, proof=she.proof(phone))
    state = "UPDATE orders_order SET state = %s WHERE code = %s"
    page.goto(card["track_url"])
    expect(page.locator(".track-head .button")).to_be_visible()
    look(page, "tracking, paying")
    city.rows.execute(state, ["expired", card["code"]])
    page.reload()
    look(page, "tracking, expired")

    page.goto(f"{cash['track_url']}cancel/")
    look(page, "cancel?")
    her = Courier(page_factory, city)
    page.goto(cash["track_url"])
    expect(page.locator(".track-who")).to_be_visible()
    look(page, "tracking, making")
    her.act("picked_up")
    expect(page.locator(".map-pin[data-kind=courier]")).to_have_count(1)
    look(page, "tracking, riding")
    her.hand_over(cash["spoken_code"])
    expect(page.locator("#rate")).to_be_visible()
    look(page, "tracking, delivered")
    for group in ("fruit", "kindness"):
        page.locator(f"[name={group}][value='5']").check(force=True)
    page.locator("#rate .button").tap()
    expect(page.locator(".track-rated")).to_be_visible()
    look(page, "tracking, rated")
    page.locator("#word-said [value=yes]").tap()
    expect(page.locator(".track-change")).to_be_visible()
    look(page, "tracking, answered")
    for stage in ("failed", "cancelled"):
        city.rows.execute(state, [stage, cash["code"]])
        page.reload()
        look(page, f"tracking, {stage}")


def test_paying(page_factory: Pages, city: City, look: Look, locale: str) -> None:
    page = page_factory(is_mobile=True, locale=locale)
    with Somebody(city) as she:
        told = she.order({"kordia": 300}, pay="card")
    page.goto(told["pay_url"])
    look(page, "pay")
    page.locator("button[value=rejected]").tap()
    expect(page.locator("[role=alert]")).to_be_visible()
    look(page, "pay, refused")
    page.locator("form[action$='/again/'] button").tap()
    page.locator("button[value=confirmed]").tap()
    expect(page.locator(".good-mark")).to_be_visible()
    look(page, "pay, paid")


def test_the_courier_s_telephone(page_factory: Pages, city: City, look: Look, locale: str) -> None:
    city.nobody_on_duty()
    her = Courier(page_factory, city, locale=locale)
    look(her.page, "courier, off duty")
    her.page.locator('[data-tap="start_shift"]').tap()
    expect(her.page.locator(".courier-idle")).to_be_visible()
    look(her.page, "courier, idle")
    with Somebody(city) as she:
        for street in ("Pokrovka 12", "Solyanka 3"):
            she.order({"kordia": 300}, street=street)
    her.given(2)
    look(her.page, "courier, to the store")
    her.act("picked_up")
    her.act("picked_up")
    expect(her.page.locator('[data-action="delivered"]')).to_be_visible()
    look(her.page, "courier, to the door")
    for name in ("delivered", "cant_reach"):
        her.act(name)
        look(her.page, f"courier, {name}?")
        her.page.locator("dialog[open] [data-close]").tap()
    her.line = "cut"
    page_factory.allow("ERR_INTERNET_DISCONNECTED")
    her.wake()
    expect(her.page.locator("[data-line]")).to_have_attribute("data-state", "out")
    look(her.page, "courier, no line")


def test_the_other_pages(page_factory: Pages, city: City, look: Look, locale: str) -> None:
    page_factory.allow("status of 40[034]", "status of 429")
    page = page_factory(is_mobile=True, locale=locale)
    for name, path in {
        "welcome": "/",
        "sign in": "/accounts/login/",
        "no such page": "/nowhere/",
        "no such order": "/track/AAAAAAAAAAAAAAAAAAAAAA/",
        "no such panel": "/panels/enrol/AAAA/",
        "not enrolled": "/panels/kurskaya/",
    }.items():
        page.goto(path)
        look(page, name)
    with Somebody(city) as she:
        told = she.order({"kordia": 300})
    page.goto(told["track_url"])
    page.evaluate(
        """async (path) => {
            const form = Object.assign(document.createElement("form"), {method: "post", action: path});
            document.body.append(form);
            form.submit();
        }""",
        "/i18n/setlang/",
    )
    page.wait_for_url("**/setlang/")
    look(page, "a form without its token")


def test_the_map_of_stations(page_factory: Pages, city: City, look: Look, locale: str) -> None:
    for width, height, mobile in (
        (390, 844, True),
        (KIOSK["width"], KIOSK["height"], False),
        (1280, 800, False),
    ):
        page = signed_in_as_director(
            page_factory, city, width=width, height=height, is_mobile=mobile, locale=locale
        )
        page.goto("/panels/")
        expect(page.locator(".stations-list li")).not_to_have_count(0)
        look(page, f"stations at {width}")


def signed_in_as_director(pages: Pages, city: City, **options: object) -> Page:
    page = pages(**options)  # type: ignore[arg-type]
    page.goto("/accounts/login/?next=/panels/")
    page.locator("[name=login]").fill("director")
    page.locator("[name=password]").fill(city.passwords["office"])
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/panels/")
    return page
