"""The zip and its CSV tables, read row by row within limits; nothing is ever unpacked to disk."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from django.utils.translation import gettext as _

from guinda.base.refusals import Refusal

Cells = Sequence[str]
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
"""What Python's zip reader raises over truncated, encrypted and exotic archives."""


@dataclass(frozen=True)
class Limits:
    """How much of a feed is read at most. The largest cities' own feeds stay well below; a bomb does not."""

    archive_bytes: int = 300 * 2**20
    table_bytes: int = 600 * 2**20  # unpacked, and as the archive's own list states it
    total_bytes: int = 1_500 * 2**20
    ratio: int = 150  # unpacked to packed; tables of times pack 10 to 40 times
    members: int = 200
    rows: int = 5_000_000
    cell_letters: int = 20_000

    def __post_init__(self) -> None:
        if min(vars(self).values()) < 1:
            raise ValueError("A limit on a feed is at least 1.")


class Tables:
    """The tables of one open feed."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self.limits = limits
        self._archive = archive
        self._members = _checked(archive, limits)

    def __contains__(self, table: str) -> bool:
        """Whether the feed has the table."""
        return table in self._members

    def rows(
        self, table: str, required: Sequence[str], optional: Sequence[str] = ()
    ) -> Iterator[tuple[int, Cells]]:
        """Row numbers as a spreadsheet counts them, and the columns asked for, trimmed; an absent optional one is "".

        A table that is absent is a Refusal when columns of it are required, and empty otherwise.
        """
        if table not in self._members:
            if required:
                raise wrong(
                    _(
                        "The feed has no %(table)s at the top of its archive; ask its publisher for a whole one."
                    )
                    % {"table": table}
                )
            return
        with self._text(table) as text:
            yield from self._parsed(table, text, required, optional)

    def _parsed(
        self, table: str, text: IO[str], required: Sequence[str], optional: Sequence[str]
    ) -> Iterator[tuple[int, Cells]]:
        reader = csv.reader(text)
        number = 1
        try:
            heads = [each.strip() for each in next(reader, [])]
            places = [_place(table, heads, each) for each in required]
            places += [heads.index(each) if each in heads else -1 for each in optional]
            for number, row in enumerate(reader, start=2):
                if number > self.limits.rows + 1:
                    raise too_much(_("%(most)s rows of %(table)s"), most=self.limits.rows, table=table)
                if row:
                    yield number, [row[at].strip() if 0 <= at < len(row) else "" for at in places]
        except csv.Error as error:
            told = {"table": table, "row": number + 1, "why": error}
            raise wrong(_("%(table)s, row %(row)d is not CSV: %(why)s.") % told) from error
        except UnicodeDecodeError as error:
            told = {"table": table, "row": number + 1}
            raise wrong(
                _("%(table)s, near row %(row)d is not written in UTF-8; save it so and zip it again.") % told
            ) from error

    @contextmanager
    def _text(self, table: str) -> Iterator[IO[str]]:
        before = csv.field_size_limit(self.limits.cell_letters)
        try:
            with self._archive.open(self._members[table]) as raw:
                yield io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        except BROKEN as error:
            raise _broken(error) from error
        finally:
            csv.field_size_limit(before)


@contextmanager
def opened(file: Path, limits: Limits | None = None) -> Iterator[Tables]:
    """Open a feed; a Refusal says what is wrong with it as an archive."""
    limits = limits or Limits()
    try:
        if file.stat().st_size > limits.archive_bytes:
            raise too_much(_("%(most)s bytes of archive"), most=limits.archive_bytes)
        archive = zipfile.ZipFile(file)
    except BROKEN as error:
        raise _broken(error) from error
    with archive:
        yield Tables(archive, limits)


def _checked(archive: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """The members by name. The sizes are the archive's own words: reading never gives more bytes than they say."""
    members: dict[str, zipfile.ZipInfo] = {}
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise too_much(_("%(most)s files"), most=limits.members)
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename or info.filename in members:
            told = {"name": info.filename[:80]}
            raise wrong(
                _("The feed holds “%(name)s”, a name that no table has; don't trust where it came from.")
                % told
            )
        if info.file_size > limits.table_bytes:
            raise too_much(
                _("%(most)s bytes of %(table)s"), most=limits.table_bytes, table=info.filename[:80]
            )
        if info.file_size > limits.ratio * max(info.compress_size, 1_000):
            raise too_much(
                _("%(most)s times its packed size in %(table)s"), most=limits.ratio, table=info.filename[:80]
            )
        members[info.filename] = info
    if sum(each.file_size for each in infos) > limits.total_bytes:
        raise too_much(_("%(most)s bytes in all tables"), most=limits.total_bytes)
    return members


def _place(table: str, heads: Sequence[str], column: str) -> int:
    if column not in heads:
        raise wrong(
            _("%(table)s has no column “%(column)s”; ask the feed's publisher for a whole one.")
            % {"table": table, "column": column}
        )
    return heads.index(column)


def bad_cell(table: str, row: int, column: str, found: str, expected: str) -> Refusal:
    """A cell that cannot be, with its file, row and column."""
    told = {"table": table, "row": row, "column": column, "found": found[:40], "expected": expected}
    return wrong(
        _("%(table)s, row %(row)d, column %(column)s: expected %(expected)s, not “%(found)s”.") % told
    )


def too_much(what: str, *, most: int, table: str = "") -> Refusal:
    """A limit passed, named."""
    what = what % {"most": f"{most:,}", "table": table}
    return wrong(
        _("The feed is larger than the limit: at most %(what)s. Cut it to the city first.") % {"what": what}
    )


def _broken(error: Exception) -> Refusal:
    return wrong(_("The feed is not a whole zip archive: %(why)s. Fetch it again.") % {"why": error})


def wrong(sentence: str) -> Refusal:
    """The feed is refused."""
    return Refusal("bad-feed", sentence, status=422)
