"""The margin keeps what it says, for any errors; and a kind of few errors borrows from its neighbours."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guinda.solvers.promise import BANDS, HIGHEST, LEAST, Margin, band_of, margin, margins, steered

ERRORS = st.lists(st.integers(-900, 3600), min_size=0, max_size=200)


def whole(values) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@given(ERRORS, st.floats(0.5, 0.99))
@settings(deadline=None)
def test_at_least_the_aim_of_what_was_seen_is_within_the_margin(errors, aim):
    found = margin(whole(errors), aim=aim)
    if found is None:
        assert math.ceil((len(errors) + 1) * aim) > len(errors)
    else:
        assert sum(each <= found for each in errors) >= math.ceil((len(errors) + 1) * aim)
        below = sum(each < found for each in errors)
        assert below < (len(errors) + 1) * aim, "no longer than needed"


@given(ERRORS.filter(lambda errors: len(errors) >= 25), st.integers(0, 10**6))
@settings(deadline=None, max_examples=60)
def test_left_out_one_by_one_the_aim_is_kept(errors, seed):
    """The finite-sample guarantee itself: each error in turn is the next one, the others are the past."""
    kept = 0
    for number, last in enumerate(errors):
        past = whole(errors[:number] + errors[number + 1 :])
        found = margin(past, aim=0.9)
        kept += last <= found
    assert kept / len(errors) >= 0.9 - 1e-9


@pytest.mark.parametrize("aim", [0.8, 0.95])
def test_coverage_on_fresh_errors_is_the_aim_and_not_much_more(aim):
    rng = np.random.default_rng(11)
    kept = []
    for _ in range(400):
        drawn = np.round(rng.lognormal(5, 0.7, 201)).astype(np.int64)
        kept.append(drawn[-1] <= margin(drawn[:-1], aim=aim))
    assert aim - 0.05 <= np.mean(kept) <= min(1.0, aim + 0.05)


def test_busy_hours_get_their_own_margin_and_few_errors_borrow():
    quiet, busy = [60] * LEAST, [900] * LEAST
    errors, hours, bands = (
        quiet + busy + [5000],
        [9] * LEAST + [18] * LEAST + [3],
        [0] * LEAST + [2] * LEAST + [1],
    )
    found = {
        (each.hour, each.band): each for each in margins(whole(errors), whole(hours), whole(bands), aim=0.95)
    }
    assert found[9, 0] == Margin(9, 0, 60, LEAST)
    assert found[18, 2] == Margin(18, 2, 900, LEAST)
    assert found[11, 0].margin_s == 60, "two hours away"
    assert found[23, 2].margin_s == 900, "any hour of this load"
    assert found[3, 1] == Margin(3, 1, 900, 2 * LEAST + 1), "one error says nothing: everything together does"
    assert len(found) == 24 * (len(BANDS) + 1)


def test_midnight_has_two_neighbours():
    found = margins(whole([100] * LEAST), whole([23] * LEAST), whole([0] * LEAST), aim=0.9)
    assert Margin(0, 0, 100, LEAST) in found


def test_too_few_errors_give_no_margin():
    assert margin(whole([1] * 18), aim=0.95) is None
    assert margin(whole([1] * 19), aim=0.95) == 1
    assert margins(whole([1]), whole([1]), whole([1]), aim=0.95) == []


def kept_in_a_city_that_answers(steer: bool, *, aim=0.95, days=60, bags=60) -> float:
    """The share of promises kept in the second half, where half of each margin is used up by the planner."""
    rng, level, margin_s = np.random.default_rng(5), aim, 180
    errors, kept = [], []
    for _ in range(days):
        drawn = rng.lognormal(5, 0.7, bags) + 0.5 * margin_s * rng.random(bags)
        late = int((drawn > margin_s).sum())
        errors, kept = [*errors, *drawn.astype(int)], [*kept, bags - late]
        level = steered(level, kept=bags - late, late=late, aim=aim) if steer else aim
        found = margins(whole(errors), whole([9] * len(errors)), whole([0] * len(errors)), aim=level)
        margin_s = found[0].margin_s
    return sum(kept[days // 2 :]) / (bags * (days - days // 2))


def test_the_aim_is_kept_also_where_the_margin_itself_makes_bags_later():
    assert abs(kept_in_a_city_that_answers(steer=True) - 0.95) < 0.01


def test_a_level_answers_to_each_promise_and_has_its_ends():
    assert steered(0.95, kept=19, late=1, aim=0.95) == pytest.approx(0.95), "as it should be"
    assert steered(0.95, kept=18, late=2, aim=0.95) > 0.95 > steered(0.95, kept=20, late=0, aim=0.95)
    assert steered(0.95, kept=0, late=10_000, aim=0.95) == HIGHEST
    assert steered(0.95, kept=10_000_000, late=0, aim=0.95) == pytest.approx(0.9)


def test_a_level_that_no_pool_can_show_gives_its_largest_error():
    errors = list(range(LEAST))
    found = margins(whole(errors), whole([9] * LEAST), whole([0] * LEAST), aim=HIGHEST)
    assert found[0].margin_s == LEAST - 1


def test_loads_have_bands():
    assert [band_of(bags, 10) for bags in (0, 4, 5, 9, 10, 19, 20, 99)] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert band_of(0, 0) == len(BANDS)


def test_nonsense_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match="above 0 and below 1"):
        margin(whole([1]), aim=1.0)
    with pytest.raises(ValueError, match="one hour and one band"):
        margins(whole([1]), whole([]), whole([1]), aim=0.9)
