from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from predictors.analysis import (
    FLOOR_DB,
    active_mask,
    analyze_session,
    analyze_track,
    block_range_db,
    compare,
    masked_lufs,
)
from predictors.loudness import lufs, measure, power
from predictors.spectrum import THIRD_OCTAVES_HZ
from predictors.targets import OCTAVES_HZ

Samples = NDArray[np.float32]
RATE = 16000


def powers(*levels: float) -> NDArray[np.float64]:
    return np.array([power(level) for level in levels])


def harmonics(f0: float, seconds: float, *, rate: int = RATE, count: int = 12, channels: int = 1) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    voice = sum(np.sin(2 * np.pi * f0 * k * time + k) / k for k in range(1, count + 1))
    return np.tile(0.1 * np.asarray(voice), (channels, 1)).astype(np.float32)


def noise(seconds: float, *, seed: int = 0, channels: int = 2, rate: int = RATE, gain: float = 0.1) -> Samples:
    return (np.random.default_rng(seed).standard_normal((channels, round(seconds * rate))) * gain).astype(
        np.float32
    )


def gain(samples: Samples, gain_db: float) -> Samples:
    return (samples * 10 ** (gain_db / 20)).astype(np.float32)


# --- Blocks and masks


def test_active_is_down_to_20_lu_under_the_mean_of_what_is_no_silence() -> None:
    levels = powers(-20, -20, -39, -43, -69, -71, -math.inf)

    # The mean of the five above -70 LUFS is -23.9 LUFS.
    assert active_mask(levels).tolist() == [True, True, True, True, False, False, False]
    assert active_mask(powers(-20, -20, -39, -44.5)).tolist() == [True, True, True, False]


def test_in_silence_nothing_is_active() -> None:
    assert not active_mask(powers(-71, -80, -math.inf)).any()
    assert not active_mask(np.zeros(0)).any()


def test_masked_level_is_that_of_the_mean_power() -> None:
    mask = np.array([True, True, False])

    assert masked_lufs(powers(-20, -math.inf, 0), mask) == pytest.approx(-23.01, abs=0.01)
    assert masked_lufs(powers(-20), mask) == pytest.approx(-23.01, abs=0.01)
    assert masked_lufs(powers(-20, -20, -20, 0), mask) == pytest.approx(-20)
    assert masked_lufs(powers(-20), np.zeros(1, bool)) == -math.inf


def test_block_range_is_from_the_10th_to_the_95th_percentile() -> None:
    ramp = powers(*np.linspace(-40, -20, 101))

    assert block_range_db(ramp, np.ones(101, bool)) == pytest.approx(17)
    assert block_range_db(ramp, np.arange(101) >= 50) == pytest.approx(8.5)
    assert block_range_db(ramp, np.zeros(101, bool)) == 0


def test_block_range_of_muted_blocks_is_finite() -> None:
    assert block_range_db(powers(-20, -20, -math.inf), np.ones(3, bool)) == pytest.approx(50, abs=12)


# --- One track


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 99), st.floats(-20, 20))
def test_gain_shifts_the_level_and_nothing_else(seed: int, gain_db: float) -> None:
    samples = noise(4, seed=seed) * np.repeat([1, 0.3, 0.01, 0.6], RATE)

    before, after = analyze_track(samples.astype(np.float32), RATE), analyze_track(gain(samples, gain_db), RATE)

    assert after.active_lufs == pytest.approx(before.active_lufs + gain_db, abs=1e-3)
    assert after.mask.tolist() == before.mask.tolist()
    assert after.block_range_db == pytest.approx(before.block_range_db, abs=1e-3)
    assert after.spectrum_db == pytest.approx(before.spectrum_db, abs=1e-2)
    assert after.crest_db == pytest.approx(before.crest_db, abs=1e-3)


