"""The director tries a play on the past month by the keyboard, then reads what it changed, in three languages on a telephone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from psycopg.types.json import Jsonb

from guinda.plays.definition import parse, plain
from guinda.plays.tests.cast import message, written
from tests.browser import Pages
from tests.journeys.city import City
from tests.journeys.looking import Look
from tests.journeys.test_stall import signed_in

pytestmark = pytest.mark.browser
TEXT = written(message("say", 'sent = "end"'), slug="measured", holdout=0.2).replace(
    "client.waved", "order.delivered"
)
DAY = timedelta(days=1)


def played(city: City) -> None:
    """The play, and a hundred clients whose time for its goal is over: 30 of the 80 played with came back, 4 of the 20 left alone."""
    definition = parse(TEXT.replace("client.nodded", "order.delivered"))
    rows, now = city.rows, datetime.now(UTC)
    play = city.one(
        "INSERT INTO plays_play (slug, name, whom, priority, state, event, changed_by, changed_at)"
        " VALUES ('measured', %s, 'person', 1, 'draft', 'order.delivered', 'x', %s) RETURNING id",
        Jsonb(dict(definition.name)), now,
    )  # fmt: skip
    version = city.one(
        "INSERT INTO plays_playversion (play_id, number, text, definition, digest, by, at)"
        " VALUES (%s, 1, %s, %s, '', 'x', %s) RETURNING id",
        play, TEXT, Jsonb(plain(definition)), now,
    )  # fmt: skip
    rows.execute("UPDATE plays_play SET version_id = %s WHERE id = %s", [version, play])
    rows.execute(
        "WITH made AS (INSERT INTO clients_client (phone, name, language, since_at)"
        " SELECT '+7999555' || lpad(n::text, 4, '0'), '', 'ru', %(then)s FROM generate_series(0, 99) n"
        " RETURNING id, right(phone, 4)::int AS n)"
        " INSERT INTO plays_run (play_id, version_id, client_id, city_id, entry_key, entered_at, holdout, state, step, number, step_at,"
        " due_at, waits_for, tries, deadline_at, goal_at, ended_at, why)"
        " SELECT %(play)s, %(version)s, id, (SELECT min(slug) FROM places_city), 'measured:' || id, %(then)s, n >= 80, 'done', '', 1,"
        " %(then)s, %(then)s, '', 0, %(deadline)s, CASE WHEN n < 30 OR n >= 96 THEN %(deadline)s END, %(deadline)s, 'end' FROM made",
        {"play": play, "version": version, "then": now - 20 * DAY, "deadline": now - 13 * DAY},
    )


def test_rehearse_and_read_the_effect(page_factory: Pages, city: City) -> None:
    played(city)
    look = Look()
    page = signed_in(page_factory(touch=False), city, "director", "office", "/plays/measured/")
    page.get_by_role("link", name="Rehearsal").click()
    page.get_by_label("Over the past days").focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("60")
    page.keyboard.press("Enter")
    expect(page.locator(".book-facts")).to_contain_text("Would have come in")
    look(page, "rehearsal")
    page.get_by_role("link", name="Effect").click()
    for language, said in (
        ("English", "37.5\u00a0% against 20.0\u00a0% without the play; 100 clients"),
        ("Español", "37,5\u00a0% frente a 20,0\u00a0% sin la jugada; 100 clientes"),
        ("Русский", "37,5\u00a0% против 20,0\u00a0% без сценария; 100 клиентов"),
    ):
        page.get_by_role("button", name=language).click()
        expect(page.locator(".measure-said")).to_contain_text(said)
        expect(page.get_by_role("img", name=said)).to_be_visible()
        look(page, "effect")
    page.get_by_role("button", name="English").click()
    assert not look.faults, "\n".join(look.faults)
