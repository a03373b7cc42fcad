"""The distances between recordings: nothing for the same, more for more, and each part hears its own."""

from __future__ import annotations

import numpy as np
import pytest

from daw_bridge.matching.losses import Ear, residual_db

RATE = 44100


@pytest.fixture(scope="module")
def wanted():
    rng = np.random.default_rng(1)
    notes = np.repeat([1.0, 0.1, 0.5, 0.02, 0.8, 0.2], RATE // 2)
    return (rng.standard_normal((1, notes.size)) * notes * 0.1).astype(np.float32)


def test_equal_sounds_have_no_distance(wanted):
    distance = Ear(wanted, RATE).distance(wanted.copy())

    assert distance.total == 0.0
    assert residual_db(wanted, wanted) < -200.0


def test_a_gain_changes_the_spectrum_and_hardly_the_dynamics(wanted):
    distance = Ear(wanted, RATE).distance(wanted * np.float32(0.5))

    # spectral convergence 0.5 and ln 2 for every line
    assert distance.spectral == pytest.approx(0.5 + np.log(2.0), abs=0.02)
    assert distance.dynamic < 0.01


def test_less_dynamics_are_farther_away_the_less_there_are(wanted):
    ear = Ear(wanted, RATE)
    envelope = np.repeat(np.sqrt(np.square(wanted).reshape(-1, RATE // 2).mean(axis=1)), RATE // 2)
    squeezed = [ear.distance((wanted * envelope**-power).astype(np.float32)).dynamic for power in (0.2, 0.5, 0.8)]

    assert 0.0 < squeezed[0] < squeezed[1] < squeezed[2]


def test_noise_beside_the_sound_is_farther_away_the_louder_it_is(wanted):
    ear = Ear(wanted, RATE)
    noise = np.random.default_rng(2).standard_normal(wanted.shape).astype(np.float32)
    totals = [ear.distance(wanted + np.float32(gain) * noise).total for gain in (1e-4, 1e-3, 1e-2)]

    assert totals == sorted(totals)


def test_mono_is_as_two_equal_sides_and_width_is_heard(wanted):
    both = np.repeat(wanted, 2, axis=0)
    ear = Ear(both, RATE)
    wide = both + 0.1 * np.random.default_rng(3).standard_normal(both.shape).astype(np.float32) * np.abs(both)

    assert ear.distance(wanted).total == pytest.approx(0.0, abs=1e-6)
    assert Ear(wide, RATE).distance(both).spectral > 0.1


def test_a_tenth_off_is_a_residual_of_20_db(wanted):
    assert residual_db(wanted, wanted * np.float32(0.9)) == pytest.approx(-20.0, abs=0.01)
    assert residual_db(np.repeat(wanted, 2, axis=0), wanted * np.float32(0.9)) == pytest.approx(-20.0, abs=0.01)


def test_sides_that_cancel_in_the_middle_are_as_far_away_as_others(wanted):
    ear = Ear(np.concatenate([wanted, -wanted]), RATE)

    assert ear.distance(np.concatenate([wanted, -wanted])).total == 0.0
    assert ear.distance(wanted).total < 20.0
