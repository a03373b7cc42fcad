from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from predictors.excerpts import LEAST_ACTIVE, LENGTH, MOST, describe_excerpts, excerpts
from predictors.features import FEATURE_COUNT, describe

RATE = 8000


def mask_of(seconds: int, *active: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(10 * seconds, bool)
    for start, stop in active:
        mask[10 * start : 10 * stop] = True
    return mask


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(3).normal(0.0, 0.1, (1, round(RATE * seconds))).astype(np.float32)


def test_excerpts_are_where_the_voice_is():
    starts = excerpts(mask_of(100, (30, 46)))

    # The first that is half active begins 4 s before the voice, the others follow without overlap.
    np.testing.assert_array_equal(starts, [260, 340, 420])


@given(arrays.arrays(bool, st.integers(1, 3000)))
def test_excerpts_never_overlap_and_lie_inside(mask):
    starts = excerpts(mask)

    length = min(LENGTH, len(mask))
    assert 1 <= len(starts) <= MOST
    assert (np.diff(starts) >= length).all()
    assert starts[0] >= 0
    assert starts[-1] + length <= len(mask)


def test_an_hour_is_listened_to_from_end_to_end_in_as_many_excerpts_as_a_song():
    starts = excerpts(np.ones(36000, bool))

    assert len(starts) == MOST
    assert starts[0] < 1500
    assert starts[-1] > 34500


def test_a_voice_that_is_rarely_there_is_heard_where_it_is_most():
    mask = mask_of(100, (10, 11), (60, 63))

    (start,) = excerpts(mask)

    assert mask[start : start + LENGTH].sum() == 30
    assert LEAST_ACTIVE * LENGTH > 30


def test_nothing_has_no_excerpts():
    assert not len(excerpts(np.zeros(0, bool)))
    assert describe_excerpts(noise(1.0), RATE, np.zeros(0, bool)).shape == (0, FEATURE_COUNT)


@pytest.mark.parametrize("seconds", [0.3, 5.0, 8.0])
def test_a_short_recording_is_one_excerpt(seconds):
    samples = noise(seconds)

    rows = describe_excerpts(samples, RATE, np.ones(round(10 * seconds), bool))

    np.testing.assert_array_equal(rows, [describe(samples, RATE)])


def test_a_row_is_what_describes_its_excerpt_and_silence_is_not_a_number():
    samples = noise(24.0)
    samples[:, 8 * RATE : 16 * RATE] = 0.0

    first, silent, last, beyond = describe_excerpts(samples, RATE, np.ones(320, bool))

    np.testing.assert_array_equal(first, describe(samples[:, : 8 * RATE], RATE))
    np.testing.assert_array_equal(last, describe(samples[:, 16 * RATE :], RATE))
    assert np.isnan(silent).all()
    assert np.isnan(beyond).all()
