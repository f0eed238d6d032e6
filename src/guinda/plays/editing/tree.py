"""What a browser sent as a tree, a play's plain values from it and back, and the buttons that add, take out and move rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guinda.plays.editing.parts import Scene, nodes_of, plain_of, typed_of
from guinda.plays.editing.shape import NIGHTLY, PLAY

MOST_FIELDS = 6_000
MOST_ROWS = 60
DEEPEST = 8


def posted(data: Mapping[str, str]) -> dict[str, Any]:
    """Fields named `steps.0.name.en` as tables and lists within each other."""
    root: dict[str, Any] = {}
    for name, value in list(data.items())[:MOST_FIELDS]:
        path = name.split(".")
        if len(path) > DEEPEST:
            continue
        below = root
        for part in path[:-1]:
            inner = below.setdefault(part, {})
            below = inner if isinstance(inner, dict) else {}
        below[path[-1]] = value
    return {name: _lists(value) for name, value in root.items()}


def plain(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The play's plain values."""
    made = plain_of(PLAY, tree)
    entry = made.setdefault("entry", {})
    if "event" not in entry:
        entry["segment"] = NIGHTLY
    return made


def tree_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """A play's plain values as they stand in the form."""
    return typed_of(PLAY, values)


def nodes(tree: Mapping[str, Any], faults: Mapping[str, Any]) -> list[Any]:
    """The form as it is shown, with what is wrong beside each field."""
    steps = [str(each.get("slug", "")) for each in tree.get("steps", []) if isinstance(each, dict)]
    return nodes_of(PLAY, dict(tree), "", Scene([each for each in steps if each], faults))


def pressed(tree: dict[str, Any], button: str) -> None:
    """Do what a button of the form says: `add:steps`, `remove:steps.0.branches.1`, `up:steps.2`."""
    verb, _colon, path = button.partition(":")
    *above, last = path.split(".")
    if verb == "add":
        rows = _rows(tree, path.split("."))
        if rows is not None and len(rows) < MOST_ROWS:
            rows.append({"other": "{any = []}"} if last == "nested" else {})
        return
    rows, number = _rows(tree, above), int(last) if last.isdecimal() and len(last) < 4 else -1
    if rows is None or not 0 <= number < len(rows):
        return
    if verb == "remove":
        del rows[number]
    elif verb == "up" and number:
        rows[number - 1], rows[number] = rows[number], rows[number - 1]


def _rows(tree: dict[str, Any], path: list[str]) -> list[Any] | None:
    """The list at a place, made where there is none yet."""
    here: Any = tree
    names = [each for each in path if each != "nested"]
    for place, part in enumerate(names):
        if isinstance(here, list):
            inside = part.isdecimal() and len(part) < 4 and int(part) < len(here)
            here = here[int(part)] if inside else None
        elif isinstance(here, dict):
            here = here.setdefault(part, [] if place == len(names) - 1 else {})
            if here in ("", None, {}) and place == len(names) - 1:
                return None
    return here if isinstance(here, list) else None


def _lists(value: Any) -> Any:
    """Tables whose names are numbers are lists."""
    if not isinstance(value, dict):
        return value
    if value and all(name.isdecimal() and len(name) < 4 for name in value):
        return [_lists(value[name]) for name in sorted(value, key=int)][:MOST_ROWS]
    return {name: _lists(each) for name, each in value.items()}
