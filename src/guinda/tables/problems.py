"""What is wrong with a file, cell by cell, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

LISTED = 100
"""Problems told one by one; the rest are counted."""
FOUND_SHOWN = 60


class Wrong(Exception):  # noqa: N818 - an answer about one cell, not a fault
    """Raised by a table's rules: the cell of `column` is not what was `expected` (in words)."""

    def __init__(self, column: str, expected: str) -> None:
        super().__init__(column)
        self.column = column
        self.expected = expected


class Problem(NamedTuple):
    """One cell, or one row where `column` is empty. Rows are counted as a spreadsheet does: the names of the columns are row 1."""

    row: int
    column: str
    found: str
    expected: str

    def sentence(self) -> str:
        """What a person needs to put it right."""
        facts = {
            "row": self.row,
            "column": self.column,
            "found": shown(self.found),
            "expected": self.expected,
        }
        if not self.column:
            return _("Row %(row)s: found %(found)s, expected %(expected)s.") % facts
        return _("Row %(row)s, column %(column)s: found %(found)s, expected %(expected)s.") % facts


def shown(text: str) -> str:
    """What was found, short and without what can't be printed."""
    clean = "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[: FOUND_SHOWN + 1]
    )
    return _("nothing") if not text else f"“{clean[:FOUND_SHOWN]}{'…' if len(clean) > FOUND_SHOWN else ''}”"


@dataclass
class Problems:
    """The first of them by row, and how many there are in all."""

    count: int = 0
    listed: list[Problem] = field(default_factory=list)

    def add(self, row: int, column: str, found: str, expected: str) -> None:
        """One more."""
        self.count += 1
        if len(self.listed) < LISTED:
            self.listed.append(Problem(row, column, found[: FOUND_SHOWN + 1], expected))

    def merge(self, others: Iterable[Problem], count: int) -> None:
        """Those of a check over the whole file: of all, the first by row stay listed."""
        self.count += count
        self.listed = sorted([*self.listed, *others], key=lambda each: (each.row, each.column))[:LISTED]
