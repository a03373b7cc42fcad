"""The K-weighting filters of ITU-R BS.1770-4: as sections, as a curve, and as a fast exact filter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import freqz, sosfilt

Array = NDArray[np.float64]

LONGEST_BLOCK = 40
"""Samples filtered by one row of a matrix product; the fastest of 16 to 100 where measured."""

MOST_ROWS = 140
"""Rows of one matrix product: small enough that OpenBLAS does not hand it to threads (its limit is 2^18
multiplications), which wait for each other many times longer than they work as soon as the machine is busy."""


@cache
def sections(rate: int) -> Array:
    """The two filters as second-order sections (2, 6) at this rate.

    Source: pyloudnorm's class "DeMan", which meets the coefficients of BS.1770-4 exactly (its default does not).
    """
    import pyloudnorm  # noqa: PLC0415 - takes half a second

    filters = pyloudnorm.Meter(rate, filter_class="DeMan")._filters.values()
    return np.array([[*stage.b, *stage.a] for stage in filters])


def weighting_power(frequencies_hz: Array) -> Array:
    """The power gain of the K-weighting at these frequencies (0 to 24000 Hz)."""
    shelf, high_pass = (freqz(row[:3], row[3:], frequencies_hz, fs=48000)[1] for row in sections(48000))
    return np.asarray(np.abs(shelf * high_pass) ** 2)


@dataclass(frozen=True, slots=True, eq=False)
class _BlockMatrices:
    """What the filters do to a block of `size` samples, as matrices on rows [samples, state before them].

    The filtered block is row @ `output`; the state after it is samples @ `left` plus the old state @ `kept[0]`.
    `kept[n]` carries a state over 2^n blocks, as far as anything is left of it.
    """

    size: int
    output: Array
    left: Array
    kept: tuple[Array, ...]


def _largest_divisor(number: int, most: int) -> int:
    return max(n for n in range(1, most + 1) if number % n == 0)


@cache
def _block_matrices(rate: int) -> _BlockMatrices:
    """The matrices for this rate, read off `sosfilt`'s answers to single samples and to single states."""
    size = _largest_divisor(rate, LONGEST_BLOCK)
    units = np.vstack([np.eye(size), np.zeros((4, size))])
    states = np.vstack([np.zeros((size, 4)), np.eye(4)]).reshape(-1, 2, 2).swapaxes(0, 1)
    output, after = sosfilt(sections(rate), units, zi=states)
    after = after.swapaxes(0, 1).reshape(-1, 4)
    kept = [after[size:]]
    while np.abs(kept[-1]).max() > 1e-13:
        kept.append(kept[-1] @ kept[-1])
    return _BlockMatrices(size, output, after[:size], tuple(kept))


class KWeighting:
    """The filters for second after second of a signal: what `sosfilt` does, at twice its speed.

    A recursion waits for its last result at every sample; here it waits once a block (see `_BlockMatrices`).
    The arrays are made once, since fresh memory of this size costs as much as the filtering.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._matrices = _block_matrices(rate)
        size = self._matrices.size
        rows = _largest_divisor(rate // size, MOST_ROWS)
        self._rows = np.empty((channels, rate // size // rows, rows, size + 4))
        self._filtered = np.empty((*self._rows.shape[:3], size))
        self.state = np.zeros((channels, 4))
        """What the filters remember."""

    def second(self, samples: NDArray[Any]) -> Array:
        """One second (channels, rate) filtered. The next call overwrites it."""
        own, before = np.split(self._rows, [self._matrices.size], axis=3)
        own[:] = samples.reshape(own.shape)
        left = (own @ self._matrices.left).reshape(len(samples), -1, 4)
        states = np.concatenate([self.state[:, None], left], axis=1)
        for power, kept in enumerate(self._matrices.kept):
            reach = 2**power
            if reach < states.shape[1]:
                states[:, reach:] += states[:, :-reach] @ kept
        before[:] = states[:, :-1].reshape(before.shape)
        self.state = states[:, -1]
        np.matmul(self._rows, self._matrices.output, out=self._filtered)
        return self._filtered.reshape(samples.shape)
