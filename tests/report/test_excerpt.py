"""The excerpts lie around the loudest phrase, are equally loud, and stay in time with one another."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from daw_bridge.report.excerpt import (
    Excerpt,
    cut,
    envelope,
    loudest_start_s,
    match_loudness,
    mp3_data_uri,
)
from predictors.loudness import measure, true_peak_db

RATE = 44100


def noise(gain: float, seconds: float = 3.0, channels: int = 2) -> np.ndarray:
    rng = np.random.default_rng(7)
    return (gain * rng.standard_normal((channels, round(seconds * RATE)))).astype(np.float32).clip(-1.0, 1.0)


def test_the_loudest_phrase_lies_in_the_middle_of_the_excerpt() -> None:
    power = np.full(2400, 1e-6)
    power[1000:1030] = 1.0

    start_s = loudest_start_s(power)

    assert start_s + 6.0 == pytest.approx(101.5, abs=1.1)


def test_an_excerpt_begins_where_the_vocal_takes_a_breath() -> None:
    power = np.full(2400, 1e-3)
    power[1000:1030] = 1.0
    power[961] = 1e-9

    assert loudest_start_s(power) == 96.1


@given(st.integers(1, 400), st.integers(0, 399))
def test_an_excerpt_never_lies_outside_of_a_song_that_is_long_enough(blocks, loudest) -> None:
    power = np.full(blocks, 1e-6)
    power[loudest % blocks] = 1.0

    start_s = loudest_start_s(power)

    assert 0 <= round(start_s * 10) <= max(blocks - 120, 0)


def test_an_excerpt_of_a_short_song_ends_in_silence() -> None:
    made = cut(np.ones((2, 2 * RATE), np.float32), RATE, Excerpt(start_s=1.0, length_s=3.0))

    assert made.shape == (2, 3 * RATE)
    assert made[:, RATE // 2].tolist() == [1.0, 1.0]
    assert made[0, 0] == 0.0
    assert not made[:, RATE:].any()


def test_excerpts_become_equally_loud() -> None:
    matched = match_loudness([noise(0.01), noise(0.2)], RATE)

    loudness = [measure(samples, RATE).integrated_lufs for samples in matched.samples]
    assert loudness == pytest.approx([matched.loudness_lufs] * 2, abs=0.01)
    quiet, loud = matched.gains_db
    assert quiet - loud == pytest.approx(20.0 * np.log10(20.0), abs=0.1)


def test_no_peak_of_an_excerpt_passes_the_ceiling() -> None:
    spiky = noise(0.01)
    spiky[:, RATE] = 0.9

    matched = match_loudness([spiky, noise(0.2)], RATE)

    assert max(true_peak_db(samples, RATE) for samples in matched.samples) == pytest.approx(-1.0, abs=0.05)


def test_silence_is_not_moved_and_moves_nothing() -> None:
    silent = np.zeros((2, RATE), np.float32)

    matched = match_loudness([silent, noise(0.1)], RATE)

    assert matched.gains_db[0] is None
    assert matched.loudness_lufs == -16.0
    assert not matched.samples[0].any()


@pytest.mark.parametrize("rate", [8000, 44100, 48000, 96000])
def test_an_mp3_holds_the_excerpt_at_any_rate(rate) -> None:
    time = np.arange(rate) / rate
    tone = np.vstack([np.sin(2 * np.pi * 440.0 * time)] * 2).astype(np.float32) * 0.5

    uri = mp3_data_uri(tone, rate)

    kind, _, data = uri.partition(",")
    assert kind == "data:audio/mpeg;base64"
    samples, played = soundfile.read(io.BytesIO(base64.b64decode(data)))
    assert samples.shape[1] == 2
    assert len(samples) / played == pytest.approx(1.0, abs=0.06)
    assert np.sqrt(np.mean(samples[played // 4 : played // 2] ** 2)) == pytest.approx(0.354, abs=0.02)


def test_an_envelope_has_the_highest_sample_of_each_piece() -> None:
    samples = np.zeros((2, 1000), np.float32)
    samples[1, 505] = -0.5

    peaks = envelope(samples, 10)

    assert peaks == [0.0] * 5 + [0.5] + [0.0] * 4
