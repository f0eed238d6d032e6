"""What a fact is: a name, a kind, and the SQL that finds it for a set of moments at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise as LazyText

Choices = Sequence[tuple[str, str | LazyText]]


class Kind(StrEnum):
    """What a fact's values are, and so what can be asked of it."""

    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"


@dataclass(frozen=True)
class Source:
    """A grouped query that gives one row a moment, joined once however many facts are read from it.

    `sql` may use the relation `moment`: `moment`, `client_id`, `at`, the client's `zone` and `currency`, and `day` by their calendar. It
    counts nothing that happened after the moment: the same query answers for today and for any instant of last month.
    """

    name: str
    sql: str


@dataclass(frozen=True)
class Fact:
    """One named fact of a client. `sql` is an expression over its source's alias, or over the client `c`; NULL is not known."""

    name: str
    label: str | LazyText
    kind: Kind
    sql: str
    source: Source | None = None
    choices: Callable[[], Choices] | None = None
    fixed: bool = False
    """Whether the choices are known to the code; others are rows of the house, and one that is not there matches nobody."""
