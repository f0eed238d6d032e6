"""A live page through the whole house: our handler, every middleware, the database."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from guinda.config.asgi import ThreadedHandler
from guinda.delivery.tests.test_track_live import read
from guinda.delivery.tests.track_world import _promiser, at, real_city  # noqa: F401 - fixtures
from guinda.delivery.track_live import HUB
from guinda.orders import services as orders
from tests.world import NOW


def scope(code: str) -> dict:
    headers = [(b"host", b"localhost"), (b"accept-encoding", b"gzip, br")]
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": f"/track/{code}/live/", "raw_path": b"", "query_string": b"", "headers": headers, "server": ("localhost", 80),
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_through_the_whole_house_a_stream_holds_no_thread_and_no_connection(real_city):
    order = real_city.riding()

    async def story():
        sent: asyncio.Queue = asyncio.Queue()
        gone = asyncio.Event()
        asked = False

        async def receive():
            nonlocal asked
            if asked:
                await gone.wait()
                return {"type": "http.disconnect"}
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        handler = ThreadedHandler()
        handler.threads = ThreadPoolExecutor(1)
        page = asyncio.create_task(handler(scope(order.code), receive, sent.put))
        start = await asyncio.wait_for(sent.get(), 10)
        headers = dict(start["headers"])
        assert start["status"] == 200
        assert headers[b"Content-Type"].startswith(b"text/event-stream")
        assert headers[b"Content-Encoding"] == b"identity"
        assert headers[b"Cache-Control"] == b"private, no-store"
        await sent.get()
        assert read((await asyncio.wait_for(sent.get(), 10))["body"])[1]["minutes"] == 24
        handler.threads.submit(int).result(5)  # its only thread is free while the stream is open
        await sync_to_async(deliver, thread_sensitive=False)()
        while not (event := (await asyncio.wait_for(sent.get(), 10))["body"]).startswith(b"event: state"):
            pass
        assert read(event)[1]["stage"] == "delivered"
        assert read((await asyncio.wait_for(sent.get(), 10))["body"]) == ("end", {})
        gone.set()
        await page
        handler.threads.submit(connections.close_all).result(5)
        handler.threads.shutdown()
        assert HUB.has_room(order.code)
        assert not HUB._listeners

    def deliver():
        orders.delivered(order=order, by="courier:vera", now=NOW)
        connections.close_all()

    asyncio.run(story())
