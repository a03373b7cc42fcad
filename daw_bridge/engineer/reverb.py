"""A reverb target as ReaVerbate settings: the room by inverting the engine, the level by playing it."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from daw_bridge.engineer.signal import Signal, Stage
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.reaverbate_sound import room_size_for, rt60_s
from daw_bridge.plugins.sound import make_processor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from predictors.targets import ReverbTarget

MAX_WET_DB = 6.0

BLOCK_FRAMES = 1 << 17
"""Whole partitions of the convolution, as many as it likes to have together."""


def set_reverb(signal: Signal, target: ReverbTarget, kept: Mapping[str, Any]) -> Stage:
    """Add a reverb of the target's RT60 and level to `signal`; the output is longer by the reverb's tail.

    `kept` are values (by ReaVerbate's field names) that the user has set by hand: they stand as they are.
    """
    verb = _room(target, signal.rate, kept)
    wet = _wet_alone(signal, verb)
    measured_lu = _energy_db(wet) - _energy_db(signal)
    if "wet_db" not in kept:
        verb = dataclasses.replace(verb, wet_db=_wet_db(target.wet_lu.value - measured_lu))
    output = _mixed(signal, wet, verb)
    reached_s = rt60_s(verb.room_size, verb.dampening, signal.rate)
    results = {"wet_lu": measured_lu + verb.wet_db - verb.dry_db, "rt60_s": reached_s}
    return Stage(settings=verb, output=output, why=_reasons(target, verb, reached_s, measured_lu), results=results)


def wet_level_lu(signal: Signal, verb: ReaVerbate) -> float:
    """The K-weighted energy of a reverb's own sound against that of what goes through beside it."""
    return _energy_db(_wet_alone(signal, verb)) - _energy_db(signal) + verb.wet_db - verb.dry_db


def _room(target: ReverbTarget, rate: int, kept: Mapping[str, Any]) -> ReaVerbate:
    dampening = round(target.dampening.value, 2)
    verb = ReaVerbate(
        dry_db=0.0,
        wet_db=0.0,
        room_size=round(room_size_for(target.rt60_s.value, dampening, rate), 4),
        dampening=dampening,
        width=1.0,
        pre_delay_ms=round(target.pre_delay_ms.value, 0),
        low_cut_hz=round(target.low_cut_hz.value, -1),
        high_cut_hz=round(target.high_cut_hz.value, -2),
    )
    return dataclasses.replace(verb, **kept)


def _wet_alone(signal: Signal, verb: ReaVerbate) -> Signal:
    """The reverb's own sound at 0 dB, with its tail."""
    alone = dataclasses.replace(verb, wet_db=0.0, dry_db=-math.inf)
    processor = make_processor(alone, signal.rate, signal.raw.shape[0])
    channels, frames = signal.raw.shape
    wet = np.empty((2, frames + math.ceil(processor.tail_s * signal.rate)), dtype=np.float32)
    for start in range(0, frames, BLOCK_FRAMES):
        block = signal.raw[:, start : start + BLOCK_FRAMES] * np.float32(signal.gain)
        wet[:, start : start + block.shape[1]] = processor.process(block)
    wet[:, frames:] = processor.process(np.zeros((channels, wet.shape[1] - frames), dtype=np.float32))
    return Signal.of(wet, signal.rate)


def _mixed(signal: Signal, wet: Signal, verb: ReaVerbate) -> Signal:
    """Both together, in the place of `wet`, which is not needed any more."""
    parts = [wet.scaled(verb.wet_db), signal.scaled(verb.dry_db)]
    return Signal.total(parts, out=wet.raw)


def _energy_db(signal: Signal) -> float:
    """All the K-weighted energy, ungated: a reverb is linear, so this ratio is the same for every level."""
    energy = float(np.sum(signal.power))
    return 10.0 * math.log10(energy) if energy > 0.0 else -math.inf


def _wet_db(wanted_db: float) -> float:
    return round(min(wanted_db, MAX_WET_DB), 1) + 0.0


def _reasons(target: ReverbTarget, verb: ReaVerbate, reached_s: float, measured_lu: float) -> dict[str, str]:
    ends = f" The knob ends at +{MAX_WET_DB:.0f} dB." if verb.wet_db == MAX_WET_DB else ""
    return {
        "verb.room_size": f"Decays by 60 dB in {reached_s:.2f} s between 500 Hz and 1 kHz. {target.rt60_s.why}",
        "verb.wet_db": (
            f"This reverb at 0 dB is {measured_lu:+.1f} LU against the voice; "
            f"{target.wet_lu.value:.1f} LU are wanted.{ends} {target.wet_lu.why}"
        ),
        "verb.dampening": target.dampening.why,
        "verb.pre_delay_ms": target.pre_delay_ms.why,
        "verb.low_cut_hz": target.low_cut_hz.why,
        "verb.high_cut_hz": target.high_cut_hz.why,
    }
