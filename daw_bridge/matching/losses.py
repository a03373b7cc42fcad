"""How different two recordings sound: spectra at several resolutions, and how much the level moves.

The spectral part is that of auraloss (Steinmetz and Reiss, DMRN+15, 2020): spectral convergence and mean distance
of log magnitudes. The dynamic part follows DiffVox (Yu et al., DAFx 2025), its loss on loudness dynamics: distances
of short-term over long-term levels. Both are 0 for equal sounds; a gain is heard by the first part only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage, signal

from daw_bridge.audio import Samples
from daw_bridge.decibels import amplitude

FRAMES = (512, 1024, 2048)
"""Lengths of the transforms, as in auraloss; a quarter of them apart."""

SHORT_S, LONG_S = (0.05, 0.2), 3.0

_FLOOR_DB = -60.0
"""Lines and blocks so far under the mean of the wanted recording's are heard as silence."""

_SHARES = (0.75, 0.25)
"""What counts of middle and side: most of a voice is in the middle."""

_NO_SIDE = 1e-6
_LEVEL_FRAMES = 4096
_LOWEST_HZ = 50.0
_AT_ONCE = 512

_Magnitudes = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """How far a recording is from the wanted one: 0 is the same, 1 or more is quite another sound."""

    spectral: float
    dynamic: float

    @property
    def total(self) -> float:
        """Both together."""
        return self.spectral + self.dynamic


class Ear:
    """Compares recordings with one wanted recording, whose spectra and levels it remembers.

    All are equally long; where one is mono and the other stereo, it counts as two equal sides. Middle and side of
    stereo are heard each for itself.
    """

    def __init__(self, wanted: Samples, rate: int) -> None:
        self._rate = rate
        self._stereo = len(wanted) == 2
        parts = _parts(wanted, stereo=self._stereo)
        power = [float(np.vdot(part, part)) for part in parts]
        self._weights = _shares(*power) if self._stereo else (1.0,)
        self._spectra = [[_magnitudes(part, frames) for frames in FRAMES] for part in parts]
        self._floors = [[_floor(one) for one in spectra] for spectra in self._spectra]
        mean = math.sqrt(sum(power) / wanted.shape[1])
        self._quiet = max(mean * amplitude(_FLOOR_DB), 1e-9) ** 2
        self._moves = self._dynamics(parts)

    def distance(self, heard: Samples) -> Distance:
        """How far `heard` is from the wanted recording."""
        parts = _parts(heard, stereo=self._stereo)
        spectral = 0.0
        for weight, own, floors, part in zip(self._weights, self._spectra, self._floors, parts, strict=False):
            each = zip(own, FRAMES, floors, strict=True)
            spectral += weight * float(np.mean([_apart(*one, part) for one in each])) if weight else 0.0
        moves = self._dynamics(parts)
        dynamic = float(np.mean([np.abs(a - b).mean() for a, b in zip(self._moves, moves, strict=True)])) / 10.0
        return Distance(spectral=spectral, dynamic=dynamic)

    def _dynamics(self, parts: list[Samples]) -> list[NDArray[np.float64]]:
        """Short-term over long-term level in dB, 100 times a second."""
        hop = round(self._rate / 100)
        power = np.sum([np.square(part, dtype=np.float64) for part in parts], axis=0)
        steps = np.add.reduceat(power, np.arange(0, power.size, hop)) / hop
        around = ndimage.uniform_filter1d(steps, round(LONG_S * 100), mode="nearest") + self._quiet
        short = [ndimage.uniform_filter1d(steps, round(length * 100), mode="nearest") for length in SHORT_S]
        return [10.0 * np.log10((one + self._quiet) / around) for one in short]


def _shares(middle: float, side: float) -> tuple[float, float]:
    """How much each counts, of their powers: one that is not there, nothing."""
    if side <= _NO_SIDE * middle:
        return 1.0, 0.0
    return _SHARES if middle > _NO_SIDE * side else (0.0, 1.0)


def residual_db(wanted: Samples, heard: Samples) -> float:
    """What is left of the wanted recording when the other is subtracted, in dB; 0 is all of it."""
    left = wanted - heard
    power = float(np.vdot(left, left))
    whole = float(np.vdot(wanted, wanted)) * (len(left) / len(wanted))
    return 10.0 * math.log10(max(power, 1e-30) / max(whole, 1e-30))


def levels_residual_db(wanted: Samples, heard: Samples, rate: int) -> float:
    """The same for levels, in third octaves and every tenth of a second: phases and single echoes do not count."""
    sides = zip(wanted, np.broadcast_to(heard, wanted.shape), strict=True)
    both = [(_levels(one, rate), _levels(other, rate)) for one, other in sides]
    left = sum(float(np.square(one - other).sum()) for one, other in both)
    whole = sum(float(np.square(one).sum()) for one, _ in both)
    return 10.0 * math.log10(max(left, 1e-30) / max(whole, 1e-30))


def _levels(samples: Samples, rate: int) -> NDArray[np.float64]:
    """RMS levels, (times, bands)."""
    power = np.square(_magnitudes(samples, _LEVEL_FRAMES), dtype=np.float64)
    edges = np.geomspace(_LOWEST_HZ, 0.45 * rate, round(3.0 * math.log2(0.45 * rate / _LOWEST_HZ)) + 1)
    lines = np.unique(np.round(edges * _LEVEL_FRAMES / rate).astype(int))
    together = max(round(0.1 * rate / (_LEVEL_FRAMES // 4)), 1)
    bands = np.add.reduceat(power, lines, axis=1)
    return np.asarray(np.sqrt(np.add.reduceat(bands, np.arange(0, len(bands), together), axis=0)))


def _parts(samples: Samples, *, stereo: bool) -> list[Samples]:
    """The middle, and the side of what is compared as stereo."""
    if not stereo:
        return [samples.mean(axis=0)]
    left, right = samples[0], samples[-1]
    return [(left + right) * np.float32(0.5), (left - right) * np.float32(0.5)]


def _magnitudes(samples: Samples, frames: int) -> _Magnitudes:
    """Magnitudes (times, lines) of Hann windows a quarter apart."""
    window = signal.get_window("hann", frames).astype(np.float32) / np.float32(frames)
    padded = np.pad(samples, (frames // 2, frames))
    rows = np.lib.stride_tricks.sliding_window_view(padded, frames)[:: frames // 4]
    made = np.empty((len(rows), frames // 2 + 1), np.float32)
    for start in range(0, len(rows), _AT_ONCE):
        made[start : start + _AT_ONCE] = np.abs(fft.rfft(rows[start : start + _AT_ONCE] * window))
    return made


def _floor(magnitudes: _Magnitudes) -> float:
    power = float(np.mean(np.square(magnitudes, dtype=np.float64)))
    return max(math.sqrt(power) * amplitude(_FLOOR_DB), 1e-12)


def _apart(wanted: _Magnitudes, frames: int, floor: float, samples: Samples) -> float:
    """Spectral convergence, and the mean distance of the logarithms."""
    heard = _magnitudes(samples, frames)
    off = heard - wanted
    convergence = math.sqrt(float(np.vdot(off, off)) / max(float(np.vdot(wanted, wanted)), 1e-30))
    ratio = np.log((heard + np.float32(floor)) / (wanted + np.float32(floor)))
    return convergence + float(np.abs(ratio, out=ratio).mean())
