import math

import numpy as np
import pytest

from daw_bridge.evaluation.framewise import (
    distance_percent,
    distances_percent,
    dynamic_features,
    loudness_features,
    panning_features,
)
from daw_bridge.evaluation.spectral import bandwidth_hz, centroid_hz, contrast_db, flatness, roll_off_hz

RATE = 44100
HZ = np.linspace(0.0, RATE / 2, 2049)


def _noise(seconds: float = 12.0, seed: int = 1) -> np.ndarray:
    """Stereo noise that swells and fades, peak 0.5."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * RATE)
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * np.arange(frames) / RATE / 3.0)
    noise = rng.normal(size=(2, frames)) * swell
    return (0.5 * noise / np.abs(noise).max()).astype(np.float32)


def _gain(samples: np.ndarray, gain_db: float) -> np.ndarray:
    return samples * np.float32(10 ** (gain_db / 20))


def test_a_mix_is_no_way_from_itself():
    mix = _noise()

    assert distances_percent(mix, mix, RATE) == {"loudness": 0.0, "spectrum": 0.0, "panning": 0.0, "dynamics": 0.0}


def test_a_gain_moves_nothing_but_the_loudness_and_that_by_its_part_of_the_level():
    mix = np.tile(np.sin(2 * np.pi * 997 * np.arange(12 * RATE) / RATE), (2, 1)).astype(np.float32)
    theirs = _gain(mix, -20.0)
    moved = distances_percent(_gain(theirs, 2.0), theirs, RATE)

    assert moved["loudness"] == pytest.approx(100 * 2.0 / 20.0, rel=0.002)  # a stereo sine at 0 dBFS has 0 LUFS
    assert moved["spectrum"] == pytest.approx(0.0, abs=0.05)  # rounding of float32
    assert moved["dynamics"] == pytest.approx(0.0, abs=0.01)


def test_panning_is_not_a_number_where_theirs_is_mono():
    mono = np.repeat(_noise()[:1], 2, axis=0)

    assert math.isnan(distances_percent(_noise(), mono, RATE)["panning"])


def test_each_group_answers_to_its_own_kind_of_change():
    theirs = _noise()
    level = np.abs(theirs).max(axis=0, keepdims=True)
    duller = (theirs + np.roll(theirs, 1, axis=1)) / 2
    squashed = (theirs / np.maximum(level, 0.15)).astype(np.float32)
    narrow = (0.6 * theirs + 0.4 * theirs[::-1]).astype(np.float32)
    moved = {
        name: distances_percent(ours, theirs, RATE)
        for name, ours in {"spectrum": duller, "dynamics": squashed, "panning": narrow}.items()
    }

    assert moved["spectrum"]["spectrum"] > 20.0
    assert moved["dynamics"]["dynamics"] > 20.0
    assert moved["panning"]["panning"] > 20.0
    assert moved["dynamics"]["spectrum"] < 5.0


def test_silence_around_theirs_does_not_count():
    silent = np.zeros((2, 2 * RATE), np.float32)
    padded = np.concatenate([silent, _noise(), silent], axis=1)
    hissing = padded + _gain(_noise(16.0, seed=2), -80.0)

    assert distances_percent(hissing, padded, RATE)["loudness"] < 0.5


def test_the_distance_is_the_mean_of_running_means_over_40_frames():
    theirs, ours = np.full(60, 2.0), np.full(60, 2.0)
    ours[0] += 8.0  # within one of the 21 running means only, where it is 0.2 of 2

    assert distance_percent(ours, theirs) == pytest.approx(100 * (0.2 / 2.0) / 21)


def test_loudness_and_peak_are_those_of_a_full_scale_sine():
    sine = np.tile(np.sin(2 * np.pi * 997 * np.arange(4 * RATE) / RATE), (2, 1)).astype(np.float32)
    features = loudness_features(sine, RATE)

    assert features["lufs"].mean() == pytest.approx(0.0, abs=0.05)
    assert features["peak_dbfs"] == pytest.approx(np.zeros(len(features["peak_dbfs"])), abs=0.01)
    assert len(features["lufs"]) == len(features["peak_dbfs"]) == 19


@pytest.mark.parametrize(("right", "aside"), [(1.0, 0.0), (0.0, 1.0), (0.5, 1 - 2 * 0.5 / 1.25)])
def test_panning_is_0_in_the_middle_and_1_on_one_side(right, aside):
    magnitudes = np.stack([np.ones((3, 2049)), np.full((3, 2049), right)])
    features = panning_features(magnitudes, RATE)

    assert all(track == pytest.approx(np.full(3, aside), abs=1e-6) for track in features.values())


def test_panning_is_told_apart_by_frequency():
    magnitudes = np.ones((2, 3, 2049))
    magnitudes[1, :, HZ > 2500.0] = 0.0
    features = panning_features(magnitudes, RATE)

    assert features["lows"].max() < 1e-9
    assert features["mids"].max() < 0.1
    assert features["highs"] == pytest.approx(np.ones(3), abs=0.01)


def test_dynamics_are_those_of_a_square_and_of_a_sine():
    cycle = 4096 // 16
    square = np.where(np.arange(8192) % cycle < cycle // 2, 0.5, -0.5)[None].astype(np.float32)
    sine = np.sin(2 * np.pi * (np.arange(8192) + 0.5) / cycle)[None].astype(np.float32)

    assert dynamic_features(square)["crest_db"] == pytest.approx(0.0, abs=1e-4)
    assert 1.0 - dynamic_features(square)["level_db"][0] == pytest.approx(20 * math.log10(0.5), abs=1e-4)
    assert 1.0 - dynamic_features(square)["spread_db"][0] == pytest.approx(0.0, abs=1e-4)
    assert dynamic_features(sine)["crest_db"][0] == pytest.approx(10 * math.log10(2.0), abs=0.01)
    # The mean of 20 log10 |sin| is 20 log10(1/2): 3.01 dB under the RMS.
    assert 1.0 - dynamic_features(sine)["spread_db"][0] == pytest.approx(-10 * math.log10(2.0), abs=0.05)


def test_two_lines_have_their_centroid_and_bandwidth_between_them():
    magnitudes = np.zeros(2049)
    magnitudes[[100, 300]] = 3.0, 1.0
    hz = np.arange(2049.0)

    assert centroid_hz(magnitudes, hz) == pytest.approx(150.0 + 1.0)
    assert bandwidth_hz(magnitudes, hz) == pytest.approx(math.sqrt(0.75 * 50**2 + 0.25 * 150**2) + 1.0)
    assert roll_off_hz(magnitudes, hz) == 301.0


def test_silence_has_a_shape_that_is_a_number():
    magnitudes = np.zeros((1, 2049))

    assert centroid_hz(magnitudes, HZ) == bandwidth_hz(magnitudes, HZ) == roll_off_hz(magnitudes, HZ) == 1.0
    assert flatness(magnitudes) == pytest.approx(1.0)
    assert not contrast_db(magnitudes, HZ).any()


def test_the_shapes_of_a_spectrum_are_those_that_librosa_gives():
    rng = np.random.default_rng(7)
    t = np.arange(RATE) / RATE
    walk = np.cumsum(rng.normal(size=RATE))
    walk -= walk.mean()
    signal = 0.3 * walk / np.abs(walk).max() + 0.5 * np.sin(2 * np.pi * 440 * t) * (t < 0.5)
    signal = (signal + 0.05 * rng.normal(size=RATE)).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(signal, 4096)[::1024]
    magnitudes = np.abs(np.fft.rfft(frames * np.sqrt(np.hanning(4097)[:-1])))

    # librosa 0.11: spectral_centroid and the like, n_fft 4096, hop 1024, center False, the same window.
    assert centroid_hz(magnitudes, HZ).mean() == pytest.approx(8906.4283, rel=1e-6)
    assert bandwidth_hz(magnitudes, HZ).mean() == pytest.approx(7044.5877, rel=1e-6)
    assert roll_off_hz(magnitudes, HZ).mean() == pytest.approx(17872.4819, rel=1e-6)
    assert flatness(magnitudes).mean() == pytest.approx(0.08817597, rel=1e-5)
    assert contrast_db(magnitudes, HZ).mean(axis=1) == pytest.approx(
        [23.0296577, 19.54324654, 13.78229998, 12.61513298, 13.66043551], rel=1e-6
    )
