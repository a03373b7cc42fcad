"""Where networks listen: in excerpts as long as those that they were trained on, spread over a recording.

So a song of any length costs about the same, and what is typical of it counts more than what happens once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from predictors.features import FEATURE_COUNT, describe
from predictors.loudness import BLOCKS_A_SECOND

Samples = NDArray[np.floating[Any]]
Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

LENGTH = 8 * BLOCKS_A_SECOND
"""In blocks: the middle of the 6 to 10 s that examples of training have."""

LEAST_ACTIVE = 0.5
"""Of an excerpt, so much is active: as in training."""

MOST = 24


def excerpts(mask: Mask) -> NDArray[np.int_]:
    """The first blocks of at most `MOST` excerpts that do not overlap, in which enough of the mask is active.

    If there is none, that with the most; none for an empty mask.
    """
    length = min(LENGTH, len(mask))
    if not length:
        return np.zeros(0, int)
    active = np.convolve(mask, np.ones(length), "valid")
    starts: list[int] = []
    for start in np.flatnonzero(active >= min(LEAST_ACTIVE * length, active.max())):
        if not starts or start >= starts[-1] + length:
            starts.append(int(start))
    chosen = np.linspace(0, len(starts) - 1, min(MOST, len(starts))).round().astype(int)
    return np.asarray(np.array(starts)[chosen])


def describe_excerpts(samples: Samples, rate: int, mask: Mask) -> Array:
    """`describe` of each excerpt of samples (channels, frames), (excerpts, n); nan in one that is silent."""
    rows = [
        _described(samples[:, _frame(start, rate) : _frame(start + LENGTH, rate)], rate) for start in excerpts(mask)
    ]
    return np.array(rows, np.float32).reshape(-1, FEATURE_COUNT)


def _frame(block: int, rate: int) -> int:
    return int(block) * rate // BLOCKS_A_SECOND


def _described(samples: Samples, rate: int) -> Array:
    try:
        return describe(samples, rate)
    except ValueError:  # silence
        return np.full(FEATURE_COUNT, np.nan, np.float32)
