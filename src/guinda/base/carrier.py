"""The program that talks to a messages' provider: a line of JSON in, a line of JSON out, until its input ends.

`base.messages.Line` starts it, and ends it when a provider hangs. It knows neither Django nor the database.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import apprise
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

NEVER_WENT = (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
"""Faults before a word was said to the provider."""
NOBODY_KNOWS = frozenset({408, 504})
"""Statuses of a go-between that got no answer itself."""
SAID_MOST = 300


class Watched(HTTPAdapter):
    """Notices what Apprise keeps to itself: whether a request that failed may have been taken."""

    unclear = False

    def send(self, *given: Any, **named: Any) -> Any:
        """As the library's."""
        try:
            answer = super().send(*given, **named)
        except requests.RequestException as fault:
            Watched.unclear |= not _never_went(fault)
            raise
        Watched.unclear |= answer.status_code in NOBODY_KNOWS
        return answer


def _never_went(fault: requests.RequestException) -> bool:
    reason = getattr(fault.args[0], "reason", None) if fault.args else None
    return isinstance(fault, NEVER_WENT) or isinstance(reason, NewConnectionError)


def carry(url: str, text: str) -> dict[str, str]:
    """Send once, never again by Apprise's own doing: `taken`, `refused` or `unclear`, and what was said."""
    channel = apprise.Apprise()
    if not channel.add(url) or len(channel.services) != 1:
        return {"outcome": "refused", "said": "GUINDA_MESSAGE_URL is not one address that Apprise knows."}
    channel.services[0].retry = 0
    Watched.unclear = False
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as said:  # type: ignore[no-untyped-call]
        taken = channel.notify(body=text)
        why = said.getvalue().strip()[:SAID_MOST]
    if taken:
        return {"outcome": "taken", "said": ""}
    return {"outcome": "unclear" if Watched.unclear else "refused", "said": why}


def main() -> None:
    """Say that the library is loaded, then answer each line."""
    requests.sessions.HTTPAdapter = Watched  # type: ignore[attr-defined]  # what each of its sessions speaks through
    logging.getLogger("apprise").propagate = False  # what it says goes to the office, not to the log
    apprise.Apprise.instantiate(
        "json://localhost"
    )  # it reads its providers at the first use: not at a message's cost
    print("{}", flush=True)
    for line in sys.stdin:
        print(json.dumps(carry(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
