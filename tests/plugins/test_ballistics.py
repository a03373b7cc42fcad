"""Attack and release against the recursion itself, where a float32 follower alone goes astray."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daw_bridge.plugins.ballistics import Smoother

RATE = 48000
LONGEST = 1 << 14


def recursion(signal: np.ndarray, attack_ms: float, release_ms: float) -> np.ndarray:
    attack, release = (math.exp(-1000 / (ms * RATE)) if ms else 0.0 for ms in (attack_ms, release_ms))
    smooth, out = 0.0, np.empty(signal.size)
    for n, x in enumerate(signal.tolist()):
        smooth = x + (attack if x > smooth else release) * (smooth - x)
        out[n] = smooth
    return out


def smoothed(signal: np.ndarray, attack_ms: float, release_ms: float, cuts: list[int] | None = None) -> np.ndarray:
    smoother = Smoother(attack_ms, release_ms, RATE, LONGEST)
    every = sorted({*range(LONGEST, signal.size, LONGEST), *(cuts or [])})
    return np.concatenate([smoother.smooth(piece) for piece in np.split(signal, every) if piece.size])


def hovering() -> np.ndarray:
    """A signal that stays within hundredths of its smoothed self: it is hard to say which is above."""
    time = np.arange(60000)
    falling = 12.0 + 8.0 * np.exp(-time / 40000)
    return (falling + 0.02 * np.sin(2 * np.pi * time / 900)).astype(np.float32)


@pytest.mark.parametrize("attack_ms", [0.0, 0.1, 30.0, 500.0])
@pytest.mark.parametrize("release_ms", [0.0, 50.0, 833.0, 5000.0])
def test_a_signal_near_its_own_envelope_is_followed_exactly(attack_ms: float, release_ms: float) -> None:
    signal = hovering()

    error = smoothed(signal, attack_ms, release_ms) - recursion(signal, attack_ms, release_ms)

    assert np.abs(error).max() < 2e-5


@settings(max_examples=30, deadline=None)
@given(
    levels=st.lists(st.floats(0.0, 60.0), min_size=1, max_size=30),
    length=st.integers(1, 900),
    times=st.tuples(st.floats(0.0, 500.0), st.floats(0.0, 5000.0)),
    cuts=st.lists(st.integers(0, 20000), max_size=5),
)
def test_steps_of_any_height_and_length_are_followed(
    levels: list[float], length: int, times: tuple[float, float], cuts: list[int]
) -> None:
    signal = np.repeat(np.array(levels, np.float32), length)

    error = smoothed(signal, *times, cuts=cuts) - recursion(signal, *times)

    assert np.abs(error).max() < 2e-5


def test_a_long_release_ends_in_nothing() -> None:
    signal = np.zeros(5 * LONGEST, np.float32)
    signal[0] = 20.0

    smooth = smoothed(signal, 0.0, 3.0)

    assert smooth[0] == pytest.approx(20.0)
    assert smooth[144] == pytest.approx(20.0 / math.e, rel=1e-5)
    assert smooth[-1] == 0.0
