"""Background work of the client book."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from guinda.base import messages


@app.task(queue="messages", retry=RetryStrategy(max_attempts=6, exponential_wait=2))
def send_text(*, phone: str, text: str) -> None:
    """Send one short message; a provider's failure is tried again with growing waits."""
    messages.send(phone=phone, text=text)
