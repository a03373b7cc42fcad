"""The `engineers` predictor: what professional vocal chains do on average, bent towards what this vocal needs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from predictors.backing_vocals import lighter
from predictors.engineers_table import EngineersTable, Spread, engineers_table
from predictors.eq_targets import (
    balanced,
    described,
    eq_target,
    heard,
    high_pass,
    in_words,
    k_weighting_db,
    octave_levels_db,
    smooth,
)
from predictors.targets import (
    OCTAVES_HZ,
    Aim,
    Ballistics,
    EqTarget,
    ReverbTarget,
    Targets,
    ThresholdTarget,
    VoiceTargets,
)

if TYPE_CHECKING:
    from predictors.analysis import SessionAnalysis, TrackAnalysis

Array = NDArray[np.float64]

NEED = 0.5
"""How far the curve follows this voice rather than the average chain: FxNorm-automix halves its corrections too."""

DRY_RANGE_DB = (8.8, 14.2, 19.9)
"""Smallest, mean and largest 100 ms block range of dry vocals (8 stems)."""

FIRMNESS = (0.2, 0.5, 0.7)
"""Which quantile of the chains such a vocal gets. Threshold and ratio vary independently over the chains (rank
correlation 0.17): both at their 20 % or 70 % are about as rare as one of them at its 10 % or 75 %."""

UNUSUAL_DB = 3.0
"""The backing covers an octave when it is this much more over the voice than on average: the standard deviation of
the level between vocal and backing in MUSDB18."""

ESSENTIAL_DB = -12.0
"""Octaves of the voice within this of its loudest, K-weighted, carry it: for an average voice 250 Hz to 8 kHz."""

LARGEST_CUT_DB = 3.0
LARGEST_BOOST_DB = 3.0

COMB_LOOP_S = 0.0324
"""Mean time round the combs of a reverb of Freeverb's family, at any rate (plugins.md: 1116 to 1748 at 44.1k)."""

MOST_DAMPING = 0.4
"""The comb's low-pass coefficient at dampening 1 (plugins.md, ReaVerbate)."""

LOW_CUT_HZ, HIGH_CUT_HZ = 200.0, 10000.0
_GENTLER = "a habit, gentler than the {} of the Abbey Road send: the chains say nothing about it."


def predict(analysis: SessionAnalysis) -> Targets:
    """What the engineers' numbers say for this session."""
    table = engineers_table()
    covered = _covered_db(analysis, table)
    voice = _voice(analysis.lead, table, covered, level=analysis.relative_loudness_lu is not None)
    backing_vocals = analysis.backing_vocals
    return Targets(
        lead=voice,
        backing_vocals=None if backing_vocals is None else lighter(_voice(backing_vocals, table)),
        backing_eq=_backing_eq(covered),
    )


def _voice(
    track: TrackAnalysis, table: EngineersTable, covered: Array | None = None, *, level: bool = False
) -> VoiceTargets:
    return VoiceTargets(
        relative_loudness_lu=_relative_loudness() if level else None,
        eq=_eq(track, table, np.zeros(len(OCTAVES_HZ)) if covered is None else covered),
        dynamics=_dynamics(track, table),
        reverb=_reverb(table),
    )


def _relative_loudness() -> Aim:
    return Aim(0.0, "Listeners want a vocal as loud as all the rest together (Pestana and Reiss 2014).")


def _covered_db(analysis: SessionAnalysis, table: EngineersTable) -> Array:
    """By how much the backing covers each essential octave of the lead more than in most released mixes.

    Compared at equal loudness, so that the preset's level does not count.
    """
    if analysis.masking_octaves_db is None or analysis.relative_loudness_lu is None:
        return np.zeros(len(OCTAVES_HZ))
    over_voice = analysis.masking_octaves_db + analysis.relative_loudness_lu
    excess = over_voice - table.masking_db - UNUSUAL_DB
    weighted = octave_levels_db(analysis.lead) + k_weighting_db()
    essential = heard(analysis.lead) & (weighted > weighted.max() + ESSENTIAL_DB)
    return np.where(essential, np.maximum(excess, 0.0), 0.0)


def _backing_eq(covered: Array) -> EqTarget | None:
    """Half of what covers the voice is taken from the backing (Hafezi and Reiss 2015: cut the masker)."""
    cut = -np.minimum(covered / 2.0, LARGEST_CUT_DB)
    if cut.min() > -0.5:
        return None
    why = (
        f"Makes room where the backing covers the voice {_peak(covered)} more than in most released mixes: "
        f"half of that, at most {LARGEST_CUT_DB:g} dB ({described(cut)})."
    )
    return eq_target(smooth(cut), why)


def _peak(covered: Array) -> str:
    most = int(np.argmax(covered))
    return f"up to {covered[most]:.1f} dB at {in_words(OCTAVES_HZ[most])}"


def _eq(track: TrackAnalysis, table: EngineersTable, covered: Array) -> EqTarget:
    """Half the chains' usual curve, half what this voice lacks, and a little where the backing covers it."""
    lack = _lack_db(track, table)
    tone = np.clip((1.0 - NEED) * table.eq_db + NEED * lack, table.eq_low_db, table.eq_high_db)
    boost = np.minimum(covered / 4.0, LARGEST_BOOST_DB)
    curve = balanced(smooth(tone + boost), track)
    why = (
        f"Half of what {table.chains} professional chains do against 1 kHz ({described(table.eq_db)}), half of "
        f"what this voice lacks against the average mixed vocal of MUSDB18 ({described(lack) or 'nothing'}), "
        "within what 8 of 10 chains do."
    )
    if boost.max() >= 0.5:
        why += (
            f" Lifted where the backing covers it {_peak(covered)} more than in most released mixes: "
            f"a quarter of that ({described(boost)})."
        )
    return eq_target(curve, why, high_pass(track))


