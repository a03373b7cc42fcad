from __future__ import annotations

import math

import numpy as np
import pytest

from daw_bridge.plugins.decay import t20_s

RATE = 44100


@pytest.mark.parametrize("rt60_s", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("band_hz", [(250.0, 500.0), (500.0, 1000.0), (4000.0, 8000.0)])
def test_noise_that_decays_by_60_db_in_a_time_has_that_time(rt60_s: float, band_hz: tuple[float, float]) -> None:
    time = np.arange(round(1.2 * rt60_s * RATE)) / RATE
    noises = np.random.default_rng(1).standard_normal((9, time.size))

    times_s = [t20_s(noise * 10.0 ** (-3.0 * time / rt60_s), RATE, band_hz) for noise in noises]

    assert np.median(times_s) == pytest.approx(rt60_s, rel=0.05)  # noise in so narrow a band fluctuates


def test_each_band_has_its_own_time() -> None:
    time = np.arange(3 * RATE) / RATE
    low = np.sin(2 * np.pi * 350.0 * time) * 10.0 ** (-3.0 * time / 2.0)
    high = np.sin(2 * np.pi * 6000.0 * time) * 10.0 ** (-3.0 * time / 0.5)

    assert t20_s(low + high, RATE, (250.0, 500.0)) == pytest.approx(2.0, rel=0.02)
    assert t20_s(low + high, RATE, (4000.0, 8000.0)) == pytest.approx(0.5, rel=0.02)


def test_what_holds_no_sound_has_no_time() -> None:
    assert math.isnan(t20_s(np.zeros(1000), RATE, (500.0, 1000.0)))
