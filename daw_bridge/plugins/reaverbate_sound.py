"""The sound of ReaVerbate: its engine's impulse response, filtered, delayed and convolved.

Settled by renders of the real plug-in (plugins.md, ReaVerbate): decay and energy over room size. Not settled: the
absolute wet level within about 2 dB, and the low and high cut, which are taken as second-order Butterworth filters
(Q 0.707) on the wet path.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft, optimize, signal

from daw_bridge.audio import Samples
from daw_bridge.decibels import amplitude
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.convolution import Convolver
from daw_bridge.plugins.reaverbate_engine import bank, decay_s, engine_response, feedback
from predictors.decay import MID_HZ, banded, decay_time_s

FloatArray = NDArray[np.float64]

_FULL_BAND_HZ = 20000.0


def impulse_response(settings: ReaVerbate, rate: int) -> Samples:
    """The wet path, from each input channel to each output channel; shape (2 outputs, 2 inputs, frames)."""
    return np.asarray(_width_matrix(settings.width)[:, :, None] * _side_responses(settings, rate))


def wet_energy_gain(settings: ReaVerbate, frequencies_hz: ArrayLike, rate: int) -> FloatArray:
    """|H|^2 of the wet path around each frequency, the mean of left and right, for a mono input.

    Each value is the mean up to halfway to its neighbours, for a reverb's response is rugged: multiplied with a
    power spectrum on the same, rising frequencies and summed, it gives the wet energy.
    """
    to_each_side = impulse_response(settings, rate).sum(axis=1)
    power = np.square(np.abs(fft.rfft(to_each_side))).mean(axis=0, dtype=np.float64)
    wanted = np.asarray(frequencies_hz, np.float64)
    edges = np.concatenate([wanted[:1], (wanted[1:] + wanted[:-1]) / 2.0, wanted[-1:]])
    bins = np.clip(np.round(edges / (rate / 2.0) * (power.size - 1)), 0, power.size - 1).astype(int)
    starts, stops = bins[:-1], np.maximum(bins[1:], bins[:-1] + 1)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    return np.asarray((sums[stops] - sums[starts]) / (stops - starts))


@lru_cache(maxsize=64)
def rt60_s(room_size: float, dampening: float, rate: int) -> float:
    """The reverberation time: T20 of the engine's left channel between 500 Hz and 1 kHz."""
    slowest_s = decay_s(room_size, dampening, rate, MID_HZ[0])
    response = banded(bank(0, room_size, dampening, rate, 0.8 * slowest_s + 0.1), rate, MID_HZ)
    return decay_time_s(np.cumsum(np.square(response)[::-1])[::-1], rate)


def room_size_for(rt60_s_wanted: float, dampening: float, rate: int) -> float:
    """The room size whose `rt60_s` is this, within 1 %; the nearer end of 0..1 where none is.

    The decay rate, 1 / RT60, is nearly a straight line over the logarithm of the engine's feedback.
    """

    def too_fast(log_feedback: float) -> float:
        return 1.0 / rt60_s(_room_size(log_feedback), dampening, rate) - 1.0 / rt60_s_wanted

    small, large = math.log(feedback(0.0)), math.log(feedback(1.0))
    if too_fast(small) <= 0.0:
        return 0.0
    if too_fast(large) >= 0.0:
        return 1.0
    return _room_size(float(optimize.brentq(too_fast, small, large, xtol=5e-5)))


class VerbProcessor:
    """ReaVerbate on a stream of blocks. The output is stereo; a mono input feeds both sides."""

    latency_frames = 0

    def __init__(self, settings: ReaVerbate, rate: int, channels: int) -> None:
        responses = _side_responses(settings, rate)
        self._convolver = Convolver(responses, channels)
        self._dry = np.float32(amplitude(settings.dry_db))
        self._width = _width_matrix(settings.width)
        self.tail_s = responses.shape[1] / rate

    def process(self, block: Samples) -> Samples:
        """The dry block and its reverb, shape (2, frames)."""
        output = self._convolver.process(block)
        if self._width[0, 0] < 1.0:
            output = self._width @ output
        if self._dry > 0.0:
            output += self._dry * block
        return output


def _side_responses(settings: ReaVerbate, rate: int) -> Samples:
    """The wet path of each side, before the width mixes them; shape (2, frames)."""
    engine = engine_response(settings.room_size, settings.dampening, rate)
    response = engine.astype(np.float64) * amplitude(settings.wet_db)
    if 0.0 < settings.low_cut_hz < rate / 2:
        response = _filtered(response, settings.low_cut_hz, "highpass", rate)
    if 0.0 < settings.high_cut_hz < min(_FULL_BAND_HZ, rate / 2):
        response = _filtered(response, settings.high_cut_hz, "lowpass", rate)
    delay = round(settings.pre_delay_ms * rate / 1000.0)
    return np.pad(response, ((0, 0), (delay, 0))).astype(np.float32, copy=False)


def _filtered(response: FloatArray, cutoff_hz: float, kind: str, rate: int) -> FloatArray:
    return np.asarray(signal.sosfilt(signal.butter(2, cutoff_hz, kind, fs=rate, output="sos"), response))


def _width_matrix(width: float) -> Samples:
    """What each side takes of its own and of the other; below 0 the sides are swapped (plugins.md [wdl])."""
    own = (1.0 + width) / 2.0
    return np.array([[own, 1.0 - own], [1.0 - own, own]], np.float32)


def _room_size(log_feedback: float) -> float:
    return (math.exp(log_feedback) - feedback(0.0)) / (feedback(1.0) - feedback(0.0))
