"""A definition as plain values and as TOML. What stands at its usual value is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from datetime import time, timedelta
from typing import Any

from guinda.plays.definition import durations
from guinda.plays.definition.rows import Definition, Step, Variant

CALLED = {"whom": "for"}
"""Names that are words of Python, as they are written."""
INLINE = ("when",)
"""Lists of tables that read better in one line each."""


def plain(definition: Definition) -> dict[str, Any]:
    """The play as texts, numbers, lists and tables: what JSON and TOML can hold."""
    return _table(definition)


def write(definition: Definition) -> str:
    """The play as TOML."""
    return "\n".join(_lines(plain(definition), ())).strip() + "\n"


def inline(table: Mapping[str, Any]) -> str:
    """A table in one line, as conditions are written."""
    return _value(table)


def _table(row: Any, *, script: bool = False) -> dict[str, Any]:
    return {
        _called(row, each, script=script): _plain(getattr(row, each.name), script=_speaks(row))
        for each in fields(row)
        if not _is_usual(row, each)
    }


def _called(row: Any, each: Field[Any], *, script: bool) -> str:
    if isinstance(row, Variant) and each.name == "text":
        return "script" if script else "message"
    return CALLED.get(each.name, each.name)


def _speaks(row: Any) -> bool:
    """Whether it is a seller's step, whose variants are scripts."""
    return isinstance(row, Step) and row.who == "seller"


def _is_usual(row: Any, each: Field[Any]) -> bool:
    value = getattr(row, each.name)
    if each.default is not MISSING:
        return bool(value == each.default)
    return each.default_factory is not MISSING and value == each.default_factory()


def _plain(value: Any, *, script: bool = False) -> Any:
    if isinstance(value, timedelta):
        return durations.written(value)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each, script=script) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return _table(value, script=script)
    return value


def _lines(table: Mapping[str, Any], path: Sequence[str]) -> Iterator[str]:
    """The values of a table first, then the tables in it: TOML's own order."""
    below = {name: value for name, value in table.items() if _is_below(name, value)}
    for name, value in table.items():
        if name not in below:
            yield f"{_key(name)} = {_value(value)}"
    for name, value in below.items():
        at = (*path, _key(name))
        if isinstance(value, Mapping):
            yield from ("", f"[{'.'.join(at)}]", *_lines(value, at))
        else:
            for each in value:
                yield from ("", f"[[{'.'.join(at)}]]", *_lines(each, at))


def _is_below(name: str, value: Any) -> bool:
    if name in INLINE:
        return False
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return repr(value)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else f'"{_quoted(name)}"'


def _text(text: str) -> str:
    """Over several lines where it has several, as people write scripts."""
    lines = [_quoted(each) for each in text.split("\n")]
    return f'"{lines[0]}"' if len(lines) == 1 else '"""\n' + "\n".join(lines) + '"""'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")
