from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import butter, freqs

from predictors.eq_targets import (
    STEEPEST_DB,
    balanced,
    described,
    eq_target,
    heard,
    high_pass,
    k_weighting_db,
    octave_levels_db,
    roll_off_db,
    smooth,
    tone_of,
)
from predictors.targets import OCTAVES_HZ, Aim, EqTarget, eq_curve_db

tones = st.lists(st.floats(-12.0, 12.0), min_size=10, max_size=10)


@given(tones, st.floats(32.0, 15000.0))
def test_a_curve_goes_through_its_octaves_and_never_beyond_its_neighbours(gains, hz):
    target = EqTarget(gains_db=tuple(gains), why="")

    at_octaves = eq_curve_db(target, OCTAVES_HZ)
    between = float(eq_curve_db(target, hz))

    right = int(np.searchsorted(OCTAVES_HZ, hz))
    low, high = sorted(gains[right - 1 : right + 1])
    np.testing.assert_allclose(at_octaves, gains, atol=1e-6)
    assert low - 1e-6 <= between <= high + 1e-6


def test_a_curve_is_constant_beyond_its_ends():
    target = EqTarget(gains_db=(-3.0, *(0.0,) * 8, 2.0), why="")

    ends = eq_curve_db(target, [5.0, 20.0, 31.5, 16000.0, 24000.0])

    np.testing.assert_allclose(ends, [-3.0, -3.0, -3.0, 2.0, 2.0], atol=1e-12)


def test_the_roll_off_is_that_of_a_second_order_butterworth():
    high_pass_hz = 120.0

    _, response = freqs(*butter(2, high_pass_hz, "highpass", analog=True), worN=np.array(OCTAVES_HZ))

    np.testing.assert_allclose(roll_off_db(high_pass_hz), 20 * np.log10(np.abs(response)), atol=1e-9)


def test_the_k_weighting_is_that_of_the_standard():
    weights = k_weighting_db()

    # BS.1770-4 at 997 Hz: +0.691 dB; the shelf ends at +4 dB; the high-pass is half an octave over 38 Hz.
    assert weights[5] == pytest.approx(0.70, abs=0.02)
    assert weights[9] == pytest.approx(4.0, abs=0.1)
    assert weights[0] < -7.0


def test_octave_levels_add_up_three_thirds(make_track):
    levels = tuple(range(-40, -30))

    found = octave_levels_db(make_track(levels))

    np.testing.assert_allclose(found, levels, atol=1e-9)


@pytest.mark.parametrize(("lowest_hz", "expected"), [(20.0, 40.0), (100.0, 75.0), (200.0, 150.0), (500.0, 180.0)])
def test_the_high_pass_follows_the_voice_within_limits(make_track, lowest_hz, expected):
    aim = high_pass(make_track(lowest_hz=lowest_hz))

    assert aim.value == expected
    assert f"{expected:.0f} Hz" in aim.why


def test_octaves_under_the_voice_and_beyond_the_recording_are_not_heard(make_track):
    track = make_track((-40, -30, -12, -6, -3, -9, -12, -16, -70, -100), lowest_hz=180.0)

    assert list(np.array(OCTAVES_HZ)[heard(track)]) == [250.0, 500.0, 1000.0, 2000.0, 4000.0]


@given(tones)
def test_smooth_limits_every_step_and_keeps_1_khz(tone):
    limited = smooth(np.array(tone))

    assert np.abs(np.diff(limited)).max() <= STEEPEST_DB + 1e-9
    assert limited[5] == tone[5]


def test_smooth_leaves_a_smooth_tone_alone():
    tone = np.array([-3.0, 0.0, 3.0, 1.0, 0.0, 2.0, 5.0, 6.0, 6.0, 2.0])

    np.testing.assert_array_equal(smooth(tone), tone)


def test_a_balanced_tone_leaves_the_loudness_about_as_it_is(make_track):
    track = make_track()
    tone = np.array([0.0, 0.0, -4.0, -3.0, -1.0, 0.0, 1.0, 2.0, 3.0, 3.0]) + 5.0

    shifted = balanced(tone, track)

    before = 10 ** ((octave_levels_db(track) + k_weighting_db()) / 10)
    change_lu = 10 * np.log10(np.sum(before * 10 ** (shifted / 10)) / np.sum(before))
    assert abs(change_lu) < 0.5
    assert np.ptp(tone - shifted) < 1e-9


@given(tones, st.floats(40.0, 250.0))
def test_a_target_gives_back_the_tone_that_it_was_made_of(tone, hz):
    target = eq_target(np.array(tone), "why", Aim(hz, "high-pass"))

    np.testing.assert_allclose(tone_of(target), tone, atol=0.0051)


def test_a_tone_is_described_by_the_octaves_that_matter():
    tone = np.array([9.0, 9.0, -1.5, 0.0, 0.4, 0.0, 0.0, 0.0, 3.12, 9.0])

    assert described(tone) == "-1.5 dB at 125 Hz, +3.1 dB at 8 kHz"
