from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from predictors.blockfilter import BlockFilter


@pytest.mark.parametrize("frames", [1, 47, 1024, 4410, 1 << 15])
@pytest.mark.parametrize("order", [2, 6, 24])
@pytest.mark.parametrize("cutoff", [0.002, 0.9])
def test_filter_by_blocks_is_the_recursive_filter(frames: int, order: int, cutoff: float) -> None:
    sections = np.vstack([butter(2, cutoff / (1 + n), "highpass", output="sos") for n in range(order // 2)])
    samples = np.random.default_rng(frames).standard_normal((2, 4 * frames)) + 0.3
    by_blocks = BlockFilter(sections, frames, 2)

    filtered = np.concatenate([by_blocks.process(part).copy() for part in np.split(samples, 4, axis=1)], axis=1)

    assert np.abs(filtered - sosfilt(sections, samples)).max() < 1e-8


def test_what_the_filters_remember_is_what_scipys_do() -> None:
    sections = butter(4, 0.1, output="sos")
    samples = np.random.default_rng(0).standard_normal((2, 2000))
    by_blocks = BlockFilter(sections, 1000, 2)

    by_blocks.process(samples[:, :1000])
    memory = by_blocks.state.reshape(2, 2, 2).swapaxes(0, 1)
    by_scipy, _ = sosfilt(sections, samples[:, 1000:], zi=memory)

    assert np.abs(by_scipy - sosfilt(sections, samples)[:, 1000:]).max() < 1e-12
