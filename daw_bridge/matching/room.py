"""What is heard of an impulse response: how it decays, its spectrum, level, width, and when it begins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from predictors import kweighting
from predictors.decay import MID_HZ, OCTAVES_HZ, Decay, decay, decay_from_onset, from_onset, octave, onset

FloatArray = NDArray[np.float64]

LEVELS_HZ = np.array((63.0, *OCTAVES_HZ, 16000.0))
"""The octaves in which levels are compared."""

_LEAST_RANGE_DB = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Room:
    """The measures of a response without its direct sound; nan where it does not stand out of its noise.

    `rt60_s` is T20 from 500 Hz to 1 kHz, then in each of `OCTAVES_HZ`; `levels_db` the power density in
    `LEVELS_HZ`, the mean of the channels; `energy_db` the K-weighted energy, likewise; `side_db` that of the
    difference of two channels against that of their sum (nan for one channel). It begins after `onset_s` and
    stands `range_db` out of its noise, K-weighted.
    """

    rt60_s: FloatArray
    levels_db: FloatArray
    energy_db: float
    side_db: float
    onset_s: float
    range_db: float


def measure_room(response: NDArray[Any], rate: int) -> Room:
    """Measure a response of one or two channels to a mono input: (channels, frames)."""
    heard = from_onset(response)
    octaves = [decay_from_onset(heard, rate, octave(hz)) for hz in LEVELS_HZ]
    weighted = k_weighted(response, rate)
    total = decay(weighted, rate)
    return Room(
        rt60_s=np.array([each.rt60_s for each in (decay_from_onset(heard, rate, MID_HZ), *octaves[1:-1])]),
        levels_db=np.array([_level_db(each, hz, rate) for each, hz in zip(octaves, LEVELS_HZ, strict=True)]),
        energy_db=energy_db(total.energy / len(response)),
        side_db=_side_db(weighted, rate),
        onset_s=onset(response) / rate,
        range_db=total.range_db,
    )


def k_weighted(response: NDArray[Any], rate: int) -> FloatArray:
    """The response through the K-weighting filters."""
    return np.asarray(signal.sosfilt(kweighting.sections(rate), np.asarray(response, np.float64)))


def energy_db(energy: float) -> float:
    """An energy in dB; -inf for none."""
    return 10.0 * math.log10(energy) if energy > 0.0 else -math.inf


def _level_db(band: Decay, centre_hz: float, rate: int) -> float:
    low_hz, high_hz = octave(centre_hz)
    width_hz = min(high_hz, rate / 2.0) - low_hz
    return energy_db(band.energy / width_hz) if band.range_db >= _LEAST_RANGE_DB else math.nan


def _side_db(weighted: FloatArray, rate: int) -> float:
    if len(weighted) != 2:
        return math.nan
    middle, side = (decay(weighted[0] + sign * weighted[1], rate).energy for sign in (1.0, -1.0))
    return energy_db(side) - energy_db(middle)
