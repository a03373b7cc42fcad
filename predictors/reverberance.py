"""How long the room of a finished recording rings, and how loud: estimated from the recording alone.

A room of one exponential decay answers a sound of power P with P smoothed by that exponential, times the wet
level. Where the sound has stopped, nothing but this answer is left: for the right decay time, its ratio to the
smoothed power is the same in every pause. So each moment in which the level falls votes for the decay times and
levels that explain it, and the pair with the most votes is taken. The voice's own decays and noise floors differ
from pause to pause, and their votes scatter.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from predictors.analysis import Mask, active_mask
from predictors.kweighting import KWeighting
from predictors.loudness import BLOCKS_A_SECOND

Samples = NDArray[np.floating[Any]]
Array = NDArray[np.float64]
Places = NDArray[np.int_]

STEPS_A_SECOND = 100
BAND_HZ = (400.0, 1400.0)
"""Around the 500 Hz to 1 kHz that an RT60 is measured in (ISO 3382-2), an octave more for steadier levels."""

RT60_S = np.geomspace(0.15, 8.0, 80)
"""The decay times that are tried, 5 % apart."""

LEVELS_DB = np.arange(-40.0, -2.0, 0.5)
"""The lower ends of the steps of wet level that are voted for."""

LOUDEST_DB = -6.0
"""Above this, wet over all, what is taken for a room is the voice's own decay."""

DELAY_S = 0.02
"""When the room starts to answer: 23 ms in professional chains, 25 in ReaVerbate (plugins.md)."""

SMOOTH_STEPS = 5
SLOPE_STEPS = 8
SLOPE_FACTOR = 2.0
"""Within which factor a moment's own slope must agree with a decay time that it votes for."""

LEAST_FALL_DB, LEAST_RISE_DB = 12.0, 3.0
"""A fall goes down by so much before the level rises by so much again."""

UNDER_TOP_DB = 10.0
"""What is nearer to the top of its fall may be the voice."""

LOWEST_DB = 65.0
"""Below the loud moments by more is noise."""

SURE_SHARE, UNSURE_SHARE, SURE_VOTES = 0.45, 0.15, 30.0
"""Share of the falling moments that agree: dry voices have 0.1 to 0.3, reverberant ones 0.25 to 0.9; and how many
steps of 10 ms must agree at least."""

LEAST_CONFIDENCE = 0.2
"""Estimates that are less sure are off by 40 % in RT60 and more, half of the time."""

LONGER_S = np.geomspace(0.55, 4.4, 7)
LATER_S = (0.02, 0.06, 0.1)
"""Decay times and initial delays of the rooms of which it is told how loud they can be at most. Shorter ones hide
behind the voice's own decay."""

QUIETEST, LEAST_MOMENTS = 0.02, 10
"""So many moments may be under the answer by chance. On 15 voices in 600 rooms of ReaVerbate (0.4 to 3 s, -20 to
-5 LU) no room was said to be under -25 LU; of the same voices without a room 5 were (measured)."""

ANSWER_DB, CUT_DB = 40.0, 100.0
"""An answer of a room that is so far under the loud moments is not looked for; and what is so far under them was
cut out, and is not what a room left of it."""

