from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from predictors.decay import rt60_s
from predictors.loudness import measure
from predictors.training.perturb import (
    EQ_HZ,
    compressed,
    eq_curve_db,
    equalized,
    expanded,
    random_comp,
    random_eq,
    range_change_db,
    reverberated,
    verb_response,
)

Samples = NDArray[np.float32]
RATE = 44100
THIRDS_HZ = 1000.0 * 10.0 ** (np.arange(-11, 12) / 10.0)


def words(seconds: float = 6.0) -> Samples:
    """Noise that is louder and softer three times a second, as words are: (1, frames)."""
    time = np.arange(round(seconds * RATE)) / RATE
    level_db = -26.0 + 8.0 * np.sin(2 * np.pi * 1.5 * time)
    noise = np.random.default_rng(5).standard_normal(time.size)
    return (noise * 10.0 ** (level_db / 20.0)).astype(np.float32)[None]


def energy(samples: Samples) -> float:
    return float(measure(samples, RATE, dual_mono=True).block_power.sum())


def test_a_random_eq_is_what_was_asked_for_and_the_same_for_a_seed() -> None:
    eqs = [random_eq(np.random.default_rng(seed), most_bands=4, most_db=12.0) for seed in range(200)]
    bands = [band for eq in eqs for band in eq.bands]

    assert eqs == [random_eq(np.random.default_rng(seed), most_bands=4, most_db=12.0) for seed in range(200)]
    assert {len(eq.bands) for eq in eqs} == {1, 2, 3, 4}
    assert {band.kind for band in bands} == {BandKind.BAND, BandKind.LOW_SHELF, BandKind.HIGH_SHELF}
    assert all(EQ_HZ[0] <= band.frequency_hz <= EQ_HZ[1] and abs(band.gain_db) <= 12.0 for band in bands)
    assert min(band.gain_db for band in bands) < -11.0 < 11.0 < max(band.gain_db for band in bands)


def test_the_curve_is_what_the_eq_does_to_sound() -> None:
    eq = ReaEq(bands=(Band(frequency_hz=800.0, gain_db=-9.0), Band(frequency_hz=4000.0, gain_db=6.0)))
    noise = words()

    before, after = (signal.welch(part, RATE, nperseg=8192)[1][0] for part in (noise, equalized(noise, RATE, eq)))
    measured_db = 10.0 * np.log10(after / before)[20:2200]
    frequencies_hz = np.arange(20, 2200) * RATE / 8192
    assert measured_db == pytest.approx(eq_curve_db(eq, frequencies_hz, RATE), abs=0.3)


def test_what_is_compressed_has_less_range_and_what_is_expanded_more() -> None:
    comp = ReaComp(threshold_db=-30.0, ratio=4.0, attack_ms=5.0, release_ms=100.0)
    voice = words()

    assert range_change_db(voice, voice, RATE) == 0.0
    assert range_change_db(voice, compressed(voice, RATE, comp), RATE) < -3.0
    assert range_change_db(voice, expanded(voice, RATE, comp), RATE) > 3.0


def test_expanding_undoes_what_compressing_of_the_same_sound_did() -> None:
    comp = ReaComp(threshold_db=-30.0, ratio=3.0)
    voice = words(2.0)

    squared = compressed(voice, RATE, comp).astype(float) * expanded(voice, RATE, comp)
    assert np.abs(squared) == pytest.approx(np.square(voice.astype(float)), rel=1e-4, abs=1e-9)


def test_a_random_compressor_does_something_to_a_voice_of_any_level() -> None:
    for seed, gain in enumerate((0.01, 0.1, 1.0) * 4):
        voice = words(3.0) * np.float32(gain)
        comp = random_comp(np.random.default_rng(seed), measure(voice, RATE).integrated_lufs)

        assert range_change_db(voice, compressed(voice, RATE, comp), RATE) < -0.1


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("wet_lu", [-20.0, -6.0, 0.0])
def test_the_wet_sound_has_the_level_that_was_asked_for(channels: int, wet_lu: float) -> None:
    voice = np.repeat(words(), channels, axis=0)
    verb = ReaVerbate(room_size=0.8, wet_db=-20.0, dry_db=-3.0)

    both = reverberated(voice, RATE, verb, wet_lu=wet_lu, pre_delay_ms=30.0)

    wet = both.copy()
    wet[:, : voice.shape[1]] -= voice
    assert 10.0 * math.log10(energy(wet) / energy(voice)) == pytest.approx(wet_lu, abs=0.05)


def test_reverb_comes_after_the_delay_and_goes_on_to_its_end() -> None:
    click = np.zeros((1, RATE), np.float32)
    click[0, 0] = 1.0
    response = np.zeros((1, 1000), np.float32)
    response[0, [0, 999]] = 1.0, -0.5

    output = reverberated(click, RATE, response, wet_lu=0.0, pre_delay_ms=10.0)

    assert output.shape == (1, 441 + RATE + 999)
    heard = np.flatnonzero(np.abs(output[0]) > 1e-3)
    assert heard.tolist() == [0, 441, 441 + 999]


def test_reaverbate_sounds_as_its_own_model_does() -> None:
    verb = ReaVerbate(room_size=0.8, dampening=0.2, wet_db=-30.0)
    response = verb_response(verb, RATE)

    assert response.shape[0] == 2
    assert rt60_s(response[0], RATE) == pytest.approx(1.39, rel=0.02)
    assert np.array_equal(response, verb_response(ReaVerbate(room_size=0.8, dampening=0.2, wet_db=0.0), RATE))


def test_silence_stays_silent() -> None:
    nothing = np.zeros((1, RATE), np.float32)

    assert not reverberated(nothing, RATE, ReaVerbate(), wet_lu=-10.0).any()
    assert range_change_db(nothing, nothing, RATE) == 0.0
