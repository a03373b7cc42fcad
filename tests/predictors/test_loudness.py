from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from predictors.loudness import Loudness, LoudnessMeter, integrated_lufs, lufs, measure, power, true_peak_db

Samples = NDArray[np.float32]
RATE = 48000
SILENCE = -math.inf


def tones(*parts: tuple[float, float], channels_db: tuple[float, ...] = (0, 0), rate: int = RATE) -> Samples:
    """A 1 kHz sine through (seconds, dBFS peak) parts, on channels at these offsets."""
    gain = np.concatenate([np.full(round(seconds * rate), 10 ** (level / 20)) for seconds, level in parts])
    sine = gain * np.sin(2 * np.pi * 1000 * np.arange(len(gain)) / rate)
    return np.stack([sine * 10 ** (offset / 20) for offset in channels_db]).astype(np.float32)


def sliding_lufs(block_power: NDArray[np.float64], blocks: int) -> NDArray[np.float64]:
    return lufs(np.convolve(block_power, np.full(blocks, 1 / blocks), "valid"))


# --- EBU Tech 3341 (2023), table 1, as the document describes the signals


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 96000, 192000])
@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_tech_3341_cases_1_and_2_steady_tone(level: float, rate: int) -> None:
    loudness = measure(tones((20, level), rate=rate), rate)

    assert loudness.integrated_lufs == pytest.approx(level, abs=0.1)
    assert loudness.momentary_max_lufs == pytest.approx(level, abs=0.1)
    assert loudness.short_term_max_lufs == pytest.approx(level, abs=0.1)


@pytest.mark.parametrize(
    "parts",
    [
        [(10, -36), (60, -23), (10, -36)],
        [(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)],
        [(20, -26), (20.1, -20), (20, -26)],
    ],
    ids=["case 3", "case 4", "case 5"],
)
def test_tech_3341_cases_3_to_5_gates(parts: list[tuple[float, float]]) -> None:
    assert measure(tones(*parts), RATE).integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_tech_3341_case_6_surround() -> None:
    surround = tones((20, 0), channels_db=(-28, -28, -24, -30, -30))

    assert measure(surround, RATE).integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_tech_3341_case_9_short_term_stands_still() -> None:
    short_term = sliding_lufs(measure(tones(*[(1.34, -20), (1.66, -30)] * 5), RATE).block_power, 30)

    assert short_term == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("segment", range(20))
def test_tech_3341_case_10_short_term_maximum_anywhere(segment: int) -> None:
    loudness = measure(tones((segment * 0.15, -300), (3, -23), (1, -300)), RATE)

    assert loudness.short_term_max_lufs == pytest.approx(-23.0, abs=0.1)


def test_tech_3341_case_11_live_short_term_maxima() -> None:
    meter = LoudnessMeter(RATE, 2)
    maxima = []
    for i in range(20):
        meter.add(tones((i * 0.15, -300), (3, -38 + i), (3 - i * 0.15, -300)))
        maxima.append(meter.result().short_term_max_lufs)

    assert maxima == pytest.approx([-38.0 + i for i in range(20)], abs=0.1)


def test_tech_3341_case_12_momentary_stands_still() -> None:
    momentary = sliding_lufs(measure(tones(*[(0.18, -20), (0.22, -30)] * 25), RATE).block_power, 4)

    assert momentary[6:] == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("segment", range(20))
def test_tech_3341_case_13_momentary_maximum_anywhere(segment: int) -> None:
    loudness = measure(tones((segment * 0.02, -300), (0.4, -23), (1, -300)), RATE)

    assert loudness.momentary_max_lufs == pytest.approx(-23.0, abs=0.1)


