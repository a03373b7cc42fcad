"""What voice and band share: noise, smoothing, placing sounds on a time line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def gain(db: Array | float) -> Array:
    """Decibels as an amplitude."""
    return np.asarray(10.0 ** (np.asarray(db) / 20.0))


def hertz(pitch: Array | float) -> Array:
    """A MIDI pitch as a frequency; 69 is 440 Hz."""
    return np.asarray(440.0 * 2.0 ** ((np.asarray(pitch) - 69.0) / 12.0))


def smooth(values: Array, points: int) -> Array:
    """A moving average over a Hann window, along the last axis; the ends are held."""
    window = np.hanning(points + 2)[1:-1]
    padded = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(points, points)], mode="edge")
    kernel = window / window.sum()
    rows = [np.convolve(row, kernel, mode="same")[points:-points] for row in np.atleast_2d(padded)]
    return np.reshape(rows, values.shape)


def add_at(line: Array, sound: Array, start: int) -> None:
    """Add `sound` to `line` (last axis: frames) from frame `start` on; what sticks out at either end is dropped."""
    first, last = max(start, 0), min(start + sound.shape[-1], line.shape[-1])
    if first < last:
        line[..., first:last] += sound[..., first - start : last - start]


def panned(sound: Array, pan: float) -> Array:
    """A mono sound in stereo: -1 left, 1 right, constant power."""
    angle = (pan + 1.0) * np.pi / 4.0
    return np.asarray(np.sqrt(2.0) * np.outer((np.cos(angle), np.sin(angle)), sound))
