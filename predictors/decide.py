"""From an analysis and a preset to targets: who decides which aspect, by which offsets, and how far to go."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from predictors import engineers, rules
from predictors.eq_targets import NO_HIGH_PASS_HZ, eq_target, tone_of
from predictors.present import less_carried
from predictors.reference import Reference, follow
from predictors.targets import (
    Aim,
    BlockRangeTarget,
    DynamicsTarget,
    EnoughReverb,
    EqTarget,
    ReverbTarget,
    Targets,
    ThresholdTarget,
    VoiceTargets,
)

if TYPE_CHECKING:
    from predictors.analysis import SessionAnalysis, TrackAnalysis


def _learned(analysis: SessionAnalysis) -> Targets:
    from predictors import learned  # noqa: PLC0415 - loads onnxruntime

    return learned.predict(analysis)


PREDICTORS: Mapping[str, Callable[[SessionAnalysis], Targets]] = {
    "engineers": engineers.predict,
    "rules": rules.predict,
    "learned": _learned,
}
"""Who can decide, by name. "learned" needs the analysis with features, and raises cards.ModelError."""

BRIGHTNESS = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.6, 1.0, 1.0])
"""How brightness is spread over the octaves: a broad shelf, all of it from 8 kHz on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStyle:
    """`relative_loudness_lu` is added to the predictor's; `backing_vocals_lu` is against the lead."""

    predictor: str = "engineers"
    amount: float = 100.0
    relative_loudness_lu: float = 0.0
    backing_vocals_lu: float = -6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EqStyle:
    """`brightness_db` is added at 8 kHz and above, less of it down to 2 kHz."""

    predictor: str = "engineers"
    amount: float = 100.0
    brightness_db: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicsStyle:
    """`compression_db` puts the threshold lower, or makes the block range narrower, by so much."""

    predictor: str = "engineers"
    amount: float = 100.0
    compression_db: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverbStyle:
    """`rt60_factor` stretches the decay; `wet_lu` and `pre_delay_ms` are added."""

    predictor: str = "engineers"
    amount: float = 100.0
    rt60_factor: float = 1.0
    wet_lu: float = 0.0
    pre_delay_ms: float = 0.0


