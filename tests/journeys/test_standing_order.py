"""A bowl becomes a standing order: its days, one of them skipped, a question answered, and the order on its day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import Pages
from tests.journeys.city import City, Somebody
from tests.journeys.looking import Look
from tests.journeys.people import Courier
from tests.journeys.test_returning_client import a_number

pytestmark = pytest.mark.browser
BOWL = {"tulameen": 300, "kordia": 200}
SCARCE = "tulameen"


def test_a_bowl_comes_by_itself_and_is_asked_about_when_it_can_not(page_factory: Pages, city: City) -> None:
    page_factory.allow("status of 403")  # a wrong code, typed on purpose
    hers, phone = a_number(), page_factory(is_mobile=True)
    with Somebody(city) as she:
        ordered = she.order(BOWL)
    with gone_by_tomorrow(city, SCARCE):
        make_it_standing(phone, city, ordered["track_url"], hers)
        skip_a_day(phone)
        tomorrow = the_question_comes(phone, city, hers)
        answer_it(phone, tomorrow)
    order_code = on_its_day(phone, city)
    the_courier_comes(phone, page_factory, city, order_code)
    pause_resume_and_end(phone, city)


@pytest.mark.parametrize("locale", ["en-US", "ru-RU"])
def test_its_pages_can_be_used_without_seeing_them(page_factory: Pages, city: City, locale: str) -> None:
    hers, phone, look = a_number(), page_factory(is_mobile=True, locale=locale), Look()
    with Somebody(city) as she:
        ordered = she.order(BOWL, proof=she.proof(hers))
    with gone_by_tomorrow(city, SCARCE):
        phone.goto(ordered["track_url"])
        phone.locator("a[href*='/standing/new/']").tap()
        expect(phone.locator(".standing-form")).to_be_visible()
        look(phone, "standing, new")
        every_day(phone)
        phone.locator(".standing-form .button").tap()
        expect(phone.locator(".standing-head")).to_be_visible()
        look(phone, "standing")
        asked(phone, city)
        look(phone, "standing, asked")
        phone.locator("a[href$='/change/']").tap()
        expect(phone.locator(".standing-fruit")).to_be_visible()
        look(phone, "standing, change")
        phone.go_back()
        phone.locator("a[href$='/end/']").tap()
        expect(phone.locator(".standing-head")).to_have_count(0)
        look(phone, "standing, end?")
        phone.locator("main form .button").tap()
        expect(phone.locator(".standing-head .note")).to_be_visible()
        look(phone, "standing, ended")
    assert not look.faults, "\n".join(look.faults)


@contextmanager
def gone_by_tomorrow(city: City, variety: str) -> Iterator[None]:
    """What there is of a variety is for today only: by tomorrow's hour it will be past its time."""
    before = city.rows.execute(
        "SELECT id, expires_at FROM catalog_lot WHERE variety_id = %s", [variety]
    ).fetchall()
    soon = "UPDATE catalog_lot SET expires_at = least(expires_at, now() + interval '1 hour') WHERE variety_id = %s"
    city.rows.execute(soon, [variety])
    try:
        yield
    finally:
        for lot, expires_at in before:
            city.rows.execute("UPDATE catalog_lot SET expires_at = %s WHERE id = %s", [expires_at, lot])


def every_day(phone: Page) -> None:
    expect(phone.locator("[name=days]")).to_have_count(7)
    for box in phone.locator("[name=days]").all():
        box.check()
    phone.locator("[name=hour]").select_option("18")


def make_it_standing(phone: Page, city: City, track_url: str, hers: str) -> None:
    phone.goto(track_url)
    phone.get_by_role("link", name="Have this bowl regularly").tap()
    every_day(phone)
    before = len(city.codes_to(hers))
    phone.locator("#phone").fill(hers)
    phone.get_by_role("button", name="Send me a code").tap()
    code = city.code_sent_to(hers, after=before)
    phone.locator("#code").fill(f"{(int(code) + 1) % 1_000_000:06d}")
    phone.get_by_role("button", name="Make it a standing order").tap()
    expect(phone.get_by_role("alert")).to_contain_text("code")
    phone.locator("#code").fill(code)
    phone.get_by_role("button", name="Make it a standing order").tap()
    expect(phone.locator("h1")).to_have_text(re.compile("every day by 18:00", re.IGNORECASE))
    expect(phone.locator(".standing-portions li")).to_have_count(2)


def days(phone: Page) -> list[str]:
    """The days that are shown, as dates."""
    shown = phone.locator(".standing-day").all()
    return [str(each.get_attribute("id")).removeprefix("day-") for each in shown]


def day_of(phone: Page, day: str) -> Locator:
    return phone.locator(f"#day-{day}")


