"""Inner products of several signals in bands and blocks of time: all that a least-squares fit needs to know.

A fit of one signal by others depends on them only through these sums. Made once, they answer for every weighting of
bands and times, and for every set of gains, without the signals.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

Array = NDArray[np.float64]
Products = NDArray[np.complex128]

_FRAMES_AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Where sums are made: frames of about `frame_s`, half overlapping, `pooled` of them in a block (0: all).

    Bands lie between neighbours of `edges_hz`.
    """

    frame_s: float
    pooled: int
    edges_hz: tuple[float, ...]

    def length(self, rate: int) -> int:
        """Samples of a frame, a power of two."""
        return int(2 ** round(np.log2(self.frame_s * rate)))

    def block_s(self, rate: int) -> float:
        """How far apart blocks are."""
        return self.pooled * self.length(rate) / 2 / rate


def octave_edges(low_hz: float, high_hz: float, per_octave: float) -> tuple[float, ...]:
    """Edges of bands of equal width in octaves, from `low_hz` to about `high_hz`."""
    count = round(np.log2(high_hz / low_hz) * per_octave)
    return tuple(low_hz * 2.0 ** (np.arange(count + 1) / per_octave))


def counts(grid: Grid, rate: int) -> Array:
    """How many values, as good as independent, the sum of a band over a block holds."""
    lines = np.diff(_lines(grid, rate))
    # Neighbouring lines and frames of a Hann window tell in part about the same.
    return np.asarray(lines * max(grid.pooled, 1) * 0.5)


def inner_products(signals: Sequence[NDArray[np.floating]], rate: int, grid: Grid) -> Products:
    """Sums of a(f) * conj(b(f)) for all pairs of signals, shape (blocks, bands, signals, signals).

    The signals are one channel each and equally long. A band without a line of the transform is all 0.
    """
    length = grid.length(rate)
    pieces = [_banded(spectra, _lines(grid, rate)) for spectra in _transforms(signals, length)]
    products = np.concatenate(pieces)
    if not grid.pooled:
        return np.asarray(products.sum(axis=0, keepdims=True))
    return np.asarray(np.add.reduceat(products, np.arange(0, len(products), grid.pooled), axis=0))


def _lines(grid: Grid, rate: int) -> NDArray[np.int_]:
    """The first line of each band, and the one after the last."""
    length = grid.length(rate)
    return np.round(np.asarray(grid.edges_hz) * length / rate).astype(int).clip(1, length // 2 + 1)


def _transforms(signals: Sequence[NDArray[np.floating]], length: int) -> Iterator[NDArray[np.complex64]]:
    """Spectra of some frames at a time, shape (signals, frames, lines)."""
    window = signal.get_window("hann", length).astype(np.float32)
    hop = length // 2
    total = signals[0].size // hop + 1
    for first in range(0, total, _FRAMES_AT_ONCE):
        count = min(_FRAMES_AT_ONCE, total - first)
        start = (first - 1) * hop
        span = np.stack([_cut(one, start, start + (count + 1) * hop) for one in signals])
        frames = np.lib.stride_tricks.sliding_window_view(span, length, axis=1)[:, ::hop]
        yield np.asarray(fft.rfft(frames * window))


def _cut(samples: NDArray[np.floating], start: int, stop: int) -> NDArray[np.float32]:
    """Samples from `start` to `stop`, zero where there are none."""
    inner = samples[max(start, 0) : max(stop, 0)]
    before = max(-start, 0)
    out = np.zeros(stop - start, np.float32)
    out[before : before + inner.size] = inner
    return out


def _banded(spectra: NDArray[np.complex64], lines: NDArray[np.int_]) -> Products:
    """Sums over each band's lines, shape (frames, bands, signals, signals)."""
    by_frame = spectra.swapaxes(0, 1)
    bands = [by_frame[:, :, low:high] for low, high in itertools.pairwise(lines)]
    return np.stack([(band @ band.conj().swapaxes(1, 2)).astype(np.complex128) for band in bands], axis=1)
