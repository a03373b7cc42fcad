"""How a room decays, measured on its impulse response in spite of the noise at its end (ISO 3382-2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Samples = NDArray[np.floating[Any]]
Array = NDArray[np.float64]
Band = tuple[float, float]

MID_HZ = (500.0, 1000.0)
"""Where "the" reverberation time is taken, unless another band is named."""

OCTAVES_HZ = (125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)

ONSET_DB = -20.0
"""An impulse response begins where it first comes this near to its peak (ISO 3382-1, 5.3.3)."""

_START_DB, _T20_DB, _LEAST_DB = -5.0, -25.0, -15.0
_OVER_NOISE_DB = 7.0
"""How far above the noise the evaluation ends: less than the 10 dB of ISO 3382-2, for the noise is subtracted."""

DIRECT_S = 0.0025
"""How long the direct sound lasts: as usual for the direct-to-reverberant ratio (Zahorik, JASA 112, 2002)."""

_FIRST_DB, _NEXT_S, _DIRECT_OVER_NEXT_DB = -10.0, 0.0175, 6.0
"""The direct sound: the first arrival so near to the peak, and so far above what follows it, power by power.

Rooms that were measured at some distance stand at 6 to 27 dB, plates and reverb engines below 0 dB.
"""

_BLOCK_S = 0.01
_ROUNDS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Decay:
    """The energy that is left at each frame after the onset (Schroeder), without the noise.

    `range_db` is how far the response stands out of its noise at its loudest.
    """

    energy_left: Array
    rate: int
    range_db: float

    @property
    def energy(self) -> float:
        """All of it: the sum of the squares."""
        return float(self.energy_left[0])

    @property
    def rt60_s(self) -> float:
        """T20, or as much of it as stands out of the noise; nan where that is less than the 10 dB of T10."""
        lowest_db = max(_T20_DB, _OVER_NOISE_DB - self.range_db)
        return decay_time_s(self.energy_left, self.rate, lowest_db) if lowest_db <= _LEAST_DB else math.nan


def rt60_s(impulse_response: Samples, rate: int, band_hz: Band | None = MID_HZ) -> float:
    """The reverberation time in a band (T20; None: all frequencies) of samples (frames,) or (channels, frames).

    A direct sound is taken as part of the decay: see `without_direct`. nan where less than 10 dB of decay stand
    out of the noise.
    """
    return decay(impulse_response, rate, band_hz).rt60_s


def octave_rt60_s(impulse_response: Samples, rate: int) -> Array:
    """`rt60_s` in each of `OCTAVES_HZ`; nan also for octaves beyond the rate."""
    return np.array([decay(impulse_response, rate, octave(hz)).rt60_s for hz in OCTAVES_HZ])


def octave(centre_hz: float) -> Band:
    """The edges of the octave around a frequency."""
    return centre_hz / math.sqrt(2.0), centre_hz * math.sqrt(2.0)


def decay(impulse_response: Samples, rate: int, band_hz: Band | None = None) -> Decay:
    """The decay in a band (None: all frequencies), the energies of all channels added.

    The response is cut where it meets its noise; the noise is subtracted before, and what the cut takes is put
    back as an exponential decay.
    Source: Lundeby et al., Acustica 81 (1995); Guski and Vorländer, Acta Acustica 100 (2014), method E.
    """
    return decay_from_onset(from_onset(impulse_response), rate, band_hz)


def decay_from_onset(response: Array, rate: int, band_hz: Band | None = None) -> Decay:
    """The same for what `from_onset` gave, where several bands are wanted."""
    power = np.square(banded(response, rate, band_hz)).sum(axis=0)
    if not power.any():
        return Decay(np.zeros(1), rate, 0.0)
    tail = _tail(power, rate, band_hz)
    heard = power[: tail.frames]
    left = np.cumsum(heard[::-1] - tail.noise)[::-1] + tail.energy_beyond
    return Decay(np.maximum.accumulate(left[::-1])[::-1], rate, tail.range_db)


def decay_time_s(energy_left: Array, rate: int, lowest_db: float = _T20_DB) -> float:
    """The time of 60 dB, from the fall between -5 dB and `lowest_db` of the energy that is left; nan if none."""
    fallen = -energy_left / max(energy_left[0], 1e-300)
    start, stop = (int(np.searchsorted(fallen, -(10.0 ** (level / 10.0)))) for level in (_START_DB, lowest_db))
    if stop - start < 2 or stop == fallen.size:
        return math.nan
    points = np.arange(start, stop, max((stop - start) // 2000, 1))
    slope_db_s = np.polyfit(points / rate, 10.0 * np.log10(-fallen[points]), 1)[0]
    return float(-60.0 / slope_db_s)


def from_onset(impulse_response: Samples) -> Array:
    """The response as (channels, frames), without the silence before its onset and the zeros behind it."""
    samples = np.atleast_2d(np.asarray(impulse_response, np.float64))
    loudest = np.abs(samples).max(axis=0)
    if not loudest.any():
        return samples
    start = onset(samples)
    return samples[:, start : int(np.flatnonzero(loudest)[-1]) + 1]


def onset(impulse_response: Samples) -> int:
    """The frame at which the response begins: `ONSET_DB` under its peak."""
    loudest = np.abs(np.atleast_2d(impulse_response)).max(axis=0)
    return int(np.argmax(loudest >= 10.0 ** (ONSET_DB / 20.0) * loudest.max()))


def direct_frames(impulse_response: Samples, rate: int) -> int:
    """How many frames from the start hold silence and the direct sound; 0 where no direct sound stands out."""
    power = np.square(np.atleast_2d(np.asarray(impulse_response, np.float64))).sum(axis=0)
    if not power.any():
        return 0
    first = int(np.argmax(power >= 10.0 ** (_FIRST_DB / 10.0) * power.max()))
    window, following = round(DIRECT_S * rate), round(_NEXT_S * rate)
    end = first + int(np.argmax(power[first : first + window])) + window
    direct = power[first:end].sum() / window
    afterwards = power[end : end + following].sum() / following
    return end if direct >= 10.0 ** (_DIRECT_OVER_NEXT_DB / 10.0) * afterwards else 0


def without_direct(impulse_response: Samples, rate: int) -> Samples:
    """The response behind its direct sound (all of it where there is none): what decays."""
    return impulse_response[..., direct_frames(impulse_response, rate) :]


def banded(samples: Array, rate: int, band_hz: Band | None) -> Array:
    """The samples in a band: third-order Butterworth; a band that passes the rate's end has no upper edge."""
    if band_hz is None:
        return samples
    low, high = band_hz
    if low >= 0.45 * rate:
        return np.zeros_like(samples)
    edges, kind = (band_hz, "bandpass") if high < 0.49 * rate else (low, "highpass")
    return np.asarray(signal.sosfilt(signal.butter(3, edges, kind, fs=rate, output="sos"), samples))


