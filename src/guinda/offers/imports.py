"""Numbers come in by the million: a numbering from its TOML file, ranges and lists graded and copied into the database."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from guinda.base.refusals import Refusal
from guinda.journal.services import record
from guinda.offers.models import NumberClass, Numbering, NumberRange
from guinda.solvers.grade import Class, Grader, scores

RANGE_MAX = 20_000_000
"""Numbers in one range: more is a mistyped end, and no operator hands out more at once."""
BLOCK = 250_000
"""Numbers graded and sent in one go; about 12 MB."""
STRETCHES_MAX = 10_000
"""Numbers in a row that a list may have: each is a range, and searching reads the ranges."""
FILE_MAX_B = 100_000
NOT_DIGITS = re.compile(r"[\s()+.-]")
ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("number_size", ">i4"),
        ("number", ">i8"),
        ("numbering_size", ">i4"),
        ("numbering", ">i8"),
        ("class_size", ">i4"),
        ("class_row", ">i2"),
        ("score_size", ">i4"),
        ("score", ">i2"),
        ("state_size", ">i4"),
        ("state", "S4"),
    ]
)
"""A row as PostgreSQL's binary COPY has it: the number of fields, then each field's size in bytes and its value, big end first."""
COPY = "COPY offers_number (number, numbering_id, class_row, score, state) FROM STDIN WITH (FORMAT BINARY)"
COPY_HEAD, COPY_TAIL = b"PGCOPY\n\xff\r\n\x00" + bytes(8), b"\xff\xff"

Progress = Callable[[int, int], None]


def numbering_from(path: Path) -> Numbering:
    """The numbering a TOML file describes, with its classes; made anew or brought up to date by its name.

    Numbers already here keep the class they were graded in. Raises Refusal `numbering_unreadable` with the fault in words.
    """
    try:
        told = _told(path)
        classes = tuple(Class(each["name"], tuple(each["masks"])) for each in told["classes"])
        Grader(told["length"], classes)
        scores(np.zeros(0, dtype=np.int64), length=told["length"], groups=told["groups"])
        with transaction.atomic():
            return _written(told)
    except (OSError, ValueError, KeyError, TypeError, IntegrityError) as error:
        raise Refusal(
            "numbering_unreadable",
            _("This numbering can't be read: %(fault)s.") % {"fault": error},
            status=400,
        ) from error


def _told(path: Path) -> dict[str, Any]:
    if path.stat().st_size > FILE_MAX_B:
        raise ValueError(f"the file is larger than {FILE_MAX_B} bytes")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _written(told: dict[str, Any]) -> Numbering:
    facts = {name: told[name] for name in ("prefix", "length", "groups", "currency")}
    facts |= {name: told[name] for name in ("rest_days",) if name in told}
    numbering, _made = Numbering.objects.update_or_create(name=told["name"], defaults=facts)
    numbering.classes.all().delete()
    NumberClass.objects.bulk_create(
        NumberClass(
            numbering=numbering,
            row=row,
            name=each["name"],
            price_minor=each["price_minor"],
            masks=each["masks"],
        )
        for row, each in enumerate(told["classes"])
    )
    return numbering


def bring_in(
    *, numbering: Numbering, first: int, last: int, by: str, now: datetime, progress: Progress | None = None
) -> int:
    """Every number from `first` to `last`, digits after the prefix, becomes a free number: all or none. Returns how many.

    Raises:
        Refusal: `range_wrong` when the ends make no range of this numbering; `range_known` when some of it is here already.
    """
    if not 0 <= first <= last < 10**numbering.length or last - first >= RANGE_MAX:
        raise Refusal(
            "range_wrong",
            _(
                "A range goes from a lower number to a higher one, has %(digits)s digits and holds at most %(most)s numbers."
            )
            % {"digits": numbering.length, "most": RANGE_MAX},
            status=400,
        )
    try:
        with transaction.atomic():
            NumberRange.objects.create(
                numbering=numbering, first=numbering.base + first, last=numbering.base + last, at=now, by=by
            )
            _copy(numbering, _blocks(first, last), last - first + 1, progress)
            facts = {"first": numbering.base + first, "last": numbering.base + last}
            record(kind="numbers.imported", ref=f"+{numbering.base + first}", by=by, at=now, data=facts)
    except IntegrityError as error:
        raise _known() from error
    return last - first + 1


def bring_in_list(
    *, numbering: Numbering, file: Path, by: str, now: datetime, progress: Progress | None = None
) -> int:
    """Every number of a CSV file's first column becomes a free number, all or none. A head and empty lines are passed over.

    Raises:
        Refusal: `list_wrong` with the line that is no number of this numbering; `range_known` when one of them is here already.
    """
    digits = _listed(file, numbering)
    ends = np.flatnonzero(np.diff(digits) > 1)
    firsts, lasts = digits[np.r_[0, ends + 1]], digits[np.r_[ends, len(digits) - 1]]
    if len(firsts) > STRETCHES_MAX:
        raise _list_wrong(_("it has more than %(most)s separate stretches") % {"most": STRETCHES_MAX})
    facts = {"numbering": numbering, "at": now, "by": by}
    try:
        with transaction.atomic():
            NumberRange.objects.bulk_create(
                NumberRange(first=numbering.base + first, last=numbering.base + last, **facts)
                for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
            )
            parts = (digits[at : at + BLOCK] for at in range(0, len(digits), BLOCK))
            _copy(numbering, parts, len(digits), progress)
            ref = f"+{numbering.base + int(digits[0])}"
            record(kind="numbers.imported", ref=ref, by=by, at=now, data={"count": len(digits)})
    except IntegrityError as error:
        raise _known() from error
    return len(digits)


def _listed(file: Path, numbering: Numbering) -> NDArray[np.int64]:
    """The digits after the prefix, ascending and each once."""
    found: list[int] = []
    try:
        with file.open(newline="", encoding="utf-8-sig") as handle:
            for line, row in enumerate(csv.reader(handle), start=1):
                told = NOT_DIGITS.sub("", row[0]) if row else ""
                if not told or (line == 1 and not any(sign.isdigit() for sign in told)):
                    continue
                found.append(_digits(told, numbering, line))
                if len(found) > RANGE_MAX:
                    raise _list_wrong(_("it has more than %(most)s numbers") % {"most": RANGE_MAX})
    except (OSError, UnicodeError, csv.Error) as error:
        raise _list_wrong(str(error)) from error
    if not found:
        raise _list_wrong(_("it has no numbers"))
    return np.unique(np.array(found, dtype=np.int64))


def _digits(told: str, numbering: Numbering, line: int) -> int:
    own = (
        told.removeprefix(numbering.prefix) if len(told) == len(numbering.prefix) + numbering.length else told
    )
    if len(own) != numbering.length or not (own.isascii() and own.isdecimal()):
        raise _list_wrong(
            _("line %(line)s, “%(told)s”, is no number of %(numbering)s")
            % {"line": line, "told": told[:30], "numbering": numbering}
        )
    return int(own)


def _list_wrong(fault: str) -> Refusal:
    return Refusal("list_wrong", _("This list can't be read: %(fault)s.") % {"fault": fault}, status=400)


def _known() -> Refusal:
    return Refusal(
        "range_known", _("Some of these numbers are here already. Import only the ones that are new.")
    )


def _copy(
    numbering: Numbering, parts: Iterable[NDArray[np.int64]], total: int, progress: Progress | None
) -> None:
    grader, done = numbering.grader(), 0
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.write(COPY_HEAD)
        for digits in parts:
            copy.write(_rows(numbering, grader, digits).tobytes())
            done += len(digits)
            if progress:
                progress(done, total)
        copy.write(COPY_TAIL)


def _blocks(first: int, last: int) -> Iterator[NDArray[np.int64]]:
    for start in range(first, last + 1, BLOCK):
        yield np.arange(start, min(start + BLOCK, last + 1), dtype=np.int64)


def _rows(numbering: Numbering, grader: Grader, digits: NDArray[np.int64]) -> NDArray[np.void]:
    beauty = scores(digits, length=numbering.length, groups=numbering.groups)
    rows = np.zeros(len(digits), dtype=ROW)
    rows["fields"] = 5
    for name in ("number", "numbering", "class_row", "score", "state"):
        rows[f"{name.removesuffix('_row')}_size"] = ROW[name].itemsize
    rows["number"] = numbering.base + digits
    rows["numbering"] = numbering.pk
    rows["class_row"] = grader.fit(digits).classes
    rows["score"] = np.rint(beauty * 100)
    rows["state"] = b"free"
    return rows