def test_silence_around_a_voice_changes_nothing_that_is_measured_of_it() -> None:
    voice = noise(5, channels=1)

    padded = analyze_track(np.pad(voice, ((0, 0), (2 * RATE, 3 * RATE))), RATE)

    alone = analyze_track(voice, RATE)
    assert padded.active_s == pytest.approx(alone.active_s, abs=0.1)
    assert padded.active_lufs == pytest.approx(alone.active_lufs, abs=0.1)
    assert padded.loudness.integrated_lufs == pytest.approx(alone.loudness.integrated_lufs, abs=0.3)
    assert padded.spectrum_db[5:] == pytest.approx(alone.spectrum_db[5:], abs=1)
    assert (alone.duration_s, padded.duration_s) == (5, 10)


def test_one_channel_counts_as_two_equal_ones() -> None:
    mono = noise(3, channels=1)

    as_mono, as_stereo = analyze_track(mono, RATE), analyze_track(np.vstack([mono, mono]), RATE)

    assert as_mono.active_lufs == pytest.approx(as_stereo.active_lufs)
    assert as_mono.crest_db == pytest.approx(as_stereo.crest_db)
    assert as_mono.spectrum_db == pytest.approx(as_stereo.spectrum_db, abs=1e-3)
    assert analyze_track(mono, RATE, dual_mono=False).active_lufs == pytest.approx(
        as_mono.active_lufs - 3.01, abs=0.01
    )


def test_known_loudness_is_not_measured_again() -> None:
    samples = noise(2)
    loudness = measure(samples, RATE, true_peak=True)

    assert analyze_track(samples, RATE, loudness=loudness).loudness is loudness


def test_crest_of_a_sine_and_of_a_square() -> None:
    sine = harmonics(400, 2, count=1)

    assert analyze_track(sine, RATE).crest_db == pytest.approx(3.01, abs=0.02)
    assert analyze_track(np.sign(sine), RATE).crest_db == pytest.approx(0, abs=0.01)


