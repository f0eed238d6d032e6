"""What `guinda manage check --deploy` says of this room's settings."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name for it

from guinda.base import messages


def somebody_carries_messages(**_options: Any) -> list[CheckMessage]:
    """Codes to telephones need a provider; on the console they would stand in the log for whoever reads it."""
    if messages.on_console():
        said = "Codes and telephone numbers are written to standard output, and so into the service's log."
    elif not settings.MESSAGE_URL:
        said = "No message reaches a telephone: clients can't be known again by a code."
    else:
        return []
    hint = "Set GUINDA_MESSAGE_URL to an Apprise address with {phone} in it."
    return [Warning(said, hint=hint, id="guinda.W001")]