def skip_a_day(phone: Page) -> None:
    shown = days(phone)
    assert len(shown) in {7, 8}
    assert len({date.fromisoformat(each) for each in shown}) == len(shown)
    chosen = day_of(phone, shown[-1])
    chosen.get_by_role("button", name="Skip this day").tap()
    expect(chosen).to_contain_text("Skipped: nothing comes.")


def asked(phone: Page, city: City) -> str:
    """The evening before has come for tomorrow, if it had not; the page shows the question."""
    tomorrow = days(phone)[-7]
    due = "UPDATE orders_visit SET due_at = now() WHERE state = 'planned' AND standing_id = (SELECT max(id) FROM orders_standingorder)"
    city.rows.execute(f"{due} AND date = %s".encode(), [tomorrow])
    state = "SELECT state FROM orders_visit WHERE date = %s ORDER BY id DESC LIMIT 1"
    city.until("asked", "the standing order", state, tomorrow)
    phone.reload()
    return tomorrow


def the_question_comes(phone: Page, city: City, hers: str) -> str:
    tomorrow = asked(phone, city)
    text = city.one(
        "SELECT text FROM clients_message WHERE phone = %s AND key LIKE '%%:question:%%' ORDER BY id DESC LIMIT 1",
        hers,
    )
    assert "Tulameen" in text
    assert "Kordia" not in text
    assert phone.url.split("#")[0] in text, "its link leads to this page"
    assert (
        city.one("SELECT order_id FROM orders_visit WHERE date = %s ORDER BY id DESC LIMIT 1", tomorrow)
        is None
    )
    return tomorrow


def answer_it(phone: Page, tomorrow: str) -> None:
    day = day_of(phone, tomorrow)
    expect(day.locator("legend")).to_contain_text("There is not enough Tulameen (300 g) for you.")
    expect(day.locator("input:checked")).to_have_count(0)
    choice = day.locator(".standing-choice").first
    expect(choice.locator(".standing-price")).to_contain_text("₽")
    choice.locator("input").check()
    day.get_by_role("button", name="Bring what I chose").tap()
    expect(day).to_contain_text("Ordered: your fruit is kept for you.")
    expect(day.locator(".standing-instead")).to_contain_text("300 g")
    expect(day.locator(".standing-instead")).not_to_contain_text("Tulameen")


def on_its_day(phone: Page, city: City) -> str:
    """The order's own page says its day; the task waits and nobody is sent yet."""
    phone.get_by_role("link", name="Open the order").first.tap()
    expect(phone.locator(".track-head h1")).to_contain_text("For ")
    expect(phone.locator("[data-by]")).to_have_text("18:00")
    code = phone.url.rstrip("/").rsplit("/", 1)[-1]
    task = "SELECT task.state FROM delivery_task task JOIN orders_order placed ON placed.id = order_id WHERE code = %s"
    city.until("waiting", "the task", task, code)
    return code


def the_courier_comes(phone: Page, pages: Pages, city: City, code: str) -> None:
    """Its hour has come: the page goes on by itself, and the bag is a courier's."""
    her = Courier(pages, city)
    city.rows.execute("UPDATE orders_order SET start_at = now() WHERE code = %s", [code])
    city.rows.execute(
        "UPDATE delivery_task SET ready_at = now() FROM orders_order placed WHERE placed.id = order_id AND code = %s",
        [code],
    )
    expect(phone.locator("[data-track]")).to_have_attribute("data-stage", "making")
    task = "SELECT task.state FROM delivery_task task JOIN orders_order placed ON placed.id = order_id WHERE code = %s"
    city.until("assigned", "the task", task, code)
    her.wake()
    expect(her.page.locator("[data-then-list] li").or_(her.page.locator("#next")).first).to_be_visible()


def pause_resume_and_end(phone: Page, city: City) -> None:
    phone.get_by_role("link", name="Your standing order").tap()
    phone.get_by_role("button", name="Pause it").tap()
    expect(phone.locator(".standing-head")).to_contain_text("It is paused")
    expect(phone.locator("[data-stage=planned]")).to_have_count(0)
    phone.get_by_role("button", name="Resume it").tap()
    expect(phone.get_by_role("button", name="Pause it")).to_be_visible()
    assert phone.locator("[data-stage=planned]").count() >= 4
    phone.get_by_role("link", name="Change days, hour or fruit").tap()
    phone.locator("[name=hour]").select_option("20")
    phone.locator("[name=g_rainier]").fill("400")
    phone.get_by_role("button", name="Save the change").tap()
    expect(phone.locator("h1")).to_contain_text("20:00")
    expect(phone.locator(".standing-portions")).to_contain_text("Rainier")
    phone.get_by_role("link", name="End it for good").tap()
    phone.get_by_role("button", name="Yes, end it").tap()
    expect(phone.locator(".standing-head")).to_contain_text("It has ended")
    assert city.one("SELECT count(*) FROM orders_standingorder WHERE ended_at IS NOT NULL") >= 1
