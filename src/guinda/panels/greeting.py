"""What a known client is told at a panel, by whoever above this room has something to say to them: a play's step, for example.

A room above registers a `Greeter` in its `apps.ready()`. It is asked when a client has proved their telephone at a panel; what it says
stands above their usual bowl. Taking the usual is yes to it, going on without is no; who walks away has not answered.
"""

from __future__ import annotations

from datetime import datetime


class Greeter:
    """Somebody who may have a sentence or two for a client."""

    def say(self, client_id: int, *, language: str, now: datetime) -> str:
        """The sentence, in the language spoken at the panel; empty where there is nothing to say."""
        raise NotImplementedError

    def hear(self, client_id: int, *, taken: bool, now: datetime) -> None:
        """What the client did with it. May come for a sentence that was said by somebody else, and more than once."""
        raise NotImplementedError


_greeters: list[Greeter] = []


def register(greeter: Greeter) -> None:
    """Have this greeter asked too; the same kind of greeter once."""
    if not any(type(each) is type(greeter) for each in _greeters):
        _greeters.append(greeter)


def greet(client_id: int, *, language: str, now: datetime) -> str:
    """The first thing that anybody has to say to this client."""
    said = (each.say(client_id, language=language, now=now) for each in _greeters)
    return next(filter(None, said), "")


def answered(client_id: int, *, taken: bool, now: datetime) -> None:
    """Let everybody know what the client did."""
    for each in _greeters:
        each.hear(client_id, taken=taken, now=now)
