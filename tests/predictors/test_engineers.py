from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from daw_bridge.audio import read_audio
from daw_bridge.plugins import ReaComp
from daw_bridge.plugins.sound import process_all
from predictors.engineers import predict
from predictors.engineers_table import engineers_table
from predictors.eq_targets import tone_of
from predictors.loudness import measure
from predictors.targets import OCTAVES_HZ, ThresholdTarget

USUAL = np.array([18.6, 19.3, 13.8, 2.3, -5.0, -6.2, -3.0, -2.6, -3.7, -1.5])
"""Backing over voice in released mixes, at equal loudness."""

AVERAGE = np.array([-31.2, -25.0, -16.3, -8.3, -4.5, -5.6, -9.1, -12.6, -16.9, -25.6])
KHZ_1, KHZ_4, KHZ_8 = (OCTAVES_HZ.index(hz) for hz in (1000.0, 4000.0, 8000.0))

spectra = st.lists(st.floats(-60.0, 0.0), min_size=10, max_size=10)


def lead_eq(session):
    eq = predict(session).lead.eq
    assert eq is not None
    return eq


def test_an_average_vocal_gets_half_of_what_the_chains_do(make_session, make_track):
    tone = tone_of(lead_eq(make_session(make_track(AVERAGE))))

    half = engineers_table().eq_db / 2.0
    # From 250 Hz on; both against 1 kHz.
    np.testing.assert_allclose((tone - tone[KHZ_1])[3:9], half[3:9], atol=0.11)


def test_a_bright_vocal_gets_less_top_than_a_dull_one(make_session, make_track):
    tilt = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.5, 3.0, 4.5, 6.0])

    bright = tone_of(lead_eq(make_session(make_track(AVERAGE + tilt))))
    dull = tone_of(lead_eq(make_session(make_track(AVERAGE - tilt))))

    def top(tone):
        return tone[KHZ_8] - tone[KHZ_1]

    # Averaged over three octaves the tilt is 4.1 dB at 8 kHz and 0.4 at 1 kHz: they differ by twice the 3.75 dB
    # between, and half of that is made up.
    assert top(dull) - top(bright) == pytest.approx(3.75, abs=0.03)


@given(spectra, st.floats(40.0, 400.0))
def test_no_vocal_gets_more_than_what_8_of_10_chains_do(make_session, make_track, octaves, lowest_hz):
    track = make_track(octaves, lowest_hz=lowest_hz)

    tone = tone_of(lead_eq(make_session(track, masking=None)))

    table = engineers_table()
    against_1_khz = tone - tone[KHZ_1]
    assert (against_1_khz >= table.eq_low_db - 0.02)[2:9].all()
    assert (against_1_khz <= table.eq_high_db + 0.02)[2:9].all()


@given(spectra, st.lists(st.floats(-40.0, 40.0), min_size=10, max_size=10))
def test_every_curve_is_smooth_enough_for_six_bands(make_session, make_track, octaves, masking):
    targets = predict(make_session(make_track(octaves), masking=masking, backing_vocals=make_track(octaves)))

    curves = [targets.lead.eq, targets.backing_vocals.eq, targets.backing_eq]
    for eq in filter(None, curves):
        assert np.isfinite(eq.gains_db).all()
        assert np.abs(np.diff(tone_of(eq))).max() <= 8.02
        assert np.abs(tone_of(eq)).max() <= 15.0


def test_the_octave_of_a_recording_that_ends_below_it_follows_its_neighbour(make_session, make_track):
    lossy = np.where(np.array(OCTAVES_HZ) > 8000.0, -100.0, AVERAGE)

    tone = tone_of(lead_eq(make_session(make_track(lossy))))
    usual = tone_of(lead_eq(make_session(make_track(AVERAGE))))

    np.testing.assert_allclose(tone, usual, atol=0.02)


def test_usual_masking_asks_for_no_room(make_session):
    targets = predict(make_session(masking=USUAL))

    assert targets.backing_eq is None
    assert "Lifted" not in targets.lead.eq.why


