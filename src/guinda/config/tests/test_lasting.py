"""What has to last: a thread's connection over a restart of the database, one secret key for all processes that start at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.db import connection, connections
from django.http import HttpResponse

from guinda.config import asgi, settings


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_replaced_before_a_request_meets_it(monkeypatch):
    def ask(_request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return HttpResponse(str(cursor.fetchone()[0]))

    handler = asgi.ThreadedHandler()
    monkeypatch.setattr(handler, "get_response", ask)
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    body = SimpleNamespace(close=lambda: None)
    with ThreadPoolExecutor(1) as thread:
        pids = [int(thread.submit(handler.respond, scope, body).result(10).content) for _again in range(2)]
        assert pids[0] == pids[1], "a sound connection stays"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pids[0]])
        answer = thread.submit(handler.respond, scope, body).result(10)
        assert int(answer.content) != pids[0]
        thread.submit(connections.close_all).result(10)


def test_processes_that_start_at_once_share_one_secret_key(tmp_path, monkeypatch):
    monkeypatch.setenv("GUINDA_HOME", str(tmp_path))
    monkeypatch.delenv("GUINDA_SECRET_KEY", raising=False)
    barrier = Barrier(8)

    def start():
        barrier.wait(10)
        return settings._secret("GUINDA_SECRET_KEY")

    with ThreadPoolExecutor(8) as starts:
        keys = {each.result(10) for each in [starts.submit(start) for _start in range(8)]}
    (key,) = keys
    assert len(key) == 64
    assert [each.name for each in tmp_path.iterdir()] == ["secret-key"]
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
