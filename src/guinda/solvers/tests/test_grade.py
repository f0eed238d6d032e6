"""Classes and scores of numbers: the three published lists, an independent grader, and the score's own laws."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guinda.solvers.grade import BITS, KINDS, OFF_BEAT_BITS, Class, Grader, curve, parts, scores

OPERATORS = Path(__file__).resolve().parents[2] / "offers" / "operators"
EXAMPLES = {  # what Beltelecom publishes: level -> numbers
    "Level 1": (2222222, 2470000, 2223222, 3333555),
    "Level 2": (2065555, 2233322, 2985000, 2989898, 2333444, 3200023, 2225353, 2100400),
    "Level 3": (2067111, 2061515, 2065065, 2345678),
    "Level 4": (2318407, 9164720),
}
SEVEN = {"length": 7, "groups": (3, 2, 2)}
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
DATES = {f"{day:02d}{month:02d}" for month, last in enumerate(DAYS, start=1) for day in range(1, last + 1)}


def operator(name: str) -> Grader:
    listed = tomllib.loads((OPERATORS / f"{name}.toml").read_text())
    classes = tuple(Class(each["name"], tuple(each["masks"])) for each in listed["classes"])
    return Grader(listed["length"], classes)


def as_regex(mask: str) -> re.Pattern[str]:
    """The mask by other means: back-references and look-aheads; ladders are spelled out."""
    signs = [sign for sign in mask.lower() if sign not in " -"]
    pattern, seen = "", []
    for sign in signs:
        if sign.isalpha():
            if sign not in seen:
                pattern += "".join(f"(?!(?P={other}))" for other in seen) + f"(?P<{sign}>\\d)"
                seen.append(sign)
            else:
                pattern += f"(?P={sign})"
        elif sign in "<>":
            run = "0123456789" if sign == ">" else "9876543210"
            pattern += "(?:" + "|".join(f"(?<={run[i]}){run[i + 1]}" for i in range(9)) + ")"
        else:
            pattern += r"\d" if sign == "_" else sign
    return re.compile(pattern)


@pytest.mark.parametrize("name", ["a1", "eronet", "beltelecom"])
def test_every_number_is_graded_as_by_regular_expressions(name: str) -> None:
    grader = operator(name)
    numbers = np.random.default_rng(11).integers(0, 10**grader.length, 30_000)
    found = grader.fit(numbers)
    expressions = [[as_regex(mask) for mask in each.masks] for each in grader.classes]
    for number, row, mask in zip(numbers, found.classes, found.masks, strict=True):
        text = f"{number:0{grader.length}d}"
        fitting = [
            (c, m) for c, each in enumerate(expressions) for m, e in enumerate(each) if e.fullmatch(text)
        ]
        assert (row, mask) == (fitting[0] if fitting else (len(grader.classes) - 1, -1)), text


@pytest.mark.parametrize("name", ["a1", "eronet", "beltelecom"])
def test_every_published_mask_lands_in_its_class_or_a_better_one(name: str) -> None:
    grader = operator(name)
    every = np.arange(10**grader.length, dtype=np.int64)
    found = grader.fit(every)
    for row, each in enumerate(grader.classes[:-1]):
        for place, mask in enumerate(each.masks):
            alone = Grader(grader.length, (Class("it", (mask,)), Class("rest")))
            fitting = alone.fit(every).classes == 0
            assert (found.classes[fitting] <= row).all(), mask
            assert (found.masks[fitting & (found.classes == row)] <= place).all(), mask
            assert (found.classes[fitting] == row).any(), mask


@pytest.mark.parametrize(("level", "number"), [(level, n) for level, some in EXAMPLES.items() for n in some])
def test_every_published_example_lands_in_its_class_and_names_its_mask(level: str, number: int) -> None:
    grader = operator("beltelecom")
    found = grader.fit(np.array([number]))
    landed = grader.classes[found.classes[0]]
    assert landed.name == level
    if landed.masks:
        assert as_regex(landed.masks[found.masks[0]]).fullmatch(str(number))


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        ("xx", "has 2 signs"),
        ("xxx?", "“?” at place 4"),
        (">xxx", "“>” at place 1"),
        ("xx²x", "“²” at place 3"),
    ],
)
def test_a_mask_that_cannot_be_read_is_refused(mask: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Grader(4, (Class("some", (mask,)), Class("rest")))


def test_a_list_without_a_rest_and_a_number_too_long_are_refused() -> None:
    with pytest.raises(ValueError, match="takes the rest"):
        Grader(4, (Class("some", ("xxxx",)),))
    grader = Grader(4, (Class("some", ("xxxx",)), Class("rest")))
    for wrong in (10_000, -1):
        with pytest.raises(ValueError, match="4 digits at the most"):
            grader.fit(np.array([wrong]))
    assert len(grader.fit(np.array([], dtype=np.int64)).classes) == 0


@pytest.mark.parametrize(
    ("number", "kinds"),
    [
        (2222222, ["repeat"]),
        (2470000, ["zeros"]),
        (2345678, ["ladder"]),
        (2989898, ["again", "again"]),
        (1234321, ["ladder", "mirror"]),
        (7001001, ["zeros", "again"]),
        (2005197, ["year"]),
        (4170614, ["date"]),
        (3141592, []),
    ],
)
def test_the_parts_are_those_a_person_sees(number: int, kinds: list[str]) -> None:
    assert [part.kind for part in parts(number, **SEVEN)] == kinds


def test_the_score_follows_the_eye() -> None:
    ordered = np.array([3141592, 3141599, 3145151, 2989898, 2470000, 2345678, 2222222])
    assert (np.diff(scores(ordered, **SEVEN)) > 0).all()


def test_a_pattern_on_the_beat_is_worth_more() -> None:
    on, off = np.array([3140077, 3177400]), np.array([3147707, 3477120])
    assert scores(on, **SEVEN).min() > scores(off, **SEVEN).max()


def kinds_of(before: str, part: str) -> list[str]:
    """Every kind of part that these digits are after those before them, read from the text by plain means."""
    size, back = len(part), part[::-1]
    fitting = {
        "digit": size == 1,
        "zeros": size > 1 and set(part) == {"0"},
        "repeat": size > 1 and len(set(part)) == 1,
        "ladder": size > 2 and (part in "0123456789" or part in "9876543210"),
        "again": size > 1 and before.endswith(part),
        "mirror": size > 1 and (before.endswith(back) or before[:-1].endswith(back)),
        "year": size == 4 and "1930" <= part <= "2029",
        "date": size == 4 and part in DATES,
    }
    return [kind for kind, good in fitting.items() if good]


def least_bits(text: str, ends: set[int]) -> float:
    """The cheapest way to tell the digits, every way tried."""
    bits = [0.0]
    for stop in range(1, len(text) + 1):
        ways = [
            bits[start]
            + BITS[KINDS.index(kind)]
            + (OFF_BEAT_BITS * ((start not in ends) + (stop not in ends)) if kind != "digit" else 0)
            for start in range(stop)
            for kind in kinds_of(text[:start], text[start:stop])
        ]
        bits.append(min(ways))
    return bits[-1]


few_digits = st.sampled_from(["01", "0127", "129", "0123456789"]).flatmap(
    lambda some: st.text(some, min_size=9, max_size=9)
)


@settings(deadline=None, max_examples=50)
@given(st.lists(few_digits, min_size=1, max_size=30))
def test_scores_are_the_cheapest_telling_in_whatever_order_numbers_come(texts: list[str]) -> None:
    expected = [100 * (1 - least_bits(text, {0, 2, 5, 7, 9}) / (9 * np.log2(10))) for text in texts]
    asked = np.array([int(text) for text in texts])
    found = scores(asked, length=9, groups=(2, 3, 2, 2))
    assert found == pytest.approx(expected, abs=1e-3)
    order = np.argsort(asked)
    assert (scores(asked[order], length=9, groups=(2, 3, 2, 2)) == found[order]).all()


@settings(deadline=None)
@given(st.integers(0, 10**9 - 1))
def test_a_score_is_the_sum_of_its_parts_and_within_bounds(number: int) -> None:
    found = parts(number, length=9, groups=(3, 3, 3))
    score = float(scores(np.array([number]), length=9, groups=(3, 3, 3))[0])
    assert 0 <= score < 100
    assert score == pytest.approx(100 * sum(part.saved_bits for part in found) / (9 * np.log2(10)), abs=1e-3)
    assert all(a.stop <= b.start for a, b in pairwise(found))


def test_groups_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        scores(np.array([1]), length=7, groups=(3, 3))


def test_a_suggested_price_grows_with_beauty_within_the_lists_own_prices() -> None:
    prices = [20729, 17087, 11560, 7756, 3787, 887]
    worth = curve(operator("a1"), groups=(3, 2, 2), prices_minor=prices, seed=1)
    assert worth is not None
    suggested = [worth.price_minor(score) for score in range(0, 101, 10)]
    assert suggested == sorted(suggested)
    assert suggested[0] == min(prices)
    assert suggested[-1] == max(prices)
    assert suggested[2] < 7756 < suggested[4]  # between the list's plain and silver, and above


def test_a_list_whose_prices_say_nothing_suggests_none() -> None:
    grader = operator("a1")
    assert curve(grader, groups=(3, 2, 2), prices_minor=[0, 0, 0, 0, 0, 887], seed=1) is None
    assert curve(grader, groups=(3, 2, 2), prices_minor=[1, 2, 3, 4, 5, 6], seed=1) is None
