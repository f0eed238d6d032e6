"""The names by which people know what plans keep as short names: tools, plays and their steps, sellers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from guinda.base.texts import pick
from guinda.clients.models import Channel
from guinda.offers.models import Tool
from guinda.plays.definition import DESK
from guinda.plays.knowing import definition_of
from guinda.plays.models import Play


@dataclass(frozen=True)
class Names:
    """By short name, in the language being spoken; what has no name any more keeps its short one."""

    tools: Mapping[str, str] = field(default_factory=dict)
    plays: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[tuple[str, str], str] = field(default_factory=dict)
    sellers: Mapping[str, str] = field(default_factory=dict)

    def tool(self, slug: str) -> str:
        """In quotation marks, as it stands in a sentence."""
        return _quoted(self.tools.get(slug, slug))

    def seller(self, username: str) -> str:
        """As colleagues call them."""
        return self.sellers.get(username, username)

    def action(self, key: str) -> str:
        """`tool:NAME`, `tool:NAME:CHANNEL`, `play:NAME` or `step:PLAY:STEP`."""
        kind, slug, last = (*key.split(":", 2), "", "")[:3]
        if kind == "tool":
            return f"{self.tool(slug)}, {channel(last)}" if last else self.tool(slug)
        play = self.plays.get(slug, slug)
        return _quoted(f"{play}: {self.steps.get((slug, last), last)}" if last else play)


def names_of(keys: Iterable[str]) -> Names:
    """The names that these actions and limits speak of; three queries, however many keys."""
    words = {part for key in keys for part in key.split(":")}
    plays = list(Play.objects.filter(slug__in=words))
    return Names(
        tools={each.slug: str(each) for each in Tool.objects.filter(slug__in=words)},
        plays={each.slug: pick(each.name) for each in plays},
        steps={
            (each.slug, step.slug): pick(step.name)
            for each in plays
            if each.version_id
            for step in definition_of(each.version_id).steps
        },
        sellers={each.username: called(each) for each in User.objects.filter(username__in=words)},
    )


def called(user: User) -> str:
    """A colleague's name, or else the one they sign in with."""
    return user.get_full_name() or user.username


def channel(name: str) -> str:
    """How a client is reached."""
    if name == DESK:
        return _("at the desk")
    return str(Channel(name).label) if name in Channel.values else name


def _quoted(name: str) -> str:
    return _("“%(name)s”") % {"name": name}
