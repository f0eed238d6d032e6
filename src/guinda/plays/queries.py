"""What the list of plays shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from guinda.base.texts import pick
from guinda.plays import events
from guinda.plays.definition import Definition
from guinda.plays.knowing import definition_of
from guinda.plays.models import Play
from guinda.plays.services import SWITCHES

ON_THE_WAY = """
SELECT play_id, count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'listed'), count(*) FILTER (WHERE state = 'asked')
FROM plays_run WHERE state IN ('waiting', 'listed', 'asked') AND NOT holdout GROUP BY play_id
"""


@dataclass(frozen=True)
class Row:
    """One play with what goes on in it."""

    play: Play
    definition: Definition | None
    waiting: int
    listed: int
    asked: int

    @property
    def about(self) -> str:
        """What it is for."""
        return pick(self.definition.about) if self.definition else ""

    @property
    def begins(self) -> Any:
        """How clients come in."""
        kind = events.kinds().get(self.play.event)
        return kind.label if kind else self.play.event

    @property
    def running(self) -> int:
        """Clients on their way."""
        return self.waiting + self.listed + self.asked

    @property
    def switches(self) -> list[tuple[str, Any]]:
        """What it can be switched to."""
        return [(each, Play.State(each).label) for each in SWITCHES[self.play.state]]


def overview() -> list[Row]:
    """Every play, those that are on first, then by priority."""
    with connection.cursor() as cursor:
        cursor.execute(ON_THE_WAY)
        counts = {pk: rest for pk, *rest in cursor.fetchall()}
    order = [Play.State.ON, Play.State.PAUSED, Play.State.DRAFT, Play.State.OFF]
    rows = sorted(
        Play.objects.select_related("version"),
        key=lambda each: (order.index(Play.State(each.state)), each.priority, each.slug),
    )
    return [row(each, counts.get(each.pk)) for each in rows]


def row(play: Play, counts: list[int] | None = None) -> Row:
    """One of them."""
    definition = definition_of(play.version_id) if play.version_id else None
    return Row(play, definition, *(counts or (0, 0, 0)))
