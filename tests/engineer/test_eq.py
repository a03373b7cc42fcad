"""A smooth target becomes few ReaEQ bands that follow it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daw_bridge.engineer.eq import MAX_BANDS, curve_error_db, fit_eq
from daw_bridge.plugins import BandKind
from daw_bridge.plugins.reaeq_sound import response_db
from predictors.targets import OCTAVES_HZ, Aim, EqTarget, eq_curve_db

RATE = 48000


def _target(gains_db: tuple[float, ...], high_pass_hz: float | None = None) -> EqTarget:
    return EqTarget(
        gains_db=gains_db, why="asked", high_pass_hz=None if high_pass_hz is None else Aim(high_pass_hz, "rumble")
    )


def test_a_flat_target_needs_no_plugin():
    fit = fit_eq(_target((0.0,) * 10), RATE)

    assert fit.eq is None
    assert fit.error_db == 0.0


def test_a_presence_lift_with_a_high_pass_is_followed_within_half_a_decibel():
    target = _target((-22.0, -9.8, -1.2, -2.0, -2.5, 0.0, 1.5, 3.0, 3.5, 3.0), high_pass_hz=95.0)
    fit = fit_eq(target, RATE)

    assert fit.eq is not None
    assert fit.error_db <= 0.5
    assert fit.eq.bands[0].kind is BandKind.HIGH_PASS
    assert fit.eq.bands[0].frequency_hz == pytest.approx(95.0, rel=0.5)
    assert len(fit.eq.bands) <= 6


def test_the_error_that_is_told_is_that_of_the_rounded_settings():
    target = _target((0.0, 0.0, -1.0, -3.0, -3.0, 0.0, 2.0, 4.0, 2.0, 1.0))
    fit = fit_eq(target, RATE)

    frequencies = np.geomspace(80.0, 12000.0, 400)
    assert fit.eq is not None
    distance = eq_curve_db(target, frequencies) - response_db(fit.eq, frequencies, RATE)
    assert np.sqrt(np.mean(distance**2)) == pytest.approx(fit.error_db, abs=0.1)
    assert curve_error_db(target, fit.eq, RATE) == pytest.approx(fit.error_db, abs=0.01)


@given(
    steps_db=st.lists(st.floats(-3.0, 3.0), min_size=len(OCTAVES_HZ) - 1, max_size=len(OCTAVES_HZ) - 1),
    rate=st.sampled_from([22050, 44100, 48000, 96000]),
)
@settings(max_examples=16, deadline=None)
def test_every_smooth_curve_is_followed_within_half_a_decibel_by_six_bands_within_12_db(steps_db, rate):
    gains = np.clip(np.concatenate([[0.0], np.cumsum(steps_db)]), -9.0, 9.0)
    fit = fit_eq(_target(tuple(gains)), rate)

    assert fit.error_db <= 0.5
    bands = fit.eq.bands if fit.eq else ()
    assert len(bands) <= MAX_BANDS
    assert all(abs(band.gain_db) <= 12.0 for band in bands)
    assert all(band.frequency_hz < 0.46 * rate for band in bands)


@pytest.mark.parametrize("rate", [8000, 11025, 22050])
def test_bands_stay_under_half_the_rate_where_the_target_goes_beyond(rate):
    fit = fit_eq(_target((-30.0, -19.0, -8.0, -2.0, -1.6, 0.2, 5.9, 6.3, 1.7, -0.6), high_pass_hz=170.0), rate)

    assert fit.eq is not None
    assert fit.error_db <= 0.5
    assert max(band.frequency_hz for band in fit.eq.bands) < 0.46 * rate


def test_neighbouring_bands_do_not_pull_against_each_other():
    """This curve can be had from -12 dB at 1 kHz and +12 dB at 1.6 kHz, too."""
    target = _target((-32.6, -20.5, -9.3, -2.5, -1.6, 0.2, 6.0, 6.3, 1.7, -0.6), high_pass_hz=180.0)
    fit = fit_eq(target, RATE)

    assert fit.eq is not None
    assert max(abs(band.gain_db) for band in fit.eq.bands) < 8.0
