"""Telephones and codes stay in the worker's books only as long as somebody may still send them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from guinda.base import clock, messages
from guinda.clients.tasks import forget_texts, send_text

NOW = datetime(2026, 6, 24, 9, 0, tzinfo=UTC)
PHONE = "+74951234567"


@pytest.fixture
def sent(monkeypatch):
    said = []
    monkeypatch.setattr(messages, "send", lambda **message: said.append(message))
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return said


@pytest.mark.parametrize(("late_s", "times"), [(-1, 1), (0, 0), (60, 0)])
def test_a_code_that_has_lapsed_is_not_sent_any_more(sent, late_s, times):
    expires_at = NOW - timedelta(seconds=late_s)
    send_text(phone=PHONE, text="code 123456", expires_at=expires_at.isoformat())
    assert sent == [{"phone": PHONE, "text": "code 123456"}] * times


def add_job(status: str, *, queue: str = "messages", minutes_ago: int = 0) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (task_name, queue_name, status, args)"
            " VALUES ('send_text', %s, %s::procrastinate_job_status, '{}') RETURNING id",
            [queue, status],
        )
        (job,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, 'started', now() - %s * interval '1 minute')",
            [job, minutes_ago],
        )
        cursor.execute(
            "UPDATE procrastinate_events SET at = now() - %s * interval '1 minute' WHERE job_id = %s",
            [minutes_ago, job],
        )


def test_what_nobody_will_send_again_is_forgotten(db):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")  # of tests before this one that committed theirs
    for status in ("succeeded", "failed", "cancelled", "aborted"):
        add_job(status)
    add_job("doing", minutes_ago=11)
    for kept in ("todo", "doing"):
        add_job(kept, minutes_ago=9)
    add_job("todo", minutes_ago=60)
    add_job("failed", queue="others")
    assert forget_texts(now=NOW) == 5
    with connection.cursor() as cursor:
        cursor.execute("SELECT queue_name, status FROM procrastinate_jobs ORDER BY id")
        assert cursor.fetchall() == [
            ("messages", "todo"),
            ("messages", "doing"),
            ("messages", "todo"),
            ("others", "failed"),
        ]
