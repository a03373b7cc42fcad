"""ReaVerbate's decay and spectrum in closed form: good enough to search on, thousands of settings at once.

Each of the engine's ten combs returns an impulse at multiples of its length, each time turned down by the
feedback and the dampening; the allpasses spread it in time and leave its spectrum alone.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daw_bridge.plugins.reaverbate_engine import feedback
from predictors.decay import MID_HZ, OCTAVES_HZ, Band, octave

FloatArray = NDArray[np.float64]
Bands = tuple[Band, ...]

RT60_BANDS: Bands = (MID_HZ, *map(octave, OCTAVES_HZ))
"""Where reverberation times are compared: the band in which one is quoted, then the octaves."""

_DECAY_S = 0.2387
"""T20 of the ten combs together, the mean of both sides, where one pass takes them down to 1/e."""

_MIDDLE = 15.0 / 10.0 * math.log(10.0)
"""Where T20 looks on average: 15 dB down, as an exponent of energy."""

_LINES = 2.0 ** np.linspace(-0.45, 0.45, 7)
_DAMPENINGS = np.linspace(0.0, 1.0, 201)
_OPEN_HZ = 19900.0


def nearest_room(octave_rt60_s: ArrayLike, rate: int) -> tuple[float, float]:
    """The (room size, dampening) that decay as near as can be to these times in `OCTAVES_HZ`; nan: not known.

    In closed form, in half a millisecond: decays that the engine can have are met within 5 %, rarely 9 %.
    """
    octaves = np.asarray(octave_rt60_s, np.float64)
    middle = np.nanmean(octaves[2:4]) if np.isfinite(octaves[2:4]).any() else math.nan
    wanted_s = np.concatenate([[middle], octaves])
    rooms = room_sizes(wanted_s, _DAMPENINGS, rate)
    miss = np.abs(np.log(decay_times_s(rooms, _DAMPENINGS, rate) / wanted_s[:, None]))
    best = int(np.argmin(np.nansum(miss, axis=0)))
    return float(rooms[best]), float(_DAMPENINGS[best])


def room_sizes(wanted_s: FloatArray, dampening: FloatArray, rate: int) -> FloatArray:
    """For each dampening the room size that decays as wanted over `RT60_BANDS`, within 0..1.

    The first band decides; where it is not known (nan), the median of the others.
    """
    losses = _DECAY_S / wanted_s[:, None] - _dampening_losses(dampening, rate).mean(axis=1)
    loss = losses[0] if np.isfinite(wanted_s[0]) else np.nanmedian(losses, axis=0)
    return np.asarray(np.clip((np.exp(-loss) - feedback(0.0)) / (feedback(1.0) - feedback(0.0)), 0.0, 1.0))


def decay_times_s(room_size: FloatArray, dampening: FloatArray, rate: int) -> FloatArray:
    """T20 in each of `RT60_BANDS` for each setting: (bands, settings).

    What is slowest in a band is most of what is left in the middle of its fall, and counts the more.
    """
    losses = _dampening_losses(dampening, rate) - np.log(_gain(room_size))
    left = np.exp(-_MIDDLE * losses / losses.mean(axis=1, keepdims=True)) / losses
    return np.asarray(_DECAY_S * left.sum(axis=1) / (left * losses).sum(axis=1))


def levels_db(
    room_size: FloatArray,
    dampening: FloatArray,
    cuts_hz: tuple[FloatArray, FloatArray],
    centres_hz: FloatArray,
    rate: int,
) -> FloatArray:
    """The power density around each centre for each setting, low and high cut included: (centres, settings).

    In dB against a level that is the same for all settings.
    """
    lines_hz = centres_hz[:, None] * _LINES
    a_pass = _gain(room_size) * np.exp(-_losses(lines_hz, dampening, rate))
    power = _cut_power(lines_hz, cuts_hz, rate) / (1.0 - np.square(a_pass))
    return np.asarray(10.0 * np.log10(np.average(power, axis=1, weights=_LINES)))


def _gain(room_size: FloatArray) -> FloatArray:
    return feedback(0.0) + (feedback(1.0) - feedback(0.0)) * room_size


def _dampening_losses(dampening: FloatArray, rate: int) -> FloatArray:
    """What dampening takes from a pass in each of `RT60_BANDS`: (bands, lines, settings)."""
    edges = np.array(RT60_BANDS)
    lines_hz = np.sqrt(edges[:, :1] * edges[:, 1:]) * _LINES ** np.log2(edges[:, 1:] / edges[:, :1])
    return _losses(lines_hz, dampening, rate)


def _losses(lines_hz: FloatArray, dampening: FloatArray, rate: int) -> FloatArray:
    """The same for given lines, as a natural logarithm."""
    turn = np.exp(-2j * np.pi * lines_hz / rate)[:, :, None]
    damp = 0.4 * dampening
    return np.asarray(np.log(np.abs(1.0 - damp * turn)) - np.log(1.0 - damp))


def _cut_power(lines_hz: FloatArray, cuts_hz: tuple[FloatArray, FloatArray], rate: int) -> FloatArray:
    """Both cuts as second-order Butterworth filters: (bands, lines, settings)."""
    low, high = (_warped(cut_hz, rate) for cut_hz in cuts_hz)
    at = _warped(lines_hz, rate)[:, :, None]
    return 1.0 / (1.0 + (low / at) ** 4) / (1.0 + np.where(cuts_hz[1] < _OPEN_HZ, at / high, 0.0) ** 4)


def _warped(frequency_hz: FloatArray, rate: int) -> FloatArray:
    """Where the bilinear transform takes a frequency from."""
    return np.tan(np.pi * np.minimum(frequency_hz, 0.49 * rate) / rate)
