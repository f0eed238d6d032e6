"""The kinds of parts a play's form is made of: each turns what was typed into plain values and back, and into what a page shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guinda.base.texts import LANGUAGES

Choices = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Scene:
    """What a part must know of the rest of the form: the steps there are, who does the step it is in, and what is wrong where."""

    steps: Sequence[str]
    faults: Mapping[str, Sequence[str]]
    who: str = ""
    beside: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Node:
    """One part as a page shows it."""

    kind: str
    path: str
    label: Any
    hint: Any = ""
    value: Any = ""
    choices: Choices = ()
    faults: Sequence[str] = ()
    children: Sequence[Any] = ()
    more: Any = ""

    @property
    def key(self) -> str:
        """An id for the page."""
        return f"f-{self.path.replace('.', '-')}"


@dataclass(frozen=True)
class Line:
    """A line of text; with `number` a number where it reads as one; with `several` a list between commas."""

    name: str
    label: Any
    hint: Any = ""
    number: bool = False
    several: bool = False
    by: tuple[str, ...] = ()
    """Who does the steps that have it; empty: everybody."""
    unless: str = ""
    """The field beside it that takes its place."""

    def plain(self, typed: Any) -> Any:
        """The value; None where nothing was typed."""
        text = typed.strip() if isinstance(typed, str) else ""
        if self.several:
            return [each.strip() for each in text.split(",") if each.strip()] or None
        return (_number(text) if self.number else text) if text else None

    def typed(self, value: Any) -> Any:
        """As it stands in the field."""
        if self.several and isinstance(value, list):
            return ", ".join(map(str, value))
        return "" if value is None else str(value)

    def node(self, typed: Any, path: str, scene: Scene) -> Node:
        """As it is shown."""
        return Node("line", path, self.label, self.hint, typed or "", faults=scene.faults.get(path, ()))


@dataclass(frozen=True)
class Choice:
    """One of several words. What stands there and is none of them is kept, for the play to refuse."""

    name: str
    label: Any
    choices: Callable[[Scene], Choices]
    by: tuple[str, ...] = ()
    unless: str = ""

    def plain(self, typed: Any) -> Any:
        """The word."""
        return typed or None if isinstance(typed, str) else None

    def typed(self, value: Any) -> Any:
        """The word."""
        return "" if value is None else str(value)

    def node(self, typed: Any, path: str, scene: Scene) -> Node:
        """As it is shown."""
        choices, typed = list(self.choices(scene)), typed if isinstance(typed, str) else ""
        if typed and typed not in dict(choices):
            choices.append((typed, typed))
        return Node(
            "choice",
            path,
            self.label,
            value=typed or "",
            choices=choices,
            faults=scene.faults.get(path, ()),
        )


@dataclass(frozen=True)
class Texts:
    """A text in each language."""

    name: str
    label: Any
    long: bool = False
    by: tuple[str, ...] = ()

    def plain(self, typed: Any) -> Any:
        """By language; None where all are empty."""
        told = typed if isinstance(typed, dict) else {}
        found = {each: str(told.get(each, "")).replace("\r\n", "\n") for each in LANGUAGES}
        return found if any(text.strip() for text in found.values()) else None

    def typed(self, value: Any) -> Any:
        """By language."""
        return {each: str(value.get(each, "")) for each in LANGUAGES} if isinstance(value, Mapping) else {}

    def node(self, typed: Any, path: str, scene: Scene) -> Node:
        """As it is shown."""
        told = typed if isinstance(typed, dict) else {}
        children = [
            Node(
                "area" if self.long else "line",
                f"{path}.{each}",
                each,
                value=told.get(each, ""),
                faults=scene.faults.get(f"{path}.{each}", ()),
            )
            for each in LANGUAGES
        ]
        return Node("texts", path, self.label, children=children, faults=scene.faults.get(path, ()))


@dataclass(frozen=True)
class Table:
    """Some parts under one name."""

    name: str
    label: Any
    parts: tuple[Any, ...]
    by: tuple[str, ...] = ()

    def plain(self, typed: Any) -> Any:
        """A table; None where it is empty."""
        return plain_of(self.parts, typed) or None

    def typed(self, value: Any) -> Any:
        """A table of what was typed."""
        return typed_of(self.parts, value)

    def node(self, typed: Any, path: str, scene: Scene) -> Node:
        """As it is shown."""
        children = nodes_of(self.parts, typed, path, scene)
        return Node("table", path, self.label, children=children, faults=scene.faults.get(path, ()))


@dataclass(frozen=True)
class Rows:
    """A list of tables. `into` and `back` are for a list that is written another way than as tables."""

    name: str
    label: Any
    add: Any
    parts: tuple[Any, ...]
    by: tuple[str, ...] = ()
    into: Callable[[list[dict[str, Any]]], Any] = list
    back: Callable[[Any], list[dict[str, Any]]] = list
    at: Callable[[Mapping[str, Any], int], str] = lambda _row, number: str(number)
    """The place of a row as faults name it."""

    def plain(self, typed: Any) -> Any:
        """The list; None where it is empty."""
        rows = typed if isinstance(typed, list) else []
        return self.into([plain_of(self.parts, each) for each in rows]) or None

    def typed(self, value: Any) -> Any:
        """A table of what was typed for each."""
        return [typed_of(self.parts, each) for each in (self.back(value) if value else [])]

    def node(self, typed: Any, path: str, scene: Scene) -> Node:
        """As it is shown."""
        rows = [each if isinstance(each, dict) else {} for each in typed] if isinstance(typed, list) else []
        children = []
        for number, each in enumerate(rows):
            beside = Scene(scene.steps, scene.faults, scene.who or str(each.get("who", "")), each)
            found = scene.faults.get(f"{path}.{self.at(each, number)}", ())
            inside = nodes_of(self.parts, each, f"{path}.{number}", beside)
            title = each.get("slug") or str(number + 1)
            children.append(Node("row", f"{path}.{number}", title, children=inside, faults=found))
        return Node(
            "rows", path, self.label, children=children, faults=scene.faults.get(path, ()), more=self.add
        )


def plain_of(parts: Sequence[Any], typed: Any) -> dict[str, Any]:
    """What was typed as plain values, without what was left empty."""
    told = typed if isinstance(typed, dict) else {}
    found = {each.name: each.plain(told.get(each.name)) for each in parts}
    return {name: value for name, value in found.items() if value is not None}


def typed_of(parts: Sequence[Any], value: Any) -> dict[str, Any]:
    """Plain values as they stand in the fields."""
    table = value if isinstance(value, Mapping) else {}
    return {each.name: each.typed(table.get(each.name)) for each in parts}


def nodes_of(parts: Sequence[Any], typed: Any, path: str, scene: Scene) -> list[Node]:
    """The parts as they are shown: those of who does the step, and whatever else has something in it, so that nothing is lost unseen."""
    told = typed if isinstance(typed, dict) else {}
    return [
        each.node(told.get(each.name), f"{path}.{each.name}" if path else each.name, scene)
        for each in parts
        if (not each.by or scene.who in each.by or each.plain(told.get(each.name)) is not None)
        and not scene.beside.get(getattr(each, "unless", ""))
    ]


def _number(text: str) -> Any:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text
