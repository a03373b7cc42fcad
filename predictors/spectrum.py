"""Long-term spectra in third octaves, over the active time of a recording."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import rfft

Samples = NDArray[np.floating[Any]]
Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

THIRD_OCTAVES_HZ = tuple(1000 * 10 ** (n / 10) for n in range(-17, 14))
"""The exact base-10 centres of the third octaves called 20 Hz to 20 kHz (IEC 61260-1)."""

FRAME_S = 0.17
"""About 6 Hz a line, so that the bands from 20 Hz have one, and under its window about 100 ms of sound."""

MOST_FRAMES = 1000
BATCH = 32


def edge_hz(centre_hz: float) -> float:
    """Where the third octave with this centre begins."""
    return float(centre_hz * 10 ** (-1 / 20))


@cache
def _window(length: int) -> NDArray[np.float32]:
    """A Hann window of energy 2 over its length squared: the lines of `rfft` then add up to the mean square."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    return np.asarray(window * np.sqrt(2 / length / (window @ window)), dtype=np.float32)


@cache
def _bands(rate: int, length: int) -> Array:
    """How much of each line of the transform lies in each third octave: (lines, 31)."""
    width = rate / length
    lines = np.arange(length // 2 + 1)[:, None] * width
    low = np.array([edge_hz(centre) for centre in THIRD_OCTAVES_HZ])
    high = low * 10 ** (1 / 10)
    covered = np.minimum(lines + width / 2, high) - np.maximum(lines - width / 2, low)
    return np.asarray(np.clip(covered / width, 0, 1))


def band_spectrum(samples: Samples, rate: int, mask: Mask) -> Array:
    """The mean power in each of `THIRD_OCTAVES_HZ` over the active 100 ms blocks, summed over channels.

    Welch's method with one Hann frame on the middle of a block, on at most 1000 blocks spread evenly.
    Samples are (channels, frames); a full-scale sine has power 0.5. Nothing active gives zeros.
    """
    length = 2 ** round(np.log2(FRAME_S * rate))
    active = np.flatnonzero(mask[: -(-samples.shape[1] * 10 // rate)])
    if not len(active):
        return np.zeros(len(THIRD_OCTAVES_HZ))
    if len(active) > MOST_FRAMES:
        active = active[np.linspace(0, len(active) - 1, MOST_FRAMES).round().astype(int)]
    missing = max(length - samples.shape[1], 0)
    if missing:
        samples = np.pad(samples, ((0, 0), (missing // 2, missing - missing // 2)))
    starts = np.clip((active + 0.5) * rate / 10 - length / 2, 0, samples.shape[1] - length).astype(int)
    lines = np.zeros(length // 2 + 1)
    for channel in samples:
        frames = sliding_window_view(channel, length)
        for first in range(0, len(starts), BATCH):
            transform = rfft(frames[starts[first : first + BATCH]] * _window(length))
            lines += (transform.real**2 + transform.imag**2).sum(axis=0)
    return np.asarray(lines / len(starts) @ _bands(rate, length))
