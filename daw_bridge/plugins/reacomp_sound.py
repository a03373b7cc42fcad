"""The sound of ReaComp: a model, for what the real plug-in does inside is published only in part.

Known (plugins.md, ReaComp): the detector reads true RMS (0 ms: peak), the curve's slope and the auto make-up.
Taken from the literature where it is not: the RMS window is a boxcar over the past; a knee is quadratic and centred
on the threshold, and attack and release are exponentials with 63 % time constants on the reduction in dB
(Giannoulis, Massberg, Reiss: Digital dynamic range compressor design, JAES 60/6, 2012); stereo is linked by the
louder channel; the detector's filters are second-order Butterworths. Auto release is not modelled.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import signal

from daw_bridge.audio import Samples
from daw_bridge.decibels import amplitude
from daw_bridge.plugins import ReaComp
from daw_bridge.plugins.ballistics import Smoother

Control = NDArray[np.float32]
_Float = TypeVar("_Float", np.float32, np.float64)

_CHUNK = 1 << 14  # everything that is made of it stays in the cache
_QUIETEST = 1e-20
_LOWEST_DB = -150.0
_NO_LOW_PASS_HZ = 20000.0


def gain_db(level_db: ArrayLike, settings: ReaComp) -> NDArray[np.float64]:
    """The static curve: the gain in dB, at most 0, for a steady level in dB. Make-up is not in it."""
    return -_reduction(np.array(level_db, np.float64), settings)


def make_up_db(settings: ReaComp) -> float:
    """What auto make-up adds, in dB: half of the reduction of 0 dBFS (plugins.md, ReaComp [render])."""
    return -_threshold_db(settings) * _slope(settings) / 2.0 if settings.auto_make_up else 0.0


def gain_reduction_db(settings: ReaComp, samples: Samples, rate: int) -> Control:
    """By how many dB, at least 0, each sample is turned down; shape (frames,)."""
    control = _Control(settings, rate, samples.shape[0])
    ahead = _look_ahead(settings, rate)
    reduction = control.reduction_db(np.pad(samples, ((0, 0), (0, ahead))))
    return reduction[ahead:]


class CompProcessor:
    """ReaComp on a stream of blocks.

    Pre-comp is a look-ahead: the output comes `latency_frames` later than the input.
    """

    tail_s = 0.0

    def __init__(self, settings: ReaComp, rate: int, channels: int) -> None:
        self._control = _Control(settings, rate, channels)
        self._wet = amplitude(settings.wet_db + make_up_db(settings))
        self._dry = amplitude(settings.dry_db)
        self.latency_frames = _look_ahead(settings, rate)
        self._waiting = np.zeros((channels, self.latency_frames), np.float32)

    def process(self, block: Samples, key: Samples | None = None) -> Samples:
        """The compressed block, of the same shape, delayed by `latency_frames`.

        `key` (as many channels and frames) is what the level is taken from, if not from the block itself.
        """
        output = np.empty_like(block)
        key = block if key is None else key
        for start in range(0, block.shape[1], _CHUNK):
            chunk = slice(start, start + _CHUNK)
            np.multiply(self._delayed(block[:, chunk]), self._gain(key[:, chunk]), out=output[:, chunk])
        return output

    def _gain(self, block: Samples) -> Control:
        reduction = self._control.reduction_db(block)
        if not reduction.any():
            return np.asarray(self._wet + self._dry, np.float32)
        reduction *= np.float32(-math.log2(10.0) / 20.0)
        return np.asarray(self._wet * np.exp2(reduction) + self._dry, np.float32)

    def _delayed(self, block: Samples) -> Samples:
        if not self.latency_frames:
            return block
        both = np.concatenate([self._waiting, block], axis=1)
        self._waiting = both[:, block.shape[1] :]
        return both[:, : block.shape[1]]


class _Control:
    """From the audio to the gain reduction, with the state that it needs between blocks."""

    def __init__(self, settings: ReaComp, rate: int, channels: int) -> None:
        self._settings = settings
        self._onset = math.pow(10.0, (_threshold_db(settings) - settings.knee_db / 2.0) / 10.0)
        self._filters = _filters(settings, rate)
        self._memory = np.zeros((len(self._filters), channels, 2))
        frames = max(round(settings.rms_ms * rate / 1000.0), 1)
        self._past = np.zeros((channels, frames), np.float32)
        self._smoother = Smoother(settings.attack_ms, settings.release_ms, rate, _CHUNK)

    def reduction_db(self, block: Samples) -> Control:
        starts = range(0, max(block.shape[1], 1), _CHUNK)
        return np.concatenate([self._reduced(block[:, start : start + _CHUNK]) for start in starts])

    def _reduced(self, block: Samples) -> Control:
        power = self._power(block)
        if float(power.max()) <= self._onset:
            return self._smoother.smooth(np.zeros(block.shape[1], np.float32))
        level_db = np.log10(np.maximum(self._mean(power), _QUIETEST, dtype=np.float32))
        level_db *= np.float32(10.0)
        return self._smoother.smooth(_reduction(level_db, self._settings))

    def _power(self, block: Samples) -> Samples:
        """The squares of the (filtered) block after those of the window before it."""
        if len(self._filters):
            block, self._memory = signal.sosfilt(self._filters, block, zi=self._memory)
        power = np.concatenate([self._past, np.square(block, dtype=np.float32)], axis=1)
        self._past = power[:, -self._past.shape[1] :]
        return power

    def _mean(self, power: Samples) -> Control:
        """The mean square over the window, of the louder channel."""
        frames = self._past.shape[1]
        if frames == 1:
            return np.asarray(power[:, 1:].max(axis=0))
        sums = np.cumsum(power, axis=1, dtype=np.float64)
        means = sums[:, frames:] - sums[:, :-frames]
        return np.asarray(means.max(axis=0) / frames, np.float32)


def _reduction(level_db: NDArray[_Float], settings: ReaComp) -> NDArray[_Float]:
    """The static curve, upside down and in place."""
    knee_db = settings.knee_db
    level_db -= _threshold_db(settings) - knee_db / 2.0
    reduction: NDArray[_Float] = np.maximum(level_db - knee_db, 0.0)
    if knee_db > 0.0:
        bend = np.clip(level_db, 0.0, knee_db, out=level_db)
        reduction += np.square(bend, out=bend) / (2.0 * knee_db)
    reduction *= _slope(settings)
    return reduction


def _slope(settings: ReaComp) -> float:
    return 1.0 - 1.0 / settings.ratio


def _threshold_db(settings: ReaComp) -> float:
    return max(settings.threshold_db, _LOWEST_DB)


def _look_ahead(settings: ReaComp, rate: int) -> int:
    return round(settings.pre_comp_ms * rate / 1000.0)


def _filters(settings: ReaComp, rate: int) -> NDArray[np.float64]:
    """The detector's filters that are in use at this rate, shape (sections, 6)."""
    rows = [np.zeros((0, 6))]
    if 0.0 < settings.detector_high_pass_hz < rate / 2:
        rows.append(signal.butter(2, settings.detector_high_pass_hz, "highpass", fs=rate, output="sos"))
    if 0.0 < settings.detector_low_pass_hz < min(_NO_LOW_PASS_HZ, rate / 2):
        rows.append(signal.butter(2, settings.detector_low_pass_hz, "lowpass", fs=rate, output="sos"))
    return np.concatenate(rows)
