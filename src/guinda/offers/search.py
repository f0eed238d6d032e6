"""Free numbers that are as somebody wishes, best first.

What fits a wish, its class and its beauty are functions of the digits alone: `solvers.wish` writes them out and `solvers.grade` sorts
them, without the database, which is then asked which of the best are free, a few hundred at a time. A wish that tens of thousands of
numbers fulfil is answered the other way round: free numbers are read best first along the index of each class, and those that fit kept;
so many fit that the first page is found soon.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import accumulate, islice, pairwise
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from guinda.base.refusals import Refusal
from guinda.offers.models import Numbering
from guinda.solvers.grade import Grader, scores
from guinda.solvers.wish import Wish, matches, numbers

WRITTEN_MAX = 50_000
"""A wish of more numbers is not written out: at least one free number in two hundred of ten million fits, and reading best first finds
them. Of fewer, very many would have to be read for a page."""
BLOCKS_WRITTEN_MAX = 200_000
ASKED_FIRST, ASKED_MAX = 200, 5000
"""How many of the best are asked for in one statement: few at first, for mostly they are free."""
READ_FIRST, READ_MAX = 1000, 10_000
"""Free numbers of a class read along the index in one go: few at first, for mostly the best are enough."""


class Found(NamedTuple):
    """A free number: whole with its prefix, the row of its class, and its beauty, 0-100."""

    number: int
    class_row: int
    score: float


class Written(NamedTuple):
    """What fits a wish, written out, best first: digits, classes and scores [n]."""

    digits: NDArray[np.int64]
    classes: NDArray[np.int8]
    scores: NDArray[np.float32]


@dataclass(frozen=True)
class Shelf:
    """What is known of a numbering without looking at its numbers; equal shelves give equal answers, so they can be remembered."""

    id: int
    base: int
    grader: Grader
    groups: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]


def shelf(numbering: Numbering, grader: Grader | None = None) -> Shelf:
    """A small query for the ranges, and one for the classes unless the caller has their grader."""
    ranges = numbering.ranges.order_by("first").values_list("first", "last")
    return Shelf(
        id=numbering.pk,
        base=numbering.base,
        grader=grader or numbering.grader(),
        groups=tuple(numbering.groups),
        ranges=tuple((first - numbering.base, last - numbering.base) for first, last in ranges),
    )


def find(
    wish: Wish, *, at: Shelf, now: datetime, limit: int = 50, class_rows: Sequence[int] | None = None
) -> list[Found]:
    """Up to `limit` free numbers that nobody holds, the most beautiful first; only of the classes in `class_rows` when given."""
    rows = tuple(range(len(at.grader.classes))) if class_rows is None else tuple(sorted(set(class_rows)))
    written = best(wish, at)
    if written is not None:
        return list(islice(_of_written(written, rows, at, now), limit))
    return list(islice(_along_the_index(wish, rows, at, now), limit))


FREE_BLOCKS = """
SELECT asked.first FROM unnest(%(firsts)s::bigint[]) AS asked(first)
WHERE NOT EXISTS (SELECT FROM offers_number WHERE state <> 'free' AND number BETWEEN asked.first AND asked.first + %(more)s)
  AND NOT EXISTS (SELECT FROM offers_hold WHERE until_at > %(now)s AND number_id BETWEEN asked.first AND asked.first + %(more)s)
