"""The browser fixtures see what they are there to see."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests import browser
from tests.browser import Pages
from tests.house import House


@pytest.mark.browser
def test_a_page_of_the_house_is_quiet(page_factory: Pages, server: House) -> None:
    page = page_factory(locale="es-ES")
    answer = page.goto("/accounts/login/")
    assert answer is not None
    assert answer.status == 200
    assert page.url.startswith(server.url)
    assert page.evaluate("navigator.language") == "es-ES"
    assert page.viewport_size == {"width": 390, "height": 844}


@pytest.mark.browser
def test_console_errors_and_other_hosts_are_seen(chromium: Browser) -> None:
    pages = Pages(chromium)
    page = pages()
    page.set_content(
        '<img src="http://elsewhere.example/a.png"><script>console.error("oh dear"); throw new Error("ouch")</script>'
    )
    page.wait_for_function("document.images[0].complete")
    said = "\n".join(pages.complaints())
    assert "asked another host: http://elsewhere.example/a.png" in said
    assert "oh dear" in said
    assert "ouch" in said
    pages.allow("oh dear", "ouch", "ERR_NAME_NOT_RESOLVED")
    assert pages.complaints() == ["asked another host: http://elsewhere.example/a.png"]
    pages.close()


def test_no_chromium_means_none_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert browser.find_chromium() is None
