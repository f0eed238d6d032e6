"""What a known client is told at a panel, by whoever above this room has something to say to them: a play's step, for example.

A room above registers a `Greeter` in its `apps.ready()`. It is asked when a client has proved their telephone at a panel; what it says
stands above their usual bowl. Taking the usual is yes to it, going on without is no; who walks away has not answered. A greeting that
`opens` a page has a button of its own for the yes: the page opens on the client's own telephone, and what is suggested is done there, by
them.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

STANDING = "standing"
"""The page on which the client's last bowl becomes a standing order: what a yes can open."""


class Greeting(NamedTuple):
    """What is said, and which page a yes to it opens, if any."""

    text: str
    opens: str = ""


class Greeter:
    """Somebody who may have a sentence or two for a client."""

    def say(self, client_id: int, *, language: str, now: datetime) -> Greeting | None:
        """The sentence, in the language spoken at the panel; None where there is nothing to say."""
        raise NotImplementedError

    def hear(self, client_id: int, *, taken: bool, now: datetime) -> None:
        """What the client did with it. May come for a sentence that was said by somebody else, and more than once."""
        raise NotImplementedError


_greeters: list[Greeter] = []


def register(greeter: Greeter) -> None:
    """Have this greeter asked too; the same kind of greeter once."""
    if not any(type(each) is type(greeter) for each in _greeters):
        _greeters.append(greeter)


def greet(client_id: int, *, language: str, now: datetime) -> Greeting | None:
    """The first thing that anybody has to say to this client."""
    said = (each.say(client_id, language=language, now=now) for each in _greeters)
    return next(filter(None, said), None)


def answered(client_id: int, *, taken: bool, now: datetime) -> None:
    """Let everybody know what the client did."""
    for each in _greeters:
        each.hear(client_id, taken=taken, now=now)