def test_where_the_backing_covers_the_voice_it_is_cut_and_the_voice_is_lifted(make_session):
    covering = USUAL + np.where(np.array(OCTAVES_HZ) == 4000.0, 3.0 + 4.0, 0.0)

    targets = predict(make_session(masking=covering))
    plain = predict(make_session(masking=USUAL))

    assert targets.backing_eq is not None
    assert targets.backing_eq.gains_db[KHZ_4] == pytest.approx(-2.0, abs=0.1)
    assert targets.backing_eq.gains_db[KHZ_1] == 0.0
    lifted = np.array(targets.lead.eq.gains_db) - np.array(plain.lead.eq.gains_db)
    assert lifted[KHZ_4] - lifted[KHZ_1] == pytest.approx(1.0, abs=0.05)
    assert "up to 4.0 dB at 4 kHz" in targets.backing_eq.why


def test_room_is_bounded_however_loud_the_backing_is(make_session):
    targets = predict(make_session(masking=USUAL + 40.0))

    assert targets.backing_eq is not None
    assert min(targets.backing_eq.gains_db) == -3.0


def test_masking_is_compared_at_equal_loudness(make_session):
    as_recorded = make_session(masking=USUAL, relative_loudness_lu=0.0)
    vocal_10_lu_down = make_session(masking=USUAL, relative_loudness_lu=-10.0)

    assert predict(vocal_10_lu_down).backing_eq == predict(as_recorded).backing_eq
    assert predict(vocal_10_lu_down).lead == predict(as_recorded).lead


def test_rumble_below_the_voice_is_not_what_the_backing_is_cut_for(make_session):
    targets = predict(make_session(masking=USUAL + np.where(np.array(OCTAVES_HZ) < 200.0, 30.0, 0.0)))

    assert targets.backing_eq is None


def dynamics(session) -> ThresholdTarget:
    target = predict(session).lead.dynamics
    assert isinstance(target, ThresholdTarget)
    return target


def test_a_vocal_of_usual_range_gets_the_median_chain(make_session, make_track):
    target = dynamics(make_session(make_track(block_range_db=14.2)))

    assert target.below_loudness_db.value == pytest.approx(3.87)
    assert target.ballistics.ratio.value == pytest.approx(3.32)
    assert target.below_loudness_db.why.startswith(
        "385 professional chains put the threshold 3.9 dB under the vocal's loudness (half of them 1.9 to 6.3 dB)."
    )


@given(st.floats(0.0, 40.0), st.floats(0.0, 10.0))
def test_a_more_even_vocal_is_never_compressed_more(make_session, make_track, range_db, more_db):
    even = dynamics(make_session(make_track(block_range_db=range_db)))
    uneven = dynamics(make_session(make_track(block_range_db=range_db + more_db)))

    assert even.below_loudness_db.value <= uneven.below_loudness_db.value
    assert even.ballistics.ratio.value <= uneven.ballistics.ratio.value
    assert 1.0 < even.ballistics.ratio.value < 5.0


def test_times_are_time_constants_of_a_peak_detector(make_session):
    ballistics = dynamics(make_session()).ballistics

    # 2.66 and 259 ms from 10 % to 90 %.
    assert ballistics.attack_ms.value == pytest.approx(2.662 / 2.197, abs=0.01)
    assert ballistics.release_ms.value == pytest.approx(259.2 / 2.197, abs=0.5)
    assert ballistics.rms_ms.value == 0.0


def test_the_room_is_that_of_the_median_chain(make_session):
    reverb = predict(make_session()).lead.reverb

    assert reverb is not None
    assert reverb.rt60_s.value == pytest.approx(2.03)
    assert reverb.wet_lu.value == pytest.approx(-13.51)
    assert 0.0 <= reverb.dampening.value <= 1.0
    assert reverb.low_cut_hz.value < reverb.high_cut_hz.value


def test_the_dampening_gives_a_comb_the_decay_at_8_khz_of_the_chains(make_session):
    reverb = predict(make_session()).lead.reverb
    assert reverb is not None
    loop, rate = 1429, 44100
    feedback = 10 ** (-3.0 * loop / rate / reverb.rt60_s.value)
    damping = 0.4 * reverb.dampening.value

    impulse = np.zeros(loop * 16)
    impulse[0] = 1.0
    taps = np.zeros(loop + 1)
    taps[0], taps[1] = 1.0, -damping
    taps[loop] = -feedback * (1.0 - damping)
    response = lfilter([0.0] * loop + [1.0, -damping], taps, impulse)
    passes = [response[n * loop : (n + 1) * loop] for n in (1, 11)]
    early, late = (np.abs(np.fft.rfft(p * np.hanning(2 * loop)[loop:])) for p in passes)
    hz = np.fft.rfftfreq(loop, 1.0 / rate)
    lost_db = 20 * np.log10(early / late)
    at_1_khz, at_8_khz = (lost_db[np.argmin(np.abs(hz - f))] for f in (1000.0, 8000.0))

    assert at_1_khz / at_8_khz == pytest.approx(engineers_table().rt60_8k_over_1k.median, abs=0.03)


