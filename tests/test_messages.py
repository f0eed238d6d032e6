"""Messages with the real worker and a real provider: hanging, flapping, and the worker killed between claim and answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import pytest

from tests.house import House, house

pytestmark = pytest.mark.storm
LIMIT_S = 60.0
PUT = """
    INSERT INTO clients_message (key, purpose, phone, language, text, made_at, due_at, lapses_at, state, attempts, channel, last_error)
    VALUES (%(key)s, 'late', '+74951234567', 'en', %(key)s, now(), now(), now() + interval '1 hour', 'waiting', 0, '', '')
"""


class Provider:
    """Takes messages over HTTP; `answer` says the status of each, and may wait."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Callable[[str], int] = lambda _text: 200
        self.released = threading.Event()

    def hang(self, _text: str) -> int:
        self.released.wait(LIMIT_S)
        return 200


@contextmanager
def served(provider: Provider) -> Iterator[str]:
    """The provider's address as GUINDA_MESSAGE_URL says it; its patience with a silent provider is longer than ours."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = self.rfile.read(int(self.headers["Content-Length"])).decode()
            provider.asked.append(said)
            self.send_response(provider.answer(said))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_whose: None  # who was killed does not wait for its answer
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}/{{phone}}?rto=120"
    finally:
        provider.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def built(tmp_path, provider) -> Iterator[House]:
    with served(provider) as url, house(tmp_path, {"GUINDA_MESSAGE_URL": url}) as made:
        yield made


def rows(built: House, statement: str, **facts: object) -> list[tuple]:
    with psycopg.connect(built.database_url, autocommit=True) as line:
        done = line.execute(statement.encode(), facts)
        return done.fetchall() if done.description else []


def states(built: House) -> dict[str, str]:
    return dict(rows(built, "SELECT key, state FROM clients_message"))


def wait_until(true: Callable[[], bool]) -> None:
    until_s = time.monotonic() + LIMIT_S
    while not true() and time.monotonic() < until_s:
        time.sleep(0.05)
    assert true()


def asked_for(provider: Provider, key: str) -> int:
    return sum(f'"{key}"' in said for said in provider.asked)


def test_a_worker_killed_between_claim_and_answer_never_sends_it_again(built, provider):
    provider.answer = provider.hang
    built.start_worker()
    rows(built, PUT, key="first")
    wait_until(lambda: asked_for(provider, "first") == 1)
    built.kill("worker")
    assert states(built) == {"first": "sending"}
    provider.answer = lambda _text: 200
    rows(built, "UPDATE clients_message SET claimed_at = claimed_at - interval '2 minutes'")
    rows(built, PUT, key="second")
    built.start_worker()
    wait_until(lambda: states(built) == {"first": "unclear", "second": "sent"})
    assert (asked_for(provider, "first"), asked_for(provider, "second")) == (1, 1)
    with pytest.raises(AssertionError, match=r"message \d+ \(late\) is unclear"):
        built.guinda("audit", "--only", "messages")


def test_a_provider_that_hangs_is_left_and_holds_up_nobody(built, provider):
    provider.answer = provider.hang
    built.start_worker()
    rows(built, PUT, key="hangs")
    wait_until(lambda: bool(provider.asked))
    rows(
        built,
        "WITH e AS (INSERT INTO journal_event (at, kind, ref, by, data) VALUES (now(), 'test', 'x', 'test', '{}') RETURNING id)"
        " INSERT INTO journal_announcement (event_id, due_at, attempts, last_error) SELECT id, now(), 0, '' FROM e",
    )
    wait_until(lambda: rows(built, "SELECT count(*) FROM journal_announcement") == [(0,)])
    assert states(built) == {"hangs": "sending"}
    wait_until(lambda: states(built) == {"hangs": "unclear"})
    assert len(provider.asked) == 1


def test_a_flapping_provider_gets_each_until_it_takes_it_and_no_more(built, provider):
    refused: dict[str, int] = {}

    def flap(said: str) -> int:
        refused[said] = refused.get(said, 0) + 1
        return 503 if refused[said] == 1 else 200

    provider.answer = flap
    for index in range(12):
        rows(built, PUT, key=f"{index}")
    built.start_worker()
    wait_until(lambda: set(states(built).values()) == {"sent"})
    assert [asked_for(provider, f"{index}") for index in range(12)] == [2] * 12
