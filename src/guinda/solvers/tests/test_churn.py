"""Who leaves: chances that mean what they say, nothing learned where there is nothing, leaks named, drift seen."""

from __future__ import annotations

import json

import numpy as np
import pytest

from guinda.solvers.churn import Model, auc, calibration_error, fit, telling
from guinda.solvers.drift import calibration_by_week, effect_by_week, stability, tenths


def clients(seed, count=3_000):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 4))
    chance = 1 / (1 + np.exp(1.2 - features[:, 0] - features[:, 1] * (features[:, 2] > 0)))
    return features, rng.random(count) < chance, chance


def test_chances_order_the_leavers_and_mean_what_they_say():
    features, left, _ = clients(1)
    other, gone, true = clients(2)
    model = fit(features, left, seed=0)
    found = model.chance(other)

    assert np.array_equal(Model.read(json.loads(json.dumps(model.plain()))).chance(other), found), (
        "kept as text"
    )
    assert auc(gone, found) > auc(gone, true) - 0.02
    assert calibration_error(gone, found) < 0.035
    assert abs(found.mean() - gone.mean()) < 0.03


def test_nothing_is_learned_from_outcomes_by_chance():
    """Were the calibration or a fold to see what it is tried on, shuffled outcomes would be foretold better than by chance."""
    features, left, _ = clients(3)
    shuffled = np.random.default_rng(0).permutation(left)
    half = len(left) // 2
    found = fit(features[:half], shuffled[:half], seed=0).chance(features[half:])

    assert abs(auc(shuffled[half:], found) - 0.5) < 0.05
    assert calibration_error(shuffled[half:], found) < 0.06


def test_a_column_written_after_the_fact_is_named():
    features, left, _ = clients(4)
    leaking = np.column_stack(
        [features, -left.astype(float) + np.random.default_rng(1).normal(0, 0.3, len(left))]
    )

    assert telling(features, left) == []
    assert telling(leaking, left) == [4]


def test_too_few_leavers_are_refused():
    features, left, _ = clients(5)
    left[:] = False
    with pytest.raises(ValueError, match="at least 50"):
        fit(features, left, seed=0)


def test_auc_by_hand():
    assert auc(np.array([True, False, True, False]), np.array([0.9, 0.5, 0.5, 0.1])) == pytest.approx(3.5 / 4)


def test_an_input_that_moved_is_seen_and_one_that_did_not_is_not():
    rng = np.random.default_rng(6)
    learned = rng.normal(size=5_000)
    assert stability(tenths(learned), rng.normal(size=5_000)) < 0.02
    assert stability(tenths(learned), rng.normal(1, 1, size=5_000)) > 0.2
    halves, others = np.array([0.0] * 50 + [1.0] * 50), np.array([0.0] * 80 + [1.0] * 20)
    assert stability(tenths(halves), others) == pytest.approx(0.3 * np.log(1.6) - 0.3 * np.log(0.4))


def test_a_week_that_went_otherwise_is_named():
    rng = np.random.default_rng(7)
    week, chance = np.repeat(np.arange(4), 500), np.full(2_000, 0.2)
    came = rng.random(2_000) < np.where(week == 2, 0.35, 0.2)
    assert [each.week for each in calibration_by_week(week, chance, came) if each.moved] == [2]
    treated = rng.random(2_000) < 0.5
    came = rng.random(2_000) < 0.2 + 0.1 * treated + 0.3 * (treated & (week == 1))
    weeks = effect_by_week(week, np.full(2_000, 0.1), treated, came.astype(float))
    assert [each.week for each in weeks if each.moved] == [1]
    assert effect_by_week(week[:3], chance[:3], treated[:3], came[:3].astype(float)) == []