def test_tech_3341_case_14_live_momentary_maxima() -> None:
    meter = LoudnessMeter(RATE, 2)
    maxima = []
    for i in range(20):
        meter.add(tones((i * 0.02, -300), (0.4, -38 + i), (0.4 - i * 0.02, -300)))
        maxima.append(meter.result().momentary_max_lufs)

    assert maxima == pytest.approx([-38.0 + i for i in range(20)], abs=0.1)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)],
    ids=["case 1", "case 2", "case 3", "case 4"],
)
def test_tech_3342_loudness_range(levels: tuple[float, ...], expected: float) -> None:
    loudness = measure(tones(*((20, level) for level in levels)), RATE)

    assert loudness.range_lu == pytest.approx(expected, abs=1)


# --- Against pyloudnorm, on real audio


def difference_lu(file: Path) -> float:
    samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    expected = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(samples.astype(np.float64))
    return measure(np.ascontiguousarray(samples.T), rate).integrated_lufs - float(expected)


def test_integrated_loudness_is_pyloudnorms_on_every_voice_and_impulse_response(shared: Path) -> None:
    files = sorted([*shared.glob("data/voices/*.flac"), *shared.glob("data/ir/*/*.flac")])

    assert len(files) > 40
    assert [difference_lu(file) for file in files] == pytest.approx([0] * len(files), abs=1e-6)


@pytest.mark.parametrize("file", ["songs/potassium/vox_lead.ogg", "multitrack/drums.mp3"])
def test_integrated_loudness_is_pyloudnorms_on_whole_stems(shared: Path, file: str) -> None:
    assert difference_lu(shared / "data" / file) == pytest.approx(0, abs=1e-6)


# --- What must hold for any signal


def noise(seconds: float, *, seed: int = 0, channels: int = 2, rate: int = 8000) -> Samples:
    random = np.random.default_rng(seed)
    envelope = np.repeat(random.uniform(0.001, 0.3, int(seconds * 4) + 1), rate // 4)[: int(seconds * rate)]
    return (random.standard_normal((channels, len(envelope))) * envelope).astype(np.float32)


def values(loudness: Loudness) -> list[float]:
    peak = loudness.true_peak_dbtp
    return [
        loudness.integrated_lufs,
        loudness.range_lu,
        loudness.momentary_max_lufs,
        loudness.short_term_max_lufs,
        loudness.sample_peak_dbfs,
        *([] if peak is None else [peak]),
    ]


@settings(deadline=None, max_examples=30)
@given(
    st.floats(0.01, 8),
    st.integers(0, 99),
    st.lists(st.integers(0, 64000), max_size=6),
    st.sampled_from([8000, 11025]),
)
def test_result_does_not_depend_on_the_pieces(seconds: float, seed: int, cuts: list[int], rate: int) -> None:
    samples = noise(seconds, seed=seed, rate=rate)
    meter = LoudnessMeter(rate, 2, true_peak=True)
    for piece in np.split(samples, sorted(cut for cut in cuts if cut < samples.shape[1]), axis=1):
        meter.add(piece)
        meter.result()

    at_once = measure(samples, rate, true_peak=True)

    assert values(meter.result()) == pytest.approx(values(at_once), abs=1e-4)
    assert (meter.result().block_power == at_once.block_power).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 99), st.floats(-20, 20))
def test_gain_shifts_levels_and_leaves_the_range(seed: int, gain_db: float) -> None:
    samples = noise(7, seed=seed)

    louder = measure((samples * 10 ** (gain_db / 20)).astype(np.float32), 8000, true_peak=True)

    before = values(measure(samples, 8000, true_peak=True))
    assert values(louder) == pytest.approx(
        [level + (0 if index == 1 else gain_db) for index, level in enumerate(before)], abs=1e-3
    )


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 99), st.floats(0, 10))
def test_silence_after_it_changes_no_level(seed: int, silence_s: float) -> None:
    samples = np.pad(noise(6, seed=seed), ((0, 0), (0, 8000)))

    longer = measure(np.pad(samples, ((0, 0), (0, int(silence_s * 8000)))), 8000)

    before = measure(samples, 8000)
    assert longer.integrated_lufs == pytest.approx(before.integrated_lufs, abs=1e-6)
    assert longer.short_term_max_lufs == pytest.approx(before.short_term_max_lufs, abs=1e-6)


