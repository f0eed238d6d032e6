"""Pages that live: one poller a process asks for all open pages of a kind at once, and tells each what changed.

A stream is a server-sent event stream. While it is open it keeps a few kilobytes of memory: no database connection, no transaction and,
under our handler (`config.asgi`), no thread.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

PERIOD_S = 0.75
"""Real seconds between two looks at the database."""
MOST, MOST_A_CODE = 2000, 6
"""Streams in one process, and for one code: a household's telephones."""
HEARTBEAT_S = 15.0
"""A line without meaning is sent so often, that proxies and telephones see the stream live."""
LONGEST_S = 2 * 3600.0
"""A stream ends then; a page that is still open asks for a new one by itself."""
RETRY_MS = 3000

logger = logging.getLogger(__name__)


class State(Protocol):
    """What a page shows: compared with what it showed before, and told when it differs."""

    @property
    def ended(self) -> bool:
        """Nothing will change any more."""

    def as_json(self) -> dict[str, Any]:
        """What the page's script gets."""


Told = TypeVar("Told", bound=State)
Read = Callable[[Collection[str]], Awaitable[dict[str, Told]]]


def reader(look: Callable[[Collection[str]], dict[str, Told]]) -> Read[Told]:
    """Read in a thread that gives its connection back at once."""

    def read(codes: Collection[str]) -> dict[str, Told]:
        try:
            return look(codes)
        finally:
            connection.close()

    return sync_to_async(read, thread_sensitive=False)


class Full(Exception):  # noqa: N818 - a stream more than we carry; the page asks every ten seconds instead
    """No room for one more stream."""


class Listener(Generic[Told]):
    """One open page: the newest state it has not been told yet; older ones are of no interest."""

    def __init__(self, code: str) -> None:
        self.code = code
        self._known: Told | None = None
        self._news = asyncio.Event()

    def tell(self, state: Told) -> None:
        """There is this to know; the same again is no news."""
        if state != self._known:
            self._known = state
            self._news.set()

    async def next(self) -> Told:
        """Wait for news."""
        await self._news.wait()
        self._news.clear()
        assert self._known is not None  # noqa: S101 - only `tell` sets the news
        return self._known


class Hub(Generic[Told]):
    """Who listens to what. The poller lives from the first listener to the last, on the loop of the process."""

    def __init__(
        self,
        read: Read[Told],
        *,
        name: str = "pages",
        period_s: float = PERIOD_S,
        most: int = MOST,
        most_a_code: int = MOST_A_CODE,
    ) -> None:
        self._name = name
        self._read = read
        self._period_s = period_s
        self._most, self._most_a_code = most, most_a_code
        self._listeners: dict[str, set[Listener[Told]]] = defaultdict(set)
        self._count = 0
        self._poller: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def has_room(self, code: str) -> bool:
        """Whether one more page may listen to this."""
        return self._count < self._most and len(self._listeners.get(code, ())) < self._most_a_code

    def join(self, code: str) -> Listener[Told]:
        """Start listening; raises Full."""
        if not self.has_room(code):
            raise Full
        listener: Listener[Told] = Listener(code)
        self._listeners[code].add(listener)
        self._count += 1
        self._hurry.set()  # whoever comes new is told within a moment
        if self._poller is None or self._poller.done():
            self._hurry = asyncio.Event()
            self._poller = asyncio.create_task(self._poll(), name=self._name, context=contextvars.Context())
        return listener

    def leave(self, listener: Listener[Told]) -> None:
        """Stop listening."""
        self._listeners[listener.code].discard(listener)
        if not self._listeners[listener.code]:
            del self._listeners[listener.code]
        self._count -= 1
        if not self._count and self._poller is not None:
            self._poller.cancel()
            self._poller = None

    async def _poll(self) -> None:
        while self._listeners:
            self._hurry.clear()
            try:
                self._tell(await self._read(list(self._listeners)))
            except Exception:
                logger.exception(
                    "The live pages of %s could not be brought up to date; trying again", self._name
                )
                await asyncio.sleep(self._period_s)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self._period_s)
            await asyncio.sleep(self._period_s / 10)  # a crowd that comes at once is read at once

    def _tell(self, states: dict[str, Told]) -> None:
        for code, state in states.items():
            for listener in self._listeners.get(code, ()):
                listener.tell(state)


async def stream(
    code: str, hub: Hub[Told], *, heartbeat_s: float = HEARTBEAT_S, longest_s: float = LONGEST_S
) -> AsyncIterator[bytes]:
    """The events of one page: `state` at once and on each change, then `end`; or `full` when there is no room."""
    try:
        listener = hub.join(code)
    except Full:
        yield _event("full", {})
        return
    loop = asyncio.get_running_loop()
    until_s = loop.time() + longest_s
    try:
        yield f"retry: {RETRY_MS}\n\n".encode()
        while (left_s := until_s - loop.time()) > 0:
            try:
                state = await asyncio.wait_for(listener.next(), min(heartbeat_s, left_s))
            except TimeoutError:
                yield b": still here\n\n"
                continue
            yield _event("state", state.as_json())
            if state.ended:
                yield _event("end", {})
                return
    finally:
        hub.leave(listener)


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def response(code: str, hub: Hub[Told]) -> HttpResponseBase:
    """The stream as an answer; over the limit the page is told to ask instead."""
    if not hub.has_room(code):
        return HttpResponse(status=503, headers={"Retry-After": "60"})
    made = StreamingHttpResponse(stream(code, hub), content_type="text/event-stream; charset=utf-8")
    made["X-Accel-Buffering"] = "no"
    made["Content-Encoding"] = "identity"  # compressed, events would wait for more to compress
    return made
