"""Take values out of a table one by one, writing down what is wrong with each, so that all faults are told at once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from guinda.base.texts import LANGUAGES
from guinda.plays.definition import durations
from guinda.plays.definition.faults import Fault
from guinda.plays.definition.rows import Filters, Texts

SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
LONGEST_TEXT = 4000
DEEPEST = 6
"""Conditions within conditions: nobody reads deeper ones."""
MOST_MINOR = 10**12


class Reader:
    """One table of a play: `title` is how its faults begin, `path` how a form names it."""

    def __init__(self, table: object, title: str, path: str, faults: list[Fault]) -> None:
        self.title, self.path, self.faults = title, path, faults
        self.left: dict[str, Any] = {}
        if isinstance(table, dict) and all(isinstance(name, str) for name in table):
            self.left = dict(table)
        else:
            self.fault("", _("a table of names and values is needed here."))

    def fault(self, name: str, sentence: str) -> None:
        """Write down what is wrong at `name` of this table."""
        title = ", ".join(filter(None, [self.title, f"“{name}”" if name else ""]))
        self.faults.append(
            Fault(".".join(filter(None, [self.path, name])), f"{title}: {sentence}" if title else sentence)
        )

    def take(self, name: str, usual: Any = None) -> Any:
        """The raw value."""
        return self.left.pop(name, usual)

    def text(self, name: str, usual: str | None = None, *, most: int = 120) -> str:
        """A text, which must be there unless there is a usual one."""
        value = self.take(name, usual)
        fits = isinstance(value, str) and len(value) <= most and _is_writable(value)
        if fits and (value.strip() or usual == ""):
            return str(value)
        self.fault(name, _("write a text of 1 to %(most)s characters.") % {"most": most})
        return usual or ""

    def slug(self, name: str) -> str:
        """A short name."""
        value = self.take(name)
        if isinstance(value, str) and SLUG.fullmatch(value):
            return value
        self.fault(
            name,
            _("give a short name of small Latin letters, digits and hyphens, for example: make-contact."),
        )
        return ""

    def choice(self, name: str, choices: tuple[str, ...], usual: str | None = None) -> str:
        """One of several words."""
        value = self.take(name, usual)
        if isinstance(value, str) and value in choices:
            return value
        self.fault(name, _("choose one of: %(choices)s.") % {"choices": ", ".join(filter(None, choices))})
        return usual or choices[0]

    def texts(self, name: str, *, needed: bool = True) -> Texts | None:
        """A text in each language."""
        value = self.take(name)
        if value is None and not needed:
            return None
        if (
            isinstance(value, dict)
            and set(value) == set(LANGUAGES)
            and all(isinstance(each, str) and each.strip() for each in value.values())
            and all(len(each) <= LONGEST_TEXT and _is_writable(each) for each in value.values())
        ):
            return dict(value)
        facts = {"languages": ", ".join(LANGUAGES), "most": LONGEST_TEXT}
        self.fault(
            name, _("write the text in each language (%(languages)s), up to %(most)s characters.") % facts
        )
        return dict.fromkeys(LANGUAGES, "")

    def duration(
        self, name: str, *, usual: timedelta | None = None, needed: bool = False
    ) -> timedelta | None:
        """A time such as "20 hours"."""
        value = self.take(name)
        if value is None and not needed:
            return usual
        found = durations.read(value) if isinstance(value, str) else None
        if found is None:
            self.fault(
                name,
                _(
                    "write a time such as “20 minutes”, “20 hours” or “7 days”, in English and up to ten years."
                ),
            )
        return found or usual or timedelta()

    def hour(self, name: str) -> time | None:
        """A time of the day such as "10:00"."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value, re.ASCII):
            return time.fromisoformat(value)
        self.fault(name, _("write a time of the day such as “10:00”."))
        return None

    def whole(self, name: str, usual: int | None, *, least: int = 0, most: int = MOST_MINOR) -> int | None:
        """A whole number within limits."""
        value = self.take(name, usual)
        if value is None or (
            isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        ):
            return value
        self.fault(
            name, _("give a whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
        )
        return usual

    def share(self, name: str, *, usual: float | None, most: float) -> float:
        """A share from 0 to `most`."""
        value = self.take(name, usual)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most:
            return float(value)
        self.fault(name, _("give a share from 0 to %(most)s, for example 0.1.") % {"most": most})
        return usual or 0.0

    def filters(self, name: str = "when") -> Filters:
        """Conditions as plain data; what they mean is looked at elsewhere."""
        value = self.take(name, [])
        if isinstance(value, list) and all(isinstance(each, dict) and _is_plain(each) for each in value):
            return tuple(value)
        self.fault(
            name,
            _(
                "give a list of conditions in braces, of texts, numbers and yes or no alone; write a date as a text."
            ),
        )
        return ()

    def many(self, name: str, title: str, key: Callable[[int, Any], str]) -> Iterator[Reader]:
        """Readers of the tables in a list."""
        value = self.take(name, [])
        if not isinstance(value, list):
            self.fault(name, _("a list is needed here."))
            return
        for number, each in enumerate(value, 1):
            shown = ", ".join(filter(None, [self.title, f"{title} {key(number, each)}"]))
            path = ".".join(filter(None, [self.path, name, str(number - 1)]))
            yield Reader(each, shown, path, self.faults)

    def end(self) -> None:
        """Whatever was not taken is unknown here."""
        for name in self.left:
            self.fault(
                name[:40], _("there is no such field here. Take it out, or look at how it is spelled.")
            )


def by_number(number: int, each: Any) -> str:  # noqa: ARG001 - a key's signature
    """A list's table by its place."""
    return str(number)


def by_slug(number: int, each: Any) -> str:
    """A list's table by its short name, where it has one."""
    slug = each.get("slug") if isinstance(each, dict) else None
    return f"“{slug}”" if isinstance(slug, str) and SLUG.fullmatch(slug) else str(number)


def _is_writable(text: str) -> bool:
    """What PostgreSQL and TOML can hold."""
    return "\x00" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def _is_plain(value: object, depth: int = 0) -> bool:
    if depth > DEEPEST:
        return False
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT and _is_writable(value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and _is_plain(name) for name in value) and all(
            _is_plain(each, depth + 1) for each in value.values()
        )
    if isinstance(value, list):
        return len(value) <= 1000 and all(_is_plain(each, depth + 1) for each in value)
    return isinstance(value, bool) or (isinstance(value, int) and abs(value) <= MOST_MINOR)