def test_crest_leaves_out_what_is_not_active() -> None:
    samples = np.concatenate([harmonics(400, 2, count=1), np.zeros((1, RATE), np.float32)], axis=1)
    samples[0, -RATE // 2] = 0.001

    assert analyze_track(samples, RATE).crest_db == pytest.approx(3.01, abs=0.1)


@pytest.mark.parametrize("f0", [90.0, 147.0, 220.0, 523.0])
def test_voice_begins_at_its_fundamental(f0: float) -> None:
    lowest = analyze_track(harmonics(f0, 3), RATE).lowest_hz

    assert 0.75 * f0 <= lowest <= f0


def test_voice_begins_at_its_fundamental_above_hum_and_rumble() -> None:
    voice = harmonics(330, 3)
    hum = gain(harmonics(50, 3, count=1), -3) + gain(noise(3, channels=1), -40)

    assert 260 <= analyze_track((voice + hum).astype(np.float32), RATE).lowest_hz <= 330


@pytest.mark.parametrize("frames", [0, 1, 799, RATE])
def test_silence_is_said_to_be_silent(frames: int) -> None:
    track = analyze_track(np.zeros((1, frames), np.float32), RATE)

    assert track.silent
    assert track.active_s == 0
    assert track.active_lufs == -math.inf
    assert track.block_range_db == track.crest_db == 0
    assert (track.spectrum_db == FLOOR_DB).all()


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000, 96000, 192000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("kind", ["one sample", "short", "constant", "clipped", "full scale noise"])
def test_odd_signals_are_measured_without_a_warning(rate: int, channels: int, kind: str) -> None:
    samples = {
        "one sample": np.ones((channels, 1)),
        "short": noise(0.03, channels=channels, rate=rate),
        "constant": np.full((channels, rate), 0.5),
        "clipped": np.clip(noise(1.05, channels=channels, rate=rate, gain=5), -1, 1),
        "full scale noise": noise(1.05, channels=channels, rate=rate, gain=1),
    }[kind].astype(np.float32)

    session = analyze_session(samples, samples[:, : samples.shape[1] // 2], rate, backing_vocals=samples)

    assert np.isfinite(session.lead.spectrum_db).all()
    assert math.isfinite(session.lead.lowest_hz)
    assert session.relative_loudness_lu is None or math.isfinite(session.relative_loudness_lu)


# --- Across tracks


@settings(deadline=None, max_examples=10)
@given(st.floats(-15, 15), st.floats(-15, 15))
def test_relative_loudness_follows_the_faders(lead_db: float, backing_db: float) -> None:
    lead, backing = noise(4, seed=1), noise(4, seed=2)

    session = analyze_session(gain(lead, lead_db), gain(backing, backing_db), RATE, tempo_bpm=100)

    assert session.relative_loudness_lu == pytest.approx(lead_db - backing_db, abs=0.1)
    assert session.relative_loudness_integrated_lu == pytest.approx(lead_db - backing_db, abs=0.1)
    assert session.masking_db is not None
    assert np.median(session.masking_db) == pytest.approx(backing_db - lead_db, abs=0.3)


def test_backing_counts_only_while_the_lead_sings() -> None:
    lead = np.concatenate([noise(3, channels=1), np.zeros((1, 3 * RATE), np.float32)], axis=1)
    backing = np.concatenate([gain(harmonics(200, 3, channels=2), -10), noise(3, gain=0.9)], axis=1)

    session = analyze_session(lead, backing, RATE)

    alone = analyze_session(lead[:, : 3 * RATE], backing[:, : 3 * RATE], RATE)
    assert session.relative_loudness_lu == pytest.approx(alone.relative_loudness_lu, abs=0.3)
    assert session.relative_loudness_integrated_lu < session.relative_loudness_lu - 10
    assert session.backing.spectrum_db[10] == pytest.approx(alone.backing.spectrum_db[10], abs=0.5)


@pytest.mark.parametrize(("hiss_db", "compared"), [(-100.0, False), (-65.0, False), (-40.0, True)])
def test_hiss_is_no_backing_to_stand_against(hiss_db: float, compared: bool) -> None:
    """The band plays when the voice has ended; all that is under the voice is noise."""
    noise = np.random.default_rng(5).standard_normal((2, 20 * RATE)).astype(np.float32)
    backing = noise * np.where(np.arange(20 * RATE) < 10 * RATE, 10 ** (hiss_db / 20), 0.1).astype(np.float32)
    voice = np.pad(noise[:, : 10 * RATE] * np.float32(0.1), ((0, 0), (0, 10 * RATE)))

    analysis = analyze_session(voice, backing, RATE)

    assert (analysis.relative_loudness_lu is not None) is compared
    assert (analysis.masking_db is not None) is compared


def test_a_backing_that_ends_early_is_silent_after_it() -> None:
    lead, backing = noise(4, seed=1), noise(4, seed=2)

    session = analyze_session(lead, backing[:, : 2 * RATE], RATE)

    whole = analyze_session(lead, backing, RATE)
    assert session.relative_loudness_lu == pytest.approx(whole.relative_loudness_lu + 3.01, abs=0.1)
    assert session.masking_db == pytest.approx(whole.masking_db - 3.01, abs=2)


def test_masking_shows_the_band_in_which_the_backing_is_louder() -> None:
    lead = noise(4, channels=1)
    backing = gain(noise(4, seed=3), -20) + gain(harmonics(1000, 4, count=1, channels=2), -3)

    session = analyze_session(lead, backing.astype(np.float32), RATE)

    assert session.masking_db is not None
    assert session.masking_octaves_db is not None
    assert THIRD_OCTAVES_HZ[int(session.masking_db.argmax())] == 1000
    assert OCTAVES_HZ[int(session.masking_octaves_db.argmax())] == 1000
    assert session.masking_db[20] == pytest.approx(-20, abs=1)


def test_octaves_are_sums_of_their_three_bands() -> None:
    session = analyze_session(noise(4, rate=48000), noise(4, seed=1, rate=48000), 48000)

    assert session.masking_octaves_db is not None
    assert len(session.masking_octaves_db) == len(OCTAVES_HZ)
    assert THIRD_OCTAVES_HZ[2::3] == pytest.approx(OCTAVES_HZ, rel=0.02)
    assert session.masking_octaves_db == pytest.approx(0, abs=0.7)


def test_a_voice_without_backing_is_compared_with_nothing() -> None:
    for backing in (None, np.zeros((2, 0), np.float32)):
        session = analyze_session(noise(2), backing, RATE)

        assert session.backing is None
        assert session.relative_loudness_lu is session.relative_loudness_integrated_lu is session.masking_db is None
        assert (session.tempo_bpm, session.tempo_source) == (None, "not found")


@pytest.mark.parametrize(("lead_gain", "backing_gain"), [(0, 0.1), (0.1, 0), (0, 0)])
def test_silence_is_compared_with_nothing(lead_gain: float, backing_gain: float) -> None:
    session = analyze_session(noise(2, gain=lead_gain), noise(2, gain=backing_gain), RATE)

    assert session.relative_loudness_lu is session.relative_loudness_integrated_lu is session.masking_db is None


def test_backing_vocals_are_measured_over_their_own_active_time() -> None:
    lead, silence = noise(2, channels=1), np.zeros((1, 2 * RATE), np.float32)

    session = analyze_session(
        np.hstack([lead, silence]), noise(4), RATE, backing_vocals=np.hstack([silence, gain(lead, -6)])
    )

    assert session.backing_vocals is not None
    assert session.backing_vocals.active_lufs == pytest.approx(session.lead.active_lufs - 6, abs=0.2)
    assert not (session.backing_vocals.mask & session.lead.mask)[:19].any()


def test_comparing_what_was_measured_before_is_the_same() -> None:
    lead, backing = noise(3, channels=1), noise(3, seed=1)
    vocal = analyze_track(lead, RATE)

    parts = compare(vocal, analyze_track(backing, RATE, mask=vocal.mask))

    whole = analyze_session(lead, backing, RATE)
    assert parts.relative_loudness_lu == whole.relative_loudness_lu
    assert parts.masking_octaves_db == pytest.approx(whole.masking_octaves_db)


def test_the_projects_tempo_is_taken_and_otherwise_the_backings_measured() -> None:
    clicks = np.zeros((2, 10 * RATE), np.float32)
    clicks[:, :: RATE // 2] = 1

    measured = analyze_session(noise(10), clicks, RATE)

    given_bpm = analyze_session(noise(10), clicks, RATE, tempo_bpm=93.0)
    assert (given_bpm.tempo_bpm, given_bpm.tempo_source) == (93.0, "project")
    assert (measured.tempo_bpm, measured.tempo_source) == (
        pytest.approx(120, rel=0.01),
        "measured from the backing",
    )


# --- Real audio


def test_dry_voices_measure_as_voices_do(shared: Path) -> None:
    for file in sorted(shared.glob("data/voices/*.flac")):
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
        voice = analyze_track(samples.T, rate)

        assert 5 < voice.block_range_db < 22
        assert 10 < voice.crest_db < 20
        assert 70 < voice.lowest_hz < 300
        assert 0.4 * voice.duration_s < voice.active_s <= voice.duration_s


def test_a_song_balances_over_the_time_of_its_singing(shared: Path) -> None:
    excerpt = {"dtype": "float32", "start": 150 * 44100, "frames": 40 * 44100}
    lead, drums, music = (
        soundfile.read(shared / f"data/songs/potassium/{stem}.ogg", **excerpt)[0].T
        for stem in ("vox_lead", "drums", "music")
    )
    backing = drums + music

    session = analyze_session(lead, backing, 44100)

    singing = np.repeat(session.lead.mask, 4410)
    alone, under = (lufs(float(measure(track[:, singing], 44100).block_power.mean())) for track in (lead, backing))
    assert 15 < session.lead.active_s < 30
    assert session.relative_loudness_lu == pytest.approx(alone - under, abs=0.1)
    assert session.tempo_bpm == pytest.approx(90, rel=0.005)
