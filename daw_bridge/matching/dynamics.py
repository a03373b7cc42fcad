"""A gain over time as ReaComp: its control path, played at a low rate, is fitted to what was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from daw_bridge.audio import Samples
from daw_bridge.matching.products import Array, Grid
from daw_bridge.plugins import ReaComp
from daw_bridge.plugins.ballistics import Smoother
from daw_bridge.plugins.reacomp_sound import gain_db as static_gain_db

_STEPS = 32
"""Values of the control path from block to block, while its settings are sought."""

_RMS_MS = (0.0, 5.0)
"""The detectors that are tried: of peaks, as most vocal chains have it, and ReaComp's own."""

_WORTH = 40.0
"""By how much a compressor must lessen the squared errors, in their standard deviations, to be considered."""

_CORRELATED = 4.0
"""How many neighbouring blocks tell about the same: attack, release and the blocks' overlap smear them."""

# Means and deviations (natural logarithms) of ratio - 1, attack and release over the professional chains:
# research on DiffVox's 455 (quartiles 2.4, 3.3, 4.8; 1.1, 2.7, 7.0 ms; 91, 259, 491 ms).
_USUAL = ((math.log(2.3), 0.75), (math.log(3.0), 1.4), (math.log(220.0), 1.2), (0.0, 8.0))
_STARTS = [(ratio, attack, release) for ratio in (2.0, 5.0) for attack, release in ((3.0, 100.0), (20.0, 300.0))]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trajectory:
    """A measured gain over time: dB and their standard errors, a value for each block of `grid` (not pooled)."""

    gain_db: Array
    error_db: Array
    grid: Grid


@dataclass(frozen=True, slots=True, kw_only=True)
class CompFit:
    """The compressor (None: the gain does not move with the level), and the gain in dB beside it."""

    comp: ReaComp | None
    gain_db: float


def fit_comp(samples: Samples, rate: int, trajectory: Trajectory) -> CompFit:
    """The compressor that turns `samples`, its input, down as the trajectory says."""
    control = _Control.of(samples, rate, trajectory.grid, trajectory.gain_db.size)
    flat = _offset(trajectory, np.zeros_like(trajectory.gain_db))
    still = _cost(trajectory, np.zeros_like(trajectory.gain_db))
    if still < _WORTH:
        return CompFit(comp=None, gain_db=flat)
    loud_db = control.loud_db
    first = [
        (rms_ms, loud_db + below, *start)
        for rms_ms in _RMS_MS
        for below in (-24.0, -18.0, -12.0, -8.0, -4.0, 0.0)
        for start in _STARTS
    ]
    tried = sorted((_judged(_packed(*one[1:]), one[0], control, trajectory), one) for one in first)
    found = []
    for rms_ms in _RMS_MS:
        start = next(one for _, one in tried if one[0] == rms_ms)
        found.append((*_searched(_packed(*start[1:]), rms_ms, control, trajectory), rms_ms))
    values, _, rms_ms = min(found, key=lambda one: one[1])
    comp = _typed(_comp(values, rms_ms))
    reduction = control.gain_db(comp)
    if still - _cost(trajectory, reduction) < _WORTH:
        return CompFit(comp=None, gain_db=flat)
    return CompFit(comp=comp, gain_db=_offset(trajectory, reduction))


def moved_db(comp: ReaComp, samples: Samples, rate: int, grid: Grid, blocks: int) -> Array:
    """The gain of a compressor over each block, as the fit sees it."""
    return _Control.of(samples, rate, grid, blocks).gain_db(comp)


