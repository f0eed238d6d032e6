"""A person's line to the server: a browser's cookies and CSRF token over one shared pool of connections. Patient with faults."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import httpx

logger = logging.getLogger("guinda.twin")
AT_ONCE = 12
"""Requests on their way at the same time, for the whole city: enough for a crowd, too few to be a storm."""
TIMEOUT_S = 20.0
PAUSES_S = (1.0, 2.0, 4.0, 8.0)
"""Before a request is tried again when the server did not answer, or answered with a fault of its own."""
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


class Silent(Exception):  # noqa: N818 - what a person would say: nobody answers
    """The server did not answer, after several tries."""


class Network:
    """What all the city's lines share."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=AT_ONCE))
        self.gate = asyncio.Semaphore(AT_ONCE)
        self.asked = 0
        self.faults = 0

    def line(self) -> Line:
        """A new person's browser."""
        return Line(self)

    async def close(self) -> None:
        """Hang up."""
        await self.transport.aclose()


class Line:
    """One browser: its cookies, its language."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.cookies = httpx.Cookies()

    async def get(self, path: str, *, json: bool = False) -> httpx.Response:
        """Ask for a page or, with `json`, for facts."""
        return await self._ask("GET", path, headers={"Accept": "application/json"} if json else {})

    async def post(self, path: str, body: Any) -> httpx.Response:
        """Send JSON as our scripts do."""
        headers = {"Accept": "application/json", "X-CSRFToken": self.cookies.get("csrftoken") or ""}
        return await self._ask("POST", path, json=body, headers=headers)

    async def fill(self, path: str, fields: dict[str, str], *, page: str | None = None) -> httpx.Response:
        """Open the page (`page`, by default `path`), fill its form in and send it to `path`; no redirect is followed.

        A page that sends us elsewhere has no such form any more: its answer is the answer.
        """
        shown = await self.get(page or path)
        if shown.status_code != 200:
            return shown
        found = TOKEN.search(shown.text)
        token = found[1] if found else (self.cookies.get("csrftoken") or "")
        return await self._ask("POST", path, data={"csrfmiddlewaretoken": token, **fields}, headers={})

    async def _ask(self, method: str, path: str, *, headers: dict[str, str], **body: Any) -> httpx.Response:
        """One request, tried again while the server is away. Everything sent so carries a key or may be repeated."""
        url = path if path.startswith("http") else self.network.base_url + path
        for pause_s in (*PAUSES_S, None):
            response = await self._once(method, url, headers, body)
            if response is not None and response.status_code < 500:
                return response
            if response is not None and response.status_code == 503:
                return response  # an answer of the shop's: nobody can bring it just now
            self.network.faults += 1
            if pause_s is None:
                break
            await asyncio.sleep(pause_s)
        raise Silent(f"{method} {path}: no answer")

    async def _once(
        self, method: str, url: str, headers: dict[str, str], body: dict[str, Any]
    ) -> httpx.Response | None:
        request = httpx.Request(
            method,
            url,
            headers={"Accept-Language": "ru", "Referer": url, **headers},
            cookies=self.cookies,
            **body,
        )
        request.extensions = {"timeout": httpx.Timeout(TIMEOUT_S).as_dict()}
        async with self.network.gate:
            self.network.asked += 1
            try:
                response = await self.network.transport.handle_async_request(request)
                await response.aread()
                await response.aclose()
            except (httpx.TransportError, OSError) as error:
                logger.debug("%s %s: %s", method, url, error)
                return None
        response.request = request
        self.cookies.extract_cookies(response)
        return response


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return dict(FIELD.findall(page))
