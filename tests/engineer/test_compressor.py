"""A dynamics target becomes ReaComp settings that reach it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from daw_bridge.engineer.compressor import set_compressor
from daw_bridge.engineer.signal import Signal
from daw_bridge.plugins import ReaComp
from daw_bridge.plugins.sound import process_all
from predictors.analysis import active_mask
from predictors.targets import Aim, Ballistics, BlockRangeTarget, ThresholdTarget

RATE = 44100
BALLISTICS = Ballistics(
    ratio=Aim(3.0, "ratio"),
    attack_ms=Aim(5.0, "attack"),
    release_ms=Aim(100.0, "release"),
    knee_db=Aim(0.0, "knee"),
    rms_ms=Aim(5.0, "rms"),
)


def _phrases(levels_db: list[float], block_s: float = 0.5) -> Signal:
    """Notes of noise at these levels, in dBFS RMS."""
    noise = np.random.default_rng(1).standard_normal((len(levels_db), round(block_s * RATE)))
    notes = noise * 10 ** (np.array(levels_db)[:, None] / 20)
    return Signal.of(notes.reshape(1, -1).astype(np.float32), RATE)


def _range_target(block_range_db: float, ratio: float = 3.0) -> BlockRangeTarget:
    ballistics = dataclasses.replace(BALLISTICS, ratio=Aim(ratio, "ratio"))
    return BlockRangeTarget(block_range_db=Aim(block_range_db, "range"), ballistics=ballistics)


UNEVEN = _phrases([-14, -30, -18, -26, -22, -16, -28, -20, -24, -15, -29, -19])


def test_a_threshold_is_put_below_the_loudness_of_one_channel():
    target = ThresholdTarget(below_loudness_db=Aim(4.0, "below"), ballistics=BALLISTICS)
    stage = set_compressor(UNEVEN, target, active_mask(UNEVEN.power), {})

    assert isinstance(stage.settings, ReaComp)
    assert stage.settings.threshold_db == pytest.approx(UNEVEN.one_channel_lufs - 4.0, abs=0.05)
    assert stage.results["block_range_db"] < stage.results["block_range_before_db"]


def test_a_voice_on_one_side_gets_the_threshold_that_it_would_get_in_mono():
    target = ThresholdTarget(below_loudness_db=Aim(4.0, "below"), ballistics=BALLISTICS)
    mono = UNEVEN.samples
    left = Signal.of(np.concatenate([mono, np.zeros_like(mono)]), RATE)
    thresholds = [
        set_compressor(signal, target, active_mask(signal.power), {}).settings.threshold_db
        for signal in (UNEVEN, Signal.of(np.repeat(mono, 2, axis=0), RATE), left)
    ]

    assert thresholds == pytest.approx([thresholds[0]] * 3, abs=0.11)


def test_loudness_is_kept_while_the_wet_knob_reaches():
    target = ThresholdTarget(below_loudness_db=Aim(0.0, "below"), ballistics=BALLISTICS)
    mask = active_mask(UNEVEN.power)
    stage = set_compressor(UNEVEN, target, mask, {})

    assert stage.output.lufs_over(mask) == pytest.approx(UNEVEN.lufs_over(mask), abs=0.06)


@pytest.mark.parametrize(
    "kept", [{}, {"dry_db": -9.0}, {"dry_db": -9.0, "wet_db": 3.0}, {"pre_comp_ms": 4.0}], ids=str
)
def test_its_output_is_what_the_plug_in_gives_as_it_is_set(kept):
    target = ThresholdTarget(below_loudness_db=Aim(4.0, "below"), ballistics=BALLISTICS)

    stage = set_compressor(UNEVEN, target, active_mask(UNEVEN.power), kept)

    played = process_all(stage.settings, UNEVEN.samples, RATE)
    assert np.abs(stage.output.samples - played).max() < 1e-6
    assert {name: getattr(stage.settings, name) for name in kept} == kept


def test_a_block_range_is_found_by_the_threshold():
    mask = active_mask(UNEVEN.power)
    stage = set_compressor(UNEVEN, _range_target(8.0), mask, {})

    assert stage.output.range_over(mask) == pytest.approx(8.0, abs=0.5)
    assert isinstance(stage.settings, ReaComp)
    assert stage.settings.ratio == 3.0


def test_a_range_that_no_threshold_reaches_raises_the_ratio_and_says_so():
    mask = active_mask(UNEVEN.power)
    stage = set_compressor(UNEVEN, _range_target(8.0, ratio=1.2), mask, {})

    assert isinstance(stage.settings, ReaComp)
    assert stage.settings.ratio > 1.2
    assert "Raised from 1.2" in stage.why["comp.ratio"]
    assert stage.output.range_over(mask) == pytest.approx(8.0, abs=0.5)


def test_a_range_out_of_reach_is_told():
    mask = active_mask(UNEVEN.power)
    stage = set_compressor(UNEVEN, _range_target(0.5), mask, {})

    assert stage.results["block_range_db"] > 1.0
    assert "gets lower" in stage.why["comp.threshold_db"]


def test_no_threshold_gets_lower_than_the_one_that_is_set_for_a_range_out_of_reach():
    """Words end in quiet blocks, which a slow release holds down with them: a lower threshold may widen it."""
    syllables = np.random.default_rng(2).uniform(-24.0, -12.0, 15)
    words = _phrases([level for loud in syllables for level in (loud, loud - 16.0)], block_s=0.2)
    mask = active_mask(words.power)
    target = _range_target(3.0)
    stage = set_compressor(words, target, mask, {})
    assert isinstance(stage.settings, ReaComp)
    others_db = [
        set_compressor(words, target, mask, {"threshold_db": threshold_db}).output.range_over(mask)
        for threshold_db in np.arange(0.0, -70.0, -10.0)
    ]

    assert stage.results["block_range_db"] < min(others_db) + 0.3
    assert max(others_db) > min(others_db) + 3.0
    assert "No lower threshold and no steeper ratio gets lower" in stage.why["comp.threshold_db"]


def test_a_voice_far_over_full_scale_gets_a_threshold_that_the_knob_has():
    loud = UNEVEN.scaled(40.0)
    target = ThresholdTarget(below_loudness_db=Aim(2.0, "below"), ballistics=BALLISTICS)
    stage = set_compressor(loud, target, active_mask(loud.power), {})

    assert isinstance(stage.settings, ReaComp)
    assert stage.settings.threshold_db == 6.0
    assert "The knob ends" in stage.why["comp.threshold_db"]


def test_a_voice_that_is_even_already_is_left_alone_and_the_reason_says_why():
    even = _phrases([-20.0] * 8)
    stage = set_compressor(even, _range_target(14.0), active_mask(even.power), {})

    assert stage.settings is None
    assert stage.output is even
    assert "14.0 dB are asked for" in stage.why["comp"]


def test_a_threshold_that_the_user_set_stays():
    mask = active_mask(UNEVEN.power)
    stage = set_compressor(UNEVEN, _range_target(8.0), mask, {"threshold_db": -12.0, "wet_db": 1.0})

    assert isinstance(stage.settings, ReaComp)
    assert stage.settings.threshold_db == -12.0
    assert stage.settings.wet_db == 1.0
