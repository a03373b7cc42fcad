"""The reverberation time of an impulse response."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import signal


def t20_s(response: ArrayLike, rate: int, band_hz: tuple[float, float]) -> float:
    """T20 of a response (frames,) in a band: from -5 dB to -25 dB of the energy left (Schroeder), taken to 60 dB.

    nan where the response holds nothing in the band. A noise floor at its end must lie well below -25 dB.
    Source: ISO 3382-2.
    """
    band = signal.butter(3, band_hz, "bandpass", fs=rate, output="sos")
    left_over = np.cumsum(np.square(signal.sosfilt(band, response))[::-1])[::-1]
    if left_over[0] <= 0.0:
        return math.nan
    level_db = 10.0 * np.log10(np.maximum(left_over / left_over[0], 1e-20))
    start, stop = (int(np.count_nonzero(level_db >= level)) for level in (-5.0, -25.0))
    if stop - start < 2:
        return math.nan
    slope_db_s = np.polyfit(np.arange(stop - start) / rate, level_db[start:stop], 1)[0]
    return float(-60.0 / slope_db_s)
