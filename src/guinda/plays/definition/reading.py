"""Plain values or TOML into a definition; every fault is found before the first is told."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from guinda.clients.models import Channel
from guinda.panels.greeting import STANDING
from guinda.plays.definition import checks
from guinda.plays.definition.faults import Fault, Faults
from guinda.plays.definition.reader import Reader, by_number, by_slug
from guinda.plays.definition.rows import (
    DESK,
    END,
    NO_WAIT,
    Definition,
    Entry,
    Evidence,
    Goal,
    Objection,
    Step,
    Texts,
    Until,
    Variant,
)

LONGEST_PLAY = 200_000
"""Characters of TOML: fifty steps in three languages are a quarter of it."""
MOST_STEPS = 50
MOST_HOLDOUT = 0.5
OUTCOME = re.compile(r"[a-z][a-z0-9_]{0,29}", re.ASCII)


def parse(text: str) -> Definition:
    """A play from its TOML, or `Faults`."""
    if len(text) > LONGEST_PLAY:
        raise Faults(
            [
                Fault(
                    "", _("This play is too long: %(most)s characters are the most.") % {"most": LONGEST_PLAY}
                )
            ]
        )
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        said = str(error) or type(error).__name__
        raise Faults([Fault("", _("This is not TOML: %(said)s.") % {"said": said})]) from error
    return from_plain(values)


def from_plain(values: Mapping[str, Any]) -> Definition:
    """A play from plain values, or `Faults`."""
    faults: list[Fault] = []
    made = _definition(Reader(values, "", "", faults))
    faults += checks.faults_of(made) if not faults else []
    if faults:
        raise Faults(faults)
    return made


def _definition(read: Reader) -> Definition:
    made = Definition(
        slug=read.slug("slug"),
        name=read.texts("name") or {},
        about=read.texts("about") or {},
        whom=read.choice("for", ("person", "company")),
        purpose=read.choice("purpose", ("care", "offer")),
        priority=read.whole("priority", 100, most=1000) or 0,
        holdout=read.share("holdout", usual=0.0, most=MOST_HOLDOUT),
        entry=_entry(Reader(read.take("entry", {}), _("Entry"), "entry", read.faults)),
        goal=_goal(Reader(read.take("goal", {}), _("Goal"), "goal", read.faults)),
        steps=tuple(_step(each) for each in read.many("steps", _("Step"), by_slug)),
    )
    if not 1 <= len(made.steps) <= MOST_STEPS:
        read.fault("steps", _("give 1 to %(most)s steps.") % {"most": MOST_STEPS})
    read.end()
    return made


def _entry(read: Reader) -> Entry:
    again = read.take("again_after", "never")
    if again != "never":
        read.left["again_after"] = again
    made = Entry(
        event=read.text("event", "", most=60),
        segment=read.choice("segment", ("", "nightly"), ""),
        when=read.filters(),
        again_after=None if again == "never" else read.duration("again_after", needed=True),
    )
    if bool(made.event) == bool(made.segment):
        read.fault("", _("name either an event or segment = “nightly”."))
    read.end()
    return made


def _goal(read: Reader) -> Goal:
    made = Goal(
        event=read.text("event", most=60),
        within=read.duration("within", needed=True) or NO_WAIT,
        when=read.filters(),
    )
    read.end()
    return made


def _step(read: Reader) -> Step:
    who = read.choice("who", ("system", "seller", "panel"))
    speaks = "script" if who == "seller" else "message"
    until = read.take("until")
    made = Step(
        slug=read.slug("slug"),
        who=who,
        name=read.texts("name") or {},
        after=read.duration("after", usual=NO_WAIT) or NO_WAIT,
        at=read.hour("at"),
        until=None
        if until is None
        else _until(Reader(until, f"{read.title}, until", f"{read.path}.until", read.faults)),
        when=read.filters(),
        message=read.texts("message", needed=False),
        holds=read.duration("holds"),
        script=read.texts("script", needed=False),
        channel=read.choice("channel", ("", *Channel.values, DESK), ""),
        objections=tuple(_objection(each) for each in read.many("objections", _("objection"), by_number)),
        standard=_standard(read),
        evidence=tuple(_evidence(each) for each in read.many("evidence", _("evidence"), by_number)),
        variants=tuple(_variant(each, speaks) for each in read.many("variants", _("variant"), by_slug)),
        worth_minor=read.whole("worth_minor", 0) or 0,
        minutes=read.whole("minutes", 0, most=1000) or 0,
        within=read.duration("within"),
        opens=read.choice("opens", ("", STANDING), ""),
        most_times=read.whole("most_times", None, least=1, most=100),
        after_most=read.text("after_most", END, most=40),
        outcomes=_outcomes(read),
        branches=_branches(read),
    )
    read.end()
    return made


def _until(read: Reader) -> Until:
    made = Until(
        event=read.text("event", most=60),
        within=read.duration("within", needed=True) or NO_WAIT,
        when=read.filters(),
    )
    read.end()
    return made


def _objection(read: Reader) -> Objection:
    made = Objection(said=read.texts("said") or {}, answer=read.texts("answer") or {})
    read.end()
    return made


def _standard(read: Reader) -> tuple[Texts, ...]:
    """A list of texts in each language: read through a table of one, so that a fault names its number."""
    value = read.take("standard", [])
    if not isinstance(value, list):
        read.fault("standard", _("a list is needed here."))
        return ()
    numbered = Reader(
        {str(number): each for number, each in enumerate(value, 1)},
        f"{read.title}, {_('standard')}",
        f"{read.path}.standard",
        read.faults,
    )
    return tuple(numbered.texts(each) or {} for each in list(numbered.left))


def _evidence(read: Reader) -> Evidence:
    outcomes = read.take("outcomes", [])
    if not isinstance(outcomes, list) or not outcomes or not all(isinstance(each, str) for each in outcomes):
        read.fault("outcomes", _("list the outcomes that need it."))
        outcomes = []
    made = Evidence(field=read.slug("field"), label=read.texts("label") or {}, outcomes=tuple(outcomes))
    read.end()
    return made


def _variant(read: Reader, speaks: str) -> Variant:
    made = Variant(
        slug=read.slug("slug"), share=read.share("share", usual=None, most=1.0), text=read.texts(speaks) or {}
    )
    read.end()
    return made


def _outcomes(read: Reader) -> dict[str, Texts]:
    below = _by_outcome(read, "outcomes", _("outcomes"))
    return {name: below.texts(name) or {} for name in list(below.left)}


def _branches(read: Reader) -> dict[str, str]:
    below = _by_outcome(read, "branches", _("branches"))
    return {name: below.text(name, most=40) for name in list(below.left)}


def _by_outcome(read: Reader, name: str, title: str) -> Reader:
    """A table by the names of outcomes; what is no such name is told and left out."""
    below = Reader(read.take(name, {}), f"{read.title}, {title}", f"{read.path}.{name}", read.faults)
    for wrong in [each for each in below.left if not OUTCOME.fullmatch(each)]:
        below.fault(wrong[:40], _("name the outcome with small Latin letters, for example: no_answer."))
        below.take(wrong)
    return below
