"""A dispatcher's hour at the board: choose a bag, pin it to another courier, see the plan obey, take the word back."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Pages
from tests.journeys.city import City, Somebody
from tests.journeys.looking import Look

pytestmark = pytest.mark.browser
CARRIES = "SELECT courier.name FROM delivery_task task JOIN delivery_courier courier ON courier.id = task.courier_id WHERE task.id = %s"
SKIP_LINK = ('class="skip"',)


def at_the_board(pages: Pages, city: City, **options: object) -> Page:
    page = pages(**options)  # type: ignore[arg-type]
    page.goto("/accounts/login/?next=/dispatch/")
    page.locator("[name=login]").fill("director")
    page.locator("[name=password]").fill(city.passwords["office"])
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/dispatch/")
    return page


def a_second_courier(city: City) -> str:
    """Somebody far from the stores is on duty too; their name."""
    row = city.rows.execute(
        "INSERT INTO delivery_shift (courier_id, started_at, ends_at, lat, lon, seen_at)"
        " SELECT courier.id, now(), now() + interval '8 hours', 55.70, 37.55, now() + interval '8 hours'"
        " FROM delivery_courier courier WHERE courier.id NOT IN (SELECT courier_id FROM delivery_shift WHERE ended_at IS NULL)"
        " ORDER BY courier.id LIMIT 1 RETURNING courier_id"
    ).fetchone()
    assert row
    return str(city.one("SELECT name FROM delivery_courier WHERE id = %s", row[0]))


def a_bag(city: City) -> tuple[int, str]:
    """One more order that a courier has: its task and its spoken digits."""
    with Somebody(city) as somebody:
        code = str(somebody.order({"kordia": 300})["spoken_code"])
    given = "SELECT id FROM delivery_task WHERE state = 'assigned' ORDER BY id DESC LIMIT 1"
    return int(city.wait(lambda: city.one(given), "a courier for the bag")), code


def test_pin_the_plan_obeys_undo(page_factory: Pages, city: City) -> None:
    task, code = a_bag(city)
    first = city.one(CARRIES, task)
    other = a_second_courier(city)
    page = at_the_board(page_factory, city, width=1440, height=900)
    row = page.locator(".board-row").filter(has_text=other)
    bar = page.locator(f'[data-task-bar="{task}"]')
    expect(bar).to_have_text(code)
    bar.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Bag {code}")).to_be_focused()
    expect(page.get_by_role("heading", name=f"Why {first}?")).to_be_visible()
    page.get_by_label("Courier", exact=True).select_option(label=other)
    page.get_by_role("button", name="Pin the bag to them").click()
    expect(page.locator(".bag-words")).to_contain_text(f"{other} must bring it")
    expect(row.locator(f'[data-task-bar="{task}"]')).to_be_visible()
    expect(page.get_by_role("heading", name=f"Why {other}?")).to_be_visible()
    assert city.one(CARRIES, task) == other
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.locator(".bag-words")).to_contain_text("undone by staff:director")
    city.wait(lambda: city.one(CARRIES, task) == first, "the planner's own choice")
    expect(page.get_by_role("heading", name=f"Why {first}?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(bar).to_be_focused()
    said = "SELECT count(*) FROM journal_event WHERE kind IN ('task.pinned', 'task.unruled') AND by = 'staff:director'"
    assert city.one(said) == 2


def test_the_board_lives_without_a_stream(page_factory: Pages, city: City) -> None:
    """Where no stream comes through, the page asks by itself."""
    page_factory.allow("503")
    page = page_factory(width=1440, height=900)
    page.route("**/live/", lambda route: route.fulfill(status=503))
    page.goto("/accounts/login/?next=/dispatch/")
    page.locator("[name=login]").fill("director")
    page.locator("[name=password]").fill(city.passwords["office"])
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/dispatch/")
    task, _code = a_bag(city)
    expect(page.locator(f'[data-task-bar="{task}"]')).to_be_visible()
    page.route("**/state/", lambda route: route.fulfill(json=without_couriers(route.fetch().json(), task)))
    bars = page.locator(".board-row[data-state=nobody] .board-bar")
    expect(bars).to_have_count(3, timeout=30_000)
    boxes = [bar.bounding_box() for bar in bars.all()]
    tops = sorted(box["y"] for box in boxes if box)
    assert all(b - a >= boxes[0]["height"] for a, b in pairwise(tops)), (
        "bags that nobody has hide one another"
    )  # type: ignore[index]


def without_couriers(state: dict[str, Any], task: int) -> dict[str, Any]:
    """The bag three times at the same hour, and nobody for it."""
    bag = next(each for each in state["tasks"] if each["id"] == task)
    orphans = [{**bag, "id": task + number, "courier": None, "state": "waiting"} for number in range(3)]
    return {**state, "tasks": orphans}


@pytest.mark.parametrize("locale", ["en", "es", "ru"])
def test_everybody_can_use_the_board(page_factory: Pages, city: City, locale: str) -> None:
    look = Look()
    task, _code = a_bag(city)
    for width, height, touch in ((1440, 900, False), (390, 844, True)):
        page = at_the_board(page_factory, city, locale=locale, width=width, height=height, touch=touch)
        bar = page.locator(f'[data-task-bar="{task}"]')
        expect(bar).to_be_visible()
        look(page, f"board at {width}", touch=touch, exceptions=SKIP_LINK)
        bar.click()
        expect(page.locator("[data-bag-title]")).to_be_visible()
        look(page, f"bag at {width}", touch=touch, exceptions=SKIP_LINK)
        page.context.close()
    assert not look.faults, "\n".join(look.faults)
