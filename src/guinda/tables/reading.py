"""A file's bytes into rows of cells: encodings, separators, quotes, and the limits that keep a hostile file small."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal
from guinda.tables.declare import Column, Table

MOST_BYTES = 200 * 1024 * 1024
MOST_ROWS = 1_000_000
MOST_LINE = 100_000
"""Characters in one line. A file without line ends would otherwise be read whole before anything could be said of it."""
MOST_COLUMNS = 200
ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "cp1252", "latin-1")
"""What a person may name. Unnamed, it is UTF-8, or UTF-16 where the file begins with its mark."""
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SEPARATORS = ",;\t"

Tick = Callable[[int, int], None]
"""Told now and then how many rows have been read, and of how many."""
TICK_ROWS = 5_000


def silent(_done: int, _rows: int) -> None:
    """Where nobody watches."""


@dataclass(frozen=True)
class Source:
    """A file and how to read it; `name` is what people call it."""

    path: Path
    name: str
    encoding: str = ""

    def __post_init__(self) -> None:
        if self.encoding and self.encoding not in ENCODINGS:
            raise Refusal(
                "bad_encoding",
                _("This encoding is not read here. Choose one of: %(all)s.") % {"all": ", ".join(ENCODINGS)},
                status=422,
            )


class Sheet:
    """A file that was found sound: its columns, its separator, how many rows it has, and its digest.

    Raises:
        Refusal: it is too large, not text in its encoding, or not CSV; one sentence says what and where.
    """

    def __init__(self, source: Source, table: Table) -> None:
        self.source = source
        size = source.path.stat().st_size
        if size > MOST_BYTES:
            raise self.refusal(
                "too_large",
                _("it has %(size)s MB, and %(most)s MB is the most. Divide it into several files")
                % {"size": f"{size / 2**20:.0f}", "most": MOST_BYTES // 2**20},
            )
        self.encoding = source.encoding or self._marked()
        self.separator, self.header = self._first_line(table)
        self.row_count = sum(1 for _row in self.rows())
        with source.path.open("rb") as file:
            self.digest = hashlib.file_digest(file, "sha256").hexdigest()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row below the first with its number as a spreadsheet counts; empty lines are counted and passed over."""
        number = 0
        with self._open() as file:
            reader = csv.reader(self._lines(file), delimiter=self.separator, strict=True)
            try:
                for number, cells in enumerate(reader, 1):
                    if number - 1 > MOST_ROWS:
                        raise self._too_many()
                    if number > 1 and cells:
                        yield number, cells
            except csv.Error as error:
                raise self._not_csv(number + 1, error) from None
            except UnicodeError:
                raise self._not_text() from None

    def columns(self, table: Table) -> list[Column]:
        """The table's columns in the order of the file."""
        by_name = {each.name: each for each in table.columns}
        return [by_name[name] for name in self.header]

    def refusal(self, code: str, what: str) -> Refusal:
        """A sentence about the whole file."""
        sentence = _("%(file)s can't be used: %(what)s. Nothing was changed.")
        return Refusal(code, sentence % {"file": self.source.name, "what": what}, status=422)

    def _open(self) -> io.TextIOWrapper:
        return self.source.path.open(encoding=self.encoding, newline="")

    def _marked(self) -> str:
        with self.source.path.open("rb") as file:
            start = file.read(4)
        return next((name for mark, name in MARKS.items() if start.startswith(mark)), "utf-8")

    def _lines(self, file: io.TextIOWrapper) -> Iterator[str]:
        """Line by line, none longer than `MOST_LINE`, none with a NUL."""
        number = 0
        while line := file.readline(MOST_LINE + 1):
            number += 1
            if len(line) > MOST_LINE:
                raise self.refusal(
                    "long_line",
                    _(
                        "line %(line)s has more than %(most)s characters. Is a quote open, or is it no CSV file?"
                    )
                    % {"line": number, "most": MOST_LINE},
                )
            if "\0" in line:
                raise self.refusal(
                    "nul",
                    _(
                        "line %(line)s holds a NUL. If the file is UTF-16, choose that encoding; else save it again as CSV UTF-8"
                    )
                    % {"line": number},
                )
            yield line

    def _first_line(self, table: Table) -> tuple[str, list[str]]:
        """The separator under which most names of columns are known, and those names."""
        try:
            with self._open() as file:
                line = next(self._lines(file), "")
        except UnicodeError:
            raise self._not_text() from None
        tried = {each: _cells(line, each) for each in SEPARATORS}
        known = set(table.names)
        separator = max(SEPARATORS, key=lambda each: len(known & set(tried[each])))
        names = tried[separator]
        self._check_names(table, names)
        return separator, names

    def _check_names(self, table: Table, names: Sequence[str]) -> None:
        """Each needed column is there, each that is there is known, none twice."""
        listed = ", ".join(table.names)
        if len(names) > MOST_COLUMNS or not set(table.names) & set(names):
            raise self.refusal(
                "no_columns",
                _(
                    "row 1 must hold the names of the columns, separated by commas, semicolons or tabs: %(names)s"
                )
                % {"names": listed},
            )
        for name in names:
            if name not in table.names:
                raise self.refusal(
                    "unknown_column",
                    _("row 1: there is no column %(name)s in this table, expected some of: %(names)s")
                    % {"name": f"“{name[:60]}”", "names": listed},
                )
            if names.count(name) > 1:
                raise self.refusal(
                    "column_twice", _("row 1: the column %(name)s is there twice") % {"name": name}
                )
        missing = [each.name for each in table.columns if each.required and each.name not in names]
        if missing:
            raise self.refusal(
                "missing_column",
                _("row 1: these columns are missing: %(names)s") % {"names": ", ".join(missing)},
            )

    def _too_many(self) -> Refusal:
        return self.refusal(
            "too_many_rows",
            _("it has more than %(most)s rows. Divide it into several files") % {"most": f"{MOST_ROWS:,}"},
        )

    def _not_csv(self, row: int, error: csv.Error) -> Refusal:
        if "unexpected end" in str(error) or "field larger" in str(error):
            what = _("row %(row)s: a quote is opened and not closed")
        else:
            what = _(
                "row %(row)s: a quoted cell must be followed by a separator; a quote inside a cell is written twice"
            )
        return self.refusal("not_csv", what % {"row": row})

    def _not_text(self) -> Refusal:
        return self.refusal(
            "not_text",
            _("line %(line)s is not text in %(encoding)s. Save it as CSV UTF-8, or choose its encoding")
            % {"line": self._first_bad_line(), "encoding": self.encoding.removesuffix("-sig").upper()},
        )

    def _first_bad_line(self) -> int:
        """By the bytes, because a decoder reads ahead of the rows; UTF-16 is looked at as a whole."""
        number = 0
        if not self.encoding.startswith("utf-16"):
            with self.source.path.open("rb") as file:
                for number, line in enumerate(file, 1):  # noqa: B007 - told below
                    try:
                        line.decode(self.encoding)
                    except UnicodeError:
                        break
        return max(number, 1)


def _cells(line: str, separator: str) -> list[str]:
    """The names in a first line, as they are compared: small letters, no spaces around."""
    try:
        cells = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []
    return [each.strip().lower() for each in cells]
