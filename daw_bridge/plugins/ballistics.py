"""Attack and release: a one-pole smoother of a control signal with two time constants.

    y[n] = x[n] + a (y[n-1] - x[n]),  a = exp(-1 / (attack rate)) where x[n] > y[n-1], else exp(-1 / (release rate))

Sample by sample this is slow in Python, and it cannot be vectorised, so pedalboard's compressor (JUCE's) does it:
its envelope follower is this very smoother, with a = exp(-2 pi 1000 / (ms rate)). With an infinite ratio and a
threshold of 1 its output is input / envelope, hence envelope = input / output. The smoother does not mind an
offset, so the signal is raised by 1 to stay above the threshold.

In float32 such a follower stalls where a step becomes less than half of the last digit, for long releases up to
0.05 dB from where it should be. The drift is worked out from the follower's own steps and taken out again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pedalboard
from numpy.typing import NDArray

Signal = NDArray[np.float32]

_OFFSET = np.float32(1.0)
_ROW = 64


class Smoother:
    """Smooths a non-negative signal, block by block; blocks of at most `longest` samples."""

    def __init__(self, attack_ms: float, release_ms: float, rate: int, longest: int) -> None:
        self._rate = rate
        self._attack_ms, self._release_ms = attack_ms, release_ms
        self._rising, self._falling = _coefficient(attack_ms, rate), _coefficient(release_ms, rate)
        self._follower = pedalboard.Compressor(threshold_db=0.0, ratio=1e9, attack_ms=0.0, release_ms=0.0)
        self._follow(np.full(longest, _OFFSET))  # shorter calls do not reset the follower any more
        self.level = 0.0
        """The last value of the smoothed signal."""

    def smooth(self, signal: Signal) -> Signal:
        """The smoothed signal."""
        if not signal.any():
            return self._decay(signal.size)
        self._set(self.level)
        raised = signal + _OFFSET
        smooth: Signal = raised / self._follow(raised)
        smooth -= _OFFSET
        smooth += self._drift(signal, smooth)
        self.level = max(float(smooth[-1]), 0.0)
        return smooth

    def _follow(self, raised: Signal) -> Signal:
        return np.asarray(self._follower.process(raised, self._rate, buffer_size=raised.size, reset=False))

    def _set(self, level: float) -> None:
        self._follower.attack_ms = self._follower.release_ms = 0.0
        self._follow(np.full(1, level + _OFFSET, np.float32))
        self._follower.attack_ms = 2.0 * math.pi * self._attack_ms
        self._follower.release_ms = 2.0 * math.pi * self._release_ms

    def _decay(self, frames: int) -> Signal:
        if self.level < 1e-6:
            self.level = 0.0
            return np.zeros(frames, np.float32)
        smooth = np.asarray(self.level * np.exp(_log(self._falling) * np.arange(1, frames + 1)), np.float32)
        self.level = float(smooth[-1])
        return smooth

    def _drift(self, signal: Signal, smooth: Signal) -> Signal:
        """What is missing from `smooth`, the same for each `_ROW` samples.

        The error e of the follower obeys e[n] = a e[n-1] + (the step that was due - the step that was made).
        """
        before = np.concatenate([np.array([self.level], np.float32), smooth[:-1]])
        ahead = signal - before
        rising = ahead > 0.0
        due = ahead * np.float32(1.0 - self._falling)
        due += np.maximum(ahead, 0.0) * np.float32(self._falling - self._rising)
        starts = np.arange(0, signal.size, _ROW)
        ends = np.append(starts[1:], signal.size)
        made = smooth[ends - 1] - before[starts]
        missing = np.add.reduceat(due, starts) - made
        rises = np.add.reduceat(rising, starts, dtype=np.int32)
        kept = np.exp(rises * _log(self._rising) + (ends - starts - rises) * _log(self._falling))
        errors = np.array(list(_accumulated(kept.tolist(), missing.tolist())), np.float32)
        return np.repeat(errors, ends - starts)


def _accumulated(kept: list[float], missing: list[float]) -> Iterator[float]:
    error = 0.0
    for share, more in zip(kept, missing, strict=True):
        error = share * error + more
        yield error


def _coefficient(time_ms: float, rate: int) -> float:
    return math.exp(-1000.0 / (time_ms * rate)) if time_ms > 0.0 else 0.0


def _log(coefficient: float) -> float:
    return math.log(max(coefficient, 1e-30))
