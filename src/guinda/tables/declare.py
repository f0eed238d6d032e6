"""How a room declares what may come in and go out, and where the declarations are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.functional import Promise as LazyText

from guinda.tables.kinds import Kind, bare, guarded

Row = dict[str, Any]
MISSING = object()


@dataclass(frozen=True)
class Column:
    """A column by its name in the file's first row. One with a `default` may be left out: rows that are there keep what they have.

    An empty cell is the default; where that is None, it too keeps what is there.
    """

    name: str
    meaning: str | LazyText
    kind: Kind
    example: str
    default: Any = MISSING

    @property
    def required(self) -> bool:
        """Whether the column must be there and no cell of it empty."""
        return self.default is MISSING

    def read(self, text: str) -> Any:
        """A cell's value; ValueError when it is not what the kind expects."""
        if not text:
            if self.required:
                raise ValueError
            return self.default
        return self.kind.parse(bare(text))

    def said(self, value: Any) -> str:
        """A value as people read it."""
        return "" if value is None else self.kind.show(value)

    def write(self, value: Any) -> str:
        """A value as a cell that no spreadsheet runs as a formula."""
        return self.said(value) if self.kind.is_number else guarded(self.said(value))


@dataclass(frozen=True)
class Reference:
    """Columns that name a row of another table: `known` selects as many columns of texts, which must hold each row's."""

    columns: Sequence[str]
    known: str
    expected: str | LazyText


class Rules:
    """What a row must obey beyond its cells. Made once per file, so that what it looks up is asked for once."""

    def read(self, row: Row) -> None:
        """Bring a row that was read into the form it is kept in; raises `Wrong`."""

    def show(self, row: Row) -> None:
        """The reverse, before a row is written to a file."""


@dataclass(frozen=True)
class Writing:
    """What a table's own way of writing is handed: the rows to add are in the temporary table `judged`."""

    by: str
    now: datetime


@dataclass(frozen=True)
class Table:
    """What one file holds.

    `current` selects the rows there are: `id` and one column per column of the file, under its name, in the kind's type. It is what is
    exported and what a file is compared with, so the two can't drift apart. `sets` says from which expression over the row `j` each
    column of `model`'s table is written.
    """

    name: str
    meaning: str | LazyText
    model: type[models.Model]
    columns: Sequence[Column]
    key: Sequence[str]
    current: str
    sets: Mapping[str, str] = field(default_factory=dict)
    references: Sequence[Reference] = ()
    rules: Callable[[datetime], Rules] = lambda _now: Rules()
    write: Callable[[Writing], int] | None = None
    """Adds the new rows by the room's own service instead of `sets`, and says how many it added."""
    adds_only: bool = False
    """History: a row that is there stays as it is, and a file that says otherwise is refused."""
    title: str | LazyText = ""
    """What people call it; by default as its model's rows are called."""
    personal: bool = False
    """Names or telephones of people: leaves the house only with a permission of its own."""

    @property
    def names(self) -> list[str]:
        """The columns' names, in the order they are exported."""
        return [each.name for each in self.columns]

    @property
    def called(self) -> str:
        """What people call it, in their language."""
        return str(self.title or self.model._meta.verbose_name_plural)  # noqa: SLF001 - public in all but name

    @property
    def target(self) -> str:
        """The table in the database."""
        return self.model._meta.db_table  # noqa: SLF001 - as above

    @property
    def target_key(self) -> str:
        """Its primary key's column: what `current` calls `id`."""
        return str(self.model._meta.pk.column)  # noqa: SLF001 - as above

    @property
    def permission(self) -> str:
        """Who may see its rows may see its file."""
        options = self.model._meta  # noqa: SLF001 - as above
        return f"{options.app_label}.view_{options.model_name}"


TABLES: dict[str, Table] = {}
"""Every table by its name, in the order of the rooms."""


def declare(table: Table) -> Table:
    """Make a table known. Its name is an address and a command's argument, so it is given once."""
    if TABLES.setdefault(table.name, table) is not table:
        raise ValueError(f"There are two tables named {table.name!r}; give one of them another name.")
    return table
