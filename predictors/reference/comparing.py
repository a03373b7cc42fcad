"""How two recordings are compared in broad strokes, and how far a reference may take a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from predictors.eq_targets import described
from predictors.targets import OCTAVES_HZ, Aim

if TYPE_CHECKING:
    from predictors.analysis import TrackAnalysis

Array = NDArray[np.float64]
Octaves = NDArray[np.bool_]

ENDS_DB = 30.0
"""Within an octave a recording does not fall by so much, unless it ends there (a telephone, a low sample rate)."""


def complete(track: TrackAnalysis) -> Octaves:
    """The octaves in which the recording does not end."""
    thirds = np.asarray(track.spectrum_db)[1:].reshape(-1, 3)
    return np.asarray(thirds[:, 0] - thirds[:, 2] < ENDS_DB)


def broad(difference: Array, shared: Octaves) -> Array:
    """The difference without the notes of the songs; octaves that only one has take their neighbour's value."""
    if not shared.any():
        return np.zeros(len(OCTAVES_HZ))
    octaves = np.log2(OCTAVES_HZ)
    known = np.interp(octaves, octaves[shared], difference[shared])
    return np.convolve(np.pad(known, 1, mode="edge"), np.array([1.0, 4.0, 1.0]) / 6.0, mode="valid")


def held(wanted: Array, tone: Array, largest_db: float) -> str:
    """Where a limit held, in words."""
    held = np.where(np.abs(wanted - tone) >= 1.0, tone, 0.0)
    return (
        f" Held to {largest_db:g} dB, and to 6 dB from octave to octave: {described(held)}." if held.any() else ""
    )


def within(limits: tuple[float, float], value: float, why: str, unit: str, whose: str) -> Aim:
    """The value as an aim, held to limits: those of `whose` it is."""
    low, high = limits
    if low <= value <= high:
        return Aim(value, why)
    held = min(max(value, low), high)
    return Aim(held, f"{why} Held to {held:.1f} {unit}: {whose} have {low:.1f} to {high:.1f} {unit}.")
