"""A courier's day over a line that breaks: what was tapped waits, survives a reload, and counts once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import Pages
from tests.journeys.city import City, Somebody
from tests.journeys.people import Courier

pytestmark = pytest.mark.browser
FIRST, SECOND = "Pokrovka 12", "Solyanka 3"


def test_a_courier_s_day_with_a_dropped_connection(page_factory: Pages, city: City) -> None:
    page_factory.allow("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_RESET")
    city.nobody_on_duty()
    her = Courier(page_factory, city)
    codes = begin_the_shift(her, city)
    pick_up_without_a_line(her, city)
    lose_the_answers(her, city)
    line_is_back(her, city)
    bring_both(her, codes)
    state = city.rows.execute(
        "SELECT task.state, code_checked, note FROM delivery_task task ORDER BY task.id DESC LIMIT 2"
    ).fetchall()
    assert sorted(state) == [("delivered", False, "Left with the concierge"), ("delivered", True, "")]
    go_home(her, city)


def test_a_tap_the_server_fails_at_is_kept_and_shown_and_sent_later(page_factory: Pages, city: City) -> None:
    page_factory.allow("500")
    city.nobody_on_duty()
    her = Courier(page_factory, city)
    her.line = "broken"
    her.page.get_by_role("button", name="Start my shift").tap()
    expect(her.page.locator("[data-aside]")).to_have_text(
        "Your tap could not be sent. It is kept here: call the store, please."
    )
    expect(her.page.get_by_role("button", name="Start my shift")).to_be_visible()  # as the server has it
    her.line = "up"
    her.page.reload()
    expect(her.page.get_by_role("heading", name="No bag just now")).to_be_visible()
    expect(her.page.locator("[data-aside]")).to_be_hidden()
    assert city.one("SELECT count(*) FROM delivery_shift WHERE ended_at IS NULL") == 1


def begin_the_shift(her: Courier, city: City) -> dict[str, str]:
    """Two orders come in for her; their spoken codes by street."""
    expect(her.page.get_by_role("heading", name="Good to see you, Masha")).to_be_visible()
    her.page.get_by_role("button", name="Start my shift").tap()
    expect(her.page.get_by_role("heading", name="No bag just now")).to_be_visible()
    with Somebody(city) as somebody:
        told = {street: somebody.order({"kordia": 300}, street=street) for street in (FIRST, SECOND)}
    her.given(2)
    expect(her.page.locator('[data-action="picked_up"]')).to_be_visible()
    assert [tap["kind"] for tap in her.sent] == ["start_shift"]
    her.sent.clear()
    return {street: each["spoken_code"] for street, each in told.items()}


def pick_up_without_a_line(her: Courier, city: City) -> None:
    """The page goes on as if the taps had arrived."""
    her.line = "cut"
    her.act("picked_up")
    her.line_says("No line: 1 tap waiting")
    expect(her.page.locator("#next")).not_to_have_text(FIRST)  # the other bag of the same store
    her.act("picked_up")
    her.line_says("No line: 2 taps waiting")
    expect(her.page.locator('[data-action="delivered"]')).to_be_visible()
    assert her.sent == []
    assert city.one("SELECT count(*) FROM delivery_task WHERE state = 'carried'") == 0


def lose_the_answers(her: Courier, city: City) -> None:
    """The taps arrive, and nobody tells her; then the telephone is switched off and on."""
    her.line = "answers lost"
    city.wait(lambda: her.page.wait_for_timeout(50) or len(her.sent) >= 2, "the two taps")
    her.line = "cut"
    her.line_says("No line: 2 taps waiting")
    assert city.one("SELECT count(*) FROM delivery_task WHERE state = 'carried'") == 2
    her.page.reload()
    her.line_says("No line: 2 taps waiting")


def line_is_back(her: Courier, city: City) -> None:
    taps = city.one("SELECT count(*) FROM delivery_tap")
    her.line = "up"
    her.wake()
    her.line_says("On line")
    assert len(her.sent) >= 4  # sent twice
    keys = {tap["key"] for tap in her.sent}
    assert len(keys) == 2
    assert city.one("SELECT count(*) FROM delivery_tap") == taps  # done once
    assert her.page.evaluate(
        "Object.entries(localStorage).filter(([name]) => name.includes('taps')).map(([, taps]) => taps)"
    ) == ["[]"]


def bring_both(her: Courier, codes: dict[str, str]) -> None:
    """The first with the client's digits, wrong ones before; the second with a note, again without a line."""
    expect(her.page.locator('[data-action="delivered"]')).to_be_visible()
    door = her.page.locator("#next").inner_text()
    right = codes.pop(door)
    her.hand_over("0000" if right != "0000" else "1111")
    expect(her.page.locator("[data-error]")).to_contain_text("not the client’s four digits")
    expect(her.page.locator("[data-door]")).to_have_text(f"{door}, 4")
    her.digits(right)
    her.next_is(codes.popitem()[0])

    her.line = "cut"
    her.act("delivered")
    her.page.locator("[data-no-code]").tap()
    her.page.locator("#delivered-note").fill("Left with\tthe concierge")
    her.page.locator('[data-dialog="delivered"] [type="submit"]').tap()
    expect(her.page.get_by_role("heading", name="No bag just now")).to_be_visible()
    her.line_says("No line: 1 tap waiting")
    her.line = "up"
    her.wake()
    her.line_says("On line")


def go_home(her: Courier, city: City) -> None:
    her.page.locator('[data-open="end"]').tap()
    her.page.locator('[data-dialog="end"] [type="submit"]').tap()
    expect(her.page.get_by_role("button", name="Start my shift")).to_be_visible()
    her.line_says("On line")
    assert city.one("SELECT count(*) FROM delivery_shift WHERE ended_at IS NULL") == 0
