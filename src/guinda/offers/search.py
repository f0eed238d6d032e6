"""Free numbers that are as somebody wishes, best first.

What fits a wish, its class and its beauty are functions of the digits alone: `solvers.wish` writes them out and `solvers.grade` sorts
them, without the database, which is then asked which of the best are free, a few hundred at a time. A wish that tens of thousands of
numbers fulfil is answered the other way round: free numbers are read best first, along the pieces of the index that the classes
are, and those that fit kept; so many fit that the first page is found soon.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
from guinda.solvers.wish import Numbers, Wish, matches, numbers

WRITTEN_MAX = 50_000
"""A wish of more numbers is not written out: at least one free number in two hundred of ten million fits, and reading best first finds
them. Of fewer, very many would have to be read for a page."""
BLOCKS_WRITTEN_MAX = 200_000
REMEMBERED, BLOCKS_REMEMBERED = 512, 64
"""Wishes whose answer is remembered: at eight bytes a number 200 MB, and 100 MB, if each is as wide as may be written out."""
ASKED_FIRST, ASKED_MAX = 200, 5000
"""How many of the best are asked for in one statement: few at first, for mostly they are free."""
READ_FIRST, READ_MAX = 6000, 20_000
"""Free numbers read along the index in one go: fewer at first, for mostly the best are enough."""
BEFORE_THE_FIRST = (32_767, 0)
"""A score and a number that every number follows."""


class Found(NamedTuple):
    """A free number: whole with its prefix, the row of its class, and its beauty, 0-100."""

    number: int
    class_row: int
    score: float


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
    every = tuple(range(len(at.grader.classes)))
    rows = every if class_rows is None else tuple(sorted(set(class_rows)))
    written = best(wish, at, None if rows == every else rows)
    if written is not None:
        return list(islice(_of_written(written, at, now), limit))
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
    return list(islice(_of_blocks(written, zeros, at, now), limit))


@lru_cache(maxsize=BLOCKS_REMEMBERED)
def best_blocks(wish: Wish, zeros: int, at: Shelf) -> Numbers | None:
    """The digits that the blocks that fit share, best first; None when there are too many to write out."""
    size = 10**zeros
    ranges = [(-(-first // size), (last + 1) // size - 1) for first, last in at.ranges]
    shared = numbers(wish, ranges=[each for each in ranges if each[0] <= each[1]], most=BLOCKS_WRITTEN_MAX)
    if shared is None:
        return None
    return _best_first(shared, scores(shared, length=wish.length, groups=_without_the_last(at.groups, zeros)))


def _without_the_last(groups: Sequence[int], count: int) -> list[int]:
    """The groups a number is read in, less its last `count` digits."""
    ends = [min(end, sum(groups) - count) for end in accumulate(groups)]
    return [end - start for start, end in pairwise([0, *ends]) if end > start]


def _of_blocks(written: Numbers, zeros: int, at: Shelf, now: datetime) -> Iterator[Found]:
    for start in range(0, len(written), ASKED_FIRST):
        shared = written[start : start + ASKED_FIRST]
        firsts = shared * 10**zeros
        facts = {"firsts": (at.base + firsts).tolist(), "more": 10**zeros - 1, "now": now}
        good = _answered(FREE_BLOCKS, facts, at.base + firsts)
        groups = _without_the_last(at.groups, zeros)
        beauty = scores(shared[good], length=at.grader.length - zeros, groups=groups)
        yield from _found(firsts[good], beauty, at)


@lru_cache(maxsize=REMEMBERED)
def best(wish: Wish, at: Shelf, rows: tuple[int, ...] | None = None) -> Numbers | None:
    """The digits that fit, best first, of the classes in `rows` or of all; None when there are too many to write out."""
    digits = numbers(wish, ranges=at.ranges, most=WRITTEN_MAX)
    if digits is None:
        return None
    if rows is not None:
        digits = digits[np.isin(at.grader.fit(digits).classes, rows)]
    return _best_first(digits, scores(digits, length=at.grader.length, groups=at.groups))


def _best_first(ascending: Numbers, beauty: NDArray[np.float32]) -> Numbers:
    """By beauty as the table keeps it, in hundredths, and the greater number first; sixteen bits are sorted by counting."""
    return ascending[np.argsort(np.rint(beauty * 100).astype(np.int16), kind="stable")[::-1]]


FREE = """
SELECT asked.number FROM unnest(%s::bigint[]) AS asked(number) JOIN offers_number USING (number)
WHERE state = 'free' AND NOT EXISTS (SELECT FROM offers_hold WHERE number_id = asked.number AND until_at > %s)
"""


def _of_written(written: Numbers, at: Shelf, now: datetime) -> Iterator[Found]:
    start, size = 0, ASKED_FIRST
    while start < len(written):
        asked = written[start : start + size]
        whole = at.base + asked
        free = asked[_answered(FREE, [whole.tolist(), now], whole)]
        yield from _found(free, scores(free, length=at.grader.length, groups=at.groups), at)
        start, size = start + size, min(size * 5, ASKED_MAX)


def _answered(statement: str, facts: Any, asked: Numbers) -> NDArray[np.bool_]:
    """Which of those asked about the statement gives back [n]."""
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        given = [row[0] for row in cursor.fetchall()]
    return np.isin(asked, given)


def _found(digits: Numbers, beauty: NDArray[np.floating[Any]], at: Shelf) -> Iterator[Found]:
    return map(Found, (at.base + digits).tolist(), at.grader.fit(digits).classes.tolist(), beauty.tolist())


def _along_the_index(wish: Wish, rows: Sequence[int], at: Shelf, now: datetime) -> Iterator[Found]:
    """The free numbers that fit, read best first along the index, a longer piece each time."""
    after, size, more = BEFORE_THE_FIRST, READ_FIRST, bool(rows)
    while more:
        page = _page(rows, after, size, at)
        fitting = page[matches(wish, page["number"] - at.base)]
        whole = fitting["number"].astype(np.int64)
        free = ~_answered(HELD, [now, whole.tolist()], whole)
        yield from _found(whole[free] - at.base, fitting["score"][free] / 100, at)
        more = len(page) == size
        if more:
            after, size = (int(page["score"][-1]), int(page["number"][-1])), min(size * 2, READ_MAX)


NEXT = """
SELECT string_agg(int8send(number) || int2send(score), '') FROM (
    SELECT number, score FROM ({classes}) AS each ORDER BY score DESC, number DESC LIMIT %(size)s
) AS best
"""
NEXT_OF_CLASS = """(
    SELECT number, score FROM offers_number
    WHERE state = 'free' AND numbering_id = %(numbering)s AND class_row = {row:d} AND (score, number) < (%(score)s, %(number)s)
    ORDER BY score DESC, number DESC LIMIT %(size)s
)"""
"""Limited each by itself, or the database would rather sort them all than merge the classes' pieces of the index."""
READ = np.dtype([("number", ">i8"), ("score", ">i2")])
"""A number and its score in hundredths, as the statement packs them: thousands of them are one value, not thousands of rows."""
HELD = "SELECT number_id FROM offers_hold WHERE until_at > %s AND number_id = ANY(%s::bigint[])"


def following(rows: Iterable[int]) -> str:
    """The statement that reads on in these classes together, in one order."""
    return NEXT.format(classes=" UNION ALL ".join(NEXT_OF_CLASS.format(row=row) for row in rows))


def _page(rows: Iterable[int], after: tuple[int, int], size: int, at: Shelf) -> NDArray[np.void]:
    """The numbers that follow (score, number), best first; fewer than `size` when there are no more."""
    score, number = after
    facts = {"numbering": at.id, "score": score, "number": number, "size": size}
    with connection.cursor() as cursor:
        cursor.execute(following(rows), facts)
        ((packed,),) = cursor.fetchall()
    return np.frombuffer(packed or b"", dtype=READ)
