"""A real Chromium for the journeys: where to find it, and pages that remember what went wrong on them."""

from __future__ import annotations

import re
import shutil
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request

NAMES = ("chromium", "chromium-browser", "google-chrome")
OURS = {"127.0.0.1", "localhost"}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Only this machine has names: nothing of a test leaves it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def find_chromium() -> str | None:
    """The path of a Chromium, if there is one."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Pages:
    """Opens pages, each in a browser session of its own, and keeps what their consoles and networks told.

    pages = page_factory                                   # in a test: the fixture is one of these
    panel = pages(width=1080, height=1920, touch=True)     # a playwright Page
    pages.allow("status of 409")                           # an error this test provokes on purpose (a pattern)
    """

    def __init__(self, browser: Browser, base_url: str | None = None) -> None:
        self.browser = browser
        self.base_url = base_url
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self._allowed: list[re.Pattern[str]] = []
        self._contexts: list[BrowserContext] = []

    def __call__(
        self,
        *,
        width: int = 390,
        height: int = 844,
        locale: str = "en-US",
        touch: bool = True,
        **options: Any,
    ) -> Page:
        """A page of its own session; `options` are those of playwright's `new_context`."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            base_url=self.base_url,
            locale=locale,
            has_touch=touch,
            **options,
        )
        context.set_default_timeout(15_000)
        context.on("console", lambda message: self._heard(message.type, message.text))
        context.on("weberror", lambda error: self._heard("error", str(error.error)))
        context.on("request", self._asked)
        self._contexts.append(context)
        return context.new_page()

    def allow(self, *patterns: str) -> None:
        """Console errors matching one of these are meant to happen in this test."""
        self._allowed += map(re.compile, patterns)

    def complaints(self) -> list[str]:
        """What no page of ours may do: an unexpected error on its console, a request to another host."""
        unexpected = [
            text for text in self.errors if not any(pattern.search(text) for pattern in self._allowed)
        ]
        return [f"on the console: {text}" for text in unexpected] + [
            f"asked another host: {url}" for url in self.foreign
        ]

    def close(self) -> None:
        """Close every page."""
        for context in self._contexts:
            context.close()

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error":
            self.errors.append(text)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in OURS:
            self.foreign.append(request.url)
