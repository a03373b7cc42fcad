from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from daw_bridge.audio import Samples
from daw_bridge.matching.delays import find_delay
from daw_bridge.matching.echoes import Sides, fit_echoes
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.reaverbate_sound import rt60_s
from daw_bridge.plugins.sound import process_all

RATE = 44100
VERB = ReaVerbate(
    wet_db=-14.0, dry_db=0.0, room_size=0.72, dampening=0.4, pre_delay_ms=1000.0 * 1323 / RATE, low_cut_hz=150.0
)


def place(samples: Samples) -> Sides:
    return samples[0], samples[-1]


@pytest.fixture(scope="module")
def clicks() -> Samples:
    rng = np.random.default_rng(2)
    gate = np.repeat(rng.uniform(0.0, 1.0, 60) > 0.6, RATE // 15)
    return (0.2 * gate * rng.standard_normal(gate.size))[None].astype(np.float32)


def noise(like: Samples, level: float) -> Samples:
    return (level * np.random.default_rng(9).standard_normal((2, like.shape[1]))).astype(np.float32)


def test_a_reverb_is_found_under_louder_noise(clicks: Samples) -> None:
    wet = process_all(dataclasses.replace(VERB, dry_db=-math.inf), clicks, RATE)
    left = wet + noise(clicks, 2.0 * float(np.std(wet)))

    found = fit_echoes(clicks, place, place(left), RATE)

    assert found is not None
    assert found.wet_db == pytest.approx(VERB.wet_db, abs=1.0)
    assert found.pre_delay_ms == pytest.approx(VERB.pre_delay_ms, abs=0.03)
    true_s = rt60_s(VERB.room_size, VERB.dampening, RATE)
    assert rt60_s(found.room_size, found.dampening, RATE) == pytest.approx(true_s, rel=0.1)


def test_noise_is_no_reverb(clicks: Samples) -> None:
    assert fit_echoes(clicks, place, place(noise(clicks, 0.05)), RATE) is None


@pytest.mark.parametrize("frames", [-3000, 0, 7, 12345])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_delay_is_found_to_the_frame_among_other_sounds(clicks: Samples, frames: int, sign: float) -> None:
    moved = np.roll(np.pad(clicks, ((0, 0), (20000, 20000))), frames, axis=1)
    whole = sign * moved + noise(moved, 0.2)[:1]

    found = find_delay([whole[0]], [np.pad(clicks, ((0, 0), (20000, 20000)))[0]], RATE, (-15000, 15000))

    assert found.frames == frames
    assert found.clearness > 30.0
