"""Wishes answered: only free numbers, the most beautiful first, the same by either way."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest

from guinda.base.refusals import Refusal
from guinda.offers import search
from guinda.offers.imports import bring_in
from guinda.offers.models import Number
from guinda.offers.numbers import HOLD_S, hold
from guinda.offers.search import find, find_blocks, shelf
from guinda.offers.tests.conftest import NOW, people
from guinda.solvers.wish import Wish, matches

WISHES = [
    Wish(7),
    Wish(7, pattern="___7_77"),
    Wish(7, contains="123"),
    Wish(7, kinds_max=2),
    Wish(7, digits="0127"),
    Wish(7, like=7_771_998),
    Wish(7, pattern="_____00", contains="77"),
]


@pytest.fixture
def taken(numbering):
    """A fifth of the numbers is sold, a few are held and some of those holds have ended."""
    (anna, boris), (first, _second) = people(2)
    for each in range(10):
        hold(numbers=[375_29_777_77_70 + each], key=uuid4(), seller_id=anna, now=NOW)
    for each in range(10):
        hold(numbers=[375_29_777_00_00 + each], key=uuid4(), seller_id=boris, now=NOW - timedelta(hours=1))
    sold = [375_29_777_00_00 + each for each in range(3, 10_000, 5) if not 7770 <= each < 7780]
    Number.objects.filter(pk__in=sold).update(state="sold", owner_id=first)
    return {*sold, *(375_29_777_77_70 + each for each in range(10))}


@pytest.fixture(params=[0, 50_000], ids=["along the index", "written out"])
def ways(request, monkeypatch):
    """Both ways a wish is answered."""
    monkeypatch.setattr(search, "WRITTEN_MAX", request.param)
    monkeypatch.setattr(search, "READ_FIRST", 70)
    monkeypatch.setattr(search, "READ_MAX", 700)
    search.best.cache_clear()
    yield
    search.best.cache_clear()


@pytest.mark.parametrize("wish", WISHES, ids=str)
@pytest.mark.parametrize("class_rows", [None, [0], [1, 2, 5]])
def test_exactly_the_free_ones_that_fit_best_first(numbering, taken, ways, wish, class_rows):
    at = shelf(numbering)
    found = find(wish, at=at, now=NOW, limit=20_000, class_rows=class_rows)
    rows = Number.objects.exclude(pk__in=taken).order_by("-score", "-number")
    if class_rows is not None:
        rows = rows.filter(class_row__in=class_rows)
    every = list(rows.values_list("number", "class_row", "score"))
    fit = matches(wish, np.array([row[0] - numbering.base for row in every], dtype=np.int64))
    expected = [row for row, good in zip(every, fit, strict=True) if good]
    assert [(each.number, each.class_row, round(each.score * 100)) for each in found] == expected


def test_a_hold_that_ended_hides_nothing(numbering, taken):
    later = NOW + timedelta(seconds=HOLD_S)
    first = find(Wish(7), at=shelf(numbering), now=later, limit=1)[0]
    assert first.number == 375_29_777_77_77


def test_a_page_takes_few_statements_however_much_is_sold(numbering, taken, django_assert_max_num_queries):
    at = shelf(numbering)
    with django_assert_max_num_queries(2):
        assert len(find(Wish(7, contains="77"), at=at, now=NOW, limit=50)) == 50


def test_a_wide_wish_reads_the_best_of_all_classes_in_one_statement(
    numbering, taken, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(search, "WRITTEN_MAX", 0)
    search.best.cache_clear()
    at = shelf(numbering)
    with django_assert_max_num_queries(2):
        found = find(Wish(7, kinds_max=4), at=at, now=NOW, limit=50)
    assert len({each.class_row for each in found}) > 1
    assert len(found) == 50
    search.best.cache_clear()


def test_blocks_are_all_free_and_the_most_beautiful_come_first(numbering):
    (anna, _boris), (first, _second) = people(2)
    at = shelf(numbering)
    assert [each.number for each in find_blocks(Wish(5), zeros=2, at=at, now=NOW, limit=2)] == [
        375_29_777_77_00,
        375_29_777_00_00,
    ]
    hold(numbers=[375_29_777_77_42], key=uuid4(), seller_id=anna, now=NOW)
    Number.objects.filter(pk=375_29_777_00_99).update(state="sold", owner_id=first)
    found = find_blocks(Wish(5), zeros=2, at=at, now=NOW, limit=1000)
    assert len(found) == 98
    assert {375_29_777_77_00, 375_29_777_00_00}.isdisjoint(each.number for each in found)
    later = find_blocks(
        Wish(5, pattern="____7"), zeros=2, at=at, now=NOW + timedelta(seconds=HOLD_S), limit=1000
    )
    assert [each.number % 1000 // 100 for each in later] == [7] * 10
    assert later[0].number == 375_29_777_77_00


def test_blocks_lie_within_what_came_in(numbering):
    bring_in(numbering=numbering, first=1_000_050, last=1_000_349, by="test", now=NOW)
    found = find_blocks(Wish(5, pattern="1____"), zeros=2, at=shelf(numbering), now=NOW)
    assert sorted(each.number - numbering.base for each in found) == [1_000_100, 1_000_200]


def test_a_wish_for_very_many_blocks_is_refused_in_a_sentence(numbering, monkeypatch):
    monkeypatch.setattr(search, "BLOCKS_WRITTEN_MAX", 50)
    search.best_blocks.cache_clear()
    with pytest.raises(Refusal, match="wish_too_wide"):
        find_blocks(Wish(5), zeros=2, at=shelf(numbering), now=NOW)
