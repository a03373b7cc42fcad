"""The tempo of a recording: how often its onsets repeat.

Source: D. Ellis, Beat tracking by dynamic programming, J. New Music Research 36(1), 2007: the autocorrelation of
an onset envelope, with a preference for tempi around 120 BPM.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

Samples = NDArray[np.floating[Any]]
Array = NDArray[np.float64]

LOW_RATE = 11025
"""Onsets are looked for below 5 kHz or a little more; what lies above folds down, and has its onsets there too."""

FRAMES_A_SECOND = 100
LENGTH = 512
BATCH = 128
PIECE = 16384
BANDS = np.unique(np.geomspace(2, LENGTH // 2, 25).astype(int))
"""The first line of each band, from about 45 Hz to half the low rate."""

FLOOR, TINY = 1e-6, 1e-30
"""Levels count down to 60 dB under the loudest band and moment; silence is divided by something."""

SLOWEST_BPM, LIKELY_BPM, FASTEST_BPM = 40.0, 120.0, 240.0
SHORTEST_S = 5.0

BEATS = 8
"""Beats looked ahead: two bars, so that a dotted rhythm is not taken for the beat."""

LEAST_RISE = 0.05
"""How uneven the onset strength must be (standard deviation). Held tones and chords have up to 0.02, a vibrato
0.03, stems of bass, guitar, horns and synthesizers 0.07 to 0.25, drums 0.2."""

LEAST_LIKENESS = 0.1
"""How like itself it must be one to eight beats later (correlation). Solo voices have 0.03 to 0.1, drums and whole
backings 0.3 to 0.5."""

NOISE_LIKENESS = 6.0
"""The same in standard deviations of white noise, of which the best of all tempi reaches 4."""


def estimate_tempo(samples: Samples, rate: int) -> float | None:
    """The tempo of samples (channels, frames) in BPM, or None where nothing repeats (noise, silence, drones).

    It may be half or twice of what a listener would tap.
    """
    strength, strength_rate = _onset_strength(samples, rate)
    if len(strength) < SHORTEST_S * strength_rate or strength.std() < LEAST_RISE:
        return None
    likeness = _likeness(strength, strength_rate)
    tempi = np.geomspace(SLOWEST_BPM, FASTEST_BPM, 1500)
    at_tempo = _over_beats(likeness, 60 * strength_rate / tempi, BEATS)
    best = int(np.argmax(at_tempo * np.exp(-0.5 * np.log2(tempi / LIKELY_BPM) ** 2)))
    if at_tempo[best] < max(LEAST_LIKENESS, NOISE_LIKENESS / math.sqrt(BEATS * len(strength))):
        return None
    near = tempi[best] * np.linspace(0.985, 1.015, 601)
    return float(near[np.argmax(_over_beats(likeness, 60 * strength_rate / near, 16))])


def _at_low_rate(samples: Samples, factor: int) -> Samples:
    """The sum of the channels, every `factor` samples averaged to one."""
    step, end = PIECE * factor, samples.shape[1] // factor * factor
    pieces = (samples[:, start : min(start + step, end)].sum(axis=0) for start in range(0, end, step))
    means = [sum(piece[place::factor] for place in range(factor)) / factor for piece in pieces]
    return np.concatenate([np.zeros(0, samples.dtype), *means])


def _onset_strength(samples: Samples, rate: int) -> tuple[Array, float]:
    """How much the level rises (decades, mean over bands) about 100 times a second, and how often exactly."""
    factor = max(1, rate // LOW_RATE)
    low = _at_low_rate(samples, factor)
    hop = round(rate / factor / FRAMES_A_SECOND)
    frames = sliding_window_view(np.pad(low, (0, max(LENGTH - len(low), 0))), LENGTH)[::hop]
    window = np.hanning(LENGTH).astype(low.dtype)
    batches = [_band_power(frames[first : first + BATCH] * window) for first in range(0, len(frames), BATCH)]
    power = np.concatenate(batches)
    level = np.log10(power / max(power.max(), TINY) + FLOOR)
    rise = np.maximum(np.diff(level, axis=0), 0).mean(axis=1)
    return rise, rate / factor / hop


def _band_power(frames: Samples) -> Array:
    lines = rfft(frames)
    return np.add.reduceat(lines.real**2 + lines.imag**2, BANDS, axis=1, dtype=np.float64)


def _likeness(strength: Array, strength_rate: float) -> Array:
    """The autocorrelation of what stands out within a second, 1 at lag 0."""
    second = np.full(round(strength_rate), 1 / round(strength_rate))
    onsets = np.convolve(strength - np.convolve(strength, second, "same"), (0.25, 0.5, 0.25), "same")
    length = next_fast_len(2 * len(onsets), real=True)
    correlation = irfft(np.abs(rfft(onsets, length)) ** 2, length)[: len(onsets)]
    return np.asarray(correlation / correlation[0])


def _over_beats(likeness: Array, lags: Array, beats: int) -> Array:
    """The mean likeness at one to `beats` times each lag, which need not be whole."""
    at = lags[:, None] * np.arange(1, beats + 1)
    return np.asarray(np.interp(at, np.arange(len(likeness)), likeness, right=0.0).mean(axis=1))
