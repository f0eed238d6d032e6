"""Uplift: Qini on numbers reckoned by hand, learners that find a known effect, and the pooled mean that says that it is one."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guinda.solvers.uplift import (
    Model,
    Prior,
    Trial,
    difference,
    learn,
    policy_value,
    qini,
    qini_curve,
    uplift_at,
)
from guinda.solvers.uplift.judging import FIRST_TENTHS


def flags(text):
    return np.array([each == "1" for each in text])


def numbers(text):
    return flags(text).astype(float)


def test_qini_by_hand():
    """Curve (0, 0) (1, 1) (2, 1) (3, -1) (4, 0): area 1, chance 0. Ideal, ties as a whole: (0, 0) (1, 1) (3, 1) (4, 0): area 3."""
    outcome, treated, score = numbers("1010"), flags("1100"), np.array([4.0, 3.0, 2.0, 1.0])

    assert [each.tolist() for each in qini_curve(outcome, score, treated)] == [
        [0, 1, 2, 3, 4],
        [0, 1, 1, -1, 0],
    ]
    assert qini(outcome, score, treated) == pytest.approx(1 / 3)


def test_the_first_tenths_and_a_policy_by_hand():
    outcome, treated, score = numbers("110100"), flags("101010"), np.array([6.0, 5, 4, 3, 2, 1])
    half = np.full(6, 0.5)

    assert uplift_at(0.67, outcome, score, treated).value == pytest.approx(1 / 2 - 2 / 2)
    assert difference(outcome, treated).value == pytest.approx(1 / 3 - 2 / 3)
    assert policy_value(flags("111000"), outcome, treated, half).value == pytest.approx(
        (1 + 0 + 1 + 0) * 2 / 6
    )
    exact = policy_value(flags("111000"), outcome, treated, half, (outcome, outcome))
    assert exact.value == pytest.approx(outcome.mean())
    told = (np.full(6, 0.2), np.full(6, 0.6))
    robust = policy_value(flags("111000"), outcome, treated, half, told)
    assert robust.value == pytest.approx((1.4 + 0.6 - 0.6 + 1.8 + 0.2 - 0.2) / 6)


def test_a_policy_is_worth_the_same_where_only_the_model_or_only_the_chances_are_right():
    rng, clients = np.random.default_rng(5), 200_000
    treat, chance = np.arange(clients) % 3 == 0, np.where(np.arange(clients) % 2 == 0, 0.3, 0.6)
    treated = rng.random(clients) < chance
    right = (np.full(clients, 0.2), np.full(clients, 0.5))
    outcome = (rng.random(clients) < np.where(treated, 0.5, 0.2)).astype(float)
    worth = np.where(treat, 0.5, 0.2).mean()
    for chances, told in ((chance, (right[1], right[0])), (np.full(clients, 0.5), right)):
        found = policy_value(treat, outcome, treated, chances, told)
        assert found.value == pytest.approx(worth, abs=0.006)
    wrong = policy_value(treat, outcome, treated, np.full(clients, 0.5), (right[1], right[0])).value
    assert abs(wrong - worth) > 0.02, "with neither of them it is not"


def test_the_shares_that_are_shown_are_the_first_tenth_fifth_and_three_tenths_by_score():
    assert FIRST_TENTHS == (0.1, 0.2, 0.3)
    score, treated = np.arange(100.0)[::-1], np.arange(100) % 2 == 0
    outcome = np.where(treated, np.arange(100) < 10, (np.arange(100) >= 10) & (np.arange(100) < 20)).astype(
        float
    )
    told = [uplift_at(share, outcome, score, treated).value for share in FIRST_TENTHS]
    assert told == pytest.approx([1.0, 0.0, 0.0])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(20, 200))
def test_no_order_is_better_than_the_ideal_one_and_reversing_it_is_no_gain(seed, clients):
    rng = np.random.default_rng(seed)
    treated = rng.permutation(clients) % 2 == 0
    outcome = (rng.permutation(clients) % 3 == 0).astype(float)
    ideal = np.where(treated, outcome, -outcome)

    assert qini(outcome, ideal, treated) == pytest.approx(1.0)
    assert qini(outcome, rng.random(clients), treated) <= 1.0 + 1e-9
    assert qini(outcome, np.zeros(clients), treated) == pytest.approx(0.0)


def trial(clients=8_000, seed=3):
    """Only those whose first feature is above 0 are moved, by 0.2."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(clients, 3))
    treated = rng.random(clients) < 0.4
    chance = 0.2 + 0.1 * (features[:, 1] > 0) + 0.2 * treated * (features[:, 0] > 0)
    return Trial(features, treated, (rng.random(clients) < chance).astype(float), np.full(clients, 0.4))


def reread(model):
    return Model.read(json.loads(json.dumps(model.plain(), allow_nan=False)))


@pytest.mark.parametrize("learner", ["S", "T", "X", "DR"])
@pytest.mark.parametrize("base", ["linear", "boosted"])
def test_each_learner_finds_who_is_moved(learner, base):
    model = learn(trial(), learner=learner, base=base, seed=1)
    other = trial(seed=4)
    found = model.predict(other.features)

    assert not model.pooled
    assert np.array_equal(reread(model).predict(other.features), found), "kept as text, to the last bit"
    assert found[other.features[:, 0] > 0].mean() > found[other.features[:, 0] < 0].mean() + 0.08
    assert uplift_at(0.3, other.outcome, found, other.treated).low > 0.1


def test_an_interval_holds_what_it_says_it_holds():
    """Of a hundred trials with an effect of 0.1, about ninety-five intervals hold it."""
    ranges = [difference(each.outcome, each.treated) for each in (trial(1_500, seed) for seed in range(100))]
    assert 89 <= sum(each.low <= 0.1 <= each.high for each in ranges) <= 99


def test_with_few_data_all_get_the_mean_drawn_to_the_prior_and_it_says_so():
    few = trial(clients=300)
    model = learn(few, learner="DR", base="boosted", seed=1, prior=Prior(mean=0.01, deviation=0.01))
    found = model.predict(few.features)

    assert model.pooled
    assert len(set(found.tolist())) == 1
    assert min(0.01, model.mean.value) < found[0] < max(0.01, model.mean.value)
    nobody = learn(few.part(~few.treated), learner="T", base="linear", seed=1, prior=Prior(mean=0.03))
    assert nobody.predict(few.features)[0] == 0.03
    assert reread(nobody) == nobody, "an interval without an end as well"


def test_a_client_who_could_not_have_been_treated_is_refused():
    with pytest.raises(ValueError, match="chance lies between"):
        Trial(np.zeros((2, 1)), flags("10"), numbers("10"), np.array([0.5, 1.0]))


def test_what_learns_is_imported_only_when_it_learns():
    asked = (
        "import sys; import guinda.solvers.uplift, guinda.solvers.churn, guinda.solvers.lifetime, guinda.solvers.drift;"
        "print([each for each in ('lightgbm', 'sklearn', 'scipy') if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("came", "others"), [(0, 0), (1, 0), (1, 1)])
def test_a_few_clients_of_one_outcome_are_not_sure_of_it(came, others):
    outcome = np.repeat([float(came), float(others)], 2)
    mean = difference(outcome, np.repeat([True, False], 2))
    assert mean.low < came - others < mean.high
    assert abs(Prior(0.02, 0.02).drawn(mean) - 0.02) < 0.01, (
        "two clients on each side hardly move what is assumed"
    )