OVER_ROOM_DB = 3.0
"""A block of the voice stands so much over what the room still has of the blocks before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverberance:
    """A room: RT60 from 500 Hz to 1 kHz, K-weighted wet over dry, and how sure that is, 0 to 1.

    At confidence 0 nothing was found, and the numbers mean nothing. Whatever was found, a room of 0.5 s or more is
    not louder than `at_most_lu`, or the pauses would ring more; infinite where there are none.
    """

    rt60_s: float
    wet_lu: float
    confidence: float
    at_most_lu: float = math.inf

    @property
    def sure(self) -> bool:
        """Whether to build on it."""
        return self.confidence >= LEAST_CONFIDENCE


NOTHING_FOUND = Reverberance(rt60_s=float(RT60_S[0]), wet_lu=float(LEVELS_DB[0]), confidence=0.0)


def estimate_reverb(samples: Samples, rate: int) -> Reverberance:
    """The room that is heard in a recording (channels, frames) of a voice, with pauses.

    `rate` is at least 8 kHz. Measured on dry voices with ReaVerbate of 0.4 to 3.5 s at -20 to -9 LU, where `sure`:
    RT60 is off by 8 % (median; 4 of 5 within 18 %), the wet level by 1.4 LU (4 of 5 within 2.6 LU). With impulse
    responses of real rooms it is 7 % (18 %) and 2.4 LU (4 LU): their early reflections hide behind the voice.
    """
    band, weighted = _powers(samples, rate)
    at_most_lu = _at_most_lu(band)
    decay = _elected(band, RT60_S)
    if decay is None:
        return dataclasses.replace(NOTHING_FOUND, at_most_lu=at_most_lu)
    near = RT60_S[(decay.rt60_s / 1.6 <= RT60_S) & (decay.rt60_s * 1.25 >= RT60_S)]
    level = _elected(weighted, near) or decay
    return Reverberance(
        rt60_s=decay.rt60_s * (1.0 + decay.wet),
        wet_lu=10.0 * math.log10(level.wet),
        confidence=decay.confidence,
        at_most_lu=at_most_lu,
    )


def voice_mask(block_power: Array, room: Reverberance) -> Mask:
    """The active 100 ms blocks without those in which only the room is heard, as far as that is known.

    With it, the block range of a voice behind compressor and reverb comes within 0.6 dB (median) of what it was
    before the reverb, over the blocks of the dry voice; without, tails make it 2 dB wider.
    """
    active = active_mask(block_power)
    if not room.sure:
        return active
    wet = math.pow(10.0, room.wet_lu / 10.0)
    tail = wet / (1.0 + wet) * _smoothed(block_power, room.rt60_s / (1.0 + wet), BLOCKS_A_SECOND)
    return np.asarray(active & (block_power > tail * math.pow(10.0, OVER_ROOM_DB / 10.0)))


def _smoothed(power: Array, decay_s: float, steps_a_second: int) -> Array:
    """The power smoothed by an exponential that falls by 60 dB in this time."""
    kept = math.exp(-6.0 * math.log(10.0) / decay_s / steps_a_second)
    return np.asarray(lfilter([1.0 - kept], [1.0, -kept], power))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Elected:
    """`rt60_s` as the smoothed power of the wet sound decays; `wet` is wet over dry, in power."""

    rt60_s: float
    wet: float
    confidence: float


def _powers(samples: Samples, rate: int) -> tuple[Array, Array]:
    """The power of each 10 ms in the band of RT60, and K-weighted, summed over channels."""
    sections = butter(2, BAND_HZ, "bandpass", fs=rate, output="sos")
    state = np.zeros((len(sections), len(samples), 2))
    weighting = KWeighting(rate, len(samples))
    edges = np.arange(STEPS_A_SECOND) * rate // STEPS_A_SECOND
    second = np.zeros((len(samples), rate))
    band, weighted = [], []
    for start in range(0, samples.shape[1], rate):
        piece = samples[:, start : start + rate]
        second[:, : piece.shape[1]], second[:, piece.shape[1] :] = piece, 0.0
        filtered, state = sosfilt(sections, second, zi=state)
        band.append(np.add.reduceat((filtered**2).sum(axis=0), edges))
        weighted.append(np.add.reduceat((weighting.second(second) ** 2).sum(axis=0), edges))
    whole = samples.shape[1] * STEPS_A_SECOND // rate
    both = np.array([np.concatenate([*powers, np.zeros(0)])[:whole] for powers in (band, weighted)])
    return both[0] * STEPS_A_SECOND / rate, both[1] * STEPS_A_SECOND / rate


def _elected(power: Array, decays_s: Array) -> _Elected | None:
    """The decay time and the level that most falling moments agree on; None where none do."""
    if len(power) < 2 * SLOPE_STEPS + 1:
        return None
    smooth = _even(power)
    level_db = 10.0 * np.log10(smooth + 1e-14)
    at = _falling(level_db)
    own_decay_s = _own_decay_s(level_db)[at]
    votes = np.array([_votes(smooth, at[_like(own_decay_s, decay_s)], float(decay_s)) for decay_s in decays_s])
    votes = np.apply_along_axis(np.convolve, 0, votes, np.full(3, 1.0 / 3.0), "same")
    peaks = np.where(votes >= np.roll(votes, -1, axis=1), votes, 0.0)
    peaks[:, LEVELS_DB > LOUDEST_DB] = 0.0
    best, level = np.unravel_index(int(peaks.argmax()), peaks.shape)
    agreeing = float(peaks[best, level])
    if not agreeing:
        return None
    over_all = math.pow(10.0, (LEVELS_DB[level] + 0.25) / 10.0)
    surely = np.interp(agreeing / len(at), (UNSURE_SHARE, SURE_SHARE), (0.0, 1.0))
    return _Elected(
        rt60_s=float(decays_s[best]),
        wet=over_all / (1.0 - over_all),
        confidence=float(surely * min(1.0, agreeing / SURE_VOTES)),
    )


def _falling(level_db: Array) -> Places:
    """The moments in falls of the level, from well under their top on, and above the noise."""
    floor_db = np.percentile(level_db, 95) - LOWEST_DB
    places = [np.arange(top, end) for top, end in _falls(level_db)]
    deep = [fall[level_db[fall] < level_db[fall[0]] - UNDER_TOP_DB] for fall in places]
    found = np.concatenate([*deep, np.zeros(0, int)])
    return np.asarray(found[level_db[found] > floor_db])


def _falls(level_db: Array) -> list[tuple[int, int]]:
    """From each top to the lowest place behind it that lies deep enough under it."""
    falls = []
    top = lowest = 0
    levels = level_db.tolist()
    for place, level in enumerate([*levels, math.inf]):
        if level > levels[lowest] + LEAST_RISE_DB:
            if levels[top] - levels[lowest] >= LEAST_FALL_DB:
                falls.append((top, lowest + 1))
            top = lowest = place
        elif level > levels[top]:
            top = lowest = place
        elif level < levels[lowest]:
            lowest = place
    return falls


def _own_decay_s(level_db: Array) -> Array:
    """The RT60 that the slope at each moment, over 160 ms, would be; huge where the level does not fall."""
    ramp = np.arange(SLOPE_STEPS, -SLOPE_STEPS - 1, -1.0)
    slope_db_s = np.convolve(level_db, ramp / (ramp @ ramp), "same") * STEPS_A_SECOND
    return np.asarray(60.0 / np.maximum(-slope_db_s, 1e-3))


def _like(own_decay_s: Array, decay_s: float) -> NDArray[np.bool_]:
    return np.asarray((own_decay_s > decay_s / SLOPE_FACTOR) & (own_decay_s < decay_s * SLOPE_FACTOR))


def _votes(smooth: Array, at: Places, decay_s: float) -> Array:
    """How many of the moments lie at each level over the power smoothed by this decay, within 1.5 dB."""
    answer = _answer(smooth, decay_s, DELAY_S)
    over_db = 10.0 * np.log10(smooth[at] / np.maximum(answer[at], 1e-20))
    counts = np.histogram(over_db, np.append(LEVELS_DB, LEVELS_DB[-1] + 0.5))[0]
    return np.convolve(counts, np.ones(6), "same")


def _even(power: Array) -> Array:
    return np.convolve(power, np.full(SMOOTH_STEPS, 1.0 / SMOOTH_STEPS), "same")


def _answer(smooth: Array, decay_s: float, delay_s: float) -> Array:
    """What a room of this decay and as loud as the voice would make of it."""
    late = round(delay_s * STEPS_A_SECOND)
    return _smoothed(np.pad(smooth[:-late], (late, 0)), decay_s, STEPS_A_SECOND)


def _at_most_lu(power: Array) -> float:
    """How loud a room can be: no moment is under its answer, whatever else rings then."""
    if len(power) < 2 * SLOPE_STEPS + 1:
        return math.inf
    smooth = _even(power)
    return max(_quietest_db(smooth, _answer(smooth, float(s), later)) for s in LONGER_S for later in LATER_S)


def _quietest_db(smooth: Array, answer: Array) -> float:
    """How far the quietest moments are over the answer; infinite where there are too few in which it matters."""
    loud = float(np.percentile(smooth, 95))
    matters = (answer > loud * 10.0 ** (-ANSWER_DB / 10.0)) & (smooth > loud * 10.0 ** (-CUT_DB / 10.0))
    over = np.sort(smooth[matters] / answer[matters])
    at = max(LEAST_MOMENTS, round(QUIETEST * len(over)))
    return float(10.0 * np.log10(over[at])) if at < len(over) else math.inf
