from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import sosfilt

from predictors.kweighting import KWeighting, sections, weighting_power


def test_sections_at_48_khz_are_those_printed_in_bs_1770() -> None:
    shelf, high_pass = sections(48000)

    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585], abs=1e-8
    )
    assert high_pass == pytest.approx([1, -2, 1, 1, -1.99004745483398, 0.99007225036621], abs=1e-8)


def test_weighting_takes_back_the_constant_of_bs_1770_at_997_hz() -> None:
    gain_db = 10 * np.log10(weighting_power(np.array([997.0])))

    assert gain_db == pytest.approx([0.691], abs=0.005)


# 47999 is prime, and 44056 (old video) has no large divisor: the slowest ways through the filter.
@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44056, 44100, 47999, 48000, 96000, 192000])
def test_filter_by_blocks_is_the_recursive_filter(rate: int) -> None:
    samples = np.random.default_rng(rate).standard_normal((2, 3 * rate)) * 0.1 + 0.3
    samples[:, rate:] *= 1e-3
    by_blocks = KWeighting(rate, 2)

    filtered = np.concatenate([by_blocks.second(part).copy() for part in np.split(samples, 3, axis=1)], axis=1)

    assert np.abs(filtered - sosfilt(sections(rate), samples)).max() < 1e-8
