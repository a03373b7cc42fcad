"""Attack and release: a one-pole smoother of a control signal with two time constants.

    y[n] = x[n] + a (y[n-1] - x[n]),  a = exp(-1 / (attack rate)) where x[n] > y[n-1], else exp(-1 / (release rate))

Sample by sample this is slow in Python. But once it is known where the signal is above the smoothed one, the
recursion is linear and can be solved for whole rows of samples. So: guess where, solve, look where it is above now,
and solve again until nothing changes (policy iteration; each round is right for longer than the one before).

The guess is all but right from the start, for pedalboard's compressor (JUCE's) has this very smoother as its
envelope follower, with a = exp(-2 pi 1000 / (ms rate)). With an infinite ratio and a threshold of 1 its output is
input / envelope, hence envelope = input / output; the signal is raised by 1 to stay above the threshold, which the
smoother does not mind. Alone it would not do: in float32 it stalls, for long releases, up to 0.05 dB from its goal.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pedalboard
from numpy.typing import NDArray

Signal = NDArray[np.float32]

_OFFSET = np.float32(1.0)
_ROW = 32
_SAME = 1e-6


class Smoother:
    """Smooths a non-negative signal, block by block; blocks of at most `longest` samples."""

    def __init__(self, attack_ms: float, release_ms: float, rate: int, longest: int) -> None:
        self._rate = rate
        self._attack_ms, self._release_ms = attack_ms, release_ms
        self._rising, self._falling = _coefficient(attack_ms, rate), _coefficient(release_ms, rate)
        self._follower = pedalboard.Compressor(threshold_db=0.0, ratio=1e9, attack_ms=0.0, release_ms=0.0)
        self._follow(np.full(longest, _OFFSET))  # calls that are no longer than this one do not reset the follower
        self._level = 0.0

    def smooth(self, signal: Signal) -> Signal:
        """The smoothed signal."""
        if not signal.any():
            return self._decay(signal.size)
        above = signal > self._before(self._guess(signal))
        while True:
            smooth = self._solve(signal, above)
            before = self._before(smooth)
            wrong = np.flatnonzero(above != (signal > before))
            if np.abs(signal[wrong] - before[wrong]).max(initial=0.0) <= _SAME:
                self._level = float(smooth[-1])
                return smooth.astype(np.float32)
            above[wrong] ^= True

    def _decay(self, frames: int) -> Signal:
        if self._level < _SAME:
            self._level = 0.0
            return np.zeros(frames, np.float32)
        smooth = self._level * np.power(self._falling, np.arange(1, frames + 1))
        self._level = float(smooth[-1])
        return np.asarray(smooth, np.float32)

    def _guess(self, signal: Signal) -> Signal:
        self._follower.attack_ms = self._follower.release_ms = 0.0
        self._follow(np.full(1, self._level + _OFFSET, np.float32))
        self._follower.attack_ms = 2.0 * math.pi * self._attack_ms
        self._follower.release_ms = 2.0 * math.pi * self._release_ms
        raised = signal + _OFFSET
        return np.asarray(raised / self._follow(raised) - _OFFSET)

    def _follow(self, raised: Signal) -> Signal:
        return np.asarray(self._follower.process(raised, self._rate, buffer_size=raised.size, reset=False))

    def _before(self, smooth: NDArray[np.floating]) -> NDArray[np.floating]:
        before = np.empty_like(smooth)
        before[0] = self._level
        before[1:] = smooth[:-1]
        return before

    def _solve(self, signal: Signal, above: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The recursion, for many rows of `_ROW` samples side by side; each then gets what the one before left."""
        kept = np.where(_columns(above), self._rising, self._falling)
        smooth: NDArray[np.float64] = (1.0 - kept) * _columns(signal)
        step = np.empty_like(smooth[0])
        for a, kept_before, new, before in zip(kept[1:], kept[:-1], smooth[1:], smooth[:-1], strict=True):
            np.add(new, np.multiply(a, before, out=step), out=new)
            np.multiply(a, kept_before, out=a)  # the product of all up to here: how much of the row's start is kept
        starts, level = [], self._level
        for share, end in zip(kept[-1].tolist(), smooth[-1].tolist(), strict=True):
            starts.append(level)
            level = end + share * level
        kept *= np.array(starts)
        smooth += kept
        return np.asarray(smooth.T.reshape(-1)[: signal.size])


def _columns(samples: NDArray[Any]) -> NDArray[Any]:
    """Time runs down the columns, and on in the next one."""
    missing = -samples.size % _ROW
    whole = np.pad(samples, (0, missing)) if missing else samples
    return np.ascontiguousarray(whole.reshape(-1, _ROW).T)


def _coefficient(time_ms: float, rate: int) -> float:
    return math.exp(-1000.0 / (time_ms * rate)) if time_ms > 0.0 else 0.0
