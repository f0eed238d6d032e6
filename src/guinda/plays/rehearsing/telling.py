"""What a rehearsal found: each client's way, and what it comes to by day and by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import ClassVar
from zoneinfo import ZoneInfo

from guinda.clients.models import Channel
from guinda.plays.definition import DESK, Definition, Step


@dataclass
class Contact:
    """One contact that would have been made, at a client's own time."""

    at: datetime
    step: Step
    channel: str
    taken_back_at: datetime | None = None
    """When the goal came before the morning it waited for: until then it counts under the caps."""
    rule: ClassVar[str] = ""

    @property
    def disturbs(self) -> bool:
        """Whether we would have gone to the client: a panel speaks when they come, work at the desk is silent."""
        return self.channel not in (Channel.PANEL, DESK)


@dataclass(frozen=True)
class Held:
    """One contact that a rule would have held back: for good, or until a later try or the morning."""

    at: datetime
    step: Step
    channel: str
    rule: str


@dataclass
class Way:
    """One client's way through the play. `step` is the one they stand before; None when it is over, or a holdout's."""

    client_id: int
    zone: str
    entered_at: datetime
    deadline_at: datetime
    held_out: bool
    goal_at: datetime | None
    step: Step | None = None
    came_at: datetime | None = None
    due_at: datetime | None = None
    tries: int = 0
    ended_at: datetime | None = None
    said_goal: bool = False
    """Whether a branch led to the goal, so that no event of the client's is waited for any more."""
    visits: Counter[str] = field(default_factory=Counter)
    planned: list[Contact] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)

    @property
    def contacts(self) -> list[Contact]:
        """What would have been made: not what the goal came before."""
        return [each for each in self.planned if not each.taken_back_at]

    @property
    def first_contact_at(self) -> datetime | None:
        """When we would first have gone to the client."""
        return min((each.at for each in self.contacts if each.disturbs), default=None)


@dataclass(frozen=True)
class Day:
    """One day by the clients' own calendars."""

    date: date
    entered: int
    contacts: int
    held: int


@dataclass(frozen=True)
class Rehearsal:
    """How a play would have gone over some days."""

    play: Definition
    since: datetime
    until: datetime
    ways: Sequence[Way]

    @property
    def entered(self) -> int:
        """Clients who would have come in, as often as they did."""
        return len(self.ways)

    @property
    def held_out(self) -> int:
        """Of them those left alone to measure by."""
        return sum(each.held_out for each in self.ways)

    @cached_property
    def touched(self) -> list[Way]:
        """Ways on which we would have gone to the client."""
        return [each for each in self.ways if each.first_contact_at]

    @property
    def back_before(self) -> int:
        """Ways, holdouts apart, that reached the goal before anybody would have gone to the client."""
        return sum(
            bool(each.goal_at) and not each.first_contact_at and not each.held_out for each in self.ways
        )

    @cached_property
    def judged(self) -> list[Way]:
        """The touched ways whose time for the goal is over: only of them it is known whether they came back."""
        return [each for each in self.touched if each.deadline_at <= self.until]

    @property
    def back_anyway(self) -> int:
        """Of the judged those who reached the goal, though nobody went to them: why holdouts are needed."""
        return sum(bool(each.goal_at) for each in self.judged)

    def steps(self) -> list[tuple[Step, int, int]]:
        """Each step with the contacts it would have made and those held back."""
        made = Counter(each.step.slug for way in self.ways for each in way.contacts)
        held = Counter(each.step.slug for way in self.ways for each in way.held)
        return [
            (step, made[step.slug], held[step.slug])
            for step in self.play.steps
            if made[step.slug] or held[step.slug]
        ]

    def rules(self) -> list[tuple[str, int]]:
        """How many contacts each rule would have held back, the strictest first."""
        return Counter(each.rule for way in self.ways for each in way.held).most_common()

    @property
    def seller_minutes(self) -> int:
        """What the sellers' steps would have taken."""
        return sum(each.step.minutes for way in self.ways for each in way.contacts)

    def days(self) -> list[Day]:
        """Day by day, each on which something would have happened."""
        entered = Counter(_day(each.entered_at, each) for each in self.ways)
        made = Counter(_day(each.at, way) for way in self.ways for each in way.contacts if each.disturbs)
        held = Counter(_day(each.at, way) for way in self.ways for each in way.held)
        return [Day(day, entered[day], made[day], held[day]) for day in sorted({*entered, *made, *held})]

    def latest(self, most: int) -> Iterator[tuple[Way, Contact | Held]]:
        """The newest contacts and refusals, with the client's way."""
        told: list[tuple[Way, Contact | Held]] = [(way, each) for way in self.ways for each in way.contacts]
        told += [(way, each) for way in self.ways for each in way.held]
        yield from sorted(told, key=lambda one: (one[1].at, one[0].client_id), reverse=True)[:most]


def _day(at: datetime, way: Way) -> date:
    return at.astimezone(ZoneInfo(way.zone)).date()
