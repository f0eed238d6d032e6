"""The placement is as good as the best of all placements, and the bound is never above it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guinda.solvers import pmedian
from guinda.solvers.pmedian import Problem, solve


def best_of_all(problem):
    sites = range(problem.costs.shape[1])
    return min(
        problem.costs[:, list(chosen)].min(axis=1) @ problem.weights
        for chosen in combinations(sites, problem.stores)
    )


@st.composite
def problems(draw):
    demands, sites = draw(st.integers(1, 12)), draw(st.integers(1, 9))
    seed, stores = draw(st.integers(0, 10_000)), draw(st.integers(1, sites))
    rng = np.random.default_rng(seed)
    costs = rng.integers(0, draw(st.sampled_from([2, 10, 1_000])), (demands, sites)).astype(float)
    weights = rng.integers(0, 5, demands).astype(float)
    weights[0] = 1
    return Problem(costs, weights, stores)


@settings(max_examples=150, deadline=None)
@given(problems())
def test_no_placement_is_better_and_the_bound_is_true(problem):
    found = solve(problem, limit_s=20)

    best = best_of_all(problem)
    assert found.cost == pytest.approx(best)
    assert found.bound <= best + 1e-6
    assert found.gap <= 1e-6
    assert len(set(found.sites)) == problem.stores
    served = problem.costs[np.arange(len(problem.weights)), found.serves]
    assert served @ problem.weights == pytest.approx(found.cost)
    assert set(found.serves) <= set(found.sites)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_what_is_ruled_out_is_in_no_better_placement(problem):
    """The relaxation's bound and its list of sites, without HiGHS behind them."""
    start = pmedian._exchanged(problem, pmedian._greedy(problem))
    bound, kept = pmedian._relaxed(problem, start)
    best = best_of_all(problem)
    assert bound <= best * (1 + 1e-6)
    part = Problem(problem.costs[:, kept], problem.weights, problem.stores)
    assert best_of_all(part) == pytest.approx(best)


def clustered(demands=90, seed=3):
    rng = np.random.default_rng(seed)
    places = rng.normal(rng.choice([0, 40, 90], (demands, 1)), 9, (demands, 2))
    costs = np.hypot(*(places[:, None, axis] - places[None, :, axis] for axis in (0, 1)))
    return Problem(costs, rng.integers(1, 100, demands).astype(float), 6)


def test_a_larger_one_is_proved_best():
    found = solve(clustered(), limit_s=60)
    assert found.gap <= 1e-6
    assert found.cost <= solve(clustered(), limit_s=1e-9).cost


def test_cut_short_it_still_has_an_answer_and_a_true_bound():
    hasty, patient = solve(clustered(), limit_s=1e-9), solve(clustered(), limit_s=60)
    assert hasty.bound <= patient.cost <= hasty.cost
    assert 0 <= hasty.gap < 0.1


def test_the_same_question_has_the_same_answer():
    assert solve(clustered(), limit_s=60).sites == solve(clustered(), limit_s=60).sites


def test_heavier_demand_draws_the_store():
    costs = np.array([[0.0, 10.0], [10.0, 0.0]])
    assert solve(Problem(costs, np.array([1.0, 3.0]), 1), limit_s=5).sites == (1,)


@pytest.mark.parametrize(
    ("costs", "weights", "stores", "said"),
    [
        (np.zeros((2, 3)), np.ones(2), 4, "1 to 3 stores"),
        (np.zeros((2, 3)), np.ones(2), 0, "1 to 3 stores"),
        (np.zeros((0, 3)), np.ones(0), 1, "places of demand"),
        (np.zeros((pmedian.DEMANDS_MAX + 1, 1)), np.ones(pmedian.DEMANDS_MAX + 1), 1, "3,001"),
        (np.zeros((1, pmedian.SITES_MAX + 1)), np.ones(1), 1, "1,001"),
        (np.full((2, 2), np.nan), np.ones(2), 1, "finite"),
        (np.full((2, 2), -1.0), np.ones(2), 1, "not below 0"),
        (np.zeros((2, 2)), np.zeros(2), 1, "above 0"),
        (np.zeros((2, 2)), np.ones(3), 1, "one weight"),
    ],
)
def test_what_cannot_be_solved_is_refused_with_the_limit(costs, weights, stores, said):
    with pytest.raises(ValueError, match=said):
        Problem(costs, weights, stores)


def test_no_time_is_refused():
    with pytest.raises(ValueError, match="above 0 seconds"):
        solve(clustered(), limit_s=0)
