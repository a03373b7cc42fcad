"""A target curve as few ReaEQ bands: least squares on the plug-in's own filter curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from daw_bridge.plugins import Band, BandKind, ReaEq
from daw_bridge.plugins.reaeq_sound import band_response_db, response_db
from predictors.targets import EqTarget, eq_curve_db

if TYPE_CHECKING:
    from collections.abc import Callable

FloatArray = NDArray[np.float64]

MAX_BANDS = 6
MAX_GAIN_DB = 12.0
JUDGED_HZ = (80.0, 12000.0)
"""Where the fit is judged: below and above, the curve is followed less closely."""

GOOD_ENOUGH_DB = 0.25
"""RMS distance at which no more bands are added: half of what is promised."""

INAUDIBLE_DB = 0.3
"""A target that stays this close to flat needs no EQ at all."""

_BUTTERWORTH_OCT = 1.9
"""ReaEQ's bandwidth at which its high-pass has Q 0.707 (plugins.md: 1/Q = 2 sinh(ln2/2 bw))."""

EFFORT = 0.15
"""What a decibel of a band costs, in decibels of distance at one frequency: else neighbours may pull two ways."""

_SHELF_OCT = (0.95, 2.5)
_PEAK_OCT = (0.5, 3.5)


@dataclass(frozen=True, slots=True)
class EqFit:
    """The fitted plug-in, and how far it is from the target in dB RMS over `JUDGED_HZ`."""

    eq: ReaEq | None
    error_db: float


@dataclass(frozen=True, slots=True)
class _Shape:
    """A band to be fitted: its kind, where it starts, and how far each of its values may go."""

    kind: BandKind
    start: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def band(self, values: FloatArray) -> Band:
        octaves = float(values[0])
        if self.kind is BandKind.HIGH_PASS:
            return Band(kind=self.kind, frequency_hz=2.0**octaves, bandwidth_oct=_BUTTERWORTH_OCT)
        return Band(
            kind=self.kind,
            frequency_hz=2.0**octaves,
            gain_db=float(values[1]),
            bandwidth_oct=float(values[2]),
        )


def fit_eq(target: EqTarget, rate: int) -> EqFit:
    """ReaEQ bands that follow the target curve, as few as `GOOD_ENOUGH_DB` allows, at most `MAX_BANDS`.

    Values are rounded as an engineer would type them, and judged after rounding.
    """
    frequencies = _grid(rate)
    wanted = eq_curve_db(target, frequencies)
    judged = _judged(frequencies)
    flat = _rms(wanted[judged])
    if flat < INAUDIBLE_DB and target.high_pass_hz is None:
        return EqFit(None, flat)
    weights = np.where(judged, 1.0, 0.3)
    shapes = _first_shapes(target, wanted, frequencies, rate)
    values = _solve(shapes, wanted, weights, frequencies, rate)
    while len(shapes) < MAX_BANDS:
        residual = (wanted - _curve(shapes, values, frequencies, rate)) * weights
        if _rms(residual[judged]) <= GOOD_ENOUGH_DB:
            break
        shapes = [*shapes, _peak_at(frequencies[int(np.argmax(np.abs(residual)))], residual, rate)]
        values = _solve(shapes, wanted, weights, frequencies, rate, known=values)
    eq = _rounded(_bands(shapes, values))
    error = _rms((wanted - response_db(eq, frequencies, rate))[judged])
    return EqFit(eq if eq.bands else None, error)


def curve_error_db(target: EqTarget, eq: ReaEq | None, rate: int) -> float:
    """How far a plug-in's curve is from the target, in dB RMS over `JUDGED_HZ`."""
    frequencies = _grid(rate)
    frequencies = frequencies[_judged(frequencies)]
    reached = response_db(eq, frequencies, rate) if eq else np.zeros_like(frequencies)
    return _rms(eq_curve_db(target, frequencies) - reached)


def _grid(rate: int) -> FloatArray:
    return np.geomspace(35.0, _highest_hz(18000.0, rate), 110)


def _highest_hz(frequency_hz: float, rate: int) -> float:
    """No band may come close to half the rate."""
    return min(frequency_hz, 0.45 * rate)


def _judged(frequencies: FloatArray) -> NDArray[np.bool_]:
    return (frequencies >= JUDGED_HZ[0]) & (frequencies <= JUDGED_HZ[1])


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _first_shapes(target: EqTarget, wanted: FloatArray, frequencies: FloatArray, rate: int) -> list[_Shape]:
    """What every curve starts from: the high-pass that it names, and a shelf at the top."""
    shapes = []
    if target.high_pass_hz is not None:
        octave = float(np.log2(target.high_pass_hz.value))
        shapes.append(_Shape(BandKind.HIGH_PASS, (octave,), (octave - 0.6,), (octave + 0.6,)))
    top = float(wanted[-1] - wanted[int(np.searchsorted(frequencies, 2000.0))])
    start = (float(np.log2(5000.0)), float(np.clip(top, -9.0, 9.0)), 1.5)
    shapes.append(_free(BandKind.HIGH_SHELF, start, (2000.0, _highest_hz(12000.0, rate)), _SHELF_OCT))
    return shapes