"""


def find_blocks(wish: Wish, *, zeros: int, at: Shelf, now: datetime, limit: int = 50) -> list[Found]:
    """Blocks of 10 ** `zeros` numbers in a row, all free, named by their first; `wish` is for the digits that they share.

    A block's class is its first number's, its beauty that of the digits it shares.

    Raises:
        Refusal: `wish_too_wide` when more than `BLOCKS_WRITTEN_MAX` blocks are like that.
    """
    written = best_blocks(wish, zeros, at)
    if written is None:
        raise Refusal(
            "wish_too_wide",
            _("Very many blocks are like that. Say which digits they should begin with."),
            status=400,
        )
    return list(islice(_of_blocks(written, 10**zeros - 1, at, now), limit))


@lru_cache(maxsize=512)
def best_blocks(wish: Wish, zeros: int, at: Shelf) -> Written | None:
    """The first numbers of the blocks that fit, best first; None when there are too many to write out."""
    size = 10**zeros
    ranges = [(-(-first // size), (last + 1) // size - 1) for first, last in at.ranges]
    shared = numbers(wish, ranges=[each for each in ranges if each[0] <= each[1]], most=BLOCKS_WRITTEN_MAX)
    if shared is None:
        return None
    beauty = scores(shared, length=wish.length, groups=_without_the_last(at.groups, zeros))
    order = np.lexsort((shared, np.rint(beauty * 100)))[::-1]
    firsts = shared[order] * size
    return Written(firsts, at.grader.fit(firsts).classes, beauty[order])


def _without_the_last(groups: Sequence[int], count: int) -> list[int]:
    """The groups a number is read in, less its last `count` digits."""
    ends = [min(end, sum(groups) - count) for end in accumulate(groups)]
    return [end - start for start, end in pairwise([0, *ends]) if end > start]


def _of_blocks(written: Written, more: int, at: Shelf, now: datetime) -> Iterator[Found]:
    for start in range(0, len(written.digits), ASKED_FIRST):
        firsts = at.base + written.digits[start : start + ASKED_FIRST]
        with connection.cursor() as cursor:
            cursor.execute(FREE_BLOCKS, {"firsts": firsts.tolist(), "more": more, "now": now})
            free = {row[0] for row in cursor.fetchall()}
        for place, first in enumerate(firsts.tolist(), start=start):
            if first in free:
                yield Found(first, int(written.classes[place]), float(written.scores[place]))


@lru_cache(maxsize=512)
def best(wish: Wish, at: Shelf) -> Written | None:
    """The digits that fit, their classes and scores, best first; None when there are too many to write out."""
    digits = numbers(wish, ranges=at.ranges, most=WRITTEN_MAX)
    if digits is None:
        return None
    beauty = scores(digits, length=at.grader.length, groups=at.groups)
    order = np.lexsort((digits, np.rint(beauty * 100)))[::-1]
    return Written(digits[order], at.grader.fit(digits[order]).classes, beauty[order])


FREE = """
SELECT asked.number FROM unnest(%s::bigint[]) AS asked(number) JOIN offers_number USING (number)
WHERE state = 'free' AND NOT EXISTS (SELECT FROM offers_hold WHERE number_id = asked.number AND until_at > %s)
"""


def _of_written(
    written: Written,
    rows: Sequence[int],
    at: Shelf,
    now: datetime,
) -> Iterator[Found]:
    digits, classes, beauty = written
    wanted = np.flatnonzero(np.isin(classes, rows))
    start, size = 0, ASKED_FIRST
    while start < len(wanted):
        asked = wanted[start : start + size]
        with connection.cursor() as cursor:
            cursor.execute(FREE, [(at.base + digits[asked]).tolist(), now])
            free = {row[0] for row in cursor.fetchall()}
        for place in asked:
            number = at.base + int(digits[place])
            if number in free:
                yield Found(number, int(classes[place]), float(beauty[place]))
        start, size = start + size, min(size * 5, ASKED_MAX)


def _along_the_index(wish: Wish, rows: Sequence[int], at: Shelf, now: datetime) -> Iterator[Found]:
    """The free numbers that fit, read best first along the index of each class, several classes in one statement.

    What is read of a class is known down to its last number; so a number above the last of every class can be given out. The classes that
    hold the others up are read on, a longer piece each time.
    """
    last, sizes = dict.fromkeys(rows, (32_767, 0)), dict.fromkeys(rows, READ_FIRST)
    asked, waiting = list(rows), []
    while asked:
        pages = dict(_pages({row: last[row] for row in asked}, sizes, at))
        fitting = {row: page[matches(wish, page["number"] - at.base)] for row, page in pages.items()}
        held = _held([number for page in fitting.values() for number in page["number"].tolist()], now)
        waiting += [
            (score, number, row)
            for row, page in fitting.items()
            for number, score in page.tolist()
            if number not in held
        ]
        for row in asked:
            page = pages.get(row)
            if page is None or len(page) < sizes[row]:
                del last[row]
            else:
                last[row] = (int(page["score"][-1]), int(page["number"][-1]))
                sizes[row] = min(sizes[row] * 3, READ_MAX)
        lasts = sorted(last.values())
        waiting.sort()
        while waiting and (not lasts or waiting[-1][:2] >= lasts[-1]):
            score, number, row = waiting.pop()
            yield Found(number, row, score / 100)
        asked = [row for row in last if last[row] >= lasts[len(lasts) // 2]]


NEXT = """
SELECT asked.class_row, page.packed
FROM unnest(%(rows)s::smallint[], %(scores)s::smallint[], %(numbers)s::bigint[], %(sizes)s::int[]) AS asked(class_row, score, number, size)
CROSS JOIN LATERAL (
    SELECT string_agg(int8send(number) || int2send(score), '') AS packed FROM (
        SELECT number, score FROM offers_number
        WHERE state = 'free' AND numbering_id = %(numbering)s AND class_row = asked.class_row
          AND (score, number) < (asked.score, asked.number)
        ORDER BY score DESC, number DESC LIMIT asked.size) AS best) AS page
WHERE page.packed IS NOT NULL
"""
READ = np.dtype([("number", ">i8"), ("score", ">i2")])
"""A number and its score in hundredths, as the statement packs them: thousands of them are one value, not thousands of rows."""
HELD = "SELECT number_id FROM offers_hold WHERE until_at > %s AND number_id = ANY(%s::bigint[])"


def _pages(
    after: Mapping[int, tuple[int, int]], sizes: Mapping[int, int], at: Shelf
) -> Iterator[tuple[int, NDArray[np.void]]]:
    """Of each class the numbers that follow (score, number), best first; a class that has none more is left out."""
    facts: dict[str, Any] = {
        "numbering": at.id,
        "rows": list(after),
        "scores": [score for score, _number in after.values()],
        "numbers": [number for _score, number in after.values()],
        "sizes": [sizes[row] for row in after],
    }
    with connection.cursor() as cursor:
        cursor.execute(NEXT, facts)
        for row, packed in cursor.fetchall():
            yield row, np.frombuffer(packed, dtype=READ)


def _held(asked: Iterable[int], now: datetime) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(HELD, [now, list(asked)])
        return {row[0] for row in cursor.fetchall()}
