"""A dynamics target as ReaComp settings, found by compressing and measuring."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from daw_bridge.engineer.pauses import MOST_LIFT_DB, Pauses
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
HIGHEST_DB, DEEPEST_DB = 10.0, 45.0
"""How far above and below the vocal's loudness a threshold is looked for."""

STEP_DB = 5.0
"""How far apart the first thresholds are that are tried."""

SMALLEST_STEP_DB = 0.5
"""How close a threshold comes to where it lifts what is between the phrases as much as it may."""

MAX_THRESHOLD_DB = 6.0
"""ReaComp's Threshold ends at +6.02 dB (plugins.md)."""


def set_compressor(
    signal: Signal, target: DynamicsTarget, mask: Mask, kept: Mapping[str, Any], pauses: Pauses | None = None
) -> Stage:
    """Compress `signal` as the target says; loudness over `mask` is kept as far as the Wet knob reaches.

    `kept` are values (by ReaComp's field names) that the user has set by hand: they stand as they are. `pauses`, by
    default those of `signal`, are lifted by `MOST_LIFT_DB` at most, as far as it is for the compressor to do so.
    """
    before_db = signal.range_over(mask)
    match target:
        case ThresholdTarget():
            stage = _below_loudness(signal, target, kept)
        case BlockRangeTarget():
            if before_db <= target.block_range_db.value + RANGE_TOLERANCE_DB and not kept:
                return _already_even(signal, target, before_db)
            stage = _to_range(signal, target, mask, kept)
    stage = _held_back(signal, stage, pauses or Pauses.of(signal, mask), kept)
    return _with_results(_with_make_up(signal, stage, mask, kept), signal, mask)


def _already_even(signal: Signal, target: BlockRangeTarget, before_db: float) -> Stage:
    why = (
        f"No compressor: the level already moves within {before_db:.1f} dB, "
        f"and {target.block_range_db.value:.1f} dB are asked for."
    )
    return Stage(settings=None, output=signal, why={"comp": why}, results={"block_range_db": before_db})


def _below_loudness(signal: Signal, target: ThresholdTarget, kept: Mapping[str, Any]) -> Stage:
    loudness = signal.one_channel_lufs
    threshold_db = min(round(loudness - target.below_loudness_db.value, 1), MAX_THRESHOLD_DB)
    comp = dataclasses.replace(_comp(target.ballistics, threshold_db, target.ballistics.ratio.value), **kept)
    why = (
        f"{target.below_loudness_db.value:.1f} dB under the voice's loudness of {loudness:.1f} LUFS in one "
        f"channel. {target.below_loudness_db.why}"
    )
    if threshold_db == MAX_THRESHOLD_DB:
        why += f" The knob ends at +{MAX_THRESHOLD_DB:.0f} dB: turn the recording down."
    return _compressed(signal, comp, {"comp.threshold_db": why, **_reasons(target.ballistics)})


def _to_range(signal: Signal, target: BlockRangeTarget, mask: Mask, kept: Mapping[str, Any]) -> Stage:
    """The threshold that reaches the range; where no threshold does, a steeper ratio, as long as that helps."""
    wanted_db = target.block_range_db.value
    ballistics = target.ballistics
    ratio = used = ballistics.ratio.value
    best: Stage | None = None
    reached_db = math.inf
    while reached_db > wanted_db + RANGE_TOLERANCE_DB:
        base = dataclasses.replace(_comp(ballistics, 0.0, ratio), **kept)
        stage = _search_threshold(signal, base, wanted_db, mask, fixed="threshold_db" in kept)
        range_db = stage.output.range_over(mask)
        if best is not None and range_db > reached_db - RANGE_TOLERANCE_DB:
            break
        best, used, reached_db = stage, ratio, range_db
        if ratio >= MAX_RATIO or "ratio" in kept:
            break
        ratio = min(MAX_RATIO, round(ratio * 1.5, 1))
    assert best is not None  # the loop runs at least once
    why = (
        f"Where the 100 ms blocks of the voice, which moved within {signal.range_over(mask):.1f} dB, "
        f"move within {reached_db:.1f} dB. {target.block_range_db.why}"
    )
    if reached_db > wanted_db + 0.5 and "threshold_db" not in kept:
        why += (
            " No lower threshold and no steeper ratio gets lower: the release of "
            f"{ballistics.release_ms.value:.0f} ms holds down what follows the loud blocks, too."
        )
    reasons = _reasons(ballistics)
    if used != ballistics.ratio.value:
        reasons["comp.ratio"] = (
            f"Raised from {ballistics.ratio.value:.1f}: a gentler one does not come as close to {wanted_db:.1f} dB."
        )
    return dataclasses.replace(best, why={"comp.threshold_db": why, **reasons})


