"""ReaComp's curve, and its ballistics against a compressor written sample by sample."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from daw_bridge.plugins import ReaComp
from daw_bridge.plugins.reacomp_sound import CompProcessor, gain_db, gain_reduction_db, make_up_db
from daw_bridge.plugins.sound import process_all

RATE = 48000
QUICK = ReaComp(threshold_db=-30.0, ratio=4.0, attack_ms=0.5, release_ms=80.0, rms_ms=0.0)
SOFT = ReaComp(threshold_db=-28.0, ratio=3.0, knee_db=8.0)
SLOW = ReaComp(threshold_db=-25.0, ratio=8.0, knee_db=12.0, attack_ms=30.0, release_ms=1000.0, rms_ms=50.0)
TURNED = ReaComp(threshold_db=-30.0, ratio=math.inf, attack_ms=100.0, release_ms=10.0)
STEADY = ReaComp(threshold_db=-30.0, attack_ms=20.0, release_ms=5000.0)
INSTANT = ReaComp(threshold_db=-30.0, attack_ms=0.0, release_ms=0.0, rms_ms=0.0)
ALL = [QUICK, SOFT, SLOW, TURNED, STEADY, INSTANT]


def reference(comp: ReaComp, samples: np.ndarray, rate: int) -> np.ndarray:
    """The gain reduction in dB, sample by sample, as the model is described."""
    squares = samples.astype(np.float64) ** 2
    window = max(round(comp.rms_ms * rate / 1000), 1)
    attack, release = (math.exp(-1000 / (ms * rate)) if ms else 0.0 for ms in (comp.attack_ms, comp.release_ms))
    sums, smooth, reduction = np.zeros(len(squares)), 0.0, np.empty(samples.shape[1])
    for n in range(samples.shape[1]):
        sums += squares[:, n]
        if n >= window:
            sums -= squares[:, n - window]
        level = 10 * math.log10(max(sums.max() / window, 1e-20))
        over, knee = level - comp.threshold_db, comp.knee_db
        if 2 * over <= -knee:
            wanted = 0.0
        elif 2 * over >= knee:
            wanted = over
        else:
            wanted = (over + knee / 2) ** 2 / (2 * knee)
        wanted *= 1 - 1 / comp.ratio
        smooth = wanted + (attack if wanted > smooth else release) * (smooth - wanted)
        reduction[n] = smooth
    return reduction


def steps() -> np.ndarray:
    """Two channels of bursts, steps and silence: where smoothers go wrong."""
    rng = np.random.default_rng(3)
    samples = 0.1 * rng.standard_normal((2, 100000), dtype=np.float32)
    samples[0, 20000:30000] = 0.9
    samples[0, 30000:60000] = 0.2
    samples[:, 60000:75000] = 0.0
    samples[1, 75000:85000] *= 8.0
    return samples


@pytest.mark.parametrize("comp", ALL, ids=str)
@pytest.mark.parametrize("channels", [1, 2])
def test_the_reduction_is_that_of_the_reference_on_steps(comp: ReaComp, channels: int) -> None:
    samples = steps()[:channels]

    reduction = gain_reduction_db(comp, samples, RATE)

    assert reduction.max() > 5.0
    assert np.abs(reduction - reference(comp, samples, RATE)).max() < 2e-5


@pytest.mark.parametrize("comp", [QUICK, SOFT, SLOW], ids=str)
def test_the_reduction_is_that_of_the_reference_on_a_voice(comp: ReaComp, shared: Path) -> None:
    voice, rate = soundfile.read(shared / "data" / "songs" / "hydrogen" / "vox_lead.ogg", 150000, 44100 * 100)
    samples = (4.0 * voice.T).astype(np.float32)

    reduction = gain_reduction_db(comp, samples, rate)

    assert reduction.max() > 5.0
    assert np.abs(reduction - reference(comp, samples, rate)).max() < 2e-5


def test_the_output_is_the_input_under_the_gain() -> None:
    comp = dataclasses.replace(SOFT, wet_db=3.0, dry_db=-12.0, auto_make_up=True)
    samples = steps()

    output = process_all(comp, samples, RATE)

    wet = 10 ** ((3.0 + 28.0 / 3.0 - gain_reduction_db(comp, samples, RATE)) / 20)
    assert output == pytest.approx(samples * (wet + 10 ** (-12 / 20)), abs=1e-5)
    assert output.dtype == np.float32


@pytest.mark.parametrize("knee_db", [0.0, 6.0, 24.0])
@pytest.mark.parametrize("ratio", [1.0, 2.5, 20.0, math.inf])
def test_a_steady_level_is_turned_down_by_the_static_curve(ratio: float, knee_db: float) -> None:
    comp = ReaComp(threshold_db=-20.0, ratio=ratio, knee_db=knee_db)
    for level in (-60.0, -32.0, -26.0, -21.5, -20.0, -18.0, -9.0, -1.0):
        amplitude = 10 ** (level / 20)
        square_wave = np.full((1, RATE // 4), amplitude, np.float32)

        turned_db = 20 * np.log10(process_all(comp, square_wave, RATE)[0, -1] / amplitude)

        assert turned_db == pytest.approx(float(gain_db(level, comp)), abs=0.01)


def test_the_static_curve_is_that_of_the_literature() -> None:
    comp = ReaComp(threshold_db=-20.0, ratio=4.0, knee_db=10.0)
    levels = np.array([-60.0, -25.0, -20.0, -15.0, 0.0])

    gains = gain_db(levels, comp)

    # Giannoulis et al. 2012, eq. 4: at the threshold a quarter of the knee's half, 10 / 8, times 1/R - 1.
    assert gains == pytest.approx([0.0, 0.0, -0.75 * 10 / 8, -0.75 * 5.0, -0.75 * 20.0])
    assert levels.tolist() == [-60.0, -25.0, -20.0, -15.0, 0.0]


def test_a_sine_comes_out_as_it_was_measured_on_the_real_plugin() -> None:
    """Threshold -20 dB, 4:1, knee 6 dB, RMS 10 ms, auto make-up (plugins.md [render]): within 0.17 dB."""
    comp = ReaComp(threshold_db=-20.0, ratio=4.0, knee_db=6.0, rms_ms=10.0, auto_make_up=True)
    sine = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)[None]

    out = [
        20 * math.log10(process_all(comp, np.float32(10 ** (peak / 20)) * sine, RATE)[0, RATE // 2 :].max())
        for peak in (-3.0, -12.0, -24.0, -40.0)
    ]

    assert out == pytest.approx([-6.0, -8.4, -16.5, -32.5], abs=0.17)
    assert make_up_db(comp) == pytest.approx(7.5)


def test_attack_and_release_are_the_time_to_63_percent() -> None:
    comp = ReaComp(threshold_db=-20.0, ratio=math.inf, attack_ms=20.0, release_ms=200.0, rms_ms=0.0)
    samples = np.concatenate([np.ones(RATE), np.full(RATE, 1e-3)])[None].astype(np.float32)

    reduction = gain_reduction_db(comp, samples, RATE)

    assert reduction[int(0.020 * RATE)] == pytest.approx(20.0 * (1 - 1 / math.e), abs=0.01)
    assert reduction[RATE + int(0.200 * RATE)] == pytest.approx(20.0 / math.e, abs=0.01)


def test_stereo_is_turned_down_by_the_louder_channel() -> None:
    loud = np.full((1, 20000), 0.5, np.float32)
    samples = np.concatenate([0.01 * loud, loud])

    both = gain_reduction_db(SOFT, samples, RATE)

    assert both == pytest.approx(gain_reduction_db(SOFT, loud, RATE))


def test_pre_comp_reduces_before_the_sound_comes() -> None:
    comp = dataclasses.replace(QUICK, attack_ms=0.0, pre_comp_ms=10.0)
    samples = np.full((1, RATE), 1e-3, np.float32)
    samples[0, 24000:] = 0.5

    reduction = gain_reduction_db(comp, samples, RATE)

    assert int(np.argmax(reduction > 1.0)) == 24000 - 480
    assert CompProcessor(comp, RATE, 1).latency_frames == 480
    gain = process_all(comp, samples, RATE)[0] / samples[0]
    assert 20 * np.log10(gain) == pytest.approx(-reduction, abs=1e-3)


def test_the_detector_hears_through_its_filters() -> None:
    comp = ReaComp(threshold_db=-30.0, detector_high_pass_hz=4000.0, detector_low_pass_hz=9000.0)
    time = np.arange(RATE) / RATE
    tones = {hz: 0.5 * np.sin(2 * np.pi * hz * time).astype(np.float32)[None] for hz in (200, 6000, 18000)}

    reduction = {hz: float(gain_reduction_db(comp, tone, RATE)[-1]) for hz, tone in tones.items()}

    assert reduction[200] == 0.0
    assert reduction[6000] > 12.0
    assert reduction[18000] < 8.0
    assert gain_reduction_db(comp, tones[6000][:, :100], 8000).max() >= 0.0  # filters beyond half the rate are off


def test_a_louder_level_never_comes_out_softer() -> None:
    levels = np.linspace(-80.0, 20.0, 1001)
    for comp in ALL:
        assert (np.diff(levels + gain_db(levels, comp)) > -1e-9).all()


@settings(max_examples=25, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 100000), max_size=10),
    comp=st.sampled_from([*ALL, dataclasses.replace(SOFT, pre_comp_ms=7.0, detector_high_pass_hz=120.0)]),
)
def test_blocks_of_any_length_sound_the_same(cuts: list[int], comp: ReaComp) -> None:
    samples = steps()
    processor = CompProcessor(comp, RATE, 2)

    pieces = [processor.process(piece) for piece in np.split(samples, sorted(cuts), axis=1)]

    whole = CompProcessor(comp, RATE, 2).process(samples)
    assert np.abs(np.concatenate(pieces, axis=1) - whole).max() < 1e-6


def test_silence_and_a_threshold_of_nothing_do_no_harm() -> None:
    silence = np.zeros((2, 50000), np.float32)
    comp = ReaComp(threshold_db=-math.inf, ratio=math.inf, auto_make_up=True)

    assert np.abs(process_all(comp, silence, RATE)).max() == 0.0
    assert np.isfinite(process_all(comp, steps(), RATE)).all()
    assert process_all(SOFT, silence[:, :0], RATE).shape == (2, 0)
    assert gain_reduction_db(SOFT, silence[:, :0], RATE).shape == (0,)


def test_the_window_does_not_drift_after_loud_hours() -> None:
    loud = signal.windows.tukey(3 * 2**20).astype(np.float32)[None]
    soft = np.full((1, 20000), 1e-4, np.float32)

    reduction = gain_reduction_db(
        ReaComp(threshold_db=-90.0, ratio=math.inf), np.concatenate([loud, soft], axis=1), RATE
    )

    assert reduction[-1] == pytest.approx(10.0, abs=0.01)
