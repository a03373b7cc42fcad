"""What a finished mix tells: its balance and, roughly, its room. Both bend what a predictor says."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from predictors.backing_vocals import lighter
from predictors.engineers_table import engineers_table
from predictors.eq_targets import described, eq_target, k_weighting_db, octave_levels_db, smooth, tone_of
from predictors.reference.comparing import broad, complete, held, within
from predictors.targets import OCTAVES_HZ, EqTarget, ReverbTarget, Targets, VoiceTargets

if TYPE_CHECKING:
    from predictors.analysis import SessionAnalysis, TrackAnalysis
    from predictors.reference.heard import MixReference

Array = NDArray[np.float64]

MIX_PART, MIX_LARGEST_DB = 0.5, 3.0
"""How far the balance follows, for songs differ in notes and instruments, too: half, as FxNorm-automix does."""


def by_mix(
    reference: MixReference, analysis: SessionAnalysis, said: Mapping[str, Targets]
) -> Mapping[str, Targets]:
    """What was `said` for each aspect, bent towards the mix."""
    bent = dict(said)
    if "eq" in reference.aspects:
        bent["eq"] = _tinted(said["eq"], reference, _mix_difference(reference, analysis, said))
    if "reverb" in reference.aspects and reference.tells_room:
        bent["reverb"] = _roomy(said["reverb"], reference)
    return bent


def _mix_difference(reference: MixReference, analysis: SessionAnalysis, said: Mapping[str, Targets]) -> Array:
    """The balance of the reference against that of our mix, once it is as was said."""
    ours = _power(analysis.lead, said["eq"].lead.eq)
    tracks = [analysis.lead]
    if analysis.backing is not None and analysis.relative_loudness_lu is not None:
        aim = said["level"].lead.relative_loudness_lu
        lu = analysis.relative_loudness_lu if aim is None else aim.value
        ours = ours * 10.0 ** (lu / 10.0) + _power(analysis.backing, said["eq"].backing_eq)
        tracks = [analysis.backing]
    octaves = np.array(OCTAVES_HZ)
    shared = (octaves >= 63.0) & (octaves <= 8000.0)
    for track in (*tracks, reference.mix):
        shared &= complete(track) & (octave_levels_db(track) > octave_levels_db(track).max() - 40.0)
    return broad(octave_levels_db(reference.mix) - 10.0 * np.log10(ours + 1e-12), shared)


def _power(track: TrackAnalysis, eq: EqTarget | None) -> Array:
    """The power in each octave behind an EQ, when all of it, K-weighted, is 1."""
    gains = 0.0 if eq is None else np.array(eq.gains_db)
    power = 10.0 ** ((octave_levels_db(track) + gains) / 10.0)
    return np.asarray(power / (power * 10.0 ** (np.array(k_weighting_db()) / 10.0)).sum())


def _tinted(said: Targets, reference: MixReference, difference: Array) -> Targets:
    """All tracks get the same tone, which is what an EQ on the master would do."""
    middle = difference[OCTAVES_HZ.index(250.0) : OCTAVES_HZ.index(4000.0) + 1].mean()
    wanted = MIX_PART * (difference - middle)
    tone = smooth(np.clip(wanted, -MIX_LARGEST_DB, MIX_LARGEST_DB))
    if not described(tone):
        return said
    why = (
        f"Measured: half of what the mix {reference.name} has over ours in overall balance, on all tracks alike "
        f"({described(tone)}).{held(wanted, tone, MIX_LARGEST_DB)}"
    )

    def tint(eq: EqTarget | None) -> EqTarget | None:
        return None if eq is None else eq_target(tone_of(eq) + tone, f"{eq.why} {why}", eq.high_pass_hz)

    behind = said.backing_vocals
    return dataclasses.replace(
        said,
        lead=dataclasses.replace(said.lead, eq=tint(said.lead.eq)),
        backing_vocals=None if behind is None else dataclasses.replace(behind, eq=tint(behind.eq)),
        backing_eq=tint(said.backing_eq) or eq_target(tone, why),
    )


def _roomy(said: Targets, reference: MixReference) -> Targets:
    """A mix says roughly how long its rooms ring: what the middle of professional chains does limits it."""
    table, room = engineers_table(), reference.room
    rings = f"Roughly estimated in the mix {reference.name}, all instruments together:"
    rt60 = within(
        (table.rt60_s.at(0.1), table.rt60_s.at(0.9)),
        room.rt60_s,
        f"{rings} {room.rt60_s:.1f} s.",
        "s",
        "8 of 10 chains",
    )
    wet = within(
        (table.wet_lu.at(0.25), table.wet_lu.at(0.75)),
        room.wet_lu,
        f"{rings} {room.wet_lu:.1f} LU of reverb.",
        "LU",
        "half of the chains",
    )

    def fit(voice: VoiceTargets) -> VoiceTargets:
        if not isinstance(voice.reverb, ReverbTarget):
            return voice
        return dataclasses.replace(voice, reverb=dataclasses.replace(voice.reverb, rt60_s=rt60, wet_lu=wet))

    behind = said.backing_vocals
    return dataclasses.replace(
        said, lead=fit(said.lead), backing_vocals=None if behind is None else lighter(fit(said.lead))
    )
