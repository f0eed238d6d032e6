"""The well-informed person in the white coat: from three answers to a reasoned suggestion. Pure: no rows, no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Use = Literal["eat", "bake", "preserve"]
Taste = Literal["sweet", "tart"]

ACID_WEIGHT = 4.0
"""How many °Brix one per cent of acid hides from the tongue: the usual form of such an index is sugar less a few times the acid."""
TARTEST, SWEETEST = 2.0, 20.0
"""The ends of our scale of taste: a sharp raspberry, a ripe yellow cherry."""
PORTION_G: Mapping[Use, tuple[int, int]] = {"eat": (0, 200), "bake": (400, 100), "preserve": (600, 350)}
"""Grams whatever the company, and for each person: a handful, a slice of pie, a jar."""
MOST_G = 5_000
LEAST_G = 100
SECOND_FROM = 2
"""From so many people on, a second variety to eat gives them something to compare."""


@dataclass(frozen=True)
class Fruit:
    """What the advice goes by: the facts of a variety, and the grams of it free in each store near by."""

    slug: str
    brix: float
    acid: float
    good_for: Mapping[Use, int]
    free_g: Mapping[int, int] = field(default_factory=dict)

    @property
    def taste(self) -> int:
        """0 is tart, 100 is honey-sweet."""
        return taste(self.brix, self.acid)


@dataclass(frozen=True)
class Suggestion:
    """So many grams of this, for these reasons: `best_for_<use>` or `good_for_<use>`, and how its taste stands (see `_standing`)."""

    fruit: Fruit
    weight_g: int
    reasons: tuple[str, ...]


def taste(brix: float, acid: float) -> int:
    """Where sugar (°Brix) and acid (%) put a fruit between tart (0) and honey-sweet (100)."""
    share = (brix - ACID_WEIGHT * acid - TARTEST) / (SWEETEST - TARTEST)
    return round(100 * min(max(share, 0.0), 1.0))


def suggest(*, shelf: Sequence[Fruit], use: Use, wanted: Taste, people: int) -> list[Suggestion]:
    """One or two varieties with weights that one store near by has, the better first; empty when nothing suitable is left."""
    suitable = [fruit for fruit in shelf if fruit.good_for[use] >= 2]
    ranked = sorted(suitable, key=_better(use, wanted), reverse=True)
    base_g, each_g = PORTION_G[use]
    total_g = min(base_g + each_g * people, MOST_G)
    if use == "eat" and people >= SECOND_FROM:
        pair = _pair(ranked, total_g)
        if pair:
            return [_suggestion(fruit, grams, suitable, use) for fruit, grams in pair]
    for fruit in ranked:
        grams = min(total_g, _floor(max(fruit.free_g.values(), default=0)))
        if grams >= LEAST_G:
            return [_suggestion(fruit, grams, suitable, use)]
    return []


def _better(use: Use, wanted: Taste) -> Callable[[Fruit], tuple[float, str]]:
    """Twenty points of taste weigh as much as one step of fitness."""
    sign = 1 if wanted == "sweet" else -1
    return lambda fruit: (20 * fruit.good_for[use] + sign * fruit.taste, fruit.slug)


def _pair(ranked: Sequence[Fruit], total_g: int) -> list[tuple[Fruit, int]] | None:
    """The best two that one store has together: three parts of the first, two of the second."""
    first_g, second_g = _round(total_g * 0.6), _round(total_g * 0.4)
    for number, first in enumerate(ranked):
        for second in ranked[number + 1 :]:
            for store, free_g in first.free_g.items():
                if free_g >= first_g and second.free_g.get(store, 0) >= second_g:
                    return [(first, first_g), (second, second_g)]
    return None


def _suggestion(fruit: Fruit, grams: int, among: Sequence[Fruit], use: Use) -> Suggestion:
    fitness = "best" if fruit.good_for[use] == 3 else "good"
    return Suggestion(fruit, grams, (f"{fitness}_for_{use}", _standing(fruit, among)))


def _standing(fruit: Fruit, among: Sequence[Fruit]) -> str:
    """How its taste stands among those on the shelf that suit."""
    on_shelf = [each.taste for each in among if any(grams >= LEAST_G for grams in each.free_g.values())]
    if len(on_shelf) > 1 and fruit.taste == max(on_shelf) > min(on_shelf):
        return "sweetest"
    if len(on_shelf) > 1 and fruit.taste == min(on_shelf) < max(on_shelf):
        return "tartest"
    return word(fruit.taste)


def word(taste_points: int) -> str:
    """`tart`, `balanced` or `sweet`, for a place on the scale of taste."""
    if taste_points < 35:
        return "tart"
    return "sweet" if taste_points >= 72 else "balanced"


def _round(grams: float) -> int:
    return max(LEAST_G, round(grams / 50) * 50)


def _floor(grams: int) -> int:
    return grams // 50 * 50
