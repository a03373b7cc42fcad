"""What a finished vocal decides for a dry one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from predictors import engineers
from predictors.backing_vocals import lighter
from predictors.eq_targets import balanced, described, eq_target, heard, high_pass, octave_levels_db, smooth
from predictors.reference.comparing import broad, complete, held, within
from predictors.reference.heard import DRY_LU
from predictors.targets import (
    Aim,
    BlockRangeTarget,
    DynamicsTarget,
    EnoughReverb,
    EqTarget,
    ReverbTarget,
    Targets,
    VoiceTargets,
)

if TYPE_CHECKING:
    from predictors.analysis import SessionAnalysis, TrackAnalysis
    from predictors.reference.heard import VocalReference

RELATIVE_LU = (-11.6, 6.4)
"""Released songs have -2.6 LU with a standard deviation of 3.0 (MUSDB18, K. Li 2022): three to each side."""

BLOCK_RANGE_DB = (8.0, 20.0)
"""From a little under the most even dry vocal of 8 (8.8 dB) to the 90th percentile of MUSDB18 (20 dB)."""

LARGEST_DB = 8.0
"""The most that an octave is lifted or lowered, as far as 9 of 10 professional chains go at 8 kHz."""

RT60_S = (0.3, 4.0)
LOUDEST_WET_LU = -6.0
"""Listeners want -9 LU and dislike more (Pestana and Reiss 2014)."""

MUCH_SHORTER = 0.5
"""A room that rings for less than this part of the wanted one does not stand in for it."""


def by_vocal(reference: VocalReference, analysis: SessionAnalysis, said: Mapping[str, Targets]) -> Targets:
    """All aspects as the reference has them; what a recording does not tell is as `said`, or else as is usual."""
    usual = engineers.predict(analysis)
    lead = VoiceTargets(
        relative_loudness_lu=None if analysis.relative_loudness_lu is None else _level(reference),
        eq=_eq(reference, analysis.lead),
        dynamics=_dynamics(reference, said["dynamics"].lead.dynamics or usual.lead.dynamics),
        reverb=_reverb(reference, said["reverb"].lead.reverb, usual.lead.reverb),
    )
    behind = analysis.backing_vocals
    return Targets(
        lead=lead,
        backing_vocals=None
        if behind is None
        else _behind(reference, behind, lead, said["dynamics"].backing_vocals),
        backing_eq=said["eq"].backing_eq,
    )


def _behind(
    reference: VocalReference, track: TrackAnalysis, lead: VoiceTargets, said: VoiceTargets | None
) -> VoiceTargets:
    """Backing vocals as a lead of their sound would be, but lighter; their compressor moves as `said` for them."""
    voice = lighter(dataclasses.replace(lead, eq=_eq(reference, track)))
    if said is None or said.dynamics is None:
        return voice
    return dataclasses.replace(voice, dynamics=_dynamics(reference, said.dynamics))


def _level(reference: VocalReference) -> Aim | None:
    lu = reference.relative_loudness_lu
    if lu is None:
        return None
    why = f"Measured in the reference {reference.name}: the vocal {lu:+.1f} LU over its backing while it sings."
    return within(RELATIVE_LU, lu, why, "LU", "released songs")


def _dynamics(reference: VocalReference, said: DynamicsTarget | None) -> DynamicsTarget | None:
    if said is None:
        return None
    range_db = reference.vocal.block_range_db
    why = f"Measured in the reference {reference.name}: 100 ms blocks within {range_db:.1f} dB."
    aim = within(BLOCK_RANGE_DB, range_db, why, "dB", "mixed vocals")
    return BlockRangeTarget(block_range_db=aim, ballistics=said.ballistics)


def _eq(reference: VocalReference, track: TrackAnalysis) -> EqTarget:
    """The difference of the two voices' balance, each over its own active time."""
    shared = heard(track) & heard(reference.vocal) & complete(track) & complete(reference.vocal)
    difference = octave_levels_db(reference.vocal) - octave_levels_db(track)
    wanted = balanced(broad(difference, shared), track)
    tone = balanced(smooth(np.clip(wanted, -LARGEST_DB, LARGEST_DB)), track).clip(-LARGEST_DB, LARGEST_DB)
    why = (
        f"Measured: the reference {reference.name} against this voice, in octaves and broad strokes "
        f"({described(wanted) or 'no difference'})."
    )
    return eq_target(tone, why + held(wanted, tone, LARGEST_DB), high_pass(track))


def _reverb(
    reference: VocalReference, said: ReverbTarget | EnoughReverb | None, usual: ReverbTarget | EnoughReverb | None
) -> ReverbTarget | EnoughReverb | None:
    room = reference.room
    if reference.dry:
        return EnoughReverb(_why_dry(reference))
    base = said if isinstance(said, ReverbTarget) else usual
    if not isinstance(base, ReverbTarget):
        return base
    heard = f"in the pauses of the reference {reference.name}"
    decay = f"Estimated from what rings {heard}: {room.rt60_s:.1f} s, within 20 % or so."
    level = f"Estimated from what rings {heard}: {room.wet_lu:.1f} LU, within 3 LU or so."
    target = dataclasses.replace(
        base,
        rt60_s=within(RT60_S, room.rt60_s, decay, "s", "rooms for a voice"),
        wet_lu=within((DRY_LU, LOUDEST_WET_LU), room.wet_lu, level, "LU", "mixed vocals"),
    )
    ours = reference.our_room
    if ours is None or not ours.sure or ours.rt60_s < MUCH_SHORTER * target.rt60_s.value:
        return target
    why = f"Estimated in the pauses of our own voice: {ours.wet_lu:.1f} LU of {ours.rt60_s:.1f} s it has already."
    return dataclasses.replace(target, carried_lu=Aim(ours.wet_lu, why))


def _why_dry(reference: VocalReference) -> str:
    room, name = reference.room, reference.name
    if room.sure:
        return f"No reverb: in the reference {name} it is estimated {-room.wet_lu:.0f} LU under the voice."
    return (
        f"No reverb: the pauses of the reference {name} are too quiet for one. A room of half a second or more is "
        f"at least {-room.at_most_lu:.0f} LU under the voice there; a shorter one cannot be told from the voice."
    )
