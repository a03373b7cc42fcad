import math

import numpy as np
import pytest

from daw_bridge.evaluation.overall import bark_difference_db, differences, overall

RATE = 44100


def _noise(seed: int = 1) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).normal(size=(2, 3 * RATE))).astype(np.float32)


def test_a_mix_is_no_way_from_itself():
    mix = overall(_noise(), RATE)

    assert set(differences(mix, mix).values()) == {0.0}


def test_level_crest_width_and_imbalance_are_what_a_hand_computes():
    sine = np.sin(2 * np.pi * 100 * np.arange(RATE) / RATE)
    right = np.cos(2 * np.pi * 100 * np.arange(RATE) / RATE)
    mix = overall(np.stack([0.8 * sine, 0.4 * right]).astype(np.float32), RATE)

    assert mix.rms == pytest.approx([0.8 / math.sqrt(2), 0.4 / math.sqrt(2)], rel=1e-4)
    assert mix.crest_db == pytest.approx([10 * math.log10(2)] * 2, abs=1e-3)
    assert mix.width[0] == pytest.approx(1.0, rel=1e-4)  # left and right are independent
    assert mix.imbalance[0] == pytest.approx((0.16 - 0.64) / (0.16 + 0.64), rel=1e-4)


def test_mono_has_no_width_and_one_side_alone_is_all_imbalance():
    mono = overall(np.repeat(_noise()[:1], 2, axis=0), RATE)
    left = overall(_noise() * np.array([[1.0], [0.0]], np.float32), RATE)

    assert mono.width[0] == 0.0
    assert left.imbalance[0] == pytest.approx(-1.0)
    assert left.width[0] == pytest.approx(1.0)


def test_a_gain_moves_the_bark_spectrum_by_itself_and_the_rest_not():
    theirs = _noise()
    louder = overall(theirs * np.float32(2.0), RATE)
    moved = differences(louder, overall(theirs, RATE))

    assert bark_difference_db(louder, overall(theirs, RATE)) == pytest.approx(20 * math.log10(2), abs=1e-3)
    assert moved["bark"] == pytest.approx(math.log(2) ** 2, rel=1e-4)
    assert moved["rms"] == pytest.approx(0.1**2, rel=0.02)
    assert moved["crest_db"] == pytest.approx(0.0, abs=1e-6)
    assert moved["loss"] == pytest.approx(0.1 * moved["rms"] + 0.1 * moved["bark"], rel=1e-6)


def test_a_tone_sounds_in_the_band_of_its_frequency():
    t = np.arange(3 * RATE) / RATE
    tones = {hz: overall(np.tile(0.1 * np.sin(2 * np.pi * hz * t), (2, 1)), RATE) for hz in (100, 1000, 18000)}

    # 24 bands evenly spaced from 0.15 Bark (20 Hz) to 24.72 Bark (20 kHz): 1 kHz is 8.53 Bark.
    assert [int(np.argmax(tone.bark[0])) for tone in tones.values()] == [0, 8, 23]


def test_the_bark_spectrum_is_that_of_diff_mst():
    rng = np.random.default_rng(3)
    mix = rng.normal(size=(2, 100000)).astype(np.float32) * np.array([[0.1], [0.05]], np.float32)
    mix[1] += 0.5 * mix[0]
    bark = overall(mix, RATE).bark

    # Its code in torch 2.13 (torch.stft as it calls it, matmul, log), with the filters mended as the module says.
    of_torch = [[7.4617658, 8.4595480, 11.3182669], [6.6665716, 7.6631179, 10.5114822]]
    assert bark[:, [0, 11, 23]] == pytest.approx(np.array(of_torch), abs=1e-5)
