"""Short messages to telephones: through the Apprise address in `MESSAGE_URL`; on the console only where nobody real is written to."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings

CONSOLE = "console"
"""The `MESSAGE_URL` that means: write them, code and telephone, to standard output."""


class NotSent(Exception):  # noqa: N818 - the worker tries again
    """The provider did not take the message."""


def on_console() -> bool:
    """Whether messages are written to standard output: asked for by name, or in the demo and while developing without a provider."""
    return settings.MESSAGE_URL == CONSOLE or (not settings.MESSAGE_URL and (settings.DEMO or settings.DEBUG))


def send(*, phone: str, text: str) -> None:
    """Send `text` to `phone` (E.164) now; raises NotSent. Called by the worker, never while a client waits."""
    if on_console():
        print(f"[message to {phone}] {text}", flush=True)
        return
    if not settings.MESSAGE_URL:
        raise NotSent("Nobody carries messages to telephones: GUINDA_MESSAGE_URL is empty.")
    import apprise  # deferred: large, and only the worker sends

    channel = apprise.Apprise()
    channel.add(settings.MESSAGE_URL.replace("{phone}", quote(phone)))
    if not channel.notify(body=text):
        raise NotSent(f"The message to {phone[:-4]}**** was not taken by the provider.")
