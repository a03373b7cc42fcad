"""Pieces that EQ targets are made of: octave levels, the high-pass under a voice, limits, and the lighter curve.

A tone is ten gains in dB, one for each of `OCTAVES_HZ`, without the roll-off of the high-pass.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from predictors.kweighting import weighting_power
from predictors.targets import OCTAVES_HZ, Aim, EqTarget

if TYPE_CHECKING:
    from predictors.analysis import TrackAnalysis

Array = NDArray[np.float64]

UNDER_THE_VOICE = 0.75
"""A high-pass at this part of the lowest note takes 1.2 dB from it, and nothing from the octave above."""

HIGH_PASS_HZ = (40.0, 180.0)
"""Where engineers put it, half of 385 chains at 67 to 236 Hz, but not above the lowest notes of a soprano."""

STEEPEST_DB = 6.0
"""Largest step from octave to octave: six bands of ReaEQ follow it."""

NO_HIGH_PASS_HZ = 20.0

_1_KHZ = OCTAVES_HZ.index(1000.0)
_BALANCED = slice(OCTAVES_HZ.index(250.0), OCTAVES_HZ.index(4000.0) + 1)
_EDGE = math.sqrt(2.0)
_EMPTY_DB = -40.0
"""An octave this far under the loudest one holds no voice: the recording ends below it."""


@cache
def k_weighting_db() -> tuple[float, ...]:
    """The gain of the K-weighting at `OCTAVES_HZ`."""
    return tuple(10.0 * np.log10(weighting_power(np.array(OCTAVES_HZ))))


def octave_levels_db(track: TrackAnalysis) -> Array:
    """The level of each octave of a track over its active time, relative to its total."""
    thirds = np.asarray(track.spectrum_db, dtype=np.float64)[1:]
    return np.asarray(10.0 * np.log10(np.sum(10.0 ** (thirds.reshape(-1, 3) / 10.0), axis=1) + 1e-20))


def heard(track: TrackAnalysis) -> NDArray[np.bool_]:
    """The octaves from 125 Hz to 8 kHz that hold voice: below them is rumble, above them recordings differ."""
    levels = octave_levels_db(track)
    octaves = np.array(OCTAVES_HZ)
    inside = (octaves >= 125.0) & (octaves <= 8000.0) & (octaves * _EDGE > track.lowest_hz)
    return np.asarray(inside & (levels > levels.max() + _EMPTY_DB))


def high_pass(track: TrackAnalysis) -> Aim:
    """A high-pass under the voice."""
    low, high = HIGH_PASS_HZ
    hz = float(round(min(max(UNDER_THE_VOICE * track.lowest_hz, low), high)))
    starts = f"the voice starts at about {track.lowest_hz:.0f} Hz, under it is only rumble"
    return Aim(hz, f"A high-pass at {hz:.0f} Hz: {starts}.")


def roll_off_db(high_pass_hz: float) -> Array:
    """What a second-order Butterworth high-pass (12 dB an octave) takes at `OCTAVES_HZ`."""
    return np.asarray(-10.0 * np.log10(1.0 + (high_pass_hz / np.array(OCTAVES_HZ)) ** 4))


def balanced(tone: Array, track: TrackAnalysis) -> Array:
    """The tone shifted so that it leaves the track's loudness about as it is.

    Its mean from 250 Hz to 4 kHz, weighted by the K-weighted energy of the track, becomes 0.
    """
    energy = 10.0 ** ((octave_levels_db(track) + k_weighting_db())[_BALANCED] / 10.0)
    return np.asarray(tone - np.average(tone[_BALANCED], weights=energy + 1e-12))


def smooth(tone: Array) -> Array:
    """The tone with no step steeper than `STEEPEST_DB` from octave to octave, counted outward from 1 kHz."""
    limited: Array = np.array(tone)
    for start, stop, step in ((_1_KHZ, tone.size - 1, 1), (_1_KHZ, 0, -1)):
        for at in range(start, stop, step):
            limited[at + step] = np.clip(limited[at + step], limited[at] - STEEPEST_DB, limited[at] + STEEPEST_DB)
    return limited


def eq_target(tone: Array, why: str, pass_aim: Aim | None = None) -> EqTarget:
    """The target of a tone and, for a voice, the high-pass under it."""
    gains = tone if pass_aim is None else tone + roll_off_db(pass_aim.value)
    return EqTarget(gains_db=tuple(round(float(gain), 2) + 0.0 for gain in gains), why=why, high_pass_hz=pass_aim)


def tone_of(target: EqTarget) -> Array:
    """The gains of a target without its roll-off."""
    gains = np.array(target.gains_db)
    return gains if target.high_pass_hz is None else gains - roll_off_db(target.high_pass_hz.value)


def described(tone: Array, least_db: float = 0.5) -> str:
    """The octaves at which a tone does something, in words: '-1.5 dB at 250 Hz, +3.1 dB at 8 kHz'."""
    parts = [
        f"{gain:+.1f} dB at {in_words(hz)}"
        for hz, gain in zip(OCTAVES_HZ, tone, strict=True)
        if abs(gain) >= least_db and 125.0 <= hz <= 8000.0
    ]
    return ", ".join(parts)


def in_words(hz: float) -> str:
    """A frequency as one says it: '250 Hz', '4 kHz'."""
    return f"{hz / 1000.0:g} kHz" if hz >= 1000.0 else f"{hz:g} Hz"
