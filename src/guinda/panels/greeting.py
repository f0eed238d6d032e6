"""What a known client is told at a panel, by whoever above this room has something to say to them: a play's step, for example.

A room above registers one greeter in its `apps.ready()`. It is asked when a client has proved their telephone at a panel, and what it
says stands above their usual bowl.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Greeter = Callable[[int, str, datetime], str]
"""Of a client's id, the language spoken at the panel and now: a sentence or two, or nothing."""
_greeters: list[Greeter] = []


def register(greeter: Greeter) -> None:
    """Have this greeter asked too; once."""
    if greeter not in _greeters:
        _greeters.append(greeter)


def greet(client_id: int, *, language: str, now: datetime) -> str:
    """The first thing that anybody has to say to this client."""
    return next(filter(None, (each(client_id, language, now) for each in _greeters)), "")
