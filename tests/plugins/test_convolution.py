"""Partitioned convolution against the plain one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from daw_bridge.plugins.convolution import PARTITION, TOGETHER, Convolver


def noise(channels: int, frames: int) -> np.ndarray:
    return np.random.default_rng(frames).standard_normal((channels, frames), dtype=np.float32)


@pytest.mark.parametrize("length", [1, 1000, PARTITION, PARTITION + 1, 3 * PARTITION - 7])
@pytest.mark.parametrize("channels", [1, 2])
def test_it_is_the_convolution(length: int, channels: int) -> None:
    responses, samples = noise(2, length) / length**0.5, noise(channels, (TOGETHER + 2) * PARTITION + 99)

    output = Convolver(responses, channels).process(samples)

    expected = signal.oaconvolve(np.broadcast_to(samples, (2, samples.shape[1])), responses, axes=1)
    assert np.abs(output - expected[:, : samples.shape[1]]).max() < 1e-5
    assert output.dtype == np.float32


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 6 * PARTITION), max_size=8))
def test_blocks_of_any_length_sound_the_same(cuts: list[int]) -> None:
    responses, samples = noise(2, 50000) / 50000**0.5, 0.3 * noise(1, 6 * PARTITION)
    convolver = Convolver(responses, 1)

    pieces = [convolver.process(piece) for piece in np.split(samples, sorted(cuts), axis=1)]

    whole = Convolver(responses, 1).process(samples)
    assert np.abs(np.concatenate(pieces, axis=1) - whole).max() < 1e-6
