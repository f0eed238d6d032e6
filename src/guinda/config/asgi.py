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
BODY_MOST_BYTES = 5 * 1024 * 1024
"""A body beyond this is refused before it is read; forms and JSON Django refuses earlier, at `DATA_UPLOAD_MAX_MEMORY_SIZE`."""


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
        incoming = Incoming(scope, receive)
        try:
            body = await self.read_body(incoming.receive)
        except RequestAborted:  # too large, or the line broke, or what came was not HTTP
            await _refuse(scope, send, 413 if incoming.too_large else 400)
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


class Incoming:
    """A request's body on its way in: what is too large ends as if the line had broken, so that no more of it is read or kept."""

    def __init__(self, scope: Any, receive: Any) -> None:
        self.line = receive
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        self.size = int(announced[:20]) if announced.isdigit() else 0
        self.had = 0

    @property
    def too_large(self) -> bool:
        """By what the headers announce, or by what has come: a body in pieces need not say how long it will be."""
        return max(self.size, self.had) > BODY_MOST_BYTES

    async def receive(self) -> Any:
        """The next piece."""
        if self.too_large:
            return {"type": "http.disconnect"}
        message = await self.line()
        self.had += len(message.get("body", b""))
        return message if self.had <= BODY_MOST_BYTES else {"type": "http.disconnect"}


async def _refuse(scope: Any, send: Any, status: int) -> None:
    """An answer without a word; the connection ends with it, because the rest of the body is not read."""
    headers = [(b"content-length", b"0")]
    if scope.get("http_version", "1.1").startswith("1"):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _left(receive: Any) -> None:
    """Wait until the client is gone. Granian's `receive()` is no coroutine and no future that tasks can hold: it is awaited here."""
    await receive()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guinda.config.settings")
django.setup(set_prefix=False)
application = ThreadedHandler()
