"""The web entry: Django under Granian, each request whole in one lasting thread.

Django's own ASGI handler makes a thread, and with it a database connection, for every request. Ours keeps a few threads, each
with its connection, and runs the synchronous chain there in one hop from the event loop; a live stream's asynchronous
generator is then drained by the event loop and holds neither. `benchmarks/orders.py` shows what it brings.
"""

from __future__ import annotations

import asyncio
import os
import select
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import django
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.db import connection
from django.http import StreamingHttpResponse
from django.urls import set_script_prefix

THREADS = int(os.environ.get("GUINDA_THREADS", "8"))
"""Requests a web process works on at once; each thread keeps one database connection."""


class Answer(NamedTuple):
    """A finished response, or a stream still to be drained."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = []
    content: bytes = b""
    stream: StreamingHttpResponse | None = None


class ThreadedHandler(ASGIHandler):
    """Django's ASGI handler with the middleware chain loaded synchronously and run in lasting threads."""

    def __init__(self) -> None:
        self.load_middleware(is_async=False)
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request, as ASGI 3 calls it."""
        if scope["type"] != "http":
            raise ValueError(f"Only HTTP is served here, not {scope['type']}.")
        try:
            body = await self.read_body(receive)
        except RequestAborted:  # the line broke, or what came was not HTTP
            await send({"type": "http.response.start", "status": 400, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        answer = await asyncio.get_running_loop().run_in_executor(self.threads, self.respond, scope, body)
        if answer.stream is not None:
            await self.stream(answer.stream, receive, send)
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.content})

    def respond(self, scope: Any, body: Any) -> Answer:
        """The whole chain, in this thread: what is finished is closed here, where its connection is."""
        drop_broken_connection()
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refused = self.create_request(scope, body)
        response: Any = self.get_response(request) if request is not None else refused
        if response.streaming and response.is_async:
            return Answer(stream=response)
        content = b"".join(response)
        headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
        headers += [
            (b"Set-Cookie", morsel.OutputString().encode("ascii")) for morsel in response.cookies.values()
        ]
        response.close()
        body.close()
        return Answer(response.status_code, headers, content)

    async def stream(self, response: StreamingHttpResponse, receive: Any, send: Any) -> None:
        """Send what the generator gives until it ends or the client is gone."""
        sending = asyncio.create_task(self.send_response(response, send))
        leaving = asyncio.create_task(_left(receive))
        await asyncio.wait([sending, leaving], return_when=asyncio.FIRST_COMPLETED)
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(self.threads, response.close)


def drop_broken_connection() -> None:
    """Close this thread's connection if the server ended it meanwhile: an idle sound one has nothing to read. No round trip."""
    raw = connection.connection
    if raw is None or raw.closed:
        return
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN)
    if poll.poll(0):
        connection.close()


async def _left(receive: Any) -> None:
    """Wait until the client is gone. Granian's `receive()` is no coroutine and no future that tasks can hold: it is awaited here."""
    await receive()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guinda.config.settings")
django.setup(set_prefix=False)
application = ThreadedHandler()
