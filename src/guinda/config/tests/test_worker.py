"""The part of the worker that sends messages: over lines of its own, and its end leaves nothing half said."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from guinda.base import clock, messages
from guinda.base.messages import Answer, Outcome
from guinda.clients.messages import enqueue
from guinda.clients.models import Message
from guinda.config import worker

LIMIT_S = 60.0


@pytest.fixture
def sending(transactional_db):
    """Two lines at work, each in a thread of its own."""
    stop = threading.Event()
    threads = [threading.Thread(target=worker.send, args=[stop]) for _ in range(2)]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join(LIMIT_S)


def put(key: str) -> None:
    now = clock.now()
    facts = {"phone": "+74951234567", "language": "en", "purpose": Message.Purpose.LATE}
    enqueue(key=key, text=key, now=now, lapses_at=now + timedelta(minutes=5), **facts)


def wait_until(true) -> None:
    until_s = time.monotonic() + LIMIT_S
    while not true() and time.monotonic() < until_s:
        time.sleep(0.02)
    assert true()


def test_what_is_put_there_is_sent_at_once_by_one_of_them(sending, monkeypatch):
    carried = []
    monkeypatch.setattr(
        messages.Line, "carry", lambda _line, phone, text: carried.append(text) or Answer(Outcome.TAKEN)
    )
    for index in range(10):
        put(f"{index}")
    wait_until(lambda: Message.objects.filter(state=Message.State.SENT).count() == 10)
    assert sorted(carried) == [f"{index}" for index in range(10)]


def test_a_line_that_hangs_holds_up_neither_the_other_nor_the_chores(sending, monkeypatch):
    released, carried = threading.Event(), []

    def hang_with_the_first(_line, phone, text):
        if text == "hangs":
            released.wait(LIMIT_S)
        carried.append(text)
        return Answer(Outcome.TAKEN)

    monkeypatch.setattr(messages.Line, "carry", hang_with_the_first)
    put("hangs")
    wait_until(lambda: Message.objects.filter(state=Message.State.SENDING).exists())
    for index in range(5):
        put(f"{index}")
    wait_until(lambda: len(carried) == 5)
    for chore in worker.CHORES:
        assert worker._do(chore, datetime(2026, 6, 24, tzinfo=UTC)) == 0
    released.set()
    wait_until(lambda: len(carried) == 6)


def test_a_fault_is_said_and_the_next_message_goes(sending, monkeypatch, caplog):
    monkeypatch.setattr(messages.Line, "carry", _fail_once())
    put("a")
    put("b")
    wait_until(lambda: Message.objects.filter(state=Message.State.SENT).count() == 1)
    assert Message.objects.filter(state=Message.State.SENDING).count() == 1
    assert "send_next failed" in caplog.text


def _fail_once():
    left = [OSError("no more processes")]

    def carry(_line, phone, text):
        if left:
            raise left.pop()
        return Answer(Outcome.TAKEN)

    return carry
