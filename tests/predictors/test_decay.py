"""Decays that are known, with and without noise, gaps, fades and direct sound, measured."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictors.decay import MID_HZ, OCTAVES_HZ, decay, direct_frames, octave_rt60_s, rt60_s, without_direct

RATE = 48000


def noise_tail(seconds: float, rate: int = RATE, *, length_s: float = 0.0, seed: int = 1) -> np.ndarray:
    """Noise that decays by 60 dB in so many seconds."""
    times = np.arange(int((length_s or 1.5 * seconds) * rate)) / rate
    return np.random.default_rng(seed).standard_normal(times.size) * 10.0 ** (-3.0 * times / seconds)


@settings(max_examples=15, deadline=None)
@given(
    seconds=st.floats(0.15, 4.0),
    rate=st.sampled_from([44100, 48000, 96000]),
    floor_db=st.floats(-90.0, -35.0),
    silence_s=st.floats(0.0, 0.2),
)
def test_noise_silence_and_zeros_do_not_change_the_decay(
    seconds: float, rate: int, floor_db: float, silence_s: float
) -> None:
    clean = noise_tail(seconds, rate)
    noise = 10.0 ** (floor_db / 20.0) * np.random.default_rng(2).standard_normal(clean.size)
    pads = (np.zeros(int(silence_s * rate)), clean + noise, np.zeros(rate // 3))

    measured = decay(np.concatenate(pads), rate)

    assert measured.rt60_s == pytest.approx(seconds, rel=0.05)
    assert measured.rt60_s == pytest.approx(decay(clean, rate).rt60_s, rel=0.04)
    assert 10.0 * math.log10(measured.energy / np.sum(clean**2)) == pytest.approx(0.0, abs=0.15)


def test_a_fade_out_at_the_end_of_the_noise_does_not_count_as_its_level() -> None:
    floor = 0.02 * np.random.default_rng(3).standard_normal(3 * RATE)
    response = noise_tail(1.2, length_s=3.0) + floor
    response[-RATE // 4 :] *= np.linspace(1.0, 0.0, RATE // 4) ** 2

    assert rt60_s(response, RATE, None) == pytest.approx(1.2, rel=0.05)


def test_each_octave_has_its_own_decay_and_its_own_noise() -> None:
    wanted_s = np.array([2.4, 2.2, 2.0, 1.8, 1.4, 1.0, 0.6])
    spectra = np.fft.rfftfreq(3 * RATE, 1.0 / RATE)
    response = 1e-4 * np.random.default_rng(9).standard_normal(3 * RATE)
    for seed, (hz, seconds) in enumerate(zip(OCTAVES_HZ, wanted_s, strict=True)):
        band = np.abs(np.log2(np.maximum(spectra, 1.0) / hz)) <= 0.5
        white = np.fft.rfft(np.random.default_rng(seed).standard_normal(3 * RATE))
        envelope = 10.0 ** (-3.0 * np.arange(3 * RATE) / RATE / seconds)
        response += np.fft.irfft(white * band) * envelope

    assert octave_rt60_s(response, RATE) == pytest.approx(wanted_s, rel=0.15)


def test_what_does_not_stand_out_of_the_noise_is_not_measured() -> None:
    noise = np.random.default_rng(4).standard_normal(RATE)

    assert math.isnan(rt60_s(noise, RATE))
    assert np.isnan(octave_rt60_s(np.random.default_rng(0).standard_normal((2, RATE)), RATE)).all()
    assert math.isnan(rt60_s(noise_tail(0.5, length_s=1.0) + 0.3 * noise, RATE))
    assert math.isnan(rt60_s(np.zeros(RATE), RATE))
    assert math.isnan(octave_rt60_s(noise_tail(0.5, 8000), 8000)[OCTAVES_HZ.index(8000.0)])


def test_channels_add_their_energies() -> None:
    left, right = noise_tail(1.0, seed=5), 0.5 * noise_tail(1.0, seed=6)

    both = decay(np.stack([left, right]), RATE, MID_HZ)

    assert both.energy == pytest.approx(sum(decay(side, RATE, MID_HZ).energy for side in (left, right)), rel=0.01)


@pytest.mark.parametrize(("delay_ms", "level"), [(0.0, 10.0), (40.0, 20.0)])
def test_the_direct_sound_is_told_from_the_decay(delay_ms: float, level: float) -> None:
    frames = round(delay_ms * RATE / 1000.0)
    response = np.concatenate([np.zeros(frames), noise_tail(0.8)])
    response[frames] = level * np.abs(response).max()

    after = without_direct(response, RATE)

    assert direct_frames(response, RATE) == pytest.approx(frames + 0.0025 * RATE, abs=1)
    assert rt60_s(after, RATE, None) == pytest.approx(0.8, rel=0.05)


def test_a_reverb_without_direct_sound_is_left_as_it_is() -> None:
    response = np.concatenate([np.zeros(1000), noise_tail(0.3)])

    assert direct_frames(response, RATE) == 0
    assert without_direct(response, RATE).size == response.size
