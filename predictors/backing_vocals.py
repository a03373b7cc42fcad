"""Backing vocals get the lead's targets, made lighter: less low end, less presence, gentler, further back."""

from __future__ import annotations

import dataclasses

import numpy as np

from predictors.eq_targets import eq_target, tone_of
from predictors.targets import (
    Aim,
    Ballistics,
    BlockRangeTarget,
    DynamicsTarget,
    EnoughReverb,
    EqTarget,
    ReverbTarget,
    ThresholdTarget,
    VoiceTargets,
)

# No data set at hand tells backing vocals from leads: these steps are ours, and each is said where it acts.
HIGHER = 1.3
GENTLER = 0.6
TONE = 0.5
WETTER_LU = 3.0
PRESENCE_DB = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.5, -2.0, -1.0, -1.0])


def lighter(voice: VoiceTargets) -> VoiceTargets:
    """The targets for backing vocals, from what a lead with their sound would get.

    Their level is the preset's matter: it is left open here.
    """
    return VoiceTargets(
        relative_loudness_lu=None,
        eq=None if voice.eq is None else _eq(voice.eq),
        dynamics=None if voice.dynamics is None else _dynamics(voice.dynamics),
        reverb=None if voice.reverb is None else _reverb(voice.reverb),
    )


def _eq(target: EqTarget) -> EqTarget:
    why = f"{target.why} Backing vocals: half of all that, and {-PRESENCE_DB.min():g} dB less presence at 4 kHz."
    pass_aim = target.high_pass_hz
    if pass_aim is not None:
        hz = float(round(pass_aim.value * HIGHER))
        pass_aim = Aim(hz, f"{pass_aim.why} Backing vocals: {HIGHER:g} times as high, at {hz:.0f} Hz.")
    return eq_target(TONE * tone_of(target) + PRESENCE_DB, why, pass_aim)


def _dynamics(target: DynamicsTarget) -> DynamicsTarget:
    match target:
        case ThresholdTarget() | BlockRangeTarget():
            return dataclasses.replace(target, ballistics=_gentler(target.ballistics))


def _gentler(ballistics: Ballistics) -> Ballistics:
    ratio = 1.0 + (ballistics.ratio.value - 1.0) * GENTLER
    why = f"{ballistics.ratio.why} Backing vocals: gentler, {ratio:.1f}:1."
    return dataclasses.replace(ballistics, ratio=Aim(ratio, why))


def _reverb(target: ReverbTarget | EnoughReverb) -> ReverbTarget | EnoughReverb:
    if isinstance(target, EnoughReverb):
        return target
    wet = target.wet_lu
    why = f"{wet.why} Backing vocals stand further back: {WETTER_LU:g} LU more."
    return dataclasses.replace(target, wet_lu=Aim(wet.value + WETTER_LU, why))
