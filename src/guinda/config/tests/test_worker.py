"""The part of the worker that sends messages: it hears of new ones, and keeps nothing of those it gave up."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from procrastinate import PsycopgConnector, RetryStrategy

from guinda.base import messages
from guinda.clients.tasks import send_text
from guinda.config import worker

LIMIT_S = 15.0


def test_a_listener_that_fails_ends_the_run_so_that_it_is_begun_anew(transactional_db, monkeypatch):
    async def fail(*_given, **_named):
        await asyncio.sleep(0.5)  # later than Procrastinate's other helpers end, so that it does not see it
        raise ConnectionError("the database is being restarted")

    monkeypatch.setattr(PsycopgConnector, "listen_notify", fail)
    asyncio.run(asyncio.wait_for(worker._work_until(threading.Event()), LIMIT_S))


@pytest.fixture
def sending(transactional_db):
    """The part that sends, at work in a thread of its own."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.send_messages, args=[stop])
    thread.start()
    yield
    stop.set()
    thread.join(LIMIT_S)


def jobs() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs")
        return [row[0] for row in cursor.fetchall()]


def test_a_message_that_was_given_up_leaves_no_trace(sending, monkeypatch, caplog):
    tried = []

    def refuse(**message):
        tried.append(message)
        raise messages.NotSent

    monkeypatch.setattr(messages, "send", refuse)
    monkeypatch.setattr(send_text, "retry_strategy", RetryStrategy(max_attempts=1))
    soon = datetime.now(UTC) + timedelta(minutes=5)
    send_text.defer(phone="+74951234567", text="code 123456", expires_at=soon.isoformat())
    until_s = time.monotonic() + LIMIT_S
    while (len(tried) < 2 or jobs()) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert (len(tried), jobs()) == (2, [])
