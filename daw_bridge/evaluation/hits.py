"""How near what is heard, once our engineer has set it, is to what was asked for; and how usual its chain is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from daw_bridge.engineer.eq import curve_error_db
from daw_bridge.engineer.faders import CEILING_DBTP
from daw_bridge.engineer.reverb import wet_level_lu
from daw_bridge.engineer.signal import Mask, Signal
from daw_bridge.evaluation.excerpts import BACKING, LEAD
from daw_bridge.plan import MixPlan, TrackPlan, with_plan
from daw_bridge.plugins import BandKind, ReaEq, ReaVerbate, Settings
from daw_bridge.plugins.reaeq_sound import response_db
from daw_bridge.plugins.reaverbate_sound import impulse_response
from daw_bridge.plugins.sound import process_all
from daw_bridge.rendering import chain_input, mixdown
from predictors.analysis import active_mask
from predictors.chains import EQ_HZ
from predictors.decay import rt60_s
from predictors.eq_targets import NO_HIGH_PASS_HZ
from predictors.loudness import true_peak_db
from predictors.targets import BlockRangeTarget, ReverbTarget, ThresholdTarget, VoiceTargets

if TYPE_CHECKING:
    from daw_bridge.audio import Samples
    from daw_bridge.media import Media
    from daw_bridge.session import Session

Values = dict[str, float]


def play(session: Session, media: Media, plan: MixPlan) -> Samples:
    """The planned mix as it comes out of the master."""
    return mixdown(with_plan(session, plan), media)


def errors(session: Session, media: Media, plan: MixPlan, targets: VoiceTargets, mix: Samples) -> Values:
    """How far the lead, as played, is from its targets; by aspect, and only those that were asked for.

    `level` LU, `EQ` dB RMS, `range` dB, `threshold` dB, `wet` LU, `RT60` percent; `ceiling`: by how many dB the
    true peak of the `mix` is over -1 dBTP.
    """
    lead = _plan_of(plan)
    dry = Signal.of(chain_input(session, media, LEAD), session.rate)
    mask = active_mask(dry.power)
    equalized = _through(lead.eq, dry)
    return {
        **_level(session, media, plan, targets, mask),
        **({} if targets.eq is None else {"EQ": curve_error_db(targets.eq, lead.eq, session.rate)}),
        **_dynamics(lead, targets, equalized, mask),
        **_reverb(lead, targets, _through(lead.comp, equalized)),
        "ceiling": max(true_peak_db(mix, session.rate) - CEILING_DBTP, 0.0),
    }


def chain_values(session: Session, media: Media, plan: MixPlan) -> Values:
    """The lead's chain in the parameters that real chains have: see `predictors.chains`.

    A plug-in that is not used leaves out what cannot be said without it.
    """
    lead = _plan_of(plan)
    equalized = _through(lead.eq, Signal.of(chain_input(session, media, LEAD), session.rate))
    values = {"high_pass_hz": _high_pass_hz(lead.eq), **_curve(lead.eq, session.rate), "ratio": 1.0}
    if lead.comp is not None:
        values["threshold_below_lufs_db"] = equalized.one_channel_lufs - lead.comp.threshold_db
        values["ratio"] = lead.comp.ratio
        values["attack_ms"], values["release_ms"] = lead.comp.attack_ms, lead.comp.release_ms
    values["wet_lu"] = -math.inf
    if lead.verb is not None:
        values["wet_lu"] = wet_level_lu(_through(lead.comp, equalized), lead.verb)
        values["rt60_s"] = _rt60_s(lead.verb, session.rate)
    return values


def _plan_of(plan: MixPlan) -> TrackPlan:
    return next(track for track in plan.tracks if track.guid == LEAD)


def _through(settings: Settings | None, signal: Signal) -> Signal:
    if settings is None:
        return signal
    return Signal.of(process_all(settings, signal.samples, signal.rate), signal.rate)


def _level(session: Session, media: Media, plan: MixPlan, targets: VoiceTargets, mask: Mask) -> Values:
    if targets.relative_loudness_lu is None:
        return {}
    planned = with_plan(session, plan)
    voice, backing = (
        Signal.of(mixdown(planned, media, only={guid}), session.rate).lufs_over(mask) for guid in (LEAD, BACKING)
    )
    return {"level": abs(voice - backing - targets.relative_loudness_lu.value)}


def _dynamics(plan: TrackPlan, targets: VoiceTargets, equalized: Signal, mask: Mask) -> Values:
    """A voice that moves less than is asked for is right as it is."""
    match targets.dynamics:
        case BlockRangeTarget() as target:
            missing = _through(plan.comp, equalized).range_over(mask) - target.block_range_db.value
            return {"range": abs(missing) if plan.comp else max(missing, 0.0)}
        case ThresholdTarget() as target if plan.comp is not None:
            below = equalized.one_channel_lufs - plan.comp.threshold_db
            return {"threshold": abs(below - target.below_loudness_db.value)}
        case _:
            return {}


def _reverb(plan: TrackPlan, targets: VoiceTargets, compressed: Signal) -> Values:
    target = targets.reverb
    if plan.verb is None or not isinstance(target, ReverbTarget):
        return {}
    reached_s = _rt60_s(plan.verb, compressed.rate)
    return {
        "wet": abs(wet_level_lu(compressed, plan.verb) - target.wet_lu.value),
        "RT60": 100.0 * abs(reached_s / target.rt60_s.value - 1.0),
    }


def _rt60_s(verb: ReaVerbate, rate: int) -> float:
    return rt60_s(impulse_response(verb, rate).sum(axis=1), rate)


def _high_pass_hz(eq: ReaEq | None) -> float:
    bands = eq.bands if eq else ()
    return max((band.frequency_hz for band in bands if band.kind is BandKind.HIGH_PASS), default=NO_HIGH_PASS_HZ)


def _curve(eq: ReaEq | None, rate: int) -> Values:
    *gains, at_1_khz = response_db(eq or ReaEq(bands=()), (*EQ_HZ, 1000.0), rate)
    return {f"eq_{hz:g}_db": float(gain - at_1_khz) for hz, gain in zip(EQ_HZ, gains, strict=True)}
