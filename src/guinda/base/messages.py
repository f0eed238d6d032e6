"""Short messages to telephones: through the Apprise address in `MESSAGE_URL`, else on the console."""

from __future__ import annotations

import logging
from urllib.parse import quote

from django.conf import settings

logger = logging.getLogger("guinda.messages")


class NotSent(Exception):  # noqa: N818 - the worker tries again
    """The provider did not take the message."""


def send(*, phone: str, text: str) -> None:
    """Send `text` to `phone` (E.164) now; raises NotSent. Called by the worker, never while a client waits."""
    if not settings.MESSAGE_URL:
        print(f"[message to {phone}] {text}", flush=True)
        return
    import apprise  # deferred: large, and only the worker sends

    channel = apprise.Apprise()
    channel.add(settings.MESSAGE_URL.replace("{phone}", quote(phone)))
    if not channel.notify(body=text):
        raise NotSent(f"The message to {phone[:-4]}**** was not taken by the provider.")
