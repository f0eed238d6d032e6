"""A returning client, in Spanish: her telephone, the code, her own address and bowl; the card is refused once."""

from __future__ import annotations

import gettext
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Pages
from tests.journeys.city import STATION, City, Somebody
from tests.journeys.people import AtPanel

pytestmark = pytest.mark.browser
LOCALE = Path(__file__).resolve().parents[2] / "src" / "guinda" / "locale"
PHONE_FORM, CODE_FORM, KNOWN = "[data-phone-form]", "[data-code-form]", "[data-known]"


def spanish(text: str) -> str:
    """What the house says in Spanish for this."""
    said = gettext.translation("django", LOCALE, ["es"]).gettext(text)
    assert said != text
    return said


def a_number() -> str:
    """A telephone nobody has used in this city yet."""
    return f"+7916{secrets.randbelow(10_000_000):07d}"


def test_a_returning_client_orders_in_spanish_and_pays_by_card(page_factory: Pages, city: City) -> None:
    page_factory.allow("status of 403")  # a wrong code, typed on purpose
    hers = a_number()
    with Somebody(city) as she:  # the last time
        she.order({"rainier": 300, "lapins": 200}, street="Calle Mayor 7", proof=she.proof(hers))
    orders = city.orders()
    panel = AtPanel(page_factory, city)
    panel.page.get_by_role("button", name="Español").tap()
    panel.ready()
    expect(panel.page.locator("html")).to_have_attribute("lang", "es")
    confirm_the_telephone(panel, hers)
    her_usual_bowl_to_her_address(panel)
    panel.page.locator("[name=pay][value=card]").check(force=True)
    panel.agreed()
    with panel.page.expect_response("**/orders") as answer:
        panel.go_on()
    panel.ordered()
    expect(panel.page.locator("[data-ordered-pay]")).to_be_visible()
    told = answer.value.json()

    phone = page_factory(is_mobile=True, locale="es-ES")
    phone.goto(told["track_url"])
    expect(phone.locator("h1")).to_have_text(spanish("Waiting for your payment"))
    pay_at_the_second_attempt(phone, told["spoken_code"])
    assert city.orders() == orders + 1
    expect(phone.locator(".track-how")).to_have_text(spanish("Paid by card. Nothing to pay at the door."))
    expect(phone.locator(".track-door")).to_contain_text("Calle Mayor 7")
    state = city.one("SELECT state FROM orders_order WHERE code = %s", told["code"])
    paid = city.one(
        "SELECT array_agg(status ORDER BY payment.id) FROM orders_payment payment JOIN orders_order placed ON placed.id = order_id"
        " WHERE code = %s",
        told["code"],
    )
    assert (state, paid) == ("confirmed", ["rejected", "confirmed"])


def confirm_the_telephone(panel: AtPanel, hers: str) -> None:
    before = len(panel.city.codes_to(hers))
    panel.tap(".ways [data-open=returning]")
    panel.page.fill("#returning-phone", f"8 {hers[2:5]} {hers[5:8]}-{hers[8:10]}-{hers[10:]}")
    panel.tap(f"{PHONE_FORM} .button")
    expect(panel.page.locator(CODE_FORM)).to_be_visible()
    nothing_is_revealed(panel)
    code = panel.city.code_sent_to(hers, after=before)
    message = spanish("Your Guinda code: %(code)s. Nobody of ours ever asks for it by telephone.") % {
        "code": code
    }
    assert panel.city.codes_to(hers)[-1] == message
    panel.page.fill("#returning-code", f"{(int(code) + 1) % 1_000_000:06d}")
    panel.tap(f"{CODE_FORM} .button")
    expect(panel.page.locator("[data-returning-wrong]")).to_be_visible()
    nothing_is_revealed(panel)
    panel.page.fill("#returning-code", code)
    panel.tap(f"{CODE_FORM} .button")
    expect(panel.page.locator(KNOWN)).to_be_visible()


def nothing_is_revealed(panel: AtPanel) -> None:
    expect(panel.page.locator(KNOWN)).to_be_hidden()
    expect(panel.page.locator("[data-known-usual] button, [data-known-addresses] button")).to_have_count(0)
    assert "Calle Mayor" not in panel.page.content()


def her_usual_bowl_to_her_address(panel: AtPanel) -> None:
    """One tap for the bowl and the door: nothing is typed."""
    usual = panel.page.locator("[data-usual-there]")
    expect(usual).to_contain_text("300 g Rainier, 200 g Lapins")
    expect(usual).to_contain_text("Calle Mayor 7")
    usual.tap()
    expect(panel.page.locator("[data-screen=door]")).to_be_visible()
    expect(panel.page.locator("#street")).to_have_value("Calle Mayor 7")
    panel.agreed()


def pay_at_the_second_attempt(phone: Page, spoken_code: str) -> None:
    phone.locator(".track-head .button").tap()
    expect(phone.locator(".pay-sum")).to_contain_text(spoken_code)
    phone.locator("button[value=rejected]").tap()
    expect(phone.locator("h1")).to_have_text(spanish("The bank refused this payment"))
    expect(phone.locator("[role=alert]")).to_have_text(
        spanish(
            "No money was taken, and your bowl is still here. Try the card again, or pay the courier in cash."
        )
    )
    phone.locator("form[action$='/again/'] button").tap()
    phone.locator("button[value=confirmed]").tap()
    expect(phone.locator("h1")).to_have_text(spanish("Paid. Thank you!"))
    phone.locator(".pay-card .button").tap()
    expect(phone.locator("h1")).to_have_text(spanish("Your bowl is being made ready"))


def test_before_the_code_a_known_and_an_unknown_number_look_the_same(page_factory: Pages, city: City) -> None:
    """Asked from the browser's own page: what a curious person could see there."""
    known, unknown = a_number(), a_number()
    with Somebody(city) as she:
        she.order({"lapins": 200}, street="Calle Mayor 8", proof=she.proof(known))
    panel = AtPanel(page_factory, city)
    page_factory.allow("status of 403")  # the wrong codes

    def ask(path: str, body: dict[str, str]) -> tuple[object, ...]:
        return tuple(
            panel.page.evaluate(
                """async ([url, body]) => {
                    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
                    const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
                    const answer = await fetch(url, {method: "POST", headers, body: JSON.stringify(body)});
                    const names = [...answer.headers].filter(([name]) => name !== "date").map((pair) => pair.join(": "));
                    return [answer.status, names.join("; "), await answer.text()];
                }""",
                [f"/api/panels/{STATION}/{path}", body],
            )
        )

    assert ask("codes", {"phone": known}) == ask("codes", {"phone": unknown})
    for code in ("1", "000000"):
        wrong = [
            ask("codes/confirm", {"phone": phone, "code": code}) for phone in (known, unknown, a_number())
        ]
        assert wrong[0] == wrong[1] == wrong[2]
        assert wrong[0][0] == 403