def test_without_a_backing_level_and_room_are_left_alone(make_session):
    targets = predict(make_session(masking=None))

    assert targets.lead.relative_loudness_lu is None
    assert targets.backing_eq is None
    assert targets.lead.eq is not None


def test_backing_vocals_get_a_lighter_chain_and_no_level_of_their_own(make_session, make_track):
    targets = predict(make_session(backing_vocals=make_track()))

    lead, backing = targets.lead, targets.backing_vocals
    assert backing is not None
    assert backing.relative_loudness_lu is None
    assert backing.eq.high_pass_hz.value > lead.eq.high_pass_hz.value
    assert backing.eq.gains_db[KHZ_4] < lead.eq.gains_db[KHZ_4]
    assert backing.dynamics.ballistics.ratio.value < lead.dynamics.ballistics.ratio.value
    assert backing.reverb.wet_lu.value == pytest.approx(lead.reverb.wet_lu.value + 3.0)


def test_a_recording_without_any_voice_is_survived(make_session, make_track):
    targets = predict(make_session(make_track([-100.0] * 10, lowest_hz=20.0, block_range_db=0.0)))

    assert np.isfinite(targets.lead.eq.gains_db).all()
    assert math.isfinite(targets.lead.dynamics.below_loudness_db.value)


def test_the_chains_compressor_and_reacomp_do_the_same_with_these_settings(shared, make_session, make_track):
    """DiffVox smooths the linear gain of a peak detector; ReaComp's model the reduction in dB."""
    audio = read_audio(shared / "data/songs/hydrogen/vox_lead.ogg")
    mono = loudest_4_s(audio.samples.mean(axis=0), audio.rate)
    before = measure(mono[None], audio.rate)
    target = dynamics(make_session())
    threshold_db = before.integrated_lufs - target.below_loudness_db.value

    theirs = measure(diffvox_compressor(mono, audio.rate, threshold_db, target)[None], audio.rate)
    comp = ReaComp(
        threshold_db=threshold_db,
        ratio=target.ballistics.ratio.value,
        attack_ms=target.ballistics.attack_ms.value,
        release_ms=target.ballistics.release_ms.value,
        rms_ms=target.ballistics.rms_ms.value,
        knee_db=target.ballistics.knee_db.value,
    )
    ours = measure(process_all(comp, mono[None], audio.rate), audio.rate)

    lost_lu = before.integrated_lufs - theirs.integrated_lufs
    assert 4.0 < lost_lu < 10.0
    assert ours.integrated_lufs == pytest.approx(theirs.integrated_lufs, abs=0.7)


def loudest_4_s(samples, rate):
    seconds = samples[: len(samples) // rate * rate].reshape(-1, rate)
    first = int(np.argmax(np.convolve(np.square(seconds).mean(axis=1), np.ones(4), "valid")))
    return seconds[first : first + 4].ravel()


def diffvox_compressor(samples, rate, threshold_db, target: ThresholdTarget):
    """torchcomp's recursion: the gain goes to that of the static curve by 1 - exp(-2200 / (ms rate)) a sample."""
    level_db = 20 * np.log10(np.maximum(np.abs(samples.astype(float)), 1e-4))
    slope = 1.0 - 1.0 / target.ballistics.ratio.value
    wanted = 10 ** (np.minimum(0.0, slope * (threshold_db - level_db)) / 20)
    constants_ms = target.ballistics.attack_ms.value, target.ballistics.release_ms.value
    attack, release = (1 - math.exp(-2200.0 / (math.log(9.0) * ms * rate)) for ms in constants_ms)
    gain, gains = 1.0, []
    for goal in wanted.tolist():
        gain += (attack if goal < gain else release) * (goal - gain)
        gains.append(gain)
    return samples * np.array(gains)
