"""The K-weighting filters of ITU-R BS.1770-4: as sections, as a curve, and as a filter."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import freqz

from predictors.blockfilter import BlockFilter

Array = NDArray[np.float64]


@cache
def sections(rate: int) -> Array:
    """The two filters as second-order sections (2, 6) at this rate.

    Source: pyloudnorm's class "DeMan", which meets the coefficients of BS.1770-4 exactly (its default does not).
    """
    import pyloudnorm  # noqa: PLC0415 - takes half a second

    filters = pyloudnorm.Meter(rate, filter_class="DeMan")._filters.values()
    return np.array([[*stage.b, *stage.a] for stage in filters])


def weighting_power(frequencies_hz: Array) -> Array:
    """The power gain of the K-weighting at these frequencies (0 to 24000 Hz)."""
    shelf, high_pass = (freqz(row[:3], row[3:], frequencies_hz, fs=48000)[1] for row in sections(48000))
    return np.asarray(np.abs(shelf * high_pass) ** 2)


class KWeighting:
    """The filters for second after second of a signal."""

    def __init__(self, rate: int, channels: int) -> None:
        self._filter = BlockFilter(sections(rate), rate, channels)

    @property
    def state(self) -> Array:
        """What the filters remember."""
        return self._filter.state

    @state.setter
    def state(self, state: Array) -> None:
        self._filter.state = state

    def second(self, samples: NDArray[Any]) -> Array:
        """One second (channels, rate) filtered. The next call overwrites it."""
        return self._filter.process(samples)
