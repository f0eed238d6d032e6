"""Which fields a play's form has, in the order in which they are filled in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guinda.clients.models import Channel, Client
from guinda.panels.greeting import STANDING
from guinda.plays import events, facts, operators
from guinda.plays.definition import DESK, END, GOAL
from guinda.plays.definition.writing import inline
from guinda.plays.editing.parts import Choice, Choices, Line, Rows, Scene, Table, Texts

NIGHTLY = "nightly"
SELLER, SYSTEM, PANEL = ("seller",), ("system",), ("panel",)
TIME = _("For example: 20 hours, 7 days.")


def _events(_scene: Scene) -> Choices:
    return [(each.name, each.label) for each in events.kinds().values()]


def _begins(scene: Scene) -> Choices:
    return [("", _("each night, by the conditions")), *_events(scene)]


def _targets(scene: Scene) -> Choices:
    ends = [(END, _("the end")), (GOAL, _("the goal is reached"))]
    return [("", "—"), *((each, each) for each in scene.steps), *ends]


def _channels(_scene: Scene) -> Choices:
    return [("", "—"), *Channel.choices, (DESK, _("at the desk, without the client"))]


def _pages(_scene: Scene) -> Choices:
    return [("", "—"), (STANDING, _("the page of a standing order"))]


def _facts(_scene: Scene) -> Choices:
    return [("", "—"), *((each.name, each.label) for each in facts.EVERY.values())]


def _words(scene: Scene) -> Choices:
    """What can be asked of the fact beside it; of every fact where none is chosen."""
    fact = facts.EVERY.get(str(scene.beside.get("fact", "")))
    kinds = [fact.kind] if fact else list(facts.Kind)
    return [
        ("", "—"),
        *{
            each.word: (each.word, each.label) for kind in kinds for each in operators.OPERATORS[kind]
        }.values(),
    ]


def _filters(rows: list[dict[str, Any]]) -> list[Any]:
    return [_filter(each) for each in rows if each]


def _filter(row: Mapping[str, Any]) -> Any:
    """One condition: three fields, or a line of TOML where conditions stand within each other."""
    if "other" in row:
        try:
            return tomllib.loads(f"condition = {row['other']}")["condition"]
        except (ValueError, RecursionError):
            return row["other"]
    fact, text = facts.EVERY.get(row.get("fact", "")), str(row.get("value", ""))
    operator = operators.of(fact, row.get("is")) if fact else None
    made = {name: row[name] for name in ("fact", "is") if name in row}
    if operator is None or operator.read is None:
        return made | ({"value": text} if text and operator is None else {})
    if operator.word in ("one of", "any of"):
        return made | {"value": [each.strip() for each in text.split(",") if each.strip()]}
    counts = fact is not None and fact.kind in (facts.Kind.NUMBER, facts.Kind.MONEY)
    counted = counts or operator.word in ("within next", "within last")
    return made | {"value": Line("value", "", number=True).plain(text) if counted else text}


def _conditions(value: Any) -> list[dict[str, Any]]:
    return [_condition(each) for each in value if isinstance(each, Mapping)]


def _condition(each: Mapping[str, Any]) -> dict[str, Any]:
    """Three fields, where they say the same; whatever they could not say is a line of TOML."""
    told = each.get("value", "")
    shown = ", ".join(map(str, told)) if isinstance(told, list) else str(told)
    row = {"fact": str(each.get("fact", "")), "is": str(each.get("is", "")), "value": shown}
    same = _filter({name: text for name, text in row.items() if text})
    return row if same == dict(each) else {"other": inline(dict(each))}


def _values(scene: Scene) -> Choices:
    fact = facts.EVERY.get(str(scene.beside.get("fact", "")))
    return list(fact.choices()) if fact and fact.choices else []


class Value(Line):
    """What a fact is compared with: chosen where the fact's values are known and one of them is asked for."""

    def node(self, typed: Any, path: str, scene: Scene) -> Any:
        """As it is shown."""
        several = scene.beside.get("is") in ("one of", "any of")
        if not several and _values(scene):
            return Choice(self.name, self.label, lambda found: [("", "—"), *_values(found)]).node(
                typed, path, scene
            )
        return super().node(typed, path, scene)


WHEN = Rows(
    "when",
    _("Conditions, all of which must hold"),
    _("Add a condition"),
    (
        Choice("fact", _("Fact"), _facts, unless="other"),
        Choice("is", pgettext_lazy("condition", "is"), _words, unless="other"),
        Value("value", _("Value"), unless="other"),
        Line("other", _("Or several within each other, in TOML"), by=("nested",)),
    ),
    into=_filters,
    back=_conditions,
)


