"""Wishes: the numbers written out are exactly those that a look at every number finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guinda.solvers.wish import Wish, matches, numbers

LENGTH = 4
EVERY = [f"{number:0{LENGTH}d}" for number in range(10**LENGTH)]
ALL = [(0, 10**LENGTH - 1)]


def fulfilled(wish: Wish, text: str) -> bool:
    """The wish read again by plain means."""
    like = "" if wish.like is None else f"{wish.like:0{LENGTH}d}"
    return (
        all(sign in ("_", digit) for sign, digit in zip(wish.pattern or "_" * LENGTH, text, strict=True))
        and wish.contains in text
        and set(text) <= set(wish.digits)
        and len(set(text)) <= wish.kinds_max
        and sum(a != b for a, b in zip(like, text, strict=False)) <= wish.changes_max
    )


wishes = st.builds(
    Wish,
    length=st.just(LENGTH),
    pattern=st.text("_" * 20 + "0123456789", min_size=LENGTH, max_size=LENGTH) | st.just(""),
    contains=st.text("0017", max_size=3),
    digits=st.text("0123456789", min_size=1),
    kinds_max=st.integers(1, 5),
    like=st.none() | st.integers(0, 10**LENGTH - 1),
    changes_max=st.integers(0, 4),
)


@settings(deadline=None)
@given(wishes)
def test_the_numbers_are_those_that_fulfil_the_wish(wish: Wish) -> None:
    expected = [int(text) for text in EVERY if fulfilled(wish, text)]
    found = numbers(wish, ranges=ALL, most=10**LENGTH)
    assert found is not None
    assert found.tolist() == expected
    if expected:
        assert numbers(wish, ranges=ALL, most=len(expected) - 1) is None
    asked = np.arange(10**LENGTH, dtype=np.int64)
    assert asked[matches(wish, asked)].tolist() == expected


@settings(deadline=None)
@given(wishes, st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 400)), max_size=4))
def test_only_numbers_of_the_ranges_are_found(wish: Wish, spans: list[tuple[int, int]]) -> None:
    ranges, end = [], -1
    for first, size in sorted(spans):
        if first > end:
            end = min(first + size, 9999)
            ranges.append((first, end))
    found = numbers(wish, ranges=ranges, most=10**LENGTH)
    assert found is not None
    assert found.tolist() == [
        int(text) for text in EVERY if fulfilled(wish, text) and any(a <= int(text) <= b for a, b in ranges)
    ]


def test_too_many_are_not_written_out() -> None:
    assert numbers(Wish(7, pattern="7______"), ranges=[(0, 9_999_999)], most=1000) is None
    found = numbers(Wish(7, pattern="__77777"), ranges=[(0, 9_999_999)], most=1000)
    assert found is not None
    assert len(found) == 100


@pytest.mark.parametrize(
    "wrong",
    [
        {"pattern": "77"},
        {"pattern": "7?77"},
        {"contains": "12345"},
        {"contains": "٣"},
        {"digits": ""},
        {"digits": "x"},
        {"kinds_max": 0},
        {"like": 10**LENGTH},
        {"like": -1},
        {"changes_max": -1},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"[A-Z].*\."):
        Wish(LENGTH, **wrong)  # type: ignore[arg-type]


def test_a_wide_wish_is_given_up_before_it_is_written_out_and_thin_ranges_are_not():
    wide = Wish(7, contains="12")
    assert numbers(wide, ranges=[(0, 9_999_999)], most=100_000) is None
    thin = [(first, first + 9) for first in range(0, 10_000_000, 100_000)]
    found = numbers(wide, ranges=thin, most=1_000)
    assert found is not None
    every = np.concatenate([np.arange(first, last + 1) for first, last in thin])
    assert found.tolist() == every[matches(wide, every)].tolist()
