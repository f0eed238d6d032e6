"""The parts of a play. Nothing here is checked: `reading` makes them, `checks` says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

Texts = Mapping[str, str]
"""One text in each language."""
Filters = tuple[Mapping[str, Any], ...]
"""Structured conditions on a client, all of which must hold; `conditions` gives them their meaning."""
END, GOAL = "end", "goal"
"""Where a branch may lead besides a step: the run is over; the run is over and has reached what the play is for."""
DESK = "desk"
"""The channel of a seller's step that contacts nobody: reading, preparing, writing an offer."""
NO_WAIT = timedelta()


@dataclass(frozen=True)
class Entry:
    """How clients come in: by an event of theirs, or each night whoever is in the segment. `again_after` None: once in a lifetime."""

    event: str = ""
    segment: str = ""
    when: Filters = ()
    again_after: timedelta | None = None


@dataclass(frozen=True)
class Goal:
    """What the play is for: an event of the client within a time of their entering."""

    event: str
    within: timedelta
    when: Filters = ()


@dataclass(frozen=True)
class Until:
    """What a step waits for, and for how long."""

    event: str
    within: timedelta
    when: Filters = ()


@dataclass(frozen=True)
class Objection:
    """What a client is likely to say against it, and a good answer."""

    said: Texts
    answer: Texts


@dataclass(frozen=True)
class Evidence:
    """What a seller must write down before the step may end with one of these outcomes."""

    field: str
    label: Texts
    outcomes: tuple[str, ...]


@dataclass(frozen=True)
class Variant:
    """One of the wordings that are tried against each other; a client always gets the same."""

    slug: str
    share: float
    text: Texts


@dataclass(frozen=True)
class Step:
    """One step: who does it, when, with what words, and where each outcome leads.

    `after` and `at` say when it is due: so long after the step before, and then at that hour of the client's own day. `within` is how
    long a seller or a panel has for it. `opens` is the page that a yes at a panel opens. `most_times` is how often one run may come here;
    then it goes to `after_most`. `outcomes` are the words of those of its outcomes that the house has none for.
    """

    slug: str
    who: str
    name: Texts
    after: timedelta = NO_WAIT
    at: time | None = None
    until: Until | None = None
    when: Filters = ()
    message: Texts | None = None
    holds: timedelta | None = None
    script: Texts | None = None
    channel: str = ""
    objections: tuple[Objection, ...] = ()
    standard: tuple[Texts, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    variants: tuple[Variant, ...] = ()
    worth_minor: int = 0
    minutes: int = 0
    within: timedelta | None = None
    opens: str = ""
    most_times: int | None = None
    after_most: str = END
    outcomes: Mapping[str, Texts] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What it does: `message`, `until`, `question` (by its conditions), `wait`, `seller` or `panel`."""
        if self.who != "system":
            return self.who
        if self.message or self.variants:
            return "message"
        return "until" if self.until else "question" if self.when else "wait"

    @property
    def targets(self) -> tuple[str, ...]:
        """Everywhere it may lead."""
        past = (self.after_most,) if self.most_times else ()
        return (*self.branches.values(), *past)


@dataclass(frozen=True)
class Definition:
    """A whole play. `whom` it is for: person or company. `purpose` is what clients must have agreed to: care or offer."""

    slug: str
    name: Texts
    about: Texts
    whom: str
    purpose: str
    priority: int
    holdout: float
    entry: Entry
    goal: Goal
    steps: tuple[Step, ...]

    def step(self, slug: str) -> Step:
        """The step of that name; KeyError when there is none."""
        for each in self.steps:
            if each.slug == slug:
                return each
        raise KeyError(slug)