def _lack_db(track: TrackAnalysis, table: EngineersTable) -> Array:
    """What the voice lacks against the average vocal, both against 1 kHz, in broad strokes.

    Octaves that hold no voice take their neighbour's value. Averaging over three octaves leaves the tone and
    takes out the notes of the song. MUSDB18 ends at 16 kHz, so the octave there is never compared.
    """
    octaves = np.log2(OCTAVES_HZ)
    inside = heard(track)
    if not inside.any():
        return np.zeros(len(OCTAVES_HZ))
    lack = np.interp(octaves, octaves[inside], (table.vocal_db - octave_levels_db(track))[inside])
    broad = np.convolve(np.pad(lack, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
    return np.asarray(broad - broad[OCTAVES_HZ.index(1000.0)])


def _dynamics(track: TrackAnalysis, table: EngineersTable) -> ThresholdTarget:
    """The chains' compressor, firmer the more the voice moves: it gets the quantile that its range has."""
    firmness = float(np.interp(track.block_range_db, DRY_RANGE_DB, FIRMNESS))
    threshold, ratio = table.threshold_below_lufs_db, table.ratio
    moves = (
        f"This voice moves within {track.block_range_db:.1f} dB (dry vocals: {DRY_RANGE_DB[1]:g} dB on average), "
        f"so it gets what {100.0 * firmness:.0f} % of the chains stay under"
    )
    return ThresholdTarget(
        below_loudness_db=Aim(
            threshold.at(firmness),
            f"{table.chains} professional chains put the threshold {threshold.median:.1f} dB under the vocal's "
            f"loudness (half of them {_half(threshold, '.1f')} dB). {moves}: {threshold.at(firmness):.1f} dB.",
        ),
        ballistics=Ballistics(
            ratio=Aim(
                ratio.at(firmness),
                f"The chains' ratio is {ratio.median:.1f}:1 (half of them {_half(ratio, '.1f')}). "
                f"{moves}: {ratio.at(firmness):.1f}:1.",
            ),
            attack_ms=_time(table.attack_ms, "attack", ".1f"),
            release_ms=_time(table.release_ms, "release", ".0f"),
            knee_db=Aim(0.0, "A hard knee, as in the chains that threshold and ratio come from."),
            rms_ms=Aim(0.0, "A peak detector: that of the chains averages over 0.05 ms only (median)."),
        ),
    )


def _time(spread: Spread, name: str, form: str) -> Aim:
    why = (
        f"The chains' {name} has a median of {spread.median * math.log(9.0):{form}} ms from 10 % to 90 %, "
        f"a time constant of {spread.median:{form}} ms."
    )
    return Aim(spread.median, why)


def _reverb(table: EngineersTable) -> ReverbTarget:
    rt60, wet = table.rt60_s, table.wet_lu
    return ReverbTarget(
        rt60_s=Aim(
            rt60.median,
            f"The median of {table.chains} professional chains is {rt60.median:.1f} s "
            f"(half of them {_half(rt60, '.1f')} s); tempo says nothing about it.",
        ),
        wet_lu=Aim(
            wet.median,
            f"{table.chains} professional chains put the reverb {-wet.median:.1f} LU under the dry vocal "
            f"(half of them {_half(wet, '.1f')} LU).",
        ),
        dampening=_dampening(table),
        pre_delay_ms=Aim(
            0.0, "No extra delay: the chains' reverb answers after 23 ms, this one after 25 by itself."
        ),
        low_cut_hz=Aim(LOW_CUT_HZ, f"Keeps mud out of the room; {_GENTLER.format('600 Hz')}"),
        high_cut_hz=Aim(HIGH_CUT_HZ, f"Keeps hiss out of the room; {_GENTLER.format('8.5 kHz')}"),
    )


def _dampening(table: EngineersTable) -> Aim:
    """Solved for the RT60 at 8 kHz: once round the comb, g|H| must take what that RT60 takes.

    H is the comb's one-pole low-pass (1 - d) / (1 - d/z) at 44.1 kHz, with d = 0.4 dampening.
    """
    shorter = table.rt60_8k_over_1k.median
    loss_db = 60.0 * COMB_LOOP_S / table.rt60_s.median * (1.0 / shorter - 1.0)
    power = 10.0 ** (-loss_db / 10.0)
    half = (1.0 - power * math.cos(2.0 * math.pi * 8000.0 / 44100.0)) / (1.0 - power)
    coefficient = half - math.sqrt(half * half - 1.0)
    why = f"The chains' reverb decays at 8 kHz in {100.0 * shorter:.0f} % of the time that it takes at 1 kHz."
    return Aim(min(coefficient / MOST_DAMPING, 1.0), why)


def _half(spread: Spread, form: str) -> str:
    """The middle half of a distribution in words; negative levels as 'so much under'."""
    low, high = sorted((abs(spread.at(0.25)), abs(spread.at(0.75))))
    return f"{low:{form}} to {high:{form}}"
