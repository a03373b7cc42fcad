"""Shapes of magnitude spectra (..., lines), as librosa defines them (B. McFee et al., SciPy 2015)."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROLL_OFF = 0.85
CONTRAST_HZ = (0.0, 250.0, 500.0, 1000.0, 2000.0, math.inf)
"""The edges of the bands of the contrast."""

EXTREME = 0.02
"""The part of a band's lines that are its peaks, or its valleys."""

LEAST_POWER = 1e-10
CONTRAST_SPAN_DB = 80.0


def centroid_hz(magnitudes: Array, hz: Array) -> Array:
    """The mean frequency, weighted by magnitude, plus 1 Hz: 1 for silence."""
    return np.asarray(_shares(magnitudes) @ hz + 1.0)


def bandwidth_hz(magnitudes: Array, hz: Array) -> Array:
    """The standard deviation around the centroid, plus 1 Hz: 1 for silence."""
    shares = _shares(magnitudes)
    centre = shares @ hz
    deviation = np.square(hz - centre[..., None])
    return np.asarray(np.sqrt(np.sum(shares * deviation, axis=-1)) + 1.0)


def roll_off_hz(magnitudes: Array, hz: Array) -> Array:
    """Below this frequency lie 85 % of the magnitude; plus 1 Hz."""
    below = np.cumsum(magnitudes, axis=-1, dtype=np.float64)
    return np.asarray(hz[np.argmax(below >= ROLL_OFF * below[..., -1:], axis=-1)] + 1.0)


def flatness(magnitudes: Array) -> Array:
    """The geometric over the arithmetic mean of the power: 1 for noise or silence, near 0 for tones."""
    power = np.maximum(np.square(magnitudes, dtype=np.float64), LEAST_POWER)
    return np.asarray(np.exp(np.log(power).mean(axis=-1)) / power.mean(axis=-1))


def contrast_db(magnitudes: Array, hz: Array) -> Array:
    """Peaks over valleys in each band of `CONTRAST_HZ`: (bands, ...).

    Bands begin a line early, and all but the last end a line early. Magnitudes are taken for powers.
    """
    edges = [np.flatnonzero((hz >= low) & (hz <= high)) for low, high in itertools.pairwise(CONTRAST_HZ)]
    peaks, valleys = [], []
    for number, inside in enumerate(edges):
        last = number == len(edges) - 1
        ordered = np.sort(magnitudes[..., max(inside[0] - 1, 0) : inside[-1] + (1 if last else 0)], axis=-1)
        count = max(round(EXTREME * (len(inside) + (number > 0))), 1)
        valleys.append(ordered[..., :count].mean(axis=-1))
        peaks.append(ordered[..., -count:].mean(axis=-1))
    return _spanned_db(np.array(peaks)) - _spanned_db(np.array(valleys))


def _shares(magnitudes: Array) -> Array:
    total = magnitudes.sum(axis=-1, keepdims=True, dtype=np.float64)
    return np.asarray(magnitudes / np.where(total > 0.0, total, 1.0))


def _spanned_db(power: Array) -> Array:
    level = 10.0 * np.log10(np.maximum(power, LEAST_POWER))
    return np.asarray(np.maximum(level, level.max() - CONTRAST_SPAN_DB))