def _search_threshold(signal: Signal, base: ReaComp, wanted_db: float, mask: Mask, *, fixed: bool) -> Stage:
    """Down from above the voice until the range is reached or widens again, then closer in ever smaller steps.

    It widens from where the release also holds down the quiet blocks behind the loud ones.
    """
    if fixed:
        return _compressed(signal, base, {})

    def attempt(threshold_db: float) -> tuple[float, float, Stage]:
        comp = dataclasses.replace(base, threshold_db=round(threshold_db, 1))
        stage = _compressed(signal, comp, {})
        return abs(stage.output.range_over(mask) - wanted_db), threshold_db, stage

    loudness = signal.one_channel_lufs
    top = _highest_threshold_db(signal)
    best = attempt(top)
    for down in range(1, math.floor((top - loudness + DEEPEST_DB) / STEP_DB) + 1):
        here = attempt(top - down * STEP_DB)
        if here[0] > best[0] + RANGE_TOLERANCE_DB:
            break
        best = min(here, best, key=lambda one: one[0])
    step = STEP_DB
    while step > 0.2 and best[0] > RANGE_TOLERANCE_DB:
        step /= 2.0
        beside = (min(best[1] + sign * step, MAX_THRESHOLD_DB) for sign in (-1.0, 1.0))
        best = min(best, *map(attempt, beside), key=lambda one: one[0])
    return best[2]


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


def _highest_threshold_db(signal: Signal) -> float:
    return min(signal.one_channel_lufs + HIGHEST_DB, MAX_THRESHOLD_DB)


def _held_back(signal: Signal, stage: Stage, pauses: Pauses, kept: Mapping[str, Any]) -> Stage:
    """The compressor with a threshold so high that what sounds between the phrases is not lifted too much."""
    found = stage.settings
    assert isinstance(found, ReaComp)
    lift_db = pauses.lift_db(stage.output)
    low = found.threshold_db
    high = _highest_threshold_db(signal)
    if lift_db <= MOST_LIFT_DB or "threshold_db" in kept or low >= high:
        return stage
    why = (
        f"{stage.why['comp.threshold_db']} Raised from {low:.1f} dB, because what sounds between the "
        f"phrases would come up by {lift_db:.1f} dB against the voice, with the EQ; {MOST_LIFT_DB:g} dB are the "
        "most."
    )

    def attempt(threshold_db: float) -> Stage:
        comp = dataclasses.replace(found, threshold_db=round(threshold_db, 1))
        return _compressed(signal, comp, {**stage.why, "comp.threshold_db": why})

    best = attempt(high)
    while high - low > SMALLEST_STEP_DB:
        middle = (low + high) / 2.0
        tried = attempt(middle)
        if pauses.lift_db(tried.output) > MOST_LIFT_DB:
            low = middle
        else:
            best, high = tried, middle
    return best


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
    comp = dataclasses.replace(stage.settings, wet_db=wet_db)
    only_wet = comp.dry_db == -math.inf
    return Stage(
        settings=comp,
        output=stage.output.scaled(wet_db) if only_wet else _compressed(signal, comp, {}).output,
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
