# ruff: noqa: PLR0917 - compiled functions take their facts by position
"""The last units: a few hundred changes whose sum has to meet all limits at once, as weights meet a scale. Compiled.

Where limits count whole clients and whole minutes, what is left over is what costs. Two searches meet it: a walk (simulated annealing)
on what is lost by changes plus what is left over and exceeded at the prices; and changes joined to pairs that use little together,
tried alone and two by two (so four clients at once), which take what is worth something and exceed nothing.

All that is compiled for this stands in one file because the compiler's cache looks at one file only.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from guinda.solvers.allocate.passes import Floats, Ints, compiled

WALKED, STEPS = 250, 300_000
"""Changes that the walk is among, and its steps."""
HOTTEST, COLDEST = 0.3, 0.02
"""Temperatures of the walk, in shares of what a change is charged at the prices."""
JOINED = 1_500
"""Changes and pairs that are tried two by two."""
SHORTER = 0.75
"""A pair is kept if together it is charged, in sizes, at most so much of what its two changes are."""


Chance = NDArray[np.uint64]
"""One number, from which the next comes."""


class Few(NamedTuple):
    """Changes near the prices: whose, what each adds to each side of the limits and to the value, and what it loses at the prices."""

    owner: Ints
    by: NDArray[np.int64]
    gain: Ints
    loss: Floats


class Joined(NamedTuple):
    """Changes and pairs of them (`two` is -1 for one alone)."""

    one: Ints
    two: Ints
    by: NDArray[np.int64]
    gain: Ints


def walk(few: Few, left: Ints, prices: Floats, seed: int) -> Ints:
    """Which changes to make so that little is lost, left over and exceeded: no promise that nothing is exceeded."""
    if not len(few.owner):
        return np.empty(0, np.int64)
    charged = float((np.abs(few.by) @ prices).mean())
    reach = np.maximum(1, np.abs(few.by).max(axis=0))
    over = 3 * np.maximum(prices, 0.01 * charged / reach)
    owner = np.unique(few.owner, return_inverse=True)[1].astype(np.int64)
    few = few._replace(owner=owner)
    made = np.full(int(owner.max()) + 1, -1, np.int64)
    _walk(few, left.copy(), prices, over, max(1e-9, charged), np.array([seed], np.uint64), made)
    return made[made >= 0]


@compiled
def _walk(
    few: Few, left: Ints, prices: Floats, over: Floats, charged: float, state: Chance, best: Ints
) -> None:
    """From no change at all; into `best`: of each owner the change made where least was lost."""
    count = len(few.owner)
    made, after = best.copy(), left.copy()
    heat, cooling = HOTTEST * charged, (COLDEST / HOTTEST) ** (1 / STEPS)
    lost = least = _wasted(left, prices, over)
    for _step in range(STEPS):
        heat *= cooling
        after[:] = left
        one = _drawn(state, count)
        more = _toggled(few, made, one, after)
        two = _drawn(state, 2 * count) - count  # below 0: one change alone
        if two >= 0:
            if few.owner[one] == few.owner[two]:
                continue
            more += _toggled(few, made, two, after)
        then = lost - _wasted(left, prices, over) + _wasted(after, prices, over) + more
        if then > lost and _drawn(state, 2**30) >= 2.0**30 * math.exp((lost - then) / heat):
            continue
        for each in (one, two):
            if each >= 0:
                made[few.owner[each]] = -1 if made[few.owner[each]] == each else each
        left[:] = after
        lost = then
        if lost < least:
            least = lost
            best[:] = made


@compiled
def _drawn(state: Chance, below: int) -> int:
    """A number from 0 to `below`, 2^31 at the most (Knuth's MMIX generator, its upper bits)."""
    state[0] = state[0] * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    return int(np.int64((state[0] >> np.uint64(33)) % np.uint64(below)))


@compiled
def _wasted(left: Ints, prices: Floats, over: Floats) -> float:
    """What is left over at the prices, and what is exceeded at more than them."""
    total = 0.0
    for side in range(len(left)):
        total += prices[side] * left[side] if left[side] >= 0 else -over[side] * left[side]
    return total


@compiled
def _toggled(few: Few, made: Ints, number: int, left: Ints) -> float:
    """Make a change in place of its owner's other one, or take it back: what is then left over; what that loses."""
    was, more = made[few.owner[number]], 0.0
    if was >= 0:
        left += few.by[was]
        more -= few.loss[was]
    if was != number:
        left -= few.by[number]
        more += few.loss[number]
    return more


def join(few: Few, prices: Floats) -> Joined:
    """The changes themselves, and the pairs of them that are charged least: what one takes the other gives back."""
    count = len(few.owner)
    room = max(1, count * (count - 1) // 2)
    one, two, size = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
    found = _pairs(few, prices, one, two, size)
    least = _least(size[:found], max(0, JOINED - count))
    one = np.concatenate([np.arange(count), one[least]])
    two = np.concatenate([np.full(count, -1), two[least]])
    by, gain = few.by[one], few.gain[one]
    by[count:] += few.by[two[count:]]
    gain[count:] += few.gain[two[count:]]
    order = np.argsort(-gain, kind="stable")
    return Joined(one[order], two[order], by[order], gain[order])


def _least(size: Floats, most: int) -> Ints:
    """The places of the `most` least, the least first; of equal ones the first: without putting all the others in order."""
    if most < len(size):
        edge = np.partition(size, most - 1)[most - 1] if most else -np.inf
        places = np.flatnonzero(size <= edge)
    else:
        places = np.arange(len(size))
    return places[np.argsort(size[places], kind="stable")][:most]


@compiled
def _pairs(few: Few, prices: Floats, one: Ints, two: Ints, size: Floats) -> int:
    """The pairs that are charged less than apart; how many."""
    count, sides = few.by.shape
    alone, found = np.zeros(count), 0
    for first in range(count):
        for side in range(sides):
            alone[first] += prices[side] * abs(few.by[first, side])
        for second in range(first):
            most = SHORTER * (alone[first] + alone[second])
            charged = few.loss[first] + few.loss[second]
            for side in range(sides):
                charged += prices[side] * abs(few.by[first, side] + few.by[second, side])
            if charged < most and few.owner[first] != few.owner[second]:
                one[found], two[found], size[found] = first, second, charged
                found += 1
    return found


@compiled
def swap(few: Few, joined: Joined, left: Ints, taken: NDArray[np.bool_], made: NDArray[np.bool_]) -> int:
    """Make what is worth something and exceeds nothing, alone or two at once, each owner once; what that adds. `taken`: owners."""
    count, added = len(joined.one), 0
    nothing = np.zeros(len(left), np.int64)
    for at in range(count):
        if _busy(few, joined, at, taken):
            continue
        best, partner = 0, -1
        if joined.gain[at] > 0 and _fits(joined.by[at], nothing, left):
            best, partner = joined.gain[at], at
        for other in range(count):
            if joined.gain[at] + joined.gain[other] <= best:
                break  # they stand in the order of what they gain
            if (
                _fits(joined.by[at], joined.by[other], left)
                and not _busy(few, joined, other, taken)
                and _apart(few, joined, at, other)
            ):
                best, partner = joined.gain[at] + joined.gain[other], other
        if partner >= 0:
            added += best
            _make(few, joined, at, left, taken, made)
            if partner != at:
                _make(few, joined, partner, left, taken, made)
    return added


@compiled
def _busy(few: Few, joined: Joined, at: int, taken: NDArray[np.bool_]) -> bool:
    one, two = joined.one[at], joined.two[at]
    return bool(taken[few.owner[one]] or (two >= 0 and taken[few.owner[two]]))


@compiled
def _apart(few: Few, joined: Joined, at: int, other: int) -> bool:
    """Whether no owner is in both."""
    for mine in (joined.one[at], joined.two[at]):
        for theirs in (joined.one[other], joined.two[other]):
            if mine >= 0 and theirs >= 0 and few.owner[mine] == few.owner[theirs]:
                return False
    return True


@compiled
def _fits(one: Ints, two: Ints, left: Ints) -> bool:
    for side in range(len(left)):
        more = one[side] + two[side]
        if more > 0 and more > left[side]:
            return False
    return True


@compiled
def _make(
    few: Few, joined: Joined, at: int, left: Ints, taken: NDArray[np.bool_], made: NDArray[np.bool_]
) -> None:
    left -= joined.by[at]
    for each in (joined.one[at], joined.two[at]):
        if each >= 0:
            taken[few.owner[each]] = True
            made[each] = True
