"""The impulse response of ReaVerbate's engine, which is that of Cockos' WDL (`verbengine.h`).

Source of every number: plugins.md, ReaVerbate [wdl]; of the map from the knobs: [render].
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from daw_bridge.audio import Samples

FloatArray = NDArray[np.float64]

# Lengths in samples at 44.1 kHz.
_COMBS = (1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617, 1685, 1748)
_ALLPASSES = (556, 441, 341, 225, 180, 153)
_RIGHT_IS_LONGER = 23
_ALLPASS_FEEDBACK = 0.5
_GAIN = 0.015

_LONGEST_S = 12.0
_END = 1e-10
"""The response ends where no more than this share of its energy (-100 dB) is left."""

_PASS_FRAMES = 1024
"""What the damping smears an impulse to in 12 s: 316 samples on average, with a deviation of 23."""


def feedback(room_size: float) -> float:
    """The gain of one pass through a comb."""
    return 0.30 + 0.68 * room_size


@lru_cache(maxsize=8)
def engine_response(room_size: float, dampening: float, rate: int) -> Samples:
    """The wet response of the left and of the right channel, each to its own input; shape (2, frames), read only.

    It ends at -100 dB, or after 12 s.
    """
    length_s = min(decay_s(room_size, dampening, rate, 0.0) * 100.0 / 60.0 + 0.2, _LONGEST_S)
    both = np.stack([bank(side, room_size, dampening, rate, length_s) for side in (0, 1)])
    left_over = np.cumsum(np.square(both).sum(axis=0)[::-1])[::-1]
    response = both[:, : int(np.count_nonzero(left_over > _END * left_over[0]))].astype(np.float32)
    response.flags.writeable = False
    return response


def bank(side: int, room_size: float, dampening: float, rate: int, length_s: float) -> FloatArray:
    """The first `length_s` of one channel's response (0 left, 1 right)."""
    frames = math.ceil(length_s * rate)
    response = _combs(side, feedback(room_size), 0.4 * dampening, rate, frames)
    for length in _lengths(_ALLPASSES, side, rate):
        response = _allpass(response, length)
    return _GAIN * response


def decay_s(room_size: float, dampening: float, rate: int, frequency_hz: float) -> float:
    """How long the slowest comb takes to decay by 60 dB at a frequency; the whole engine takes a little less."""
    damp = 0.4 * dampening
    turn = abs(1.0 - damp * np.exp(-2j * np.pi * frequency_hz / rate))
    loss_db = -20.0 * math.log10(feedback(room_size) * (1.0 - damp) / turn)
    return 60.0 / loss_db * (_COMBS[-1] + _RIGHT_IS_LONGER) / 44100.0


def _lengths(lengths: tuple[int, ...], side: int, rate: int) -> list[int]:
    return [int((length + side * _RIGHT_IS_LONGER) * rate / 44100.0) for length in lengths]


def _combs(side: int, gain: float, damp: float, rate: int, frames: int) -> FloatArray:
    """Ten combs in parallel.

    Every comb returns the impulse at multiples of its length, each time turned down and smeared once more by the
    same one-pole: each pass is computed once and laid down at ten places.
    """
    lengths = _lengths(_COMBS, side, rate)
    response = np.zeros(frames + _PASS_FRAMES)
    passing = np.zeros(_PASS_FRAMES)
    passing[0] = 1.0
    for count in range(1, frames // lengths[0] + 1):
        for start in (count * length for length in lengths if count * length < frames):
            response[start : start + _PASS_FRAMES] += passing
        passing = signal.lfilter([gain * (1.0 - damp)], [1.0, -damp], passing)
    return response[:frames]


def _allpass(samples: FloatArray, length: int) -> FloatArray:
    """buf[n] = x[n] + 0.5 buf[n - length]; y[n] = buf[n - length] - x[n]: one pole for each of `length` phases."""
    rows = np.pad(samples, (0, -samples.size % length)).reshape(-1, length)
    buffer = signal.lfilter([1.0], [1.0, -_ALLPASS_FEEDBACK], rows, axis=0)
    delayed = np.concatenate([np.zeros((1, length)), buffer[:-1]])
    return np.asarray((delayed - rows).reshape(-1)[: samples.size])
