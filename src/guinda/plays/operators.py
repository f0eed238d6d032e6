"""What can be asked of a fact of each kind: a word, how it reads, what value it takes and its SQL.

What is not known answers no to every question but `unknown`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from guinda.plays.facts import Fact, Kind

LARGEST = 10**15
"""Of a number, either way: its products still fit what the database counts with."""
LONGEST = 200
"""Letters of a choice."""
MOST_CHOICES = 50
MOST_DAYS = 3_650


class Wrong(Exception):  # noqa: N818 - the caller says where it was and makes a refusal of it
    """A value that does not fit, as a part of a sentence."""


@dataclass(frozen=True)
class Operator:
    """A question: its word in a filter, how it reads, its SQL over `{fact}` and `{value}`, and how its value is read."""

    word: str
    label: str | LazyText
    sql: str
    read: Callable[[Any, Fact], Any] | None = None


def _number(value: Any, fact: Fact) -> Any:  # noqa: ARG001 - a reader's signature
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float, Decimal))
        or not -LARGEST <= value <= LARGEST
    ):
        raise Wrong(_("give a number"))
    return value if isinstance(value, int) else Decimal(str(value))


def _money(value: Any, fact: Fact) -> Any:  # noqa: ARG001 - a reader's signature
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise Wrong(_("give an amount in whole minor units"))
    return value


def _days(value: Any, fact: Fact) -> Any:  # noqa: ARG001 - a reader's signature
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_DAYS:
        raise Wrong(_("give a number of days, at most ten years"))
    return value


def _date(value: Any, fact: Fact) -> Any:  # noqa: ARG001 - a reader's signature
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Wrong(_("give a day as 2026-07-31")) from None


def _choice(value: Any, fact: Fact) -> Any:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST or not _is_storable(value):
        raise Wrong(_("choose one of the list"))
    if fact.fixed and fact.choices and value not in dict(fact.choices()):
        raise Wrong(_("choose one of: %(words)s") % {"words": ", ".join(dict(fact.choices()))})
    return value


def _several(value: Any, fact: Fact) -> Any:
    if not isinstance(value, (list, tuple)) or not 0 < len(value) <= MOST_CHOICES:
        raise Wrong(_("choose from the list, at least one"))
    return [_choice(each, fact) for each in value]


def _is_storable(text: str) -> bool:
    """A text of the database's: no NUL, no half of a character."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


KNOWN = (
    Operator("known", pgettext_lazy("fact", "is known"), "{fact} IS NOT NULL"),
    Operator("unknown", pgettext_lazy("fact", "is not known"), "{fact} IS NULL"),
)


def _compared(read: Callable[[Any, Fact], Any]) -> tuple[Operator, ...]:
    return (
        Operator("at least", gettext_lazy("at least"), "{fact} >= {value}::numeric", read),
        Operator("at most", gettext_lazy("at most"), "{fact} <= {value}::numeric", read),
        Operator("more than", gettext_lazy("more than"), "{fact} > {value}::numeric", read),
        Operator("less than", gettext_lazy("less than"), "{fact} < {value}::numeric", read),
        Operator("exactly", gettext_lazy("exactly"), "{fact} = {value}::numeric", read),
        *KNOWN,
    )


OPERATORS: dict[Kind, tuple[Operator, ...]] = {
    Kind.NUMBER: _compared(_number),
    Kind.MONEY: _compared(_money),
    Kind.DATE: (
        Operator(
            "within next",
            gettext_lazy("within the next days"),
            "{fact} - m.day BETWEEN 0 AND {value}::int",
            _days,
        ),
        Operator(
            "within last",
            gettext_lazy("within the last days"),
            "m.day - {fact} BETWEEN 0 AND {value}::int",
            _days,
        ),
        Operator("before", gettext_lazy("before"), "{fact} < {value}::date", _date),
        Operator("since", gettext_lazy("on or after"), "{fact} >= {value}::date", _date),
        *KNOWN,
    ),
    Kind.CHOICE: (
        Operator("exactly", gettext_lazy("exactly"), "{fact} = {value}::text", _choice),
        Operator("other than", gettext_lazy("other than"), "{fact} <> {value}::text", _choice),
        Operator("one of", gettext_lazy("one of"), "{fact} = ANY({value}::text[])", _several),
        *KNOWN,
    ),
    Kind.CHOICES: (
        Operator("including", gettext_lazy("including"), "{value}::text = ANY({fact})", _choice),
        Operator("without", gettext_lazy("without"), "NOT {value}::text = ANY({fact})", _choice),
        Operator("any of", gettext_lazy("any of"), "{fact} && {value}::text[]", _several),
    ),
    Kind.YES_NO: (
        Operator("yes", pgettext_lazy("fact", "yes"), "{fact}"),
        Operator("no", pgettext_lazy("fact", "no"), "NOT {fact}"),
        *KNOWN,
    ),
}


def of(fact: Fact, word: object) -> Operator | None:
    """The question of that word that can be asked of a fact."""
    return next((each for each in OPERATORS[fact.kind] if each.word == word), None)
