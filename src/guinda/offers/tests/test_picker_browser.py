"""A seller finds and holds a number in a real browser, on a telephone and at a desk."""

from __future__ import annotations

import os

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connections
from django.test import Client as Browser
from playwright.sync_api import expect, sync_playwright

from guinda.offers.models import Hold
from guinda.offers.tests.conftest import operator
from tests.browser import FLAGS, find_chromium
from tests.journeys.looking import Look

pytestmark = pytest.mark.browser
SIZES = {"telephone": (390, 844), "desk": (1440, 900)}


@pytest.fixture(params=SIZES)
def page(transactional_db, live_server, monkeypatch, request):
    chromium = find_chromium()
    if chromium is None:
        if os.environ.get("GUINDA_REQUIRE_BROWSER"):
            pytest.fail("GUINDA_REQUIRE_BROWSER forbids to skip the picker's journey: install chromium.")
        pytest.skip("no Chromium on this machine: the picker was not driven")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's loop runs in this thread
    operator()
    anna = get_user_model().objects.create_user("anna", password=None)
    anna.user_permissions.add(Permission.objects.get(codename="add_hold"))
    known = Browser()
    known.force_login(anna)
    width, height = SIZES[request.param]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-US")
        context.add_cookies(
            [{"name": "sessionid", "value": known.cookies["sessionid"].value, "url": live_server.url}]
        )
        made = context.new_page()
        complaints: list[str] = []
        made.on("pageerror", lambda error: complaints.append(str(error)))
        made.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        made.goto(f"{live_server.url}/numbers/")
        yield made
        browser.close()
        connections.close_all()
    assert not complaints


def test_a_seller_finds_sets_aside_and_holds_a_number(page):
    page.get_by_label("Digit 4").focus()
    page.keyboard.type("12")
    expect(page.get_by_label("Digit 6")).to_be_focused()
    page.get_by_label("Contains").fill("77")
    page.keyboard.press("Enter")
    first = page.get_by_role("region", name="Free now").get_by_role("listitem").first
    expect(first).to_contain_text("77712")
    first.get_by_role("button", name="Set aside").click()
    expect(page.get_by_role("region", name="Set aside to compare").get_by_role("listitem")).to_have_count(1)
    page.get_by_role("region", name="Set aside to compare").get_by_role("button", name="Hold").click()
    held = page.get_by_role("region", name="Held for you")
    expect(held.get_by_role("timer")).to_contain_text(":")
    assert Hold.objects.count() == 1
    expect(page.get_by_label("Contains")).to_have_value("77")
    held.get_by_role("button", name="Release").click()
    expect(page.get_by_role("region", name="Held for you")).to_have_count(0)
    assert not Hold.objects.exists()


def test_the_picker_can_be_used_by_everybody(page):
    look = Look()
    for language in ("en", "es", "ru"):
        page.locator(f".languages button[value={language}]").click()
        page.locator(".number-do .button:not(.quiet)").first.click()
        look(page, f"picker {page.viewport_size}")
    assert not look.faults
