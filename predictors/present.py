"""What a voice already has, as networks estimate it, and the targets that are left after it.

An estimate is on average somewhat off: how much it may change a target is limited here.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from predictors.engineers_table import engineers_table
from predictors.eq_targets import balanced, described, eq_target, heard, high_pass, smooth
from predictors.targets import OCTAVES_HZ, Aim, EnoughReverb, EqTarget, ReverbTarget, ThresholdTarget

if TYPE_CHECKING:
    from predictors.analysis import TrackAnalysis

Array = NDArray[np.float64]

LARGEST_EQ_DB = 6.0
"""More than this is not taken back on an estimate alone: 8 of 10 professional chains stay within it, too."""

LEVEL_LU = (-6.0, 4.0)
"""One song of MUSDB18 in ten has less than the first; the second is the most that a preset asks for."""

LEAST_RATIO = 1.1
"""A compressor with less than this does nothing that one hears."""

INAUDIBLE_LU = 10.0
"""Reverb this much under the reverb that is there adds 0.4 LU to it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value in the unit of its name, and the network that it is from, with its error, in words."""

    value: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Colour:
    """How a voice is coloured: gains in dB at `frequencies_hz`, positive where there is too much."""

    frequencies_hz: Array
    gains_db: Array
    source: str

    def at_octaves(self) -> Array:
        """Its mean over each of the octaves; beyond what was estimated, the value at the end."""
        thirds = np.log2(OCTAVES_HZ)[:, None] + np.array([-1.0, 0.0, 1.0]) / 3.0
        return np.asarray(np.interp(thirds, np.log2(self.frequencies_hz), self.gains_db).mean(axis=1))

    def on(self, track: TrackAnalysis) -> Array:
        """The same against its mean where there is voice; octaves without any take their neighbour's value."""
        octaves, inside = np.log2(OCTAVES_HZ), heard(track)
        if not inside.any():
            return np.zeros(len(OCTAVES_HZ))
        gains_db = self.at_octaves()[inside]
        return np.asarray(np.interp(octaves, octaves[inside], gains_db - gains_db.mean()))


def equalizing(colour: Colour, track: TrackAnalysis) -> EqTarget:
    """The EQ that takes the colour back, within limits, and the high-pass under the voice."""
    coloured = colour.on(track)
    tone = balanced(smooth(np.clip(-coloured, -LARGEST_EQ_DB, LARGEST_EQ_DB)), track)
    why = (
        "Takes back how this voice is estimated to be coloured "
        f"({described(coloured) or 'not at all'}; {colour.source}), by at most {LARGEST_EQ_DB:g} dB."
    )
    return eq_target(tone, why, high_pass(track))


def compressing(target: ThresholdTarget, range_change: Estimate, range_db: float) -> ThresholdTarget:
    """The target with the ratio that is still missing: the ratios of compressors in a row multiply.

    `range_change`: by how much the range was altered on the way to `range_db`, negative by compression.
    """
    wanted = target.ballistics.ratio
    most = engineers_table().ratio.at(0.9)
    natural_db = max(range_db - range_change.value, 1.0)
    ratio = min(max(wanted.value * range_db / natural_db, LEAST_RATIO), max(most, wanted.value))
    change = range_change.value
    altered = f"compressed by {-change:.1f} dB" if change < 0.0 else f"expanded by {change:.1f} dB"
    why = (
        f"{wanted.why} Estimated as already {altered} ({range_change.source}), so that "
        f"{ratio:.1f}:1 is what is left to do."
    )
    return dataclasses.replace(target, ballistics=dataclasses.replace(target.ballistics, ratio=Aim(ratio, why)))


def carrying(target: ReverbTarget, wet_lu: Estimate, rt60_s: Estimate | None) -> ReverbTarget:
    """The target, told what the voice carries: that is taken off when the preset has had its say."""
    decays = "" if rt60_s is None else f", decaying in {rt60_s.value:.1f} s ({rt60_s.source})"
    why = f"Estimated already {-wet_lu.value:.1f} LU of reverb under the voice ({wet_lu.source}){decays}."
    return dataclasses.replace(target, carried_lu=Aim(wet_lu.value, why))


def less_carried(target: ReverbTarget) -> ReverbTarget | EnoughReverb:
    """What is left of the reverb that is wanted, as energy."""
    carried, wanted = target.carried_lu, target.wet_lu
    if carried is None:
        return target
    left = 1.0 - math.pow(10.0, min(carried.value - wanted.value, 0.0) / 10.0)
    if left < math.pow(10.0, -INAUDIBLE_LU / 10.0):
        return EnoughReverb(f"No reverb: {wanted.value:.1f} LU are wanted. {wanted.why} {carried.why}")
    lu = wanted.value + 10.0 * math.log10(left)
    return dataclasses.replace(target, wet_lu=Aim(lu, f"{wanted.why} {carried.why} {lu:.1f} LU are left to add."))


def balancing(level_lu: Estimate) -> Aim:
    """The level that vocals of this kind have against such a backing."""
    low, high = LEVEL_LU
    value = min(max(level_lu.value, low), high)
    limited = f" Not further than {value:+.1f} LU." if value != level_lu.value else ""
    why = f"Estimated to belong {level_lu.value:+.1f} LU over this backing ({level_lu.source}).{limited}"
    return Aim(value, why)
