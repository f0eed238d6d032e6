"""How beautiful a telephone number is: the class an operator's masks put it in, and a score with its parts.

**Classes** are declarative. A mask has one sign per digit; spaces and hyphens are for the eye:

| sign | the digit is |
|---|---|
| `_` | any |
| `0`-`9` | itself |
| a letter | the same wherever the letter stands, and different from the digits of other letters |
| `>` `<` | one more, one less than the digit before it |

The first class with a mask that fits has the number; the mask that fitted is given back. No fit is the last class, which has no mask.

**The score** is how much shorter the number can be told than digit by digit: its minimum description length (J. Rissanen, "Modeling by
shortest data description", Automatica 14, 1978). A plain digit costs log2 10 = 3.32 bits. A repeat, a ladder, zeros, a group said
again or mirrored, a date or a year cost what `BITS` says, whatever their length, and half a bit more for each end that does not fall
where the number is grouped when read aloud. The cheapest way to cut the number into such parts is found exactly, by dynamic
programming; the score is the share of bits saved, 0 for a number without pattern, towards 100 for one said in a breath.

Shapes: `numbers` are int64 arrays [n] of the last `length` digits (0 <= number < 10**length). Nothing here knows a country or a price list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Signs = NDArray[np.int8]

DIGITS_MAX = 15
"""E.164 allows fifteen; all of them fit an int64."""
PLAIN_BITS = float(np.log2(10))
KINDS = ("digit", "repeat", "zeros", "ladder", "again", "mirror", "date", "year")
BITS = np.array(
    [
        PLAIN_BITS,
        PLAIN_BITS + 1.5,  # which digit, and that it repeats
        2.0,  # nothing to remember but that they are zeros
        PLAIN_BITS + 2.0,  # where it begins and which way it goes
        2.0,  # the group is known already
        2.5,  # backwards takes a little thought
        float(np.log2(366)) + 1.0,  # a day of the year
        float(np.log2(100)) + 1.0,  # a year of a life
    ],
)
"""What each kind of part costs to remember. The order of costs is an assumption a pricing study may replace; the classes do not use it."""
OFF_BEAT_BITS = 0.5
YEARS = (1930, 2029)
CURVE_SAMPLE = 200_000

_ANY, _LITERAL, _SAME, _NEW, _UP, _DOWN = range(6)
_DIGIT, _REPEAT, _ZEROS, _LADDER, _AGAIN, _MIRROR, _DATE, _YEAR = range(len(KINDS))
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class Class:
    """One class of an operator's list: its name and its masks. The last class of a list has none: it takes the rest."""

    name: str
    masks: tuple[str, ...] = ()


class Fit(NamedTuple):
    """For each number: the row of its class, and the row of the mask that fitted in that class (-1 for the rest)."""

    classes: NDArray[np.int8]
    masks: NDArray[np.int16]


class Part(NamedTuple):
    """Digits [start, stop) told in one go, and the bits this saves over saying them one by one."""

    kind: str
    start: int
    stop: int
    saved_bits: float


