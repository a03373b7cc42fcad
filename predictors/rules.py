"""The `rules` predictor: the field's baseline (K. Li 2022), with its known mistakes mended.

What is mended: bands are real octaves; the range is that of 100 ms blocks and is called so; nothing is measured
through a normalisation that erases it; the mask of active blocks is frozen (the engineer's matter).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from predictors.backing_vocals import lighter
from predictors.eq_targets import (
    balanced,
    described,
    eq_target,
    heard,
    high_pass,
    k_weighting_db,
    octave_levels_db,
    smooth,
)
from predictors.targets import (
    OCTAVES_HZ,
    Aim,
    Ballistics,
    BlockRangeTarget,
    EqTarget,
    ReverbTarget,
    Targets,
    VoiceTargets,
)

if TYPE_CHECKING:
    from predictors.analysis import SessionAnalysis, TrackAnalysis

Array = NDArray[np.float64]

BLOCK_RANGE_DB = 14.0
BACKING_ESSENTIAL = 2
VOICE_ESSENTIAL = 6
LARGEST_DB = 8.0
MOST_BANDS = 4
BELL_Q = 1.0

RT60_S = (0.3, 3.0)
USUAL_RT60_S = 1.6
"""Mean of MUSDB18 (Li's data: 1.59 s); a constant is no worse than the rule, for tempo says nothing about RT60."""


def predict(analysis: SessionAnalysis) -> Targets:
    """What the rules say for this session."""
    lead = _voice(analysis, analysis.lead, masking=analysis.masking_octaves_db)
    backing_vocals = analysis.backing_vocals
    return Targets(
        lead=lead,
        backing_vocals=None if backing_vocals is None else lighter(_voice(analysis, backing_vocals, masking=None)),
    )


def _voice(analysis: SessionAnalysis, track: TrackAnalysis, *, masking: Array | None) -> VoiceTargets:
    return VoiceTargets(
        relative_loudness_lu=None if analysis.relative_loudness_lu is None else _relative_loudness(),
        eq=_eq(track, masking),
        dynamics=_dynamics(),
        reverb=_reverb(analysis.tempo_bpm),
    )


def _relative_loudness() -> Aim:
    return Aim(0.0, "The rule of -3 dB against the whole mix: the vocal as loud as the backing.")


def _eq(track: TrackAnalysis, masking: Array | None) -> EqTarget:
    gains = np.zeros(len(OCTAVES_HZ)) if masking is None else _masking_gains_db(track, masking)
    tone = balanced(smooth(np.clip(_bells_db(gains), -LARGEST_DB, LARGEST_DB)), track)
    why = (
        f"Octaves essential to one of voice and backing, but not to the other: {described(gains)}."
        if gains.any()
        else "No octave is essential to one of voice and backing only: nothing but the high-pass."
    )
    return eq_target(tone, why, high_pass(track))


def _masking_gains_db(track: TrackAnalysis, masking: Array) -> Array:
    """Li's ranking rule (after Hafezi and Reiss 2015) on octaves from 63 Hz to 16 kHz, K-weighted.

    Where the voice is essential and the backing is not, yet covers it: lift by as much as it covers it more than
    on average; where the backing is essential and the voice is not: cut likewise. The 4 largest are kept.
    """
    inside = heard(track)
    voice = octave_levels_db(track) + k_weighting_db()
    backing = voice + masking
    difference = np.where(inside, masking - masking[inside].mean(), 0.0) if inside.any() else np.zeros(masking.size)
    voice_essential = _rank(voice) < VOICE_ESSENTIAL
    backing_essential = _rank(backing) < BACKING_ESSENTIAL
    lift = voice_essential & ~backing_essential & (difference > 0.0)
    cut = backing_essential & ~voice_essential & (difference < 0.0)
    gains = np.where(lift | cut, np.clip(difference, -LARGEST_DB, LARGEST_DB), 0.0)
    return np.where(_rank(np.abs(gains)) < MOST_BANDS, gains, 0.0)


def _rank(levels: Array) -> NDArray[np.int_]:
    """0 for the loudest octave from 63 Hz on, 1 for the next; the lowest octave comes last."""
    order = np.argsort(-np.where(np.array(OCTAVES_HZ) < 63.0, -np.inf, levels), kind="stable")
    return np.argsort(order, kind="stable")


def _bells_db(gains: Array) -> Array:
    """What peaking filters of these gains and Q 1 at the octaves do together at the octaves (analog prototypes)."""
    octaves = np.array(OCTAVES_HZ)
    ratio = octaves[:, None] / octaves[None, :]
    detune = (ratio - 1.0 / ratio) ** 2
    amplitude = 10.0 ** (gains / 40.0)
    bells = 10.0 * np.log10((detune + (amplitude / BELL_Q) ** 2) / (detune + (1.0 / (amplitude * BELL_Q)) ** 2))
    return np.asarray(bells.sum(axis=1))


def _dynamics() -> BlockRangeTarget:
    return BlockRangeTarget(
        block_range_db=Aim(BLOCK_RANGE_DB, f"The rule for a vocal: 100 ms blocks within {BLOCK_RANGE_DB:g} dB."),
        ballistics=Ballistics(
            ratio=Aim(2.9, "The rule starts at 2.9:1."),
            attack_ms=Aim(30.0, "The rule's attack is 30 ms."),
            release_ms=Aim(150.0, "The rule's release is 150 ms."),
            knee_db=Aim(0.0, "The rule names no knee."),
            rms_ms=Aim(5.0, "The rule names no detector: 5 ms, a usual one."),
        ),
    )


def _reverb(tempo_bpm: float | None) -> ReverbTarget:
    return ReverbTarget(
        rt60_s=_rt60(tempo_bpm),
        wet_lu=Aim(-14.0, "A reverb 14 LU under the voice, the middle of what is measured in real vocals."),
        dampening=Aim(0.5, "The rule names no dampening: the middle."),
        pre_delay_ms=Aim(0.0, "The rule names no delay."),
        low_cut_hz=Aim(100.0, "The rule's room lets go below 102 Hz."),
        high_cut_hz=Aim(12000.0, "The rule's room lets go above 11.9 kHz."),
    )


def _rt60(tempo_bpm: float | None) -> Aim:
    if tempo_bpm is None:
        return Aim(USUAL_RT60_S, f"The tempo is not known: {USUAL_RT60_S:g} s, the mean of real vocals.")
    low, high = RT60_S
    seconds = min(max(40.0 / 9.0 - tempo_bpm / 45.0, low), high)
    why = f"The rule 40/9 - tempo/45, between {low:g} and {high:g} s, at {tempo_bpm:.0f} BPM: {seconds:.1f} s."
    return Aim(seconds, why)