def _peak_at(frequency_hz: float, residual: FloatArray, rate: int) -> _Shape:
    """A band, or a shelf at the bottom, where the residual is largest."""
    gain = float(np.clip(residual[int(np.argmax(np.abs(residual)))], -9.0, 9.0))
    octave = float(np.log2(frequency_hz))
    if frequency_hz < 120.0:
        return _free(BandKind.LOW_SHELF, (max(octave, np.log2(70.0)), gain, 1.5), (60.0, 500.0), _SHELF_OCT)
    start = min(max(octave, float(np.log2(65.0))), float(np.log2(15000.0)))
    return _free(BandKind.BAND, (start, gain, 1.5), (60.0, _highest_hz(16000.0, rate)), _PEAK_OCT)


def _free(
    kind: BandKind,
    start: tuple[float, float, float],
    span_hz: tuple[float, float],
    widths_oct: tuple[float, float],
) -> _Shape:
    low_hz, high_hz = (float(np.log2(edge)) for edge in span_hz)
    first = (min(max(start[0], low_hz), high_hz), start[1], start[2])
    return _Shape(kind, first, (low_hz, -MAX_GAIN_DB, widths_oct[0]), (high_hz, MAX_GAIN_DB, widths_oct[1]))


def _solve(
    shapes: list[_Shape],
    wanted: FloatArray,
    weights: FloatArray,
    frequencies: FloatArray,
    rate: int,
    known: FloatArray | None = None,
) -> FloatArray:
    from scipy.optimize import least_squares  # noqa: PLC0415  slow to import, and not needed for a flat target

    start = np.array([value for shape in shapes for value in shape.start])
    if known is not None:
        start[: known.size] = known
    low = np.array([value for shape in shapes for value in shape.low])
    high = np.array([value for shape in shapes for value in shape.high])
    start = np.clip(start, low + 1e-6, high - 1e-6)

    def distance(values: FloatArray) -> FloatArray:
        off = (_curve(shapes, values, frequencies, rate) - wanted) * weights
        return np.concatenate([off, EFFORT * _is_gain(shapes) * values])

    solution = least_squares(
        distance, start, jac=_jacobian(shapes, weights, frequencies, rate), bounds=(low, high), max_nfev=60
    )
    return np.asarray(solution.x, dtype=np.float64)


def _jacobian(
    shapes: list[_Shape], weights: FloatArray, frequencies: FloatArray, rate: int
) -> Callable[[FloatArray], FloatArray]:
    """Forward differences band by band: a value only moves its own band's curve."""
    step = 1e-4

    def jacobian(values: FloatArray) -> FloatArray:
        columns = []
        for shape, own in _split(shapes, values):
            here = _response(shape.band(own), frequencies, rate)
            for index in range(own.size):
                moved = own.copy()
                moved[index] += step
                columns.append((_response(shape.band(moved), frequencies, rate) - here) / step * weights)
        return np.concatenate([np.stack(columns, axis=1), EFFORT * np.diag(_is_gain(shapes))])

    return jacobian


def _is_gain(shapes: list[_Shape]) -> FloatArray:
    """1 where a value is a band's gain, else 0."""
    return np.array([float(index == 1) for shape in shapes for index in range(len(shape.start))])


def _split(shapes: list[_Shape], values: FloatArray) -> list[tuple[_Shape, FloatArray]]:
    edges = np.cumsum([len(shape.start) for shape in shapes])[:-1]
    return list(zip(shapes, np.split(values, edges), strict=True))


def _bands(shapes: list[_Shape], values: FloatArray) -> list[Band]:
    return [shape.band(own) for shape, own in _split(shapes, values)]


def _curve(shapes: list[_Shape], values: FloatArray, frequencies: FloatArray, rate: int) -> FloatArray:
    curves = [_response(band, frequencies, rate) for band in _bands(shapes, values)]
    return np.asarray(np.sum(curves, axis=0))


def _response(band: Band, frequencies: FloatArray, rate: int) -> FloatArray:
    return band_response_db(band.kind, band.frequency_hz, band.gain_db, band.bandwidth_oct, frequencies, rate)


def _rounded(bands: list[Band]) -> ReaEq:
    """The bands from low to high, with values as one would type them; bands that do nothing are left out."""
    typed = [
        Band(
            kind=band.kind,
            frequency_hz=_three_digits(band.frequency_hz),
            gain_db=round(band.gain_db, 1) + 0.0,
            bandwidth_oct=round(band.bandwidth_oct, 2),
        )
        for band in bands
    ]
    useful = [band for band in typed if band.kind is BandKind.HIGH_PASS or abs(band.gain_db) >= 0.2]
    order = sorted(useful, key=lambda band: (band.kind is not BandKind.HIGH_PASS, band.frequency_hz))
    return ReaEq(bands=tuple(order))


def _three_digits(frequency_hz: float) -> float:
    return float(f"{frequency_hz:.3g}")
