"""A plan keeps every limit, and its bound is never below the best plan, which HiGHS finds exactly on small problems."""

from __future__ import annotations

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guinda.solvers.allocate import NEVER, Limit, Problem, curve, faults, reasons, solve, used_by
from guinda.solvers.allocate.passes import BLOCK


@st.composite
def problems(draw, floors=True):
    clients, offers, groups = draw(st.integers(1, 14)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    high = draw(st.sampled_from([2, 30, 10_000]))
    values = rng.integers(-high // 3, high, (clients, offers), dtype=np.int64).astype(
        draw(st.sampled_from([np.int32, np.int64]))
    )
    values[rng.random(values.shape) < 0.15] = NEVER
    amounts = rng.integers(0, high, (1, clients, offers), dtype=np.int32)
    limits = [
        Limit(
            "money",
            np.ones(offers, dtype=np.int64),
            most=int(rng.integers(0, high * clients // 2 + 1)),
            amount=0,
        )
    ]
    for number in range(draw(st.integers(0, 4))):
        uses = rng.integers(0, 4, (groups, offers))
        most = int(rng.integers(0, 2 * clients + 1))
        least = int(rng.integers(0, most // 2 + 1)) if floors and rng.random() < 0.4 else None
        limits.append(Limit(f"limit {number}", uses, most=most, least=least))
    each = draw(st.sampled_from([1, min(2, offers)]))
    return Problem(values, limits, amounts, rng.integers(0, groups, clients), each)


def used_in_all(problem, limit, take):
    uses = np.broadcast_to(limit.uses, (problem.group_count, problem.offers))
    times = uses[problem.groups] * (
        1 if limit.amount is None else problem.amounts[limit.amount].astype(np.int64)
    )
    some = [int(times[pair]) * each for pair, each in take.items() if times[pair]]
    return sum(some) if some else None


def held(solver, limit, used):
    """Tell the solver of a limit; False where nothing can be used of it and a floor asks for some."""
    if used is None:
        return not limit.least
    if limit.most is not None:
        solver.addConstr(used <= limit.most)
    if limit.least is not None:
        solver.addConstr(used >= limit.least)
    return True


def best_of_all(problem):
    """The best plan's value by HiGHS, None where none keeps the floors."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    take = {}
    for client, offer in np.argwhere(problem.values != NEVER):
        take[client, offer] = solver.addBinary(obj=-float(problem.values[client, offer]))
    for client in range(problem.clients):
        mine = [take[each] for each in take if each[0] == client]
        if mine:
            solver.addConstr(sum(mine) <= int(problem.each[client]))
    if not all(held(solver, limit, used_in_all(problem, limit, take)) for limit in problem.limits):
        return None
    if not take:
        return 0
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return round(-solver.getInfo().objective_function_value)


def upper_faults(problem, choices):
    return [each for each in faults(problem, choices) if "asks for" not in each]


@settings(max_examples=50, deadline=None)
@given(problems())
def test_no_limit_is_exceeded_and_the_bound_is_true(problem):
    found = solve(problem, seed=1)

    best = best_of_all(problem)
    assert upper_faults(problem, found.choices) == []
    assert bool(faults(problem, found.choices)) == bool(found.shorts)
    if best is None:
        assert found.shorts
    else:
        assert not any(each.proved for each in found.shorts)
        assert found.bound >= best
        if not found.shorts:
            assert found.value <= best


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([3, 5_000]))
def test_a_middling_problem_is_solved_nearly_to_the_bound(seed, high):
    """With a few hundred clients the bound itself is a part of one offer away from any plan."""
    rng = np.random.default_rng(seed)
    clients, offers = 600, 5
    values = rng.integers(1, high, (clients, offers), dtype=np.int32)
    cost = rng.integers(1, 20, (1, clients, offers), dtype=np.int32)
    channel = np.array([1, 1, 0, 0, 0])
    problem = Problem(
        values,
        [
            Limit("money", np.ones(offers, dtype=np.int64), most=2_000, amount=0),
            Limit("calls", channel, most=120),
            Limit("visits", 1 - channel, least=50),
        ],
        cost,
    )
    found = solve(problem, seed=2)

    assert faults(problem, found.choices) == []
    assert found.value <= found.bound
    assert found.bound - found.value <= 3 * values.max()


def many(clients=BLOCK * 3 + 17):
    rng = np.random.default_rng(4)
    values = rng.integers(1, 9_000, (clients, 6), dtype=np.int32)
    cost = rng.integers(50, 900, (1, clients, 6), dtype=np.int32)
    limits = [Limit("money", np.ones(6, dtype=np.int64), most=clients * 90, amount=0)]
    limits += [
        Limit(f"offer {each}", (np.arange(6) == each).astype(np.int64), most=clients // 9)
        for each in range(6)
    ]
    return Problem(values, limits, cost, rng.integers(0, 3, clients))


def test_the_same_answer_whoever_shares_the_blocks():
    problem = many()
    one, three = (solve(problem, seed=5, threads=threads) for threads in (1, 3))

    assert one.gap <= 1e-4
    assert (one.choices == three.choices).all()
    assert one.bound == three.bound
    assert one.prices == three.prices


def test_the_last_units_of_many_limits_meet():
    """Messages and minutes count in whole clients: single changes and their pairs alone leave three times as much."""
    rng = np.random.default_rng(3)
    clients, offers, sellers = 4_000, 8, 8
    minutes = rng.integers(5, 30, offers)
    limits = [Limit("money", np.ones(offers, dtype=np.int64), most=clients * 180, amount=0)]
    limits += [
        Limit(f"channel {each}", (np.arange(offers) == each).astype(np.int64), most=180)
        for each in range(offers)
    ]
    for seller in range(sellers):
        uses = np.zeros((sellers, offers), dtype=np.int64)
        uses[seller] = minutes
        limits.append(Limit(f"seller {seller}", uses, most=2_400 + 7 * seller))
    values = rng.integers(1, 10_000, (clients, offers), dtype=np.int32)
    cost = rng.integers(100, 2_000, (1, clients, offers), dtype=np.int32)
    problem = Problem(values, limits, cost, rng.integers(0, sellers, clients))
    found = solve(problem, seed=1)

    assert faults(problem, found.choices) == []
    assert found.gap <= 5e-4


def test_a_price_is_what_one_more_unit_brings():
    problem = many()
    most = problem.limits[0].most
    low, high = curve(problem, "money", [most, most + 20_000], seed=1)

    assert high.bound - low.bound == pytest.approx(20_000 * (low.per_unit + high.per_unit) / 2, rel=0.02)
    assert low.per_unit >= high.per_unit > 0


def test_a_floor_out_of_reach_is_named_with_what_stands_in_its_way():
    values = np.full((40, 2), 100, dtype=np.int32)
    first = np.array([1, 0])
    problem = Problem(
        values,
        [
            Limit("first contacts", first, least=30),
            Limit("minutes", first * 10, most=200),
            Limit("gifts", 1 - first, most=5),
        ],
    )
    found = solve(problem, seed=1)

    (short,) = found.shorts
    assert (short.limit, short.least, short.reached, short.proved, short.because) == (
        "first contacts",
        30,
        20,
        True,
        ("minutes",),
    )
    assert upper_faults(problem, found.choices) == []


def test_the_largest_numbers_do_not_run_over():
    values = np.full((50, 2), 2**31 - 1, dtype=np.int32)
    amounts = np.full((1, 50, 2), 2**31 - 1, dtype=np.int32)
    uses = np.array([2**20, 2**20])
    problem = Problem(
        values, [Limit("much", uses, most=2**52, amount=0), Limit("more", uses, least=2**52)], amounts
    )
    found = solve(problem, seed=1)

    assert found.value == 2 * (2**31 - 1)
    assert found.bound >= found.value
    assert upper_faults(problem, found.choices) == []
    assert found.shorts


def test_reasons_name_the_second_best_and_the_limit_that_decided():
    values = np.array([[100, 60], [90, 10]], dtype=np.int32)
    problem = Problem(values, [Limit("gold", np.array([1, 0]), most=1)])
    found = solve(problem, seed=1)
    first, second = reasons(problem, found.prices, [(0, 1), (1, 0)])

    assert found.value == 150
    assert (first.offer, first.value, first.decided_by) == (1, 60, "gold")
    assert (first.second, first.second_value) == (0, 100)
    assert (second.offer, second.value, second.decided_by) == (0, 90, None)
    assert (second.second, second.second_value) == (1, 10)


def test_second_best_is_named_also_where_the_limits_charge_more_than_it_adds():
    values = np.array([[100, 60, -5], [99, 58, -5]], dtype=np.int32)
    problem = Problem(
        values, [Limit(f"of {at}", np.eye(3, dtype=np.int64)[at], most=1 - at) for at in (0, 1)]
    )
    found = solve(problem, seed=1)
    (told,) = reasons(problem, found.prices, [(0, 0)])
    assert found.value == 100
    assert (told.second, told.second_value, told.decided_by) == (1, 60, None)
    (nothing,) = reasons(problem, found.prices, [(1, -1)])
    assert (nothing.second, nothing.second_value) == (0, 99)
    assert nothing.decided_by == "of 0"


def test_who_gets_two_things_has_a_reason_for_each():
    values = np.array([[100, 60, 30]], dtype=np.int32)
    found = solve(Problem(values, [], each=2), seed=1)
    told = reasons(Problem(values, [], each=2), found.prices, [(0, 1), (0, 0)])
    assert [(each.offer, each.value, each.second, each.decided_by) for each in told] == [
        (1, 60, 2, None),
        (0, 100, 2, None),
    ]


def test_the_check_sees_each_fault():
    problem = Problem(
        np.array([[5, NEVER]], dtype=np.int32), [Limit("one", np.array([3, 1]), most=2, least=1)], each=1
    )
    assert faults(problem, np.array([[0]], dtype=np.int8)) == ["The limit one allows 2, and 3 are used."]
    assert faults(problem, np.array([[1]], dtype=np.int8)) == ["A client gets an offer that may not be made."]
    assert faults(problem, np.array([[-1]], dtype=np.int8)) == [
        "The limit one asks for 1, and 0 are reached."
    ]
    assert "twice" in faults(problem, np.array([[0, 0]], dtype=np.int8))[1]
    assert used_by(problem, problem.limits[0], np.array([[0]], dtype=np.int8)) == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"values": np.zeros((2, 2))}, "whole numbers"),
        ({"limits": [Limit("x", np.array([1, 2, 3]), most=1)]}, "fit neither"),
        ({"limits": [Limit("x", np.array([1, 1]), most=1, amount=0)]}, "does not have"),
        ({"each": 3}, "How many offers"),
        ({"groups": np.array([0, -1])}, "one group"),
    ],
)
def test_what_makes_no_sense_is_refused(change, says):
    facts = {"values": np.zeros((2, 2), dtype=np.int32), "limits": []} | change
    with pytest.raises(ValueError, match=says):
        Problem(**facts)
