"""Loudness in one pass: ITU-R BS.1770-4 integrated, EBU Tech 3341 momentary and short-term, EBU Tech 3342 range.

Power is the K-weighted mean square, summed over channels with the weights of BS.1770; `lufs` makes a level of it.
A recording counts as followed by silence: its last block is filled up with silence if at least half of it is
there (and dropped if not), and what is shorter than a window is measured in one window. So a sound of 100 ms has
a loudness, the one it has in a project.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from predictors.kweighting import KWeighting
from predictors.truepeak import TruePeakMeter, sample_peak, true_peak

Samples = NDArray[np.floating[Any]]
Powers = NDArray[np.float64]

ABSOLUTE_GATE_LUFS = -70.0
BLOCKS_A_SECOND = 10
STEPS_A_SECOND = 100
"""Maxima are looked for in steps of 10 ms, which Tech 3341 cases 13 and 14 ask for."""

CHANNEL_WEIGHTS = (1.0, 1.0, 1.0, 1.41, 1.41)
"""Left, right, centre, left and right surround (BS.1770-4 table 3)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loudness:
    """How loud a recording is. Silence is -inf; a range that has no short-term window is 0.

    `block_power` holds the power of each 100 ms, in order (float64).
    """

    integrated_lufs: float
    range_lu: float
    momentary_max_lufs: float
    short_term_max_lufs: float
    sample_peak_dbfs: float
    true_peak_dbtp: float | None
    block_power: Powers


@overload
def lufs(power: float) -> float: ...
@overload
def lufs(power: Powers) -> Powers: ...
def lufs(power: float | Powers) -> float | Powers:
    """The level of a K-weighted power, in LUFS; 0 gives -inf."""
    with np.errstate(divide="ignore"):
        level = 10 * np.log10(power) - 0.691
    return level if isinstance(power, np.ndarray) else float(level)


def power(level_lufs: float) -> float:
    """The K-weighted power of a level in LUFS."""
    return math.pow(10, (level_lufs + 0.691) / 10)


def _dbfs(amplitude: float) -> float:
    return 20 * math.log10(amplitude) if amplitude > 0 else -math.inf


def _sliding_mean(powers: Powers, length: int) -> Powers:
    """Means of `length` neighbours; if there are fewer, silence fills them up."""
    if not len(powers):
        return powers
    missing = max(length - len(powers), 0)
    return np.convolve(np.pad(powers, (0, missing)), np.full(length, 1 / length), "valid")


def _gated(powers: Powers, relative_db: float) -> Powers:
    """The powers above the absolute gate, and above `relative_db` under the mean of those."""
    loud = powers[powers > power(ABSOLUTE_GATE_LUFS)]
    return loud[loud > loud.mean() * 10 ** (-relative_db / 10)] if len(loud) else loud


def integrated_lufs(block_power: Powers) -> float:
    """The gated loudness of 100 ms blocks: windows of 400 ms that overlap by 75 %, BS.1770-4."""
    gated = _gated(_sliding_mean(block_power, 4), 10)
    return lufs(float(gated.mean())) if len(gated) else -math.inf


def loudness_range_lu(block_power: Powers) -> float:
    """The spread of the 3 s loudness of 100 ms blocks, from the 10th to the 95th percentile, EBU Tech 3342."""
    gated = _gated(_sliding_mean(block_power, 30), 20)
    if len(block_power) < 30 or not len(gated):
        return 0.0
    low, high = np.percentile(lufs(gated), (10, 95))
    return float(high - low)


def _max_lufs(step_power: Powers, window_s: float) -> float:
    return lufs(float(_sliding_mean(step_power, round(window_s * STEPS_A_SECOND)).max(initial=0.0)))


class LoudnessMeter:
    """Takes samples (channels, frames) in pieces of any length; the result does not depend on the pieces.

    Up to five channels, as in `CHANNEL_WEIGHTS`. With `dual_mono` one channel counts as two equal ones
    (+3.01 LU), as it sounds from a stereo track.
    """

    def __init__(self, rate: int, channels: int, *, dual_mono: bool = False, true_peak: bool = False) -> None:
        if not 1 <= channels <= len(CHANNEL_WEIGHTS):
            raise ValueError(f"{channels} channels: BS.1770 weighs 1 to {len(CHANNEL_WEIGHTS)}")
        self._rate = rate
        self._weights = np.array((2.0,) if dual_mono and channels == 1 else CHANNEL_WEIGHTS[:channels])
        self._filter = KWeighting(rate, channels)
        self._steps: list[Powers] = []
        self._second = np.zeros((channels, rate))
        self._filled = 0
        self._peak = 0.0
        self._true_peak = TruePeakMeter(rate, channels) if true_peak else None

    def add(self, samples: Samples) -> None:
        """Go on with these samples."""
        self._peak = max(self._peak, sample_peak(samples))
        if self._true_peak:
            self._true_peak.add(samples)
        start = 0
        while start < samples.shape[1]:
            piece = samples[:, start : start + self._rate - self._filled]
            start += piece.shape[1]
            whole = piece.shape[1] == self._rate
            if not whole:
                self._second[:, self._filled : self._filled + piece.shape[1]] = piece
            self._filled += piece.shape[1]
            if self._filled == self._rate:
                self._steps.append(self._second_power(piece if whole else self._second))
                self._filled = 0

    def _second_power(self, second: Samples) -> Powers:
        """The power of each 10 ms of a second. A second is a whole number of samples at any rate, 10 ms is not."""
        filtered = self._filter.second(second)
        starts = np.arange(STEPS_A_SECOND + 1) * self._rate // STEPS_A_SECOND
        energy = np.add.reduceat(np.square(filtered, out=filtered), starts[:-1], axis=1)
        return np.asarray(self._weights @ energy / np.diff(starts))

    def _step_power(self) -> Powers:
        """The power of each 10 ms so far, in whole blocks of 100 ms."""
        self._second[:, self._filled :] = 0
        state = self._filter.state
        last = self._second_power(self._second)
        self._filter.state = state
        blocks = round(self._filled * BLOCKS_A_SECOND / self._rate)
        if self._filled and not self._steps:
            blocks = max(blocks, 1)
        return np.concatenate([*self._steps, last[: blocks * STEPS_A_SECOND // BLOCKS_A_SECOND]])

    def result(self) -> Loudness:
        """The loudness of what was added so far; more may be added after it."""
        steps = self._step_power()
        blocks = steps.reshape(-1, STEPS_A_SECOND // BLOCKS_A_SECOND).mean(axis=1)
        return Loudness(
            integrated_lufs=integrated_lufs(blocks),
            range_lu=loudness_range_lu(blocks),
            momentary_max_lufs=_max_lufs(steps, 0.4),
            short_term_max_lufs=_max_lufs(steps, 3.0),
            sample_peak_dbfs=_dbfs(self._peak),
            true_peak_dbtp=_dbfs(self._true_peak.peak) if self._true_peak else None,
            block_power=blocks,
        )


def measure(samples: Samples, rate: int, *, dual_mono: bool = False, true_peak: bool = False) -> Loudness:
    """The loudness of samples (channels, frames). `dual_mono` as in `LoudnessMeter`."""
    meter = LoudnessMeter(rate, len(samples), dual_mono=dual_mono, true_peak=true_peak)
    meter.add(samples)
    return meter.result()


def true_peak_db(samples: Samples, rate: int) -> float:
    """The true peak of samples (channels, frames) in dBTP; silence gives -inf."""
    return _dbfs(true_peak(samples, rate))