@dataclass(frozen=True)
class Grader:
    """An operator's classes, best first, for numbers of `length` digits."""

    length: int
    classes: tuple[Class, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.length <= DIGITS_MAX:
            raise ValueError(f"A number has 1 to {DIGITS_MAX} digits, not {self.length}.")
        if not self.classes or self.classes[-1].masks or not all(each.masks for each in self.classes[:-1]):
            raise ValueError("Every class has masks but the last, which has none and takes the rest.")
        _ = self._masks  # so that a mask that can't be read is refused here

    @cached_property
    def _masks(self) -> tuple[Signs, Signs, Signs, NDArray[np.int16]]:
        """All masks in order: operations and their arguments [masks, length]; class and row in the class of each [masks]."""
        rows = [(c, m, text) for c, each in enumerate(self.classes) for m, text in enumerate(each.masks)]
        compiled = np.array([_compiled(text, self.length) for _, _, text in rows], dtype=np.int8).reshape(
            -1, 2, self.length
        )
        owners = np.array([row[0] for row in rows], dtype=np.int8)
        places = np.array([row[1] for row in rows], dtype=np.int16)
        return np.ascontiguousarray(compiled[:, 0]), np.ascontiguousarray(compiled[:, 1]), owners, places

    def fit(self, numbers: NDArray[np.int64]) -> Fit:
        """The class and the mask of each number [n]. Raises ValueError for a number of more digits than `length`."""
        checked = _checked(numbers, self.length)
        classes = np.full(len(checked), len(self.classes) - 1, dtype=np.int8)
        masks = np.full(len(checked), -1, dtype=np.int16)
        _fit(checked, self._masks, classes, masks)
        return Fit(classes, masks)


def scores(numbers: NDArray[np.int64], *, length: int, groups: Sequence[int]) -> NDArray[np.float32]:
    """The share of bits saved of each number [n], 0-100; `groups` are the sizes it is read aloud in and add up to `length`.

    Raises ValueError where they don't, or for a number of more digits.
    """
    checked = _checked(numbers, length)
    found = np.empty(len(checked), dtype=np.float32)
    _scores(checked, length, _beats(length, groups), found)
    return found


def parts(number: int, *, length: int, groups: Sequence[int]) -> tuple[Part, ...]:
    """What the score of one number is made of: its parts in order, plain digits left out. Errors as `scores`."""
    checked = _checked(np.array([number], dtype=np.int64), length)
    told = _room(length)
    _describe(told, _digits(checked[0], told.digits), _beats(length, groups))
    found = []
    stop = length
    while stop:
        start = int(told.starts[stop])
        if told.kinds[stop] != _DIGIT:
            saved = (stop - start) * PLAIN_BITS - float(told.bits[stop] - told.bits[start])
            found.append(Part(KINDS[told.kinds[stop]], start, stop, saved))
        stop = start
    return tuple(reversed(found))


class Curve(NamedTuple):
    """What a point of beauty is worth by a list's own prices: ln price = `base` + `per_point` * score, within `least` and `most`."""

    base: float
    per_point: float
    least: int
    most: int

    def price_minor(self, score: float) -> int:
        """The suggested price of a number of this score, minor units."""
        return int(min(max(round(float(np.exp(self.base + self.per_point * score))), self.least), self.most))


def curve(grader: Grader, *, groups: Sequence[int], prices_minor: Sequence[int], seed: int) -> Curve | None:
    """Fit the list's prices to the beauty of its numbers; None where the list says nothing: its prices do not grow with beauty.

    The fit is an ordinary least-squares line through each class's mean score and the logarithm of its price, classes weighing alike:
    prices of such lists grow by factors, not by steps. The scores are those of `CURVE_SAMPLE` numbers drawn by `seed`; a class without
    one among them is left out.
    """
    drawn = np.random.default_rng(seed).integers(0, 10**grader.length, CURVE_SAMPLE)
    rows, beauty = grader.fit(drawn).classes, scores(drawn, length=grader.length, groups=groups)
    known = [row for row, price in enumerate(prices_minor) if price > 0 and (rows == row).any()]
    if len(known) < 2:
        return None
    means = [float(beauty[rows == row].mean()) for row in known]
    asked = [prices_minor[row] for row in known]
    per_point, base = np.polyfit(means, np.log(asked), 1)
    return Curve(float(base), float(per_point), min(asked), max(asked)) if per_point > 0 else None


def _checked(numbers: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    checked = np.ascontiguousarray(numbers, dtype=np.int64)
    if len(checked) and (int(checked.min()) < 0 or int(checked.max()) >= 10**length):
        raise ValueError(f"A number here has {length} digits at the most.")
    return checked


def _beats(length: int, groups: Sequence[int]) -> NDArray[np.bool_]:
    """Where a group begins or ends [length + 1]."""
    if sum(groups) != length or min(groups, default=0) < 1:
        raise ValueError(f"The groups {tuple(groups)} do not add up to {length} digits.")
    beats = np.zeros(length + 1, dtype=np.bool_)
    beats[list(accumulate(groups, initial=0))] = True
    return beats


def _compiled(text: str, length: int) -> tuple[list[int], list[int]]:
    """One mask as operations and arguments, so that a digit is compared with what is known already."""
    signs = [sign for sign in text.lower() if sign not in " -"]
    if len(signs) != length:
        raise ValueError(f"The mask “{text}” has {len(signs)} signs; a number has {length} digits.")
    seen: dict[str, int] = {}
    steps = []
    for place, sign in enumerate(signs):
        steps.append(_step(text, sign, place, seen))
        if sign.isalpha():
            seen.setdefault(sign, place)
    return [op for op, _ in steps], [argument for _, argument in steps]


def _step(text: str, sign: str, place: int, seen: dict[str, int]) -> tuple[int, int]:
    if sign == "_":
        return _ANY, 0
    if sign.isascii() and sign.isdigit():
        return _LITERAL, int(sign)
    if sign.isascii() and sign.isalpha():
        return (_SAME, seen[sign]) if sign in seen else (_NEW, 0)
    if sign in "<>" and place:
        return (_UP if sign == ">" else _DOWN), 0
    raise ValueError(
        f"The mask “{text}” has “{sign}” at place {place + 1}; signs are _, digits, letters, and > or < after another."
    )


class _Told(NamedTuple):
    """A number's digits [length]; the least bits, the kind and the start of the last part of each beginning [length + 1]."""

    digits: Whole
    bits: Real
    kinds: Whole
    starts: Whole


@njit(cache=True, nogil=True)
def _room(length: int) -> _Told:
    """Room for one number after another, without digits yet."""
    return _Told(
        np.full(length, -1, np.int64),
        np.zeros(length + 1, np.float64),
        np.empty(length + 1, np.int64),
        np.empty(length + 1, np.int64),
    )


@njit(cache=True, nogil=True)
def _digits(number: int, digits: Whole) -> int:
    """Put the number's digits in the place of another's; the first place where they differ."""
    first = len(digits)
    for place in range(len(digits) - 1, -1, -1):
        digit = number % 10
        number //= 10
        if digits[place] != digit:
            digits[place] = digit
            first = place
    return first


@njit(cache=True, nogil=True)
def _fits(digits: Whole, ops: Signs, arguments: Signs) -> bool:
    used = 0  # the digits letters stand for, a bit each
    for place in range(len(digits)):
        digit, op = digits[place], ops[place]
        if op == _ANY:
            continue
        if op == _LITERAL:
            good = digit == arguments[place]
        elif op == _SAME:
            good = digit == digits[arguments[place]]
        elif op == _NEW:
            good = not (used >> digit) & 1
            used |= 1 << digit
        elif op == _UP:
            good = digit == digits[place - 1] + 1
        else:
            good = digit == digits[place - 1] - 1
        if not good:
            return False
    return True


@njit(cache=True, nogil=True)
def _fit(
    numbers: Whole,
    compiled: tuple[Signs, Signs, Signs, NDArray[np.int16]],
    classes: Signs,
    masks: NDArray[np.int16],
) -> None:
    ops, arguments, owners, places = compiled
    digits = np.full(ops.shape[1], -1, np.int64)
    for row in range(len(numbers)):
        _digits(numbers[row], digits)
        for mask in range(len(ops)):
            if _fits(digits, ops[mask], arguments[mask]):
                classes[row] = owners[mask]
                masks[row] = places[mask]
                break


@njit(cache=True, nogil=True)
def _scores(numbers: Whole, length: int, beats: NDArray[np.bool_], found: NDArray[np.float32]) -> None:
    told = _room(length)
    for row in range(len(numbers)):
        _describe(told, _digits(numbers[row], told.digits), beats)
        found[row] = 100.0 * (1.0 - told.bits[length] / (length * PLAIN_BITS))


@njit(cache=True, nogil=True)
def _describe(told: _Told, first: int, beats: NDArray[np.bool_]) -> None:
    """Fill the least bits to tell digits [0, stop) for each stop, with the kind and the start of the last part.

    The digits before `first` are those of the last call: what was found of them stands, so that numbers in order cost a part of themselves.
    """
    digits, bits, kinds, starts = told
    seen = 0  # all digits but the last two, a bit each
    for place in range(first - 2):
        seen |= 1 << digits[place]
    for stop in range(first + 1, len(digits) + 1):
        bits[stop], kinds[stop], starts[stop] = bits[stop - 1] + BITS[_DIGIT], _DIGIT, stop - 1
        if stop > 2:
            seen |= 1 << digits[stop - 3]
        same = step = stop - 1  # how far back the run and the ladder that end here reach
        while same and digits[same - 1] == digits[stop - 1]:
            same -= 1
        if stop > 1 and abs(digits[stop - 1] - digits[stop - 2]) == 1:
            way = digits[stop - 1] - digits[stop - 2]
            while step and digits[step] - digits[step - 1] == way:
                step -= 1
        least = min(same, step, _least_start(digits, stop, seen))
        for start in range(stop - 2, least - 1, -1):
            kind = _kind(digits, start, stop, same, step)
            if kind != _DIGIT:
                cost = bits[start] + BITS[kind] + OFF_BEAT_BITS * ((not beats[start]) + (not beats[stop]))
                if cost < bits[stop]:
                    bits[stop], kinds[stop], starts[stop] = cost, kind, start


@njit(cache=True, nogil=True)
def _least_start(digits: Whole, stop: int, seen: int) -> int:
    """The earliest start of a part that may end here, but for runs and ladders; `stop` if none. `seen`: all digits but the last two."""
    least = stop
    if stop > 3 and _calendar(digits, stop - 4) != _DIGIT:
        least = stop - 4
    said_before = (seen >> digits[stop - 1]) & (seen >> digits[stop - 2]) & 1 if stop > 3 else 0
    return min(least, (stop + 1) // 2) if said_before else least


@njit(cache=True, nogil=True)
def _kind(digits: Whole, start: int, stop: int, same: int, step: int) -> int:  # noqa: PLR0911 - the kinds, cheapest first
    """The cheapest kind of part that digits [start, stop) are; `_DIGIT` when none."""
    size = stop - start
    if start >= same and digits[start] == 0:
        return _ZEROS
    if start >= size and _echoes(digits, start, size, start - size, 1):
        return _AGAIN
    if start >= size and _echoes(digits, start, size, start - 1, -1):
        return _MIRROR
    if start > size and _echoes(digits, start, size, start - 2, -1):  # around one digit in the middle
        return _MIRROR
    if start >= same:
        return _REPEAT
    if size >= 3 and start >= step:
        return _LADDER
    if size == 4:
        return _calendar(digits, start)
    return _DIGIT


@njit(cache=True, nogil=True)
def _echoes(digits: Whole, start: int, size: int, origin: int, way: int) -> bool:
    """Do `size` digits from `start` repeat those from `origin`, read forwards or backwards?"""
    for place in range(size):  # noqa: SIM110 - a generator is slower when compiled
        if digits[start + place] != digits[origin + way * place]:
            return False
    return True


@njit(cache=True, nogil=True)
def _calendar(digits: Whole, start: int) -> int:
    """Four digits from `start` as two pairs: a year of a life, a day and month, or neither."""
    first, second = digits[start] * 10 + digits[start + 1], digits[start + 2] * 10 + digits[start + 3]
    if YEARS[0] <= first * 100 + second <= YEARS[1]:
        return _YEAR
    if 1 <= second <= 12 and 1 <= first <= _DAYS[second]:
        return _DATE
    return _DIGIT
