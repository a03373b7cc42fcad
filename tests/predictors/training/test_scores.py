import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from predictors.training.scores import (
    Score,
    best_constant,
    correlation,
    gain,
    interval,
    mean_absolute_error,
    rmse,
    score,
)


def test_errors_are_what_a_hand_computes():
    predicted, true = [1.0, 2.0, 6.0], [1.0, 4.0, 2.0]

    assert mean_absolute_error(predicted, true) == pytest.approx(2.0)
    assert rmse(predicted, true) == pytest.approx(np.sqrt(20.0 / 3.0))


def test_a_shape_that_would_broadcast_is_a_mistake():
    with pytest.raises(ValueError, match="shapes differ"):
        rmse(np.zeros((3, 1)), np.zeros(3))


@given(st.integers(0, 10_000))
def test_the_correlation_is_that_of_scipy(seed):
    x, y = np.random.default_rng(seed).normal(size=(2, 4, 5))

    assert correlation(x, y) == pytest.approx(stats.pearsonr(x.ravel(), y.ravel()).statistic, abs=1e-12)


def test_a_constant_correlates_with_nothing():
    assert correlation(np.full(5, 3.3), np.arange(5.0)) == 0.0


def test_the_best_constant_is_the_median_for_distances_and_the_mean_for_squares():
    targets = [0.0, 0.0, 1.0, 7.0]

    assert best_constant(mean_absolute_error, targets) == 0.5
    assert best_constant(rmse, targets) == 2.0


def test_the_interval_is_over_groups_and_not_over_examples():
    rng = np.random.default_rng(5)
    songs = np.repeat(np.arange(8), 50)
    errors = rng.normal(size=8)[songs] + 0.01 * rng.normal(size=400)
    grouped = score(mean_absolute_error, errors, np.zeros(400), [str(song) for song in songs])
    alone = score(mean_absolute_error, errors, np.zeros(400), [str(number) for number in range(400)])

    assert grouped.value == alone.value
    assert grouped.high - grouped.low > 3 * (alone.high - alone.low)


def test_the_interval_of_a_mean_holds_it_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    held = [
        scored.low <= 0.0 <= scored.high
        for values in rng.normal(size=(60, 30))
        for scored in [interval(lambda chosen, values=values: float(values[chosen].mean()), [*map(str, range(30))])]
    ]

    assert 0.85 <= np.mean(held) <= 1.0


def test_the_same_seed_gives_the_same_interval_in_any_order_of_groups():
    errors, groups = np.sqrt(np.arange(24.0)), [*"aabbccddeeffgghhiijjkkll"]
    forwards = score(rmse, errors, np.zeros(24), groups, seed=3)
    backwards = score(rmse, errors[::-1], np.zeros(24), groups[::-1], seed=3)

    assert (forwards.low, forwards.high) == pytest.approx((backwards.low, backwards.high))
    assert forwards != score(rmse, errors, np.zeros(24), groups, seed=4)


def test_every_group_is_drawn():
    assert score(mean_absolute_error, [0.0, 1.0], [0.0, 0.0], ["a", "b"]) == Score(value=0.5, low=0.0, high=1.0)


def test_one_group_has_no_spread():
    assert score(rmse, [1.0, 1.0], [0.0, 0.0], ["a", "a"]) == Score(value=1.0, low=1.0, high=1.0)


def test_a_gain_over_a_baseline_is_sure_where_every_song_gains_a_little():
    rng = np.random.default_rng(2)
    true = 10 * rng.normal(size=20)
    baseline = true + rng.choice([-1, 1], 20) * rng.uniform(1, 9, 20)
    predicted = true + 0.9 * (baseline - true)
    songs = [str(number) for number in range(20)]
    gained = gain(mean_absolute_error, predicted, baseline, true, songs)

    assert gained.value == pytest.approx(-0.1 * mean_absolute_error(baseline, true))
    assert gained.high < 0.0


def test_no_examples_are_a_mistake():
    with pytest.raises(ValueError, match="no example"):
        interval(lambda chosen: 0.0, [])
