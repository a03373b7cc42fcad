from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from predictors.spectrum import MOST_FRAMES, THIRD_OCTAVES_HZ, band_spectrum, edge_hz

RATES = [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000]


def sine(frequency_hz: float, seconds: float, rate: int = 48000) -> NDArray[np.float32]:
    return np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate)) / rate).astype(np.float32)[None]


def always(samples: NDArray[np.float32], rate: int) -> NDArray[np.bool_]:
    return np.ones(samples.shape[1] * 10 // rate, bool)


def test_centres_are_the_31_third_octaves_from_20_hz_to_20_khz() -> None:
    nominal = [20, 25, 31.5, 40, 50, 63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000]
    nominal += [1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000, 10000, 12500, 16000, 20000]

    assert pytest.approx(nominal, rel=0.02) == THIRD_OCTAVES_HZ


@pytest.mark.parametrize("rate", RATES)
def test_a_sine_is_found_in_its_band_with_its_power(rate: int) -> None:
    for band, centre in enumerate(THIRD_OCTAVES_HZ):
        if 80 <= centre < 0.45 * rate:
            samples = sine(centre, 1, rate)
            spectrum = band_spectrum(samples, rate, always(samples, rate))

            assert spectrum.argmax() == band
            assert spectrum[band] == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("frequency", [25.0, 31.5, 40.0, 50.0, 63.0])
def test_low_sines_stay_within_their_octave(frequency: float) -> None:
    samples = sine(frequency, 2)

    spectrum = band_spectrum(samples, 48000, always(samples, 48000))

    near = np.abs(np.log2(np.array(THIRD_OCTAVES_HZ) / frequency)) < 0.5
    assert spectrum[near].sum() == pytest.approx(0.5, rel=0.15)


@pytest.mark.parametrize("rate", RATES)
def test_white_noise_spreads_over_the_bands_by_their_width(rate: int) -> None:
    samples = np.random.default_rng(0).standard_normal((2, 20 * rate)).astype(np.float32)

    spectrum = band_spectrum(samples, rate, always(samples, rate))

    width = np.array([edge_hz(centre) * (10**0.1 - 1) for centre in THIRD_OCTAVES_HZ])
    inside = (np.array(THIRD_OCTAVES_HZ) * 10**0.05 < rate / 2) & (np.array(THIRD_OCTAVES_HZ) > 150)
    assert 10 * np.log10(spectrum[inside] / (2 * width[inside] / (rate / 2))) == pytest.approx(0, abs=0.6)


def test_only_active_time_counts() -> None:
    samples = np.concatenate([sine(200, 3), sine(2000, 3)], axis=1)
    mask = np.arange(60) < 28

    spectrum = band_spectrum(samples, 48000, mask)

    assert spectrum.argmax() == 10
    assert spectrum[20] < 1e-4 * spectrum[10]


def test_constant_offset_is_no_bass() -> None:
    samples = sine(1000, 2) * 0.01 + 0.5

    spectrum = band_spectrum(samples.astype(np.float32), 48000, always(samples, 48000))

    assert spectrum.argmax() == 17
    assert spectrum[:10].sum() < 1e-3 * spectrum[17]


def test_a_long_recording_is_sampled_evenly() -> None:
    rate = 8000
    samples = np.concatenate([sine(100 * 2**part, 60, rate) for part in range(4)], axis=1)
    mask = always(samples, rate)
    assert mask.sum() > 2 * MOST_FRAMES

    spectrum = band_spectrum(samples, rate, mask)

    assert spectrum[[7, 10, 13, 16]] == pytest.approx([0.125] * 4, rel=0.1)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 3000), st.integers(0, 8), st.integers(1, 2))
def test_anything_gives_31_finite_powers(frames: int, blocks: int, channels: int) -> None:
    samples = np.random.default_rng(frames).standard_normal((channels, frames)).astype(np.float32)

    spectrum = band_spectrum(samples, 8000, np.ones(blocks, bool))

    assert spectrum.shape == (31,)
    assert np.isfinite(spectrum).all()
    assert (spectrum.sum() > 0) == (blocks > 0 and frames > 0)
