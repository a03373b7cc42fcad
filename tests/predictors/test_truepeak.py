from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import firwin

from predictors.truepeak import TAPS, TruePeakMeter, _phases, sample_peak, true_peak

Samples = NDArray[np.float32]
RATE = 48000


def true_peak_dbtp(signal: NDArray[np.float64]) -> float:
    return 20 * np.log10(true_peak(np.stack([signal, signal]).astype(np.float32), RATE))


@pytest.mark.parametrize(
    ("case", "divisor", "amplitude", "degrees", "expected"),
    [
        (15, 4, 0.50, 0.0, -6.0),
        (16, 4, 0.50, 45.0, -6.0),
        (17, 6, 0.50, 60.0, -6.0),
        (18, 8, 0.50, 67.5, -6.0),
        (19, 4, 1.41, 45.0, 3.0),
    ],
)
def test_tech_3341_sines_between_samples(
    case: int, divisor: int, amplitude: float, degrees: float, expected: float
) -> None:
    fade = np.minimum(1, np.arange(RATE) / (0.01 * RATE))
    phase = 2 * np.pi * np.arange(RATE) / divisor + np.deg2rad(degrees)

    measured = true_peak_dbtp(amplitude * np.sin(phase) * fade * fade[::-1])

    assert expected - 0.4 <= measured <= expected + 0.2


@pytest.mark.parametrize("offset", [0, 1, 2, 3])
def test_tech_3341_cases_20_to_23_one_period_between_samples(offset: int) -> None:
    """fs/6 at 0.50 with one period of fs/4 at 1.00, made at 4 fs, band-limited, every fourth taken."""
    sine = 0.5 * np.sin(2 * np.pi * np.arange(24 * 400) / 24)
    burst = np.sin(2 * np.pi * np.arange(16) / 16)
    oversampled = np.concatenate([sine, burst, sine])
    fade = np.minimum(1, np.arange(len(oversampled)) / 1920)
    limited = np.convolve(oversampled * fade * fade[::-1], firwin(511, 0.25, window="blackman"), "same")

    measured = true_peak_dbtp(limited[offset::4])

    assert -0.4 <= measured <= 0.2


def full_evaluation(samples: Samples, rate: int) -> float:
    padded = np.pad(samples.astype(np.float64), ((0, 0), (TAPS // 2 - 1, TAPS // 2)))
    between = [np.convolve(row, phase[::-1], "valid") for row in padded for phase in _phases(rate)]
    return max(sample_peak(samples), *(float(np.abs(values).max(initial=0)) for values in between))


signals = st.builds(
    lambda seed, frames, shape: (
        np.random.default_rng(seed).standard_normal((2, frames)) * np.linspace(0.01, 1, frames) ** shape
    ).astype(np.float32),
    st.integers(0, 1000),
    st.integers(1, 3000),
    st.sampled_from([0.0, 1.0, 8.0]),
)


@given(signals, st.sampled_from([44100, 96000]))
def test_skipping_hopeless_blocks_finds_the_same_peak(samples: Samples, rate: int) -> None:
    assert true_peak(samples, rate) == pytest.approx(full_evaluation(samples, rate), rel=1e-5)


def test_the_same_peak_in_clipped_music_like_noise() -> None:
    samples = np.clip(np.random.default_rng(1).standard_normal((2, 50000)), -0.9, 0.9).astype(np.float32)

    assert true_peak(samples, RATE) == pytest.approx(full_evaluation(samples, RATE), rel=1e-5)
    assert true_peak(samples, RATE) > 1.1 * sample_peak(samples)


@settings(deadline=None)
@given(signals, st.lists(st.integers(0, 3000), max_size=5))
def test_peak_does_not_depend_on_the_pieces(samples: Samples, cuts: list[int]) -> None:
    meter = TruePeakMeter(RATE, 2)
    for piece in np.split(samples, sorted(cut for cut in cuts if cut < samples.shape[1]), axis=1):
        meter.add(piece)

    assert meter.peak == pytest.approx(true_peak(samples, RATE), rel=1e-5)


@given(signals)
def test_true_peak_is_never_under_the_sample_peak(samples: Samples) -> None:
    assert true_peak(samples, RATE) >= sample_peak(samples)


def test_a_slow_swell_has_no_peak_in_between() -> None:
    swell = np.sin(np.linspace(0, np.pi, 200000, dtype=np.float32))[None]

    assert true_peak(swell, RATE) == pytest.approx(1, abs=1e-5)


def test_silence_and_nothing_have_no_peak() -> None:
    assert true_peak(np.zeros((2, 100), np.float32), RATE) == 0
    assert true_peak(np.zeros((2, 0), np.float32), RATE) == 0


def test_at_192_khz_the_samples_are_dense_enough() -> None:
    samples = np.random.default_rng(0).standard_normal((1, 500)).astype(np.float32)

    assert true_peak(samples, 192000) == sample_peak(samples)
