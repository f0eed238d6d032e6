"""Background work of the client book."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from guinda.base import clock, messages

QUEUE = "messages"
STALLED = timedelta(minutes=10)
"""A message that has been in the sending for so long belongs to a worker that died: nobody waits for it any more."""


@app.task(queue=QUEUE, retry=RetryStrategy(max_attempts=6, exponential_wait=2))
def send_text(*, phone: str, text: str, expires_at: str) -> None:
    """Send one short message; a provider's failure is tried again with growing waits, what has lapsed meanwhile is not sent."""
    if clock.now() < datetime.fromisoformat(expires_at):
        messages.send(phone=phone, text=text)


def forget_texts(*, now: datetime) -> int:  # noqa: ARG001 - as every chore; these rows carry the machine's time
    """Delete the messages that nobody will send again: done with, given up, or left behind by a worker that died. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM procrastinate_jobs AS job
            WHERE queue_name = %s
              AND (status IN ('succeeded', 'failed', 'cancelled', 'aborted')
                   OR status = 'doing' AND NOT EXISTS (
                       SELECT FROM procrastinate_events AS event
                       WHERE event.job_id = job.id AND event.at > %s))
            """,
            [QUEUE, clock.machine_now() - STALLED],
        )
        return int(cursor.rowcount)
