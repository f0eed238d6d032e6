"""The advice: real facts, never what is sold out, weights that can be had."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from guinda.panels.advice import LEAST_G, MOST_G, Fruit, suggest, taste, word

GOOD = {"eat": 3, "bake": 3, "preserve": 3}
fruits = st.lists(
    st.builds(
        Fruit,
        slug=st.uuids().map(str),
        brix=st.floats(6, 26),
        acid=st.floats(0.3, 2.5),
        good_for=st.fixed_dictionaries({use: st.integers(0, 3) for use in GOOD}),
        free_g=st.dictionaries(st.integers(1, 3), st.integers(0, 4_000)),
    ),
    max_size=8,
)
USES, TASTES = st.sampled_from(list(GOOD)), st.sampled_from(["sweet", "tart"])


def fruit(slug="a", brix=20.0, acid=0.7, free_g=None, **good_for):
    return Fruit(slug, brix, acid, {**GOOD, **good_for}, free_g if free_g is not None else {1: 10_000})


@given(fruits, USES, TASTES, st.integers(1, 20))
def test_whatever_is_suggested_one_store_has(shelf, use, wanted, people):
    chosen = suggest(shelf=shelf, use=use, wanted=wanted, people=people)
    assert len({each.fruit.slug for each in chosen}) == len(chosen) <= 2
    if chosen:
        stores = set.intersection(
            *({s for s, g in each.fruit.free_g.items() if g >= each.weight_g} for each in chosen)
        )
        assert stores
    for each in chosen:
        assert each.fruit.good_for[use] >= 2
        assert LEAST_G <= each.weight_g <= MOST_G
        assert each.weight_g % 50 == 0


@given(fruits, USES, TASTES, st.integers(1, 20))
def test_reasons_are_facts(shelf, use, wanted, people):
    for each in suggest(shelf=shelf, use=use, wanted=wanted, people=people):
        fitness, standing = each.reasons
        assert fitness == f"{'best' if each.fruit.good_for[use] == 3 else 'good'}_for_{use}"
        there = [
            one.taste
            for one in shelf
            if one.good_for[use] >= 2 and max(one.free_g.values(), default=0) >= LEAST_G
        ]
        expected = {"sweetest": max(there), "tartest": min(there)}.get(standing, each.fruit.taste)
        assert each.fruit.taste == expected
        assert standing in {"sweetest", "tartest"} or standing == word(each.fruit.taste)


def test_sold_out_is_never_suggested():
    gone, there = fruit("gone", brix=25, free_g={1: 0}), fruit("there", brix=12)
    assert [
        each.fruit.slug for each in suggest(shelf=[gone, there], use="eat", wanted="sweet", people=1)
    ] == ["there"]
    assert suggest(shelf=[gone], use="eat", wanted="sweet", people=3) == []


def test_sweet_and_tart_are_answered_differently():
    shelf = [fruit("sweet", brix=22, acid=0.6), fruit("tart", brix=14, acid=1.6)]
    assert suggest(shelf=shelf, use="bake", wanted="sweet", people=4)[0].fruit.slug == "sweet"
    assert suggest(shelf=shelf, use="bake", wanted="tart", people=4)[0].fruit.slug == "tart"


def test_company_gets_two_kinds_to_eat_and_more_of_them():
    shelf = [fruit("a"), fruit("b", brix=18)]
    alone = suggest(shelf=shelf, use="eat", wanted="sweet", people=1)
    together = suggest(shelf=shelf, use="eat", wanted="sweet", people=4)
    assert [each.weight_g for each in alone] == [200]
    assert [each.weight_g for each in together] == [500, 300]


def test_the_scale_of_taste():
    assert taste(21.7, 0.72) > taste(18.3, 0.80) > taste(16.0, 1.2) > taste(14.0, 1.6)
    assert (taste(40, 0), taste(5, 3)) == (100, 0)
    assert (word(20), word(50), word(90)) == ("tart", "balanced", "sweet")