@dataclass(frozen=True, slots=True, eq=False)
class _Control:
    """Mean and largest squares of the channels at the control rate, and how blocks average over them."""

    power: Array
    peaks: Array
    window: Array
    blocks: int
    rate: float

    @classmethod
    def of(cls, samples: Samples, rate: int, grid: Grid, blocks: int) -> _Control:
        length = grid.length(rate)
        step = length // 2 // _STEPS
        padded = np.pad(samples, ((0, 0), (0, -samples.shape[1] % step)))
        squares = np.square(padded).reshape(len(samples), -1, step)
        return cls(
            power=squares.mean(axis=2, dtype=np.float64),
            peaks=squares.max(axis=(0, 2)).astype(np.float64),
            window=np.square(np.hanning(2 * _STEPS + 1)),
            blocks=blocks,
            rate=rate / step,
        )

    @property
    def loud_db(self) -> float:
        """The level of the loud half of what sounds."""
        power = self.power.max(axis=0)
        heard = power[power > 1e-4 * power.max(initial=0.0)]
        return float(10.0 * np.log10(np.percentile(heard, 75))) if heard.size else -100.0

    def gain_db(self, comp: ReaComp) -> Array:
        """What the compressor's gain is over each block, as a fit of its output would see it."""
        level_db = 10.0 * np.log10(np.maximum(self._detected(comp.rms_ms), 1e-15))
        reduction: NDArray[np.float32] = (-static_gain_db(level_db, comp)).astype(np.float32)
        smoother = Smoother(comp.attack_ms, comp.release_ms, round(self.rate), reduction.size)
        gain = np.power(10.0, -smoother.smooth(reduction).astype(np.float64) / 20.0)
        power = self.power.sum(axis=0)
        return 20.0 * np.log10(self._averaged(gain * power) / self._averaged(power))

    def _detected(self, rms_ms: float) -> Array:
        frames = round(rms_ms * self.rate / 1000.0)
        if frames == 0:
            return self.peaks
        sums = np.cumsum(np.pad(self.power, ((0, 0), (frames, 0))), axis=1)
        return np.asarray(((sums[:, frames:] - sums[:, :-frames]) / frames).max(axis=0))

    def _averaged(self, values: Array) -> Array:
        """Over the window of each block; blocks lie around multiples of the steps."""
        padded = np.pad(values + 1e-15, (_STEPS, 2 * _STEPS))
        rows = np.lib.stride_tricks.sliding_window_view(padded, self.window.size)[::_STEPS][: self.blocks]
        made = rows @ self.window
        return np.pad(made, (0, self.blocks - made.size), mode="edge")


def _packed(threshold_db: float, ratio: float, attack_ms: float, release_ms: float) -> Array:
    return np.array([threshold_db, math.log(ratio - 1.0), math.log(attack_ms), math.log(release_ms), 2.0])


def _comp(values: Array, rms_ms: float) -> ReaComp:
    threshold_db, ratio, attack, release, knee_db = values
    return ReaComp(
        threshold_db=float(np.clip(threshold_db, -60.0, 6.0)),
        ratio=1.0 + math.exp(float(np.clip(ratio, -3.0, 3.0))),
        attack_ms=math.exp(float(np.clip(attack, math.log(0.2), math.log(200.0)))),
        release_ms=math.exp(float(np.clip(release, math.log(10.0), math.log(3000.0)))),
        knee_db=float(np.clip(knee_db, 0.0, 24.0)),
        rms_ms=rms_ms,
    )


def _judged(values: Array, rms_ms: float, control: _Control, trajectory: Trajectory) -> float:
    unusual = sum(((own - mean) / wide) ** 2 for own, (mean, wide) in zip(values[1:], _USUAL, strict=True))
    return _cost(trajectory, control.gain_db(_comp(values, rms_ms))) + float(unusual)


def _searched(values: Array, rms_ms: float, control: _Control, trajectory: Trajectory) -> tuple[Array, float]:
    found = minimize(
        _judged,
        values,
        args=(rms_ms, control, trajectory),
        method="Nelder-Mead",
        options={
            "maxfev": 300,
            "xatol": 0.02,
            "fatol": 0.05,
            "initial_simplex": values + np.vstack([np.zeros(5), np.diag([3.0, 0.5, 0.7, 0.7, 4.0])]),
        },
    )
    return np.asarray(found.x), float(found.fun)


def _weights(trajectory: Trajectory) -> Array:
    return 1.0 / (np.square(trajectory.error_db) * _CORRELATED)


def _offset(trajectory: Trajectory, gain_db: Array) -> float:
    off = trajectory.gain_db - gain_db
    weights = _weights(trajectory)
    middle = float(np.average(off, weights=weights))
    for _ in range(5):
        robust = weights / np.sqrt(1.0 + np.square((off - middle) / trajectory.error_db) / 9.0)
        middle = float(np.average(off, weights=robust))
    return middle


def _cost(trajectory: Trajectory, gain_db: Array) -> float:
    """Squared errors in their standard deviations; what is far off counts less."""
    off = (trajectory.gain_db - gain_db - _offset(trajectory, gain_db)) / trajectory.error_db
    return float(np.sum(18.0 * (np.sqrt(1.0 + np.square(off) / 9.0) - 1.0)) / _CORRELATED)


def _typed(comp: ReaComp) -> ReaComp:
    return ReaComp(
        threshold_db=round(comp.threshold_db, 1),
        ratio=round(comp.ratio, 2),
        attack_ms=round(comp.attack_ms, 1),
        release_ms=float(round(comp.release_ms)),
        knee_db=round(comp.knee_db, 1) + 0.0,
        rms_ms=comp.rms_ms,
    )