def test_dual_mono_is_the_same_sound_on_both_sides() -> None:
    mono = noise(5, channels=1)

    as_two = measure(mono, 8000, dual_mono=True)

    assert as_two.integrated_lufs == pytest.approx(measure(np.vstack([mono, mono]), 8000).integrated_lufs)
    assert as_two.integrated_lufs == pytest.approx(measure(mono, 8000).integrated_lufs + 3.0103, abs=1e-4)
    assert as_two.sample_peak_dbfs == measure(mono, 8000).sample_peak_dbfs


def test_integrated_loudness_comes_from_the_block_powers_alone() -> None:
    loudness = measure(noise(5), 8000)

    assert len(loudness.block_power) == 50
    assert integrated_lufs(loudness.block_power) == loudness.integrated_lufs


# At 11025 Hz 100 ms are 1102.5 samples: an hour of rounding would be 6 blocks.
@pytest.mark.parametrize("rate", [11025, 22050, 44056, 44100])
def test_blocks_do_not_drift_at_odd_rates(rate: int) -> None:
    clicks = np.zeros((1, 60 * rate), np.float32)
    clicks[0, [(block * rate) // 10 + rate // 20 for block in range(0, 600, 7)]] = 1

    powers = measure(clicks, rate).block_power

    assert len(powers) == 600
    assert (np.flatnonzero(powers > 0.1 * powers.max()) == np.arange(0, 600, 7)).all()


@pytest.mark.parametrize(
    ("frames", "blocks"), [(0, 0), (1, 1), (399, 1), (1199, 1), (1201, 2), (8399, 10), (8401, 11)]
)
def test_last_block_counts_if_at_least_half_of_it_is_there(frames: int, blocks: int) -> None:
    assert len(measure(np.ones((1, frames), np.float32), 8000).block_power) == blocks


def test_short_sounds_are_measured_in_one_window_filled_with_silence() -> None:
    short = tones((0.1, -10))

    loudness = measure(short, RATE)

    followed = measure(np.pad(short, ((0, 0), (0, 3 * RATE))), RATE)
    assert loudness.integrated_lufs == pytest.approx(-10 + 10 * math.log10(0.1 / 0.4), abs=0.1)
    assert loudness.momentary_max_lufs == pytest.approx(followed.momentary_max_lufs, abs=0.01)
    assert loudness.short_term_max_lufs == pytest.approx(followed.short_term_max_lufs, abs=0.01)
    assert loudness.range_lu == 0


@pytest.mark.parametrize("frames", [0, 1, 100, 8000, 100000])
def test_silence_is_minus_infinity_without_a_warning(frames: int) -> None:
    loudness = measure(np.zeros((2, frames), np.float32), 8000, true_peak=True)

    assert values(loudness) == [SILENCE, 0, SILENCE, SILENCE, SILENCE, SILENCE]


def test_true_peak_is_measured_only_when_asked_for() -> None:
    samples = noise(1)

    assert measure(samples, 8000).true_peak_dbtp is None
    assert measure(samples, 8000, true_peak=True).true_peak_dbtp == pytest.approx(
        true_peak_db(samples, 8000), abs=1e-4
    )


@pytest.mark.parametrize("level", [-70.0, -23.0, 0.0, 6.0])
def test_power_and_lufs_are_inverse(level: float) -> None:
    assert lufs(power(level)) == pytest.approx(level)
    assert lufs(np.array([power(level)])) == pytest.approx([level])


def test_more_channels_than_bs_1770_weighs_are_an_error() -> None:
    with pytest.raises(ValueError, match="6 channels"):
        measure(np.zeros((6, 100), np.float32), 8000)
