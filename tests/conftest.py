"""What the tests of the whole house share: the production server and a real Chromium.

A test that drives the browser is marked `browser`, one that starts and kills servers of its own `storm`. Such tests talk to the
house over HTTP and by `House.guinda(...)`, never through the ORM: the house lives in other processes, on another database, and
playwright's event loop would make Django refuse.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import FLAGS, NAMES, Pages, find_chromium
from tests.house import House, house


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The production server and its worker, with an empty database of their own: `server.url`, `server.guinda("audit")`."""
    with house(tmp_path_factory.mktemp("house")) as built:
        built.start_web()
        built.start_worker()
        yield built


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A real Chromium; a module's own, because its event loop must be gone before other modules use the ORM."""
    path = find_chromium()
    if path is None:
        sentence = (
            f"No Chromium here (none of {', '.join(NAMES)} in PATH), so the browser journeys cannot be made."
        )
        if os.environ.get("GUINDA_REQUIRE_BROWSER"):
            pytest.fail(f"{sentence} GUINDA_REQUIRE_BROWSER forbids to skip them: install chromium.")
        pytest.skip(f"{sentence} Install Debian's package chromium to run them.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page_factory(chromium: Browser, server: House) -> Iterator[Pages]:
    """Pages at the server; at the end no console may have shown an unexpected error and no other host may have been asked."""
    pages = Pages(chromium, base_url=server.url)
    yield pages
    complaints = pages.complaints()
    pages.close()
    assert not complaints, "\n".join(complaints)
