"""Numbers that are as somebody wishes: all of them, written out digit by digit.

A wish says which digits stand where, what the number contains, which digits it is made of, how many different ones, and which number
it should be near. `numbers` begins with nothing and adds a digit at a time, keeping only beginnings that can still come true, so that
the work is of the order of the answer and not of the numbers there are. Beauty is a function of the number alone: so the best of the
answer are known before anybody is asked which of them are free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
KINDS = 10
FOLDED = np.array([bits.bit_count() for bits in range(1024)], dtype=np.int8)
"""How many digits a set of digits, ten bits, holds."""


@dataclass(frozen=True)
class Wish:
    """What somebody asks of a number of `length` digits; what is not asked for stays at its default."""

    length: int
    pattern: str = ""
    """One sign per digit: a digit stands there, `_` does not matter."""
    contains: str = ""
    digits: str = "0123456789"
    """The only digits it may be made of."""
    kinds_max: int = 10
    """How many different digits it may have."""
    like: int | None = None
    """A number it should be near..."""
    changes_max: int = 2
    """... in all but so many places."""

    def __post_init__(self) -> None:
        if self.pattern and (len(self.pattern) != self.length or set(self.pattern) - set("_0123456789")):
            raise ValueError(f"A pattern has {self.length} signs, each a digit or _.")
        if set(self.contains) - set("0123456789") or len(self.contains) > self.length:
            raise ValueError(f"What it contains are digits, {self.length} at the most.")
        if not self.digits or set(self.digits) - set("0123456789"):
            raise ValueError("The digits it may be made of are some of 0 to 9.")
        if self.kinds_max < 1 or self.changes_max < 0:
            raise ValueError("A number has at least one digit, and no fewer changes than none.")
        if self.like is not None and not 0 <= self.like < 10**self.length:
            raise ValueError(f"The number it is like has {self.length} digits at the most.")


class _Beginnings(NamedTuple):
    """The first digits of numbers that can still be as wished, ascending, and what of the wish is done: arrays [n]."""

    numbers: Numbers
    used: NDArray[np.int16]
    found: NDArray[np.int8]
    changes: NDArray[np.int8]


class _Step(NamedTuple):
    """What a beginning must be after one more digit, with `left` more to come."""

    left: int
    allowed: Numbers
    found_min: int
    """How much of what it shall contain it has found by now."""
    like: int
    kinds_max: int
    changes_max: int


def numbers(wish: Wish, *, ranges: Sequence[tuple[int, int]], most: int) -> Numbers | None:
    """Every number in one of the `ranges` (first and last) that is as wished, in ascending order; None when there are more than `most`.

    Beginnings are counted too: a wish that many beginnings may still fulfil is given up although few will. And it is given up early:
    in how many ways each beginning goes on is counted before any is written out.
    """
    bounds = np.array(sorted(ranges), dtype=np.int64).reshape(-1, 2)
    allowed = _allowed(wish)
    table = _automaton(wish.contains)
    plain = wish.kinds_max >= KINDS and wish.like is None
    ways = _ways(allowed, table) if plain and not _cuts(bounds, wish.length, most) else None
    now = _Beginnings(
        np.zeros(1, np.int64), np.zeros(1, np.int16), np.zeros(1, np.int8), np.zeros(1, np.int8)
    )
    for place in range(wish.length):
        now = _one_digit_more(now, _step(wish, place, allowed[place]), table, bounds, most)
        if len(now.numbers) > most or (ways is not None and int(ways[place + 1][now.found].sum()) > most):
            return None
    return now.numbers


def matches(wish: Wish, asked: Numbers) -> NDArray[np.bool_]:
    """Which of the numbers are as wished [n]: the same question asked of numbers that are there already."""
    allowed = np.array([np.isin(np.arange(10), some) for some in _allowed(wish)])
    like = np.array([_digit(wish.like, wish.length, place) for place in range(wish.length)])
    fulfilled: NDArray[np.bool_] = _matches(
        np.asarray(asked, np.int64), allowed, like, _limits(wish), _automaton(wish.contains)
    )
    return fulfilled


@njit(cache=True, nogil=True)
def _matches(
    asked: Numbers,
    allowed: NDArray[np.bool_],
    like: Numbers,
    limits: tuple[int, int],
    table: NDArray[np.int8],
) -> NDArray[np.bool_]:
    """Whether each number [n] is made of what is allowed [place, digit], within limits, and ends in the table's last state."""
    good = np.zeros(len(asked), np.bool_)
    kinds_max, changes_max = limits
    digits = np.empty(len(like), np.int64)
    for row in range(len(asked)):
        number, used, changes, fine = asked[row], 0, 0, True
        for place in range(len(like) - 1, -1, -1):
            digit = number % 10
            number //= 10
            fine = allowed[place, digit]
            if not fine:
                break
            digits[place] = digit
            used |= 1 << digit
            changes += digit != like[place]
        if fine and changes <= changes_max and FOLDED[used] <= kinds_max:
            found = 0
            for digit in digits:
                found = table[found, digit]
            good[row] = found == len(table) - 1
    return good


