"""First settings from measures: EQ from the early part of a response, a compressor from gain over time."""

from __future__ import annotations

import math

import numpy as np
from scipy import fft

from daw_bridge.audio import Samples
from daw_bridge.matching.bands import BandFit, Curve, fit_bands
from daw_bridge.matching.dynamics import CompFit, Trajectory, fit_comp
from daw_bridge.matching.estimates import over_blocks
from daw_bridge.matching.products import Grid, counts, inner_products, octave_edges
from daw_bridge.matching.response import Array, Response, convolved, smoothed_power
from daw_bridge.plugins import ReaEq
from daw_bridge.plugins.reaeq_sound import response_db

_CURVE_HZ = np.geomspace(40.0, 18000.0, 90)
_HALF_BAND_OCT = 1.0 / 16.0
_CURVE_ERROR_DB, _FINE_ERROR_DB, _UNKNOWN_DB = 0.1, 0.03, 40.0
_CAUTION = 10.0
"""By how much the power of what no response explains is taken for larger: a part of it follows the sound."""

_DB = 20.0 / math.log(10.0)
_TIME_GRID = Grid(frame_s=0.023, pooled=1, edges_hz=octave_edges(60.0, 16000.0, 1))
_BLOCK_ERROR_DB = 0.3


def draft_eq(
    response: Response, source: Samples, made: Samples, has: ReaEq | None, *, fine: bool = False
) -> BandFit:
    """Bands and gain that do what `has` does and what the early part of the response does on top.

    `source` and `made` are what the response was found from. It is followed more closely where it is `fine`: where
    nothing but an equaliser is between the two.
    """
    curve = _curve(response, source, made)
    has_db = response_db(has, _CURVE_HZ, response.rate) if has else np.zeros_like(_CURVE_HZ)
    errors = curve.error_db + (_FINE_ERROR_DB if fine else _CURVE_ERROR_DB)
    return fit_bands(
        Curve(frequencies_hz=_CURVE_HZ, gain_db=curve.gain_db + has_db, error_db=errors), response.rate, has
    )


def fewest_bands(eq: ReaEq, rate: int, error_db: float) -> ReaEq | None:
    """As few bands as do what these do, to about this error."""
    errors = np.where((_CURVE_HZ > 80.0) & (_CURVE_HZ < 12000.0), error_db, 3.0 * error_db)
    return fit_bands(
        Curve(frequencies_hz=_CURVE_HZ, gain_db=response_db(eq, _CURVE_HZ, rate), error_db=errors), rate, eq
    ).eq


def draft_comp(entering: Samples, direct: Samples, rate: int) -> CompFit:
    """The compressor that makes `direct`, a recording without its reverb, of what enters it."""
    sides = [
        inner_products([entering[min(number, len(entering) - 1)], side], rate, _TIME_GRID)
        for number, side in enumerate(direct)
    ]
    found = over_blocks(np.stack(sides), counts(_TIME_GRID, rate))
    errors = np.hypot(found.error_db[0], _BLOCK_ERROR_DB)
    return fit_comp(entering, rate, Trajectory(gain_db=found.gain_db[0], error_db=errors, grid=_TIME_GRID))


def _curve(response: Response, source: Samples, made: Samples) -> Curve:
    """What the early part of a response does over frequency; the errors say where the source has no sound."""
    rate = response.rate
    size = fft.next_fast_len(made.shape[1] + response.early, real=True)
    foretold = convolved(np.pad(source, ((0, 0), (0, response.early))), response.samples)[:, response.early :]
    own = _power(source, size)
    rest = _power(made - foretold, size)
    floor = smoothed_power(own, rate)
    gain = _power(response.direct, 1 << 14)
    gains, errors = [], []
    for centre in _CURVE_HZ:
        own_here, count = _around(own, centre, rate)
        gain_here = max(_around(gain, centre, rate)[0], 1e-12)
        noise = _CAUTION * _around(rest, centre, rate)[0] / max(own_here * gain_here * count, 1e-30)
        silence = max(_around(floor, centre, rate)[0] / max(own_here, 1e-30) - 1.5, 0.0)
        gains.append(10.0 * math.log10(gain_here))
        errors.append(min(_DB * math.sqrt(noise) + _DB * silence, _UNKNOWN_DB))
    return Curve(frequencies_hz=_CURVE_HZ, gain_db=np.array(gains), error_db=np.array(errors))


def _power(samples: Samples, size: int) -> Array:
    return np.asarray(np.square(np.abs(fft.rfft(samples, size))).mean(axis=0), np.float64)


def _around(power: Array, centre_hz: float, rate: int) -> tuple[float, int]:
    """The mean power in a narrow band of a spectrum from 0 to half the rate, and of how many lines."""
    scale = (power.size - 1) / (rate / 2.0)
    low = round(centre_hz * 2.0**-_HALF_BAND_OCT * scale)
    high = max(round(centre_hz * 2.0**_HALF_BAND_OCT * scale), low + 1)
    return float(power[low:high].mean()) if low < power.size else 0.0, high - low
