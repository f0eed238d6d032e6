"""Short messages to telephones: through the Apprise address in `MESSAGE_URL`; on the console only where nobody real is written to.

A provider is talked to by a program of its own (`base.carrier`), so that one that hangs can be ended at a deadline.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings

Carrier = subprocess.Popen[bytes]
CONSOLE = "console"
"""The `MESSAGE_URL` that means: write them, code and telephone, to standard output."""
START_LIMIT_S = 30.0
"""For the carrier to load its library. Nothing was sent until it says that it is ready."""
DEADLINE_S = 10.0
"""For a provider to answer, name look-ups and slow drops included; Apprise's own limits (four seconds each) are met before it."""
SEGMENT = {"gsm": (160, 153), "ucs2": (70, 67)}
"""Characters in a single short message, and in each part of a longer one: in the alphabet of GSM 03.38, and in any other."""
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_DOUBLE = frozenset("^{}\\[~]|€")
"""In that alphabet too, at the price of two characters."""


class Outcome(StrEnum):
    """What is known after a provider was called."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNCLEAR = "unclear"


class Answer(NamedTuple):
    """How it went, and in the provider's words why."""

    outcome: Outcome
    said: str = ""


def on_console() -> bool:
    """Whether messages are written to standard output: asked for by name, or in the demo and while developing without a provider."""
    return settings.MESSAGE_URL == CONSOLE or (not settings.MESSAGE_URL and (settings.DEMO or settings.DEBUG))


def channel() -> str:
    """What carries messages here: `console`, or the kind of Apprise's address, such as `twilio`."""
    return CONSOLE if on_console() else settings.MESSAGE_URL.split(":", 1)[0][:20]


def parts(text: str) -> int:
    """Short messages `text` is billed as: one letter outside of GSM's alphabet makes all of it twice as long."""
    plain = all(letter in GSM or letter in GSM_DOUBLE for letter in text)
    units = (
        len(text) + sum(letter in GSM_DOUBLE for letter in text)
        if plain
        else len(text.encode("utf-16-le")) // 2
    )
    single, each = SEGMENT["gsm" if plain else "ucs2"]
    return 1 if units <= single else -(-units // each)


class Line:
    """A line to the provider: carries one message at a time, for the worker alone, never while a client waits."""

    def __init__(self) -> None:
        self._carrier: Carrier | None = None

    def carry(self, *, phone: str, text: str) -> Answer:
        """Send `text` to `phone` (E.164) now. Refused: it can be tried again. Unclear: it may be there already."""
        if on_console():
            print(f"[message to {phone}] {text}", flush=True)
            return Answer(Outcome.TAKEN)
        if not settings.MESSAGE_URL:
            return Answer(
                Outcome.REFUSED, "Nobody carries messages to telephones: GUINDA_MESSAGE_URL is empty."
            )
        carrier = self._ready()
        if carrier is None:
            return Answer(Outcome.REFUSED, "The carrier did not start.")
        asked = json.dumps({"url": settings.MESSAGE_URL.replace("{phone}", quote(phone)), "text": text})
        said = _ask(carrier, asked)
        if said is None:
            self.close()
            return Answer(Outcome.UNCLEAR, f"No answer within {DEADLINE_S:g} s.")
        return Answer(Outcome(said["outcome"]), said["said"])

    def close(self) -> None:
        """End the carrier, whatever it is doing."""
        carrier, self._carrier = self._carrier, None
        if carrier:
            carrier.kill()
            carrier.wait()
            for pipe in filter(None, (carrier.stdin, carrier.stdout)):
                with suppress(OSError):  # what was written and never read
                    pipe.close()

    def _ready(self) -> Carrier | None:
        if self._carrier and self._carrier.poll() is None:
            return self._carrier
        self.close()
        command = [sys.executable, "-m", "guinda.base.carrier"]
        self._carrier = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if _answer(self._carrier, START_LIMIT_S) is None:
            self.close()
        return self._carrier


def _ask(carrier: Carrier, asked: str) -> dict[str, str] | None:
    with suppress(BrokenPipeError):  # it ended just now: there will be no answer
        if carrier.stdin:
            carrier.stdin.write(asked.encode() + b"\n")
            carrier.stdin.flush()
    return _answer(carrier, DEADLINE_S)


def _answer(carrier: Carrier, limit_s: float) -> dict[str, str] | None:
    """The carrier's next line; None when none came in time or it ended."""
    if carrier.stdout is None or not select.select([carrier.stdout], [], [], limit_s)[0]:
        return None
    line = carrier.stdout.readline()
    answer: dict[str, str] | None = json.loads(line) if line.endswith(b"\n") else None
    return answer