def _branches(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {each.get("outcome", ""): each.get("target", "") for each in rows if each}


def _pairs(value: Any) -> list[dict[str, Any]]:
    return [{"outcome": name, "target": target} for name, target in dict(value).items()]


def _words_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {each.get("outcome", ""): each.get("label", {}) for each in rows if each}


def _told(value: Any) -> list[dict[str, Any]]:
    return [{"outcome": name, "label": label} for name, label in dict(value).items()]


def _at_outcome(row: Mapping[str, Any], number: int) -> str:
    return str(row.get("outcome") or number)


BRANCHES = Rows(
    "branches",
    _("Where each outcome leads"),
    _("Add an outcome"),
    (Line("outcome", _("Outcome"), _("For example: no_answer.")), Choice("target", _("Leads to"), _targets)),
    into=_branches,
    back=_pairs,
    at=_at_outcome,
)
OUTCOMES = Rows(
    "outcomes",
    _("How outcomes of your own read"),
    _("Add the words of an outcome"),
    (Line("outcome", _("Outcome")), Texts("label", _("Reads"))),
    by=("seller", "panel"),
    into=_words_of,
    back=_told,
    at=_at_outcome,
)
STANDARD = Rows(
    "standard",
    _("Well done is"),
    _("Add a tick"),
    (Texts("text", _("Tick")),),
    by=SELLER,
    into=lambda rows: [each["text"] for each in rows if each],
    back=lambda value: [{"text": each} for each in value],
    at=lambda _row, number: str(number + 1),
)
UNTIL = Table(
    "until",
    _("Waits for an event"),
    (
        Choice("event", _("Event"), lambda scene: [("", "—"), *_events(scene)]),
        Line("within", _("At most"), TIME),
        WHEN,
    ),
    by=SYSTEM,
)
STEP = (
    Line("slug", _("Short name")),
    Choice(
        "who",
        _("Who does it"),
        lambda _scene: [("system", _("the system")), ("seller", _("a seller")), ("panel", _("the panel"))],
    ),
    Texts("name", _("Name")),
    Line("after", _("After the step before"), TIME),
    Line("at", _("At what hour of the client’s day"), "10:00"),
    Choice("channel", _("Channel"), _channels, by=SELLER),
    Line("minutes", _("Minutes"), number=True, by=SELLER),
    Line("worth_minor", _("Expected worth, minor units"), number=True, by=SELLER),
    Line("within", _("Time for it"), TIME, by=("seller", "panel")),
    Texts("message", _("What is written"), long=True, by=("system", "panel")),
    Choice("opens", _("A yes opens"), _pages, by=PANEL),
    Line("holds", _("Holds for"), TIME, by=SYSTEM),
    Texts("script", _("What is said"), long=True, by=SELLER),
    Rows(
        "objections",
        _("What they may say against it"),
        _("Add an objection"),
        (Texts("said", _("They say")), Texts("answer", _("A good answer"), long=True)),
        by=SELLER,
    ),
    STANDARD,
    Rows(
        "evidence",
        _("What must be written first"),
        _("Add a proof"),
        (
            Line("field", _("Short name")),
            Texts("label", _("What is asked")),
            Line("outcomes", _("For these outcomes"), several=True),
        ),
        by=SELLER,
    ),
    Rows(
        "variants",
        _("Wordings tried against each other"),
        _("Add a wording"),
        (
            Line("slug", _("Short name")),
            Line("share", _("Share"), number=True),
            Texts("message", _("What is written"), long=True, by=("system", "panel")),
            Texts("script", _("What is said"), long=True, by=SELLER),
        ),
    ),
    UNTIL,
    replace(WHEN, by=SYSTEM, label=_("A question to the facts")),
    BRANCHES,
    OUTCOMES,
    Line("most_times", _("How often one client may come here"), number=True),
    Choice("after_most", _("And then"), _targets),
)
PLAY = (
    Line("slug", _("Short name")),
    Texts("name", _("Name")),
    Texts("about", _("What it is for"), long=True),
    Choice("for", _("For"), lambda _scene: Client.Kind.choices),
    Choice(
        "purpose",
        _("They agreed to"),
        lambda _scene: [("care", _("care after an order")), ("offer", _("offer"))],
    ),
    Line("priority", _("Priority, the lower first"), number=True),
    Line("holdout", _("Share left out, to measure by"), _("From 0 to 0.5."), number=True),
    Table(
        "entry",
        _("How clients come in"),
        (
            Choice("event", _("By what"), _begins),
            WHEN,
            Line("again_after", _("Again after"), _("Empty: once in a lifetime.")),
        ),
    ),
    Table(
        "goal",
        _("What it is for them to do"),
        (Choice("event", _("Event"), _events), Line("within", _("Within"), TIME), WHEN),
    ),
    Rows("steps", _("Steps"), _("Add a step"), STEP),
)