ASPECTS = ("level", "eq", "dynamics", "reverb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A style: for each aspect who decides, what is added, and how far to go (`amount`, 0 to 100 %)."""

    name: str
    description: str
    level: LevelStyle = LevelStyle()
    eq: EqStyle = EqStyle()
    dynamics: DynamicsStyle = DynamicsStyle()
    reverb: ReverbStyle = ReverbStyle()


def needs_features(preset: Preset, predictor: str | None = None) -> bool:
    """Whether who decides asks networks, so that the analysis must hold the features that they are told."""
    return "learned" in ((predictor,) if predictor else (getattr(preset, aspect).predictor for aspect in ASPECTS))


def decide(
    analysis: SessionAnalysis,
    preset: Preset,
    *,
    predictor: str | None = None,
    amount: float | None = None,
    reference: Reference | None = None,
) -> Targets:
    """What the mix should reach.

    `predictor` decides all aspects in place of the preset's. `amount` (0 to 100 %) scales the preset's own
    amounts. An aspect that is left at 0 % is None: it stays as it is. A `reference` comes before all of them for
    what it tells. Raises ValueError for an unknown predictor and for an amount out of range.
    """
    if amount is not None and not 0.0 <= amount <= 100.0:
        raise ValueError(f"amount is {amount:g}, but runs from 0 to 100 %")
    part = 1.0 if amount is None else amount / 100.0
    style = _scaled(preset, part)
    said: Mapping[str, Targets] = {
        aspect: _predict(analysis, predictor or getattr(style, aspect).predictor) for aspect in ASPECTS
    }
    if reference is not None:
        said = follow(reference, analysis, said)
        style = _scaled(_added_nothing(preset, reference.decides), part)
    backing_eq = said["eq"].backing_eq
    return Targets(
        lead=_lead(analysis, style, said),
        backing_vocals=_backing_vocals(analysis, style, said),
        backing_eq=None if backing_eq is None else _to_amount(backing_eq, style.eq.amount),
    )


def _predict(analysis: SessionAnalysis, name: str) -> Targets:
    if name not in PREDICTORS:
        raise ValueError(f"there is no predictor '{name}', only {', '.join(PREDICTORS)}")
    return PREDICTORS[name](analysis)


def _added_nothing(preset: Preset, aspects: Collection[str]) -> Preset:
    """The preset without what it adds to these aspects; backing vocals stay under the lead as it says."""
    plain = {
        "level": LevelStyle(backing_vocals_lu=preset.level.backing_vocals_lu),
        "eq": EqStyle(),
        "dynamics": DynamicsStyle(),
        "reverb": ReverbStyle(),
    }
    return dataclasses.replace(preset, **{aspect: plain[aspect] for aspect in aspects})  # type: ignore[arg-type]


def _scaled(preset: Preset, part: float) -> Preset:
    styles = {name: getattr(preset, name) for name in ASPECTS}
    scaled = {name: dataclasses.replace(style, amount=style.amount * part) for name, style in styles.items()}
    return dataclasses.replace(preset, **scaled)


def _lead(analysis: SessionAnalysis, style: Preset, said: Mapping[str, Targets]) -> VoiceTargets:
    voices = {aspect: targets.lead for aspect, targets in said.items()}
    wanted = voices["level"].relative_loudness_lu
    if wanted is not None:
        wanted = _shifted(wanted, style.level.relative_loudness_lu, "LU")
    level = _level(wanted, analysis.relative_loudness_lu, style.level.amount)
    return _voice(level, voices, style, analysis.lead)


def _backing_vocals(analysis: SessionAnalysis, style: Preset, said: Mapping[str, Targets]) -> VoiceTargets | None:
    track = analysis.backing_vocals
    if track is None:
        return None
    voices = {aspect: targets.backing_vocals or targets.lead for aspect, targets in said.items()}
    under = style.level.backing_vocals_lu
    wanted = Aim(under, f"Backing vocals {-under:g} LU under the lead, as the preset {style.name} has it.")
    level = _level(wanted, track.active_lufs - analysis.lead.active_lufs, style.level.amount)
    return _voice(level, voices, style, track)


def _voice(
    level: Aim | None, said: Mapping[str, VoiceTargets], style: Preset, track: TrackAnalysis
) -> VoiceTargets:
    eq, dynamics, reverb = said["eq"].eq, said["dynamics"].dynamics, said["reverb"].reverb
    return VoiceTargets(
        relative_loudness_lu=level,
        eq=None if eq is None else _eq(eq, style.eq),
        dynamics=None if dynamics is None else _dynamics(dynamics, style.dynamics, track.block_range_db),
        reverb=None if reverb is None else _reverb(reverb, style.reverb),
    )


def _level(wanted: Aim | None, present_lu: float | None, amount: float) -> Aim | None:
    if wanted is None or amount == 0.0:
        return None
    if present_lu is None or not math.isfinite(present_lu):
        return wanted
    return _between(present_lu, wanted, amount)


def _eq(target: EqTarget, style: EqStyle) -> EqTarget | None:
    if style.brightness_db:
        why = f"{target.why} The preset adds {style.brightness_db:+g} dB of brightness at 8 kHz."
        tone = tone_of(target) + style.brightness_db * BRIGHTNESS
        target = eq_target(tone, why, target.high_pass_hz)
    return _to_amount(target, style.amount)


def _to_amount(target: EqTarget, amount: float) -> EqTarget | None:
    """The tone scaled; the high-pass comes up from 20 Hz."""
    if amount == 0.0:
        return None
    if amount == 100.0:
        return target
    aim, part = target.high_pass_hz, amount / 100.0
    if aim is not None:
        hz = float(round(NO_HIGH_PASS_HZ * math.pow(aim.value / NO_HIGH_PASS_HZ, part)))
        aim = Aim(hz, f"{aim.why} At {hz:.0f} Hz because of{_at(amount)}")
    return eq_target(part * tone_of(target), f"{target.why} Scaled by{_at(amount)}", aim)


def _dynamics(target: DynamicsTarget, style: DynamicsStyle, present_db: float) -> DynamicsTarget | None:
    amount = style.amount
    if amount == 0.0:
        return None
    ratio = target.ballistics.ratio
    gentler = _between(1.0, ratio, amount)
    ballistics = dataclasses.replace(target.ballistics, ratio=gentler)
    match target:
        case ThresholdTarget():
            below = _shifted(target.below_loudness_db, style.compression_db, "dB")
            return ThresholdTarget(below_loudness_db=below, ballistics=ballistics)
        case BlockRangeTarget():
            wanted = _shifted(target.block_range_db, -style.compression_db, "dB")
            wanted = _between(max(present_db, wanted.value), wanted, amount)
            return BlockRangeTarget(block_range_db=wanted, ballistics=ballistics)


def _reverb(target: ReverbTarget | EnoughReverb, style: ReverbStyle) -> ReverbTarget | EnoughReverb | None:
    if style.amount == 0.0:
        return None
    if isinstance(target, ReverbTarget):
        target = less_carried(dataclasses.replace(target, wet_lu=_shifted(target.wet_lu, style.wet_lu, "LU")))
    if isinstance(target, EnoughReverb):
        return target
    rt60, wet = target.rt60_s, target.wet_lu
    if style.rt60_factor != 1.0:
        seconds = rt60.value * style.rt60_factor
        rt60 = Aim(seconds, f"{rt60.why} The preset takes {style.rt60_factor:g} times that: {seconds:.1f} s.")
    if style.amount != 100.0:
        lu = wet.value + 20.0 * math.log10(style.amount / 100.0)
        wet = Aim(lu, f"{wet.why} {lu:.1f} LU because of{_at(style.amount)}")
    pre_delay = _shifted(target.pre_delay_ms, style.pre_delay_ms, "ms")
    return dataclasses.replace(target, rt60_s=rt60, wet_lu=wet, pre_delay_ms=pre_delay)


def _shifted(aim: Aim, offset: float, unit: str) -> Aim:
    if not offset:
        return aim
    return Aim(aim.value + offset, f"{aim.why} The preset asks for {offset:+g} {unit}.")


def _between(present: float, wanted: Aim, amount: float) -> Aim:
    if amount == 100.0:
        return wanted
    value = present + (wanted.value - present) * amount / 100.0
    return Aim(value, f"{wanted.why} Gone from {present:.1f} to {value:.1f} because of{_at(amount)}")


def _at(amount: float) -> str:
    return f" the amount of {amount:g} %."
