"""Recursive filters as matrix products on short blocks: what `sosfilt` does, at up to three times its speed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

Array = NDArray[np.float64]

LONGEST_BLOCK = 40
"""Samples filtered by one row of a matrix product; the fastest of 16 to 100 where measured."""

MOST_ROWS = 140
MOST_PRODUCTS = (1 << 18) - 1
"""Rows of one matrix product, and its multiplications: so few that OpenBLAS does not hand it to threads, which wait
for each other many times longer than they work as soon as the machine is busy."""


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


@lru_cache(maxsize=64)
def _block_matrices(coefficients: bytes, size: int, blocks: int) -> _BlockMatrices:
    """The matrices of sections, read off `sosfilt`'s answers to single samples and to single states."""
    sections = np.frombuffer(coefficients).reshape(-1, 6).copy()
    memory = 2 * len(sections)
    units = np.vstack([np.eye(size), np.zeros((memory, size))])
    states = np.vstack([np.zeros((size, memory)), np.eye(memory)]).reshape(-1, len(sections), 2).swapaxes(0, 1)
    output, after = sosfilt(sections, units, zi=states)
    after = after.swapaxes(0, 1).reshape(-1, memory)
    kept = [after[size:]]
    while 2 ** len(kept) <= blocks and np.abs(kept[-1]).max() > 1e-13:
        kept.append(kept[-1] @ kept[-1])
    return _BlockMatrices(size, output, after[:size], tuple(kept))


class BlockFilter:
    """Second-order sections (n, 6), as scipy takes them, for a signal that comes in pieces of `frames`.

    A recursion waits for its last result at every sample; here it waits once a block (see `_BlockMatrices`).
    The arrays are made once, since fresh memory of this size costs as much as the filtering.
    """

    def __init__(self, sections: Array, frames: int, channels: int) -> None:
        size = largest_divisor(frames, LONGEST_BLOCK)
        memory = 2 * len(sections)
        rows = largest_divisor(frames // size, min(MOST_ROWS, max(MOST_PRODUCTS // (size * (size + memory)), 1)))
        self._matrices = _block_matrices(sections.tobytes(), size, frames // size)
        self._rows = np.empty((channels, frames // size // rows, rows, size + memory))
        self._filtered = np.empty((*self._rows.shape[:3], size))
        self.state = np.zeros((channels, memory))
        """What the filters remember: the two values of each section in turn."""

    def process(self, samples: NDArray[Any]) -> Array:
        """The next piece (channels, frames) filtered. The next call overwrites it."""
        own, before = np.split(self._rows, [self._matrices.size], axis=3)
        own[:] = samples.reshape(own.shape)
        left = (own @ self._matrices.left).reshape(len(own), -1, before.shape[3])
        states = np.concatenate([self.state[:, None], left], axis=1)
        for power, kept in enumerate(self._matrices.kept):
            reach = 2**power
            states[:, reach:] += states[:, :-reach] @ kept
        before[:] = states[:, :-1].reshape(before.shape)
        self.state = states[:, -1]
        np.matmul(self._rows, self._matrices.output, out=self._filtered)
        return self._filtered.reshape(samples.shape)


def largest_divisor(number: int, most: int) -> int:
    """The largest number up to `most` that divides `number`."""
    return max(n for n in range(1, most + 1) if number % n == 0)
