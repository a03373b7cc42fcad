"""What a mix should reach, in perceptual units, with the reason beside every value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

OCTAVES_HZ = (31.5, 63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)
"""The centres at which an EQ target has one value each (IEC 61260 nominal octaves)."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A value to reach, and why: one plain sentence with its numbers."""

    value: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EqTarget:
    """A smooth EQ curve: one gain in dB for each of `OCTAVES_HZ`; between them see `eq_curve_db`.

    The curve is complete: the roll-off under the voice is part of it. `high_pass_hz` only says where that
    roll-off comes from, so that it can be set as a high-pass and not as a shelf.
    """

    gains_db: tuple[float, ...]
    why: str
    high_pass_hz: Aim | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballistics:
    """How a compressor should move.

    `attack_ms` and `release_ms` are time constants (63 %) of an exponential; `rms_ms` is the detector's window,
    0 for peak.
    """

    ratio: Aim
    attack_ms: Aim
    release_ms: Aim
    knee_db: Aim
    rms_ms: Aim


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRangeTarget:
    """Compress until the range of the 100 ms K-weighted blocks (see `analysis.block_range_db`) is this."""

    block_range_db: Aim
    ballistics: Ballistics


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdTarget:
    """Put the threshold this far below the vocal's integrated loudness (dB under LUFS, positive is lower)."""

    below_loudness_db: Aim
    ballistics: Ballistics


DynamicsTarget = BlockRangeTarget | ThresholdTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverbTarget:
    """How the room should sound: RT60 as T20 from 500 Hz to 1 kHz; `wet_lu` as K-weighted energy, wet over dry.

    `carried_lu`: what the voice carries already, which `decide` takes off `wet_lu`.
    """

    rt60_s: Aim
    wet_lu: Aim
    dampening: Aim
    pre_delay_ms: Aim
    low_cut_hz: Aim
    high_cut_hz: Aim
    carried_lu: Aim | None = None


@dataclass(frozen=True, slots=True)
class EnoughReverb:
    """The voice carries as much reverb as it should have: none is added."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceTargets:
    """What the lead (as a group), or the backing vocals, should reach. None leaves an aspect alone.

    `relative_loudness_lu`: for the lead, vocal minus backing over the vocal's active time; for backing vocals,
    backing vocals minus lead, each over its own active time. None keeps the level as it is.
    """

    relative_loudness_lu: Aim | None
    eq: EqTarget | None
    dynamics: DynamicsTarget | None
    reverb: ReverbTarget | EnoughReverb | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """All that a predictor decides. `backing_eq` makes room for the lead on every backing track alike."""

    lead: VoiceTargets
    backing_vocals: VoiceTargets | None = None
    backing_eq: EqTarget | None = None


def eq_curve_db(target: EqTarget, frequencies_hz: ArrayLike) -> NDArray[np.float64]:
    """The gain of a target at any frequencies above 0 Hz, in dB, same shape.

    Monotone cubic (PCHIP) between the octaves over the logarithm of frequency, so that it never overshoots its
    values; constant beyond the first and the last octave.
    """
    from scipy.interpolate import pchip_interpolate  # noqa: PLC0415  slow to import

    octaves = np.log2(OCTAVES_HZ)
    gains_db = np.round(target.gains_db, 6)  # the slopes of next to nothing overflow
    wanted = np.clip(np.log2(np.asarray(frequencies_hz, dtype=np.float64)), octaves[0], octaves[-1])
    return np.asarray(pchip_interpolate(octaves, gains_db, wanted), dtype=np.float64)