def _allowed(wish: Wish) -> list[NDArray[np.int64]]:
    """The digits that may stand at each place."""
    some = sorted({int(sign) for sign in wish.digits})
    pattern = wish.pattern or "_" * wish.length
    return [
        np.array(some if sign == "_" else [int(sign)] * (int(sign) in some), dtype=np.int64)
        for sign in pattern
    ]


def _automaton(wanted: str) -> NDArray[np.int8]:
    """Knuth, Morris and Pratt's table [state, digit]: how much of `wanted` ends here after one more digit; the last state stays."""
    table = np.full((len(wanted) + 1, 10), len(wanted), dtype=np.int8)
    for state in range(len(wanted)):
        for digit in range(10):
            text = wanted[:state] + str(digit)
            table[state, digit] = next(
                n for n in range(len(text), -1, -1) if wanted.startswith(text[len(text) - n :])
            )
    return table


def _ways(allowed: Sequence[NDArray[np.int64]], table: NDArray[np.int8]) -> NDArray[np.int64]:
    """In how many ways a beginning of so many digits goes on [place, state], by how much of what it shall contain it has found."""
    ways = np.zeros((len(allowed) + 1, len(table)), dtype=np.int64)
    ways[-1, -1] = 1
    for place in range(len(allowed) - 1, -1, -1):
        ways[place] = ways[place + 1][table[:, allowed[place]]].sum(axis=1)
    return ways


def _cuts(bounds: Numbers, length: int, most: int) -> bool:
    """Whether the ranges are so thin that a beginning within one mostly goes on outside it: then counting ways would say too many."""
    covered = int((bounds[:, 1] - bounds[:, 0] + 1).sum())
    return bool(covered <= max(most, 10 ** (length - 3)))


def _digit(number: int | None, length: int, place: int) -> int:
    return -1 if number is None else number // 10 ** (length - place - 1) % 10


def _limits(wish: Wish) -> tuple[int, int]:
    """How many different digits a number may have, and how many that are not those of the number it is like."""
    return wish.kinds_max, wish.length if wish.like is None else wish.changes_max


def _step(wish: Wish, place: int, allowed: Numbers) -> _Step:
    left = wish.length - place - 1
    like = _digit(wish.like, wish.length, place)
    return _Step(left, allowed, len(wish.contains) - left, like, *_limits(wish))


@njit(cache=True, nogil=True)
def _one_digit_more(
    now: _Beginnings, step: _Step, table: NDArray[np.int8], bounds: Numbers, most: int
) -> _Beginnings:
    """Each beginning with each digit allowed here, less those that can't come true any more or lie in no range; `most` and one at most.

    A beginning lies in the first range that ends at or after the least number it begins, if that range begins in time.
    """
    room = min(len(now.numbers) * len(step.allowed), most + 1)
    numbers, used = np.empty(room, np.int64), np.empty(room, np.int16)
    found, changes = np.empty(room, np.int8), np.empty(room, np.int8)
    size, count, within = 10**step.left, 0, 0
    for row in range(len(now.numbers)):
        for digit in step.allowed:
            number = now.numbers[row] * 10 + digit
            while within < len(bounds) and bounds[within, 1] < number * size:
                within += 1
            if within == len(bounds) or count == room:
                break
            used[count] = now.used[row] | (1 << digit)
            found[count] = table[now.found[row], digit]
            changes[count] = now.changes[row] + (digit != step.like)
            numbers[count] = number
            count += (
                bounds[within, 0] < (number + 1) * size
                and FOLDED[used[count]] <= step.kinds_max
                and found[count] >= step.found_min
                and changes[count] <= step.changes_max
            )
    return _Beginnings(numbers[:count], used[:count], found[:count], changes[:count])
