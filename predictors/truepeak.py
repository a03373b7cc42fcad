"""True peak as in ITU-R BS.1770-4 Annex 2, at about the cost of looking for the highest sample."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]

TAPS = 12
"""Samples that each value in between is made from: the 48 taps of Annex 2 on 4 phases."""

KAISER_BETA = 4.0
"""Within 0.1 dB up to a third of the rate, where the filter printed in Annex 2 is off by 0.2 dB."""

BLOCK = 32
PIECE = 1 << 15

ROWS = 60
"""Blocks interpolated by one matrix product, which keeps it out of threads (see `blockfilter.MOST_ROWS`)."""


@cache
def _phases(rate: int) -> NDArray[np.float32]:
    """The filters of the values between two samples (n, TAPS): 4 steps a sample, 2 from 96 kHz, 1 from 192 kHz."""
    steps = 4 if rate < 96000 else 2 if rate < 192000 else 1
    at = np.arange(1, steps)[:, None] / steps - np.arange(1 - TAPS // 2, TAPS // 2 + 1)
    window = np.i0(KAISER_BETA * np.sqrt(1 - (at / (TAPS / 2)) ** 2))
    taps = np.sinc(at) * window
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), dtype=np.float32)


@cache
def _block_matrix(rate: int) -> NDArray[np.float32]:
    """The same filters at every place of a block: (BLOCK + TAPS - 1, places x phases)."""
    phases = _phases(rate)
    matrix = np.zeros((BLOCK + TAPS - 1, BLOCK, len(phases)), np.float32)
    for place in range(BLOCK):
        matrix[place : place + TAPS, place] = phases.T
    return matrix.reshape(BLOCK + TAPS - 1, -1)


def sample_peak(samples: Samples) -> float:
    """The highest magnitude of any sample; 0 if there are none."""
    return float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))


def _peak_between(samples: Samples, rate: int, least: float) -> float:
    """The highest magnitude between samples (channels, whole blocks + TAPS - 1), or `least` if that is higher.

    No value in between is higher than the highest sample around it times the sum of the filter's magnitudes, so
    only blocks that could beat `least` are interpolated.
    """
    reach = float(np.abs(_phases(rate)).sum(axis=1).max(initial=0.0))
    if samples.shape[1] < TAPS or sample_peak(samples) * reach <= least:
        return least
    peaks = np.abs(np.pad(samples, ((0, 0), (0, BLOCK - TAPS + 1)))).reshape(len(samples), -1, BLOCK).max(axis=2)
    hopeful = np.maximum(peaks[:, :-1], peaks[:, 1:]) * reach > least
    rows = sliding_window_view(samples, BLOCK + TAPS - 1, axis=1)[:, ::BLOCK][hopeful]
    rows = np.pad(rows, ((0, -len(rows) % ROWS), (0, 0))).reshape(-1, ROWS, BLOCK + TAPS - 1)
    return max(least, sample_peak(rows @ _block_matrix(rate)))


class TruePeakMeter:
    """Takes samples (channels, frames) in pieces of any length; `peak` is the true peak so far, linear."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._tail: Samples = np.zeros((channels, TAPS // 2 - 1), np.float32)
        self._peak = 0.0

    def add(self, samples: Samples) -> None:
        """Go on with these samples."""
        self._peak = max(self._peak, sample_peak(samples))
        for start in range(0, samples.shape[1], PIECE):
            piece = np.concatenate([self._tail, samples[:, start : start + PIECE]], axis=1)
            whole = max(piece.shape[1] - TAPS + 1, 0) // BLOCK * BLOCK
            self._peak = _peak_between(piece[:, : whole + TAPS - 1], self._rate, self._peak)
            self._tail = piece[:, whole:]

    @property
    def peak(self) -> float:
        """The highest magnitude on and between the samples added, as if silence followed."""
        last = np.pad(self._tail, ((0, 0), (0, 2 * BLOCK + TAPS - 1 - self._tail.shape[1])))
        return _peak_between(last, self._rate, self._peak)


def true_peak(samples: Samples, rate: int) -> float:
    """The true peak of samples (channels, frames), linear: never under the highest sample. Silence gives 0."""
    meter = TruePeakMeter(rate, len(samples))
    meter.add(samples)
    return meter.peak