@dataclass(frozen=True, slots=True)
class _Tail:
    """Where a response ends in noise (power a frame), and the energy that it would have had beyond that."""

    frames: int
    noise: float
    energy_beyond: float
    range_db: float


def _tail(power: Array, rate: int, band_hz: Band | None) -> _Tail:
    """Level of the noise and line of the decay, each found again from the other (Lundeby).

    The noise is a median, so that a fade-out at the end does not count.
    """
    block = _block_frames(rate, band_hz, power.size)
    levels_db = 10.0 * np.log10(power[: power.size // block * block].reshape(-1, block).mean(axis=1) + 1e-300)
    peak = int(np.argmax(levels_db))
    noise_db = float(np.median(levels_db[int(0.7 * levels_db.size) :]))
    slope, crossing = 0.0, float(levels_db.size)
    for _ in range(_ROUNDS):
        slope, level = _line(levels_db, peak, noise_db)
        if slope >= 0.0:
            break
        crossing = min((noise_db - level) / slope, float(levels_db.size))
        quiet = min(int(crossing - 10.0 / slope), int(0.9 * levels_db.size))
        noise_db = float(np.median(levels_db[max(quiet, peak + 1) :]))
    frames = max(int(crossing * block), (peak + 1) * block)
    ended = crossing < levels_db.size and slope < 0.0
    noise = 10.0 ** (noise_db / 10.0) if ended else 0.0
    beyond = noise * block / (1.0 - 10.0 ** (slope / 10.0)) if ended else 0.0
    return _Tail(min(frames, power.size), noise, beyond, float(levels_db[peak]) - noise_db)


def _block_frames(rate: int, band_hz: Band | None, frames: int) -> int:
    """10 ms, or longer where a narrow band would still fluctuate within a block."""
    width_hz = band_hz[1] - band_hz[0] if band_hz else math.inf
    return max(min(round(max(_BLOCK_S, 2.0 / width_hz) * rate), frames // 8), 1)


def _line(levels_db: Array, peak: int, noise_db: float) -> tuple[float, float]:
    """Slope (dB a block) and level at block 0 of the last 20 dB of the decay above the noise."""
    above = levels_db[peak:] > noise_db + _OVER_NOISE_DB
    stop = peak + (int(np.argmin(above)) if not above.all() else above.size)
    high = levels_db[peak:stop] > noise_db + _OVER_NOISE_DB + 20.0
    start = peak + (int(np.flatnonzero(high)[-1]) if high.any() else 0)
    if stop - start < 3:
        start = peak
    if stop - start < 2:
        return 0.0, float(levels_db[peak])
    slope, level = np.polyfit(np.arange(start, stop), levels_db[start:stop], 1)
    return float(slope), float(level)
