"""The live stream of the tracking page: one poller a process asks for all open pages at once, and tells each what changed.

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
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection

from guinda.base import clock
from guinda.delivery.track_queries import Standing, standings

PERIOD_S = 0.75
"""Real seconds between two looks at the database."""
HEARTBEAT_S = 15.0
"""A line without meaning is sent so often, that proxies and telephones see the stream live."""
LONGEST_S = 2 * 3600.0
"""A stream ends then; a page that is still open asks for a new one by itself."""
MOST, MOST_A_CODE = 2000, 6
"""Streams in one process, and for one order: a household's telephones."""
RETRY_MS = 3000

logger = logging.getLogger(__name__)
Read = Callable[[Collection[str]], Awaitable[dict[str, Standing]]]


class Full(Exception):  # noqa: N818 - a stream more than we carry; the page asks every ten seconds instead
    """No room for one more stream."""


class Listener:
    """One open page: the newest state it has not been told yet; older ones are of no interest."""

    def __init__(self, code: str) -> None:
        self.code = code
        self._known: Standing | None = None
        self._news = asyncio.Event()

    def tell(self, state: Standing) -> None:
        """There is this to know; the same again is no news."""
        if state != self._known:
            self._known = state
            self._news.set()

    async def next(self) -> Standing:
        """Wait for news."""
        await self._news.wait()
        self._news.clear()
        assert self._known is not None  # noqa: S101 - only `tell` sets the news
        return self._known


class Hub:
    """Who listens to what. The poller lives from the first listener to the last, on the loop of the process."""

    def __init__(
        self, read: Read, *, period_s: float = PERIOD_S, most: int = MOST, most_a_code: int = MOST_A_CODE
    ) -> None:
        self._read = read
        self._period_s = period_s
        self._most, self._most_a_code = most, most_a_code
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._count = 0
        self._poller: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def has_room(self, code: str) -> bool:
        """Whether one more page may listen to this order."""
        return self._count < self._most and len(self._listeners.get(code, ())) < self._most_a_code

    def join(self, code: str) -> Listener:
        """Start listening; raises Full."""
        if not self.has_room(code):
            raise Full
        listener = Listener(code)
        self._listeners[code].add(listener)
        self._count += 1
        self._hurry.set()  # whoever comes new is told within a moment
        if self._poller is None or self._poller.done():
            self._hurry = asyncio.Event()
            self._poller = asyncio.create_task(self._poll(), name="tracking", context=contextvars.Context())
        return listener

    def leave(self, listener: Listener) -> None:
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
                logger.exception("The tracking pages could not be brought up to date; trying again")
                await asyncio.sleep(self._period_s)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self._period_s)
            await asyncio.sleep(self._period_s / 10)  # a crowd that comes at once is read at once

    def _tell(self, states: dict[str, Standing]) -> None:
        for code, state in states.items():
            for listener in self._listeners.get(code, ()):
                listener.tell(state)


async def read_states(codes: Collection[str]) -> dict[str, Standing]:
    """How the orders stand, read in a thread that gives its connection back at once."""
    return await sync_to_async(_read_states, thread_sensitive=False)(codes)


def _read_states(codes: Collection[str]) -> dict[str, Standing]:
    try:
        return standings(codes=codes, now=clock.now())
    finally:
        connection.close()


HUB = Hub(read_states)


async def stream(
    code: str, *, hub: Hub = HUB, heartbeat_s: float = HEARTBEAT_S, longest_s: float = LONGEST_S
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
