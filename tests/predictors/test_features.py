"""The vector that networks are told: the same at any gain and rate, and with the balance of the spectrum in it."""

from __future__ import annotations

import re

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from predictors.features import (
    BANDS,
    CENTRES_HZ,
    FEATURE_COUNT,
    FEATURES_TAG,
    ROOM_LEVELS_DB,
    ROOM_RT60_S,
    SECTIONS,
    TONE_ROWS,
    describe,
    listen,
    mel_power,
    section_slice,
)

RATE = 44100


def speech_like(seconds: float = 6.0, seed: int = 1) -> np.ndarray:
    """Noise with a falling spectrum in bursts of 0.3 s with pauses, (1, frames)."""
    rng = np.random.default_rng(seed)
    frames = int(seconds * RATE)
    noise = np.cumsum(rng.standard_normal(frames) - 0.02) * 0.02
    noise = np.diff(noise, prepend=0.0) + 0.1 * rng.standard_normal(frames)
    times = np.arange(frames) / RATE
    bursts = (times % 0.5 < 0.3) * (0.3 + 0.7 * np.sin(2 * np.pi * 0.7 * times) ** 2)
    return (0.1 * noise * bursts).astype(np.float32)[None]


VOICE = speech_like()


def tone_rows(vector: np.ndarray) -> np.ndarray:
    return vector[section_slice("tone")].reshape(TONE_ROWS, BANDS)


def test_the_sections_fill_the_vector_one_after_the_other():
    slices = [section_slice(name) for name in SECTIONS]

    assert len(describe(VOICE, RATE)) == FEATURE_COUNT
    assert [part.start for part in slices] == [0, *(part.stop for part in slices[:-1])]
    assert slices[-1].stop == FEATURE_COUNT
    assert all(
        len(section(listen(VOICE, RATE))) == part.stop - part.start
        for section, part in zip(SECTIONS.values(), slices, strict=True)
    )


@settings(max_examples=8, deadline=None)
@given(st.floats(-40.0, 20.0))
def test_gain_changes_nothing(gain_db: float):
    louder = VOICE * np.float32(10 ** (gain_db / 20))

    np.testing.assert_allclose(describe(louder, RATE), describe(VOICE, RATE), atol=0.15)


def test_the_balance_of_the_spectrum_is_kept():
    b = [1.0, -0.9]
    darker = np.apply_along_axis(lambda row: np.convolve(row, np.power(0.9, np.arange(60)))[: row.size], 1, VOICE)
    response_db = -20 * np.log10(np.abs(b[0] + b[1] * np.exp(-2j * np.pi * np.array(CENTRES_HZ) / RATE)))

    change = tone_rows(describe(darker.astype(np.float32), RATE)) - tone_rows(describe(VOICE, RATE))

    moved = change[0] - change[0].mean()
    assert np.abs(moved - (response_db - response_db.mean()))[3:].max() < 1.0
    assert np.abs(change[1:]).mean() < 0.3


@pytest.mark.parametrize("rate", [48000, 88200, 32000])
def test_another_rate_is_described_alike(rate):
    other = soxr.resample(VOICE[0], RATE, rate)[None]
    audible = np.array(CENTRES_HZ) < 0.42 * rate

    ours, theirs = tone_rows(describe(VOICE, RATE)), tone_rows(describe(other, rate))

    difference = np.abs(ours - theirs)[:, audible & (np.array(CENTRES_HZ) > 150)]
    assert difference[0].mean() < 0.3
    assert difference.max() < 2.0


def test_two_channels_count_as_their_mean_power():
    twice = np.vstack([VOICE, VOICE])
    beside = np.vstack([VOICE, np.zeros_like(VOICE)])

    np.testing.assert_allclose(describe(twice, RATE), describe(VOICE, RATE), atol=1e-3)
    np.testing.assert_allclose(describe(beside, RATE), describe(VOICE, RATE), atol=0.15)


def test_a_tone_is_in_the_band_around_it_at_its_mean_square():
    for band in (10, 30, 60):
        sine = np.sin(2 * np.pi * CENTRES_HZ[band] / RATE * np.arange(RATE), dtype=np.float32)[None]

        power = mel_power(sine, RATE).mean(axis=0)

        assert power.argmax() == band
        assert 0.3 < power[band] < 0.55
        assert power.sum() == pytest.approx(0.5, rel=0.1)


def test_a_longer_room_falls_slower_and_votes_for_longer_decays():
    rng = np.random.default_rng(2)

    def in_room(rt60_s: float) -> np.ndarray:
        times = np.arange(int(2.0 * RATE)) / RATE
        tail = rng.standard_normal(times.size) * 10 ** (-3 * times / rt60_s)
        tail *= 0.25 / np.sqrt(np.sum(tail**2))
        tail[0] = 1.0
        pauses = np.where(np.arange(VOICE.shape[1]) // RATE % 2 == 0, VOICE[0], 0.0)
        return np.fft.irfft(np.fft.rfft(pauses, 2**19) * np.fft.rfft(tail, 2**19))[: pauses.size][None]

    short, long = (describe(in_room(seconds).astype(np.float32), RATE) for seconds in (0.4, 1.8))

    decay = section_slice("decay")
    assert (long[decay] - short[decay]).mean() > 1.0

    def decay_s(vector: np.ndarray) -> float:
        share = vector[section_slice("rooms")][: len(ROOM_RT60_S) * (len(ROOM_LEVELS_DB) - 1)] ** 2
        return ROOM_RT60_S[int(share.reshape(len(ROOM_RT60_S), -1).max(axis=1).argmax())]

    assert decay_s(short) < 0.8 < decay_s(long)


def test_silence_is_refused_and_a_click_described():
    click = np.zeros((1, 100), np.float32)
    click[0, 50] = 1.0

    with pytest.raises(ValueError, match="silence"):
        describe(np.zeros((2, RATE), np.float32), RATE)
    assert np.isfinite(describe(click, RATE)).all()


def test_a_real_voice_is_described_with_finite_numbers(shared):
    samples, rate = soundfile.read(shared / "data" / "voices" / "vocadito_1.flac", dtype="float32", always_2d=True)

    vector = describe(samples.T, rate)

    assert vector.dtype == np.float32
    assert np.isfinite(vector).all()
    assert np.abs(vector).max() < 500


def test_the_vector_has_not_changed_without_its_version():
    """Whoever changes what comes out counts VERSION up, and puts the new numbers here."""
    vector = describe(VOICE, RATE)

    said = [float(vector[section_slice(name)].astype(np.float64).mean()) for name in SECTIONS]
    assert re.fullmatch(r"mel-1-[0-9a-f]{8}", FEATURES_TAG)
    assert said == pytest.approx(GOLDEN, abs=0.02)


GOLDEN = [-2.921, -23.129, 0.0296, -10.211]
