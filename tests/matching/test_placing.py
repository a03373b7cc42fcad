from __future__ import annotations

import numpy as np
import pytest

from daw_bridge.audio import Samples
from daw_bridge.matching.placing import find_offset

RATE = 44100


@pytest.fixture(scope="module")
def track() -> Samples:
    """A second of noise at the end of four."""
    made = np.zeros((1, 4 * RATE), np.float32)
    made[0, 3 * RATE :] = 0.1 * np.random.default_rng(1).standard_normal(RATE)
    return made


def test_a_track_is_found_where_it_was_moved_to(track: Samples) -> None:
    hiss = 0.03 * np.random.default_rng(2).standard_normal(track.shape).astype(np.float32)

    assert find_offset(np.roll(track, -12345, axis=1) + hiss, track, RATE) == -12345


@pytest.mark.parametrize(("louder", "offset"), [(1.7, 0), (4.0, -2 * RATE)])
def test_a_track_that_is_clear_where_it_lies_is_left_there(track: Samples, louder: float, offset: int) -> None:
    elsewhere = louder * np.roll(track, -2 * RATE, axis=1)

    assert find_offset(track + elsewhere, track, RATE) == offset


def test_a_track_that_is_not_in_the_mix_stays(track: Samples) -> None:
    other = np.random.default_rng(3).standard_normal(track.shape).astype(np.float32)

    assert find_offset(other, track, RATE) == 0
