"""One voice through the chain: EQ, compressor, reverb, each set on what the one before leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daw_bridge.engineer.compressor import set_compressor
from daw_bridge.engineer.eq import curve_error_db
from daw_bridge.engineer.pauses import Pauses
from daw_bridge.engineer.reverb import set_reverb
from daw_bridge.engineer.signal import Mask, Signal, Stage
from daw_bridge.plugins import ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.sound import process_all
from daw_bridge.progress import Progress, silent
from predictors.targets import EnoughReverb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from daw_bridge.engineer.kept import Kept
    from daw_bridge.plugins import Settings
    from predictors.targets import EqTarget, VoiceTargets


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """A chain that was set: its plug-ins, its output, why, and what was measured."""

    eq: ReaEq | None
    comp: ReaComp | None
    verb: ReaVerbate | None
    output: Signal
    why: Mapping[str, str]
    results: Mapping[str, float]


def set_chain(
    dry: Signal, mask: Mask, targets: VoiceTargets, eq: ReaEq | None, kept: Kept, progress: Progress = silent
) -> Chain:
    """Set the chain of one voice. `eq` is what was fitted to the group's target; `mask` is frozen from `dry`."""
    pauses = Pauses.of(dry, mask)
    fitted = None if "eq" in kept.removed else kept.eq or eq
    stages: tuple[tuple[str, str, float, Callable[[Signal], Stage]], ...] = (
        ("eq", "EQ", 0.0, lambda signal: _eq(signal, targets.eq, fitted)),
        ("comp", "compressor", 0.15, lambda signal: _compressor(signal, pauses, targets, kept)),
        ("verb", "reverb", 0.6, lambda signal: _reverb(signal, targets, kept)),
    )
    output = dry
    settings: dict[str, Settings | None] = {}
    why: dict[str, str] = {}
    results: dict[str, float] = {}
    for name, shown, done, set_stage in stages:
        progress(shown, done)
        stage = set_stage(output)
        # What went in is let go: an hour of stereo takes 1.3 GB.
        output, settings[name] = stage.output, stage.settings
        why.update(stage.why)
        results.update(stage.results)
    return Chain(**settings, output=output, why=why, results=results)  # type: ignore[arg-type]


def _eq(dry: Signal, target: EqTarget | None, eq: ReaEq | None) -> Stage:
    if eq is None:
        return Stage(settings=None, output=dry)
    output = Signal.of(process_all(eq, dry.samples, dry.rate), dry.rate)
    if target is None:
        return Stage(settings=eq, output=output)
    error = {"eq_error_db": curve_error_db(target, eq, dry.rate)}
    return Stage(settings=eq, output=output, why=eq_reasons(target), results=error)


def eq_reasons(target: EqTarget) -> dict[str, str]:
    """Why an EQ is as it is: the curve as a whole, and its high-pass."""
    why = {"eq": target.why}
    if target.high_pass_hz is not None:
        why["eq.high_pass"] = target.high_pass_hz.why
    return why


def _compressor(signal: Signal, pauses: Pauses, targets: VoiceTargets, kept: Kept) -> Stage:
    if targets.dynamics is None or "comp" in kept.removed:
        return Stage(settings=None, output=signal, results={"block_range_db": signal.range_over(pauses.voice)})
    return set_compressor(signal, targets.dynamics, pauses.voice, kept.comp, pauses)


def _reverb(signal: Signal, targets: VoiceTargets, kept: Kept) -> Stage:
    if targets.reverb is None or "verb" in kept.removed:
        return Stage(settings=None, output=signal)
    if isinstance(targets.reverb, EnoughReverb):
        return Stage(settings=None, output=signal, why={"verb": targets.reverb.why})
    return set_reverb(signal, targets.reverb, kept.verb)
