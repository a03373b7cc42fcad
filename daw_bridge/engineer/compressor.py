"""A dynamics target as ReaComp settings, found by compressing and measuring."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from daw_bridge.engineer.signal import Mask, Signal, Stage
from daw_bridge.plugins import ReaComp
from daw_bridge.plugins.sound import process_all
from predictors.targets import Aim, Ballistics, BlockRangeTarget, DynamicsTarget, ThresholdTarget

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MAX_WET_DB = 6.0
"""ReaComp's Wet knob ends at +6.02 dB (plugins.md): the fader takes what is left."""

RANGE_TOLERANCE_DB = 0.15
"""How close the block range must come; 0.5 dB is promised."""

MAX_RATIO = 20.0
DEEPEST_DB = 45.0
"""How far below the vocal's loudness a threshold is looked for."""

MAX_TRIES = 10


def set_compressor(signal: Signal, target: DynamicsTarget, mask: Mask, kept: Mapping[str, Any]) -> Stage:
    """Compress `signal` as the target says; loudness over `mask` is kept as far as the Wet knob reaches.

    `kept` are values (by ReaComp's field names) that the user has set by hand: they stand as they are.
    """
    before_db = signal.range_over(mask)
    match target:
        case ThresholdTarget():
            stage = _below_loudness(signal, target, kept)
        case BlockRangeTarget():
            if before_db <= target.block_range_db.value + RANGE_TOLERANCE_DB and not kept:
                return _already_even(signal, target, before_db)
            stage = _to_range(signal, target, mask, kept)
    return _with_results(_with_make_up(signal, stage, mask, kept), signal, mask)


def _already_even(signal: Signal, target: BlockRangeTarget, before_db: float) -> Stage:
    why = (
        f"No compressor: the level already moves within {before_db:.1f} dB, "
        f"and {target.block_range_db.value:.1f} dB are asked for."
    )
    return Stage(settings=None, output=signal, why={"comp": why}, results={"block_range_db": before_db})


def _below_loudness(signal: Signal, target: ThresholdTarget, kept: Mapping[str, Any]) -> Stage:
    loudness = signal.one_channel_lufs
    threshold_db = round(loudness - target.below_loudness_db.value, 1)
    comp = dataclasses.replace(_comp(target.ballistics, threshold_db, target.ballistics.ratio.value), **kept)
    why = (
        f"{target.below_loudness_db.value:.1f} dB under the voice's loudness of {loudness:.1f} LUFS in one "
        f"channel. {target.below_loudness_db.why}"
    )
    return _compressed(signal, comp, {"comp.threshold_db": why, **_reasons(target.ballistics)})


def _to_range(signal: Signal, target: BlockRangeTarget, mask: Mask, kept: Mapping[str, Any]) -> Stage:
    """The threshold that reaches the range; where no threshold does, a steeper ratio."""
    wanted_db = target.block_range_db.value
    ballistics = target.ballistics
    ratio = ballistics.ratio.value
    while True:
        base = dataclasses.replace(_comp(ballistics, 0.0, ratio), **kept)
        stage = _search_threshold(signal, base, wanted_db, mask, fixed="threshold_db" in kept)
        reached_db = stage.output.range_over(mask)
        if reached_db <= wanted_db + RANGE_TOLERANCE_DB or ratio >= MAX_RATIO or "ratio" in kept:
            break
        ratio = min(MAX_RATIO, round(ratio * 1.5, 1))
    why = (
        f"Where the 100 ms blocks of the voice, which moved within {signal.range_over(mask):.1f} dB, "
        f"move within {reached_db:.1f} dB. {target.block_range_db.why}"
    )
    if reached_db > wanted_db + 0.5:
        why += f" No threshold down to {DEEPEST_DB:.0f} dB under the loudness gets lower."
    reasons = _reasons(ballistics)
    if ratio != ballistics.ratio.value:
        reasons["comp.ratio"] = (
            f"Raised from {ballistics.ratio.value:.1f}: a gentler ratio does not reach {wanted_db:.1f} dB."
        )
    return dataclasses.replace(stage, why={"comp.threshold_db": why, **reasons})


def _search_threshold(signal: Signal, base: ReaComp, wanted_db: float, mask: Mask, *, fixed: bool) -> Stage:
    """Bisection: on a frozen mask a lower threshold never widens the range (research: re-gating breaks this)."""
    if fixed:
        return _compressed(signal, base, {})
    high = signal.one_channel_lufs + 10.0
    low = signal.one_channel_lufs - DEEPEST_DB
    best: Stage | None = None
    best_off = float("inf")
    for _ in range(MAX_TRIES):
        threshold_db = round((low + high) / 2.0, 1)
        stage = _compressed(signal, dataclasses.replace(base, threshold_db=threshold_db), {})
        off = stage.output.range_over(mask) - wanted_db
        if abs(off) < best_off:
            best, best_off = stage, abs(off)
        if best_off <= RANGE_TOLERANCE_DB or high - low < 0.2:
            break
        if off > 0.0:
            high = threshold_db
        else:
            low = threshold_db
    assert best is not None  # the loop runs at least once
    return best


def _comp(ballistics: Ballistics, threshold_db: float, ratio: float) -> ReaComp:
    return ReaComp(
        threshold_db=threshold_db,
        ratio=round(ratio, 1),
        attack_ms=round(ballistics.attack_ms.value, 1),
        release_ms=round(ballistics.release_ms.value, 0),
        knee_db=round(ballistics.knee_db.value, 1),
        rms_ms=round(ballistics.rms_ms.value, 2),
    )


def _compressed(signal: Signal, comp: ReaComp, why: Mapping[str, str]) -> Stage:
    output = Signal.of(process_all(comp, signal.samples, signal.rate), signal.rate)
    return Stage(settings=comp, output=output, why=why)


def _with_make_up(signal: Signal, stage: Stage, mask: Mask, kept: Mapping[str, Any]) -> Stage:
    """Wet gain so that the loudness over the mask is what it was, as far as the knob reaches."""
    assert isinstance(stage.settings, ReaComp)
    lost_db = signal.lufs_over(mask) - stage.output.lufs_over(mask)
    if "wet_db" in kept:
        return stage
    wet_db = round(min(max(lost_db, -MAX_WET_DB), MAX_WET_DB), 1) + 0.0
    why = f"Gives back the {lost_db:.1f} LU that the compressor takes."
    if lost_db > MAX_WET_DB:
        why += f" The knob ends at +{MAX_WET_DB:.0f} dB: the fader does the rest."
    return Stage(
        settings=dataclasses.replace(stage.settings, wet_db=wet_db),
        output=stage.output.scaled(wet_db),
        why={**stage.why, "comp.wet_db": why},
    )


def _with_results(stage: Stage, signal: Signal, mask: Mask) -> Stage:
    results = {
        "block_range_before_db": signal.range_over(mask),
        "block_range_db": stage.output.range_over(mask),
    }
    return dataclasses.replace(stage, results=results)


def _reasons(ballistics: Ballistics) -> dict[str, str]:
    aims: dict[str, Aim] = {
        "comp.ratio": ballistics.ratio,
        "comp.attack_ms": ballistics.attack_ms,
        "comp.release_ms": ballistics.release_ms,
        "comp.knee_db": ballistics.knee_db,
        "comp.rms_ms": ballistics.rms_ms,
    }
    return {path: aim.why for path, aim in aims.items()}
