"""The effect's arithmetic against published tables, against brute force, and on a real trial whose answer is known."""

from __future__ import annotations

import csv
import math
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from guinda.solvers.effect import BROKEN, Group, cost_per_gained, difference, needed, share, split_chance

DATA = Path(os.environ.get("GUINDA_DATA") or Path(__file__).parents[4] / "../shared/data")
TRIAL = DATA / "clients" / "hillstrom.csv"
GROUPS = st.integers(1, 5_000).flatmap(lambda n: st.builds(Group, st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("treated", "alone", "low", "high"),
    [
        (Group(56, 70), Group(48, 80), 0.0524, 0.3339),
        (Group(9, 10), Group(3, 10), 0.1705, 0.8090),
        (Group(6, 7), Group(2, 7), 0.0582, 0.8062),
        (Group(5, 56), Group(0, 29), -0.0381, 0.1926),
        (Group(0, 10), Group(0, 20), -0.1611, 0.2775),
        (Group(0, 10), Group(0, 10), -0.2775, 0.2775),
        (Group(10, 10), Group(0, 20), 0.6791, 1.0),
        (Group(10, 10), Group(0, 10), 0.6075, 1.0),
    ],
)
def test_newcombes_own_table(treated, alone, low, high):
    found = difference(treated, alone)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(GROUPS, GROUPS)
@settings(deadline=None, max_examples=50)
def test_a_difference_lies_in_its_interval_and_turns_with_its_groups(treated, alone):
    found, turned = difference(treated, alone), difference(alone, treated)
    assert -1 <= found.low <= found.gained <= found.high <= 1
    assert math.isclose(found.low, -turned.high, abs_tol=1e-12)
    tenfold = [Group(each.reached * 10, each.clients * 10) for each in (treated, alone)]
    surer = difference(*tenfold)
    assert surer.high - surer.low < found.high - found.low, "more clients, less doubt"


@pytest.mark.parametrize(("rate", "rate_alone"), [(0.02, 0.01), (0.31, 0.24), (0.97, 0.99)])
def test_nineteen_of_twenty_intervals_hold_the_truth(rate, rate_alone):
    seeded = np.random.default_rng(5)
    n, n_alone, worlds = 400, 100, 1_000
    reached, reached_alone = seeded.binomial(n, rate, worlds), seeded.binomial(n_alone, rate_alone, worlds)
    found = [
        difference(Group(int(a), n), Group(int(b), n_alone))
        for a, b in zip(reached, reached_alone, strict=True)
    ]
    held = np.mean([each.low <= rate - rate_alone <= each.high for each in found])
    assert held >= 0.93


def test_nobody_says_nothing():
    assert share(Group(0, 0)) == (0.0, 1.0)
    assert difference(Group(3, 10), Group(0, 0)) is None
    with pytest.raises(ValueError, match="No more clients"):
        difference(Group(4, 3), Group(1, 3))


def test_what_a_goal_gained_costs():
    found = difference(Group(310, 1_000), Group(240, 1_000))
    cost, between = cost_per_gained(42_000, found)
    assert cost == pytest.approx(600)
    assert between.low == pytest.approx(42 / found.high)
    assert between.high == pytest.approx(42 / found.low)
    unsure = difference(Group(31, 100), Group(24, 100))
    assert cost_per_gained(4_200, unsure)[1].high is None, "its bad end gains nothing: no price is too high"
    assert cost_per_gained(4_200, difference(Group(20, 100), Group(24, 100)))[0] is None


@given(
    st.lists(st.integers(50, 5_000), min_size=2, max_size=6),
    st.lists(st.floats(0.05, 1), min_size=6, max_size=6),
)
@settings(deadline=None, max_examples=50)
def test_the_split_s_chance_is_scipys(sizes, shares):
    shares = np.array(shares[: len(sizes)])
    expected = sum(sizes) * shares / shares.sum()
    chance = split_chance(sizes, list(shares))
    assert chance == pytest.approx(stats.chisquare(sizes, expected).pvalue, abs=1e-9)


def test_a_broken_split_is_seen_and_a_small_one_is_not_judged():
    assert split_chance([9_000, 1_000], [0.9, 0.1]) == 1.0
    assert split_chance([9_000, 850], [0.9, 0.1]) < BROKEN, "150 of the holdout got lost"
    assert split_chance([30, 0], [0.9, 0.1]) is None
    with pytest.raises(ValueError, match="Each of two"):
        split_chance([1], [1.0])


def test_as_many_as_needed_see_the_gain_as_often_as_said():
    clients = needed(0.24, 0.07, alone=0.2)
    alone = round(clients * 0.2)
    seeded = np.random.default_rng(7)
    found = [
        difference(
            Group(int(seeded.binomial(clients - alone, 0.31)), clients - alone),
            Group(int(seeded.binomial(alone, 0.24)), alone),
        )
        for _ in range(1_000)
    ]
    assert np.mean([each.low > 0 for each in found]) == pytest.approx(0.8, abs=0.04)
    assert needed(0.24, 0.07, alone=0.5) < clients, "halves are the cheapest split"
    with pytest.raises(ValueError, match="differ"):
        needed(0.2, 0, alone=0.1)


@pytest.mark.skipif(not TRIAL.exists(), reason=f"No trial at {TRIAL}: set GUINDA_DATA to check against it.")
def test_a_real_trial_gives_its_known_rates():
    """Hillstrom's e-mails, 2008: 64,000 clients in three equal groups, who visited within two weeks."""
    with TRIAL.open(newline="") as file:
        seen = Counter((row["segment"], int(row["visit"])) for row in csv.DictReader(file))
    groups = {
        segment: Group(seen[segment, 1], seen[segment, 0] + seen[segment, 1])
        for segment in ("Womens E-Mail", "Mens E-Mail", "No E-Mail")
    }
    found = difference(groups["Womens E-Mail"], groups["No E-Mail"])
    assert (round(found.rate * 100, 2), round(found.rate_alone * 100, 2)) == (15.14, 10.62)
    assert found.is_sure
    assert (round(found.low * 100, 2), round(found.high * 100, 2)) == (3.89, 5.16)
    assert split_chance([each.clients for each in groups.values()], [1, 1, 1]) > BROKEN
