from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictors.eq_targets import tone_of
from predictors.rules import _bells_db, _masking_gains_db, predict
from predictors.targets import OCTAVES_HZ, BlockRangeTarget

QUIET_BACKING = np.full(10, -20.0)


def test_the_vocal_is_as_loud_as_the_backing_over_any_start(make_session):
    targets = predict(make_session(relative_loudness_lu=-7.0))

    assert targets.lead.relative_loudness_lu is not None
    assert targets.lead.relative_loudness_lu.value == 0.0


def test_without_a_backing_the_level_is_left_alone(make_session):
    targets = predict(make_session(masking=None))

    assert targets.lead.relative_loudness_lu is None
    assert targets.lead.eq is not None


def test_dynamics_ask_for_a_block_range_of_14_db(make_session):
    dynamics = predict(make_session()).lead.dynamics

    assert isinstance(dynamics, BlockRangeTarget)
    assert dynamics.block_range_db.value == 14.0
    assert (dynamics.ballistics.attack_ms.value, dynamics.ballistics.release_ms.value) == (30.0, 150.0)


@pytest.mark.parametrize(
    ("bpm", "seconds"), [(60.0, 3.0), (65.0, 3.0), (100.0, 2.222), (120.0, 1.778), (160.0, 0.889), (200.0, 0.3)]
)
def test_reverb_time_falls_with_tempo_within_sane_limits(make_session, bpm, seconds):
    reverb = predict(make_session(tempo_bpm=bpm)).lead.reverb

    assert reverb is not None
    assert reverb.rt60_s.value == pytest.approx(seconds, abs=0.001)
    assert f"{bpm:.0f} BPM" in reverb.rt60_s.why


def test_an_unknown_tempo_takes_the_mean_of_real_vocals(make_session):
    reverb = predict(make_session(tempo_bpm=None)).lead.reverb

    assert reverb is not None
    assert reverb.rt60_s.value == 1.6


def test_lifts_are_what_the_backing_covers_more_than_on_average(make_track):
    masking = np.array([0.0, 30.0, 20.0, -4.0, -4.0, -4.0, 8.0, 0.0, 0.0, 0.0])

    gains = _masking_gains_db(make_track(), masking)

    mean = masking[2:9].mean()
    assert gains[6] == pytest.approx(8.0 - mean)
    assert set(np.flatnonzero(gains)) == {6}


def test_an_octave_that_carries_the_voice_and_the_backing_is_left_to_both(make_track):
    masking = np.array([0.0, 0.0, 0.0, -4.0, 12.0, 10.0, -4.0, -4.0, -4.0, 0.0])

    gains = _masking_gains_db(make_track(), masking)

    assert gains[4] == gains[5] == 0.0


def test_an_octave_that_carries_the_backing_only_is_cut_where_the_voice_covers_it(make_track):
    octaves = make_track((-60.0, -60.0, -16.0, -10.0, -6.0, -6.0, -8.0, -9.0, -10.0, -60.0))
    # The backing is loudest at 1 kHz, then at 125 Hz, where it is covered more than on average.
    masking = np.array([-60.0, -60.0, 0.0, -12.0, -16.0, 100.0, -14.0, -13.0, -12.0, -60.0])

    gains = _masking_gains_db(octaves, masking)

    assert gains[2] == pytest.approx(0.0 - masking[2:9].mean())
    assert gains[2] < 0.0


@given(st.lists(st.floats(-60.0, 60.0), min_size=10, max_size=10))
def test_at_most_four_octaves_are_changed_by_at_most_8_db(make_track, masking):
    gains = _masking_gains_db(make_track(), np.array(masking))

    assert np.count_nonzero(gains) <= 4
    assert np.abs(gains).max() <= 8.0


@given(st.lists(st.floats(-60.0, 60.0), min_size=10, max_size=10))
def test_curves_are_smooth_above_the_high_pass(make_session, masking):
    eq = predict(make_session(masking=masking)).lead.eq

    assert eq is not None
    assert np.abs(np.diff(tone_of(eq))).max() <= 6.02


def test_a_bell_has_its_gain_at_its_octave_and_fades_beside_it():
    gains = np.zeros(10)
    gains[5] = 8.0

    curve = _bells_db(gains)

    # RBJ's analog prototype at Q 1, an octave away: detune 1.5^2, A = 10^(8/40).
    beside = 10 * np.log10((2.25 + 10 ** (16 / 40)) / (2.25 + 10 ** (-16 / 40)))
    assert curve[5] == pytest.approx(8.0)
    assert curve[4] == pytest.approx(curve[6]) == pytest.approx(beside)
    assert curve[0] < 0.1


def test_octaves_that_are_not_in_the_recording_are_never_lifted(make_track):
    lossy = make_track((-31.2, -25.0, -16.3, -8.3, -4.5, -5.6, -9.1, -12.6, -16.9, -100.0))
    masking = np.array([0.0, 30.0, 20.0, -4.0, -4.0, -4.0, -4.0, -4.0, -4.0, 80.0])

    gains = _masking_gains_db(lossy, masking)

    assert gains[OCTAVES_HZ.index(16000.0)] == 0.0


def test_backing_vocals_get_a_lighter_chain(make_session, make_track):
    targets = predict(make_session(backing_vocals=make_track()))

    lead, backing = targets.lead, targets.backing_vocals
    assert backing is not None
    assert backing.relative_loudness_lu is None
    assert backing.eq.high_pass_hz.value > lead.eq.high_pass_hz.value
    assert backing.dynamics.ballistics.ratio.value < lead.dynamics.ballistics.ratio.value
    assert backing.reverb.wet_lu.value > lead.reverb.wet_lu.value
