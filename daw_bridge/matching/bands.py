"""A measured curve as ReaEQ bands and a gain: as few bands as explain what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from daw_bridge.matching.products import Array
from daw_bridge.plugins import Band, BandKind, ReaEq
from daw_bridge.plugins.reaeq_sound import band_response_db, response_db

MAX_BANDS = 6
MAX_GAIN_DB = 15.0
_WORTH = 25.0
"""By how much a band must lessen the sum of squared errors, in their own standard deviations, to be kept."""

_EFFORT = 0.3
"""What a decibel of a band costs, as if it were a distance in standard deviations squared: bands do not fight."""

_OFF_CENTRE = 1.0
"""The same for a decibel by which all bands together raise or lower the whole: that is the fader's."""

_BUTTERWORTH_OCT = 1.9
_LIMITS: dict[BandKind, tuple[tuple[float, float], tuple[float, float]]] = {
    # frequencies in Hz, bandwidths in octaves
    BandKind.BAND: ((40.0, 16000.0), (0.3, 4.0)),
    BandKind.LOW_SHELF: ((40.0, 1500.0), (0.95, 3.0)),
    BandKind.HIGH_SHELF: ((800.0, 14000.0), (0.95, 3.0)),
    BandKind.HIGH_PASS: ((25.0, 600.0), (0.8, 3.0)),
    BandKind.LOW_PASS: ((2000.0, 18000.0), (0.8, 3.0)),
}
_BOTH_ENDS = (
    Band(kind=BandKind.LOW_SHELF, frequency_hz=150.0, bandwidth_oct=1.5),
    Band(kind=BandKind.HIGH_SHELF, frequency_hz=5000.0, bandwidth_oct=1.5),
)
"""Where one begins beside a flat curve: two shelves together look at first like one wide one."""

_PASSES = (BandKind.HIGH_PASS, BandKind.LOW_PASS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """A measured curve: gains in dB with their standard errors in dB at some frequencies."""

    frequencies_hz: Array
    gain_db: Array
    error_db: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class BandFit:
    """The bands (None: a flat curve will do) and the gain in dB beside them."""

    eq: ReaEq | None
    gain_db: float


@dataclass(frozen=True, slots=True)
class _Start:
    kind: BandKind
    values: tuple[float, float, float]


def fit_bands(curve: Curve, rate: int, start: ReaEq | None = None) -> BandFit:
    """Bands and a gain that follow the curve; `start` are bands that may be nearly right."""
    fits = [_grown(curve, [_start_of(band, rate) for band in bands], rate) for bands in ((), _BOTH_ENDS)]
    if start is not None:
        fits.append(_grown(curve, [_start_of(band, rate) for band in start.bands], rate))
    starts, values, _ = min(fits, key=lambda one: one[2] + _WORTH * len(one[0]))
    eq = _typed(_bands(starts, values))
    return BandFit(eq=eq if eq.bands else None, gain_db=_gain_beside(curve, eq, rate))


def _grown(curve: Curve, starts: list[_Start], rate: int) -> tuple[list[_Start], Array, float]:
    """Bands one after the other, each where most is missing, as long as one pays; then those out that do not."""
    values, cost = _solve(curve, starts, rate)
    while len(starts) < MAX_BANDS:
        trials = [[*_known(starts, values), one] for one in _candidates(curve, starts, values, rate)]
        solved = [(*_solve(curve, trial, rate), trial) for trial in trials]
        best_values, best_cost, best = min(solved, key=lambda one: one[1])
        if best_cost > cost - _WORTH:
            break
        starts, values, cost = best, best_values, best_cost
    return _pruned(curve, starts, values, cost, rate)


def _pruned(
    curve: Curve, starts: list[_Start], values: Array, cost: float, rate: int
) -> tuple[list[_Start], Array, float]:
    while starts:
        known = _known(starts, values)
        fewer = [known[:at] + known[at + 1 :] for at in range(len(known))]
        solved = [(*_solve(curve, one, rate), one) for one in fewer]
        best_values, best_cost, best = min(solved, key=lambda one: one[1])
        if best_cost > cost + _WORTH:
            break
        starts, values, cost = best, best_values, best_cost
    return starts, values, cost


def _candidates(curve: Curve, starts: list[_Start], values: Array, rate: int) -> list[_Start]:
    left = (curve.gain_db - _response(curve, starts, values, rate)) / curve.error_db
    smooth = np.convolve(left, np.ones(3) / 3.0, mode="same")
    at = int(np.argmax(np.abs(smooth)))
    gain = float(np.clip(curve.gain_db[at] - _response(curve, starts, values, rate)[at], -9.0, 9.0))
    here = float(curve.frequencies_hz[at])
    wanted = [
        (BandKind.BAND, here, gain, 1.0),
        (BandKind.BAND, here, gain, 2.5),
        (BandKind.LOW_SHELF, max(here, 100.0), gain, 1.5),
        (BandKind.HIGH_SHELF, min(here, 8000.0), gain, 1.5),
        (BandKind.HIGH_PASS, 80.0, 0.0, _BUTTERWORTH_OCT),
        (BandKind.LOW_PASS, 10000.0, 0.0, _BUTTERWORTH_OCT),
    ]
    has = {one.kind for one in starts}
    return [
        _start_of(Band(kind=kind, frequency_hz=hz, gain_db=gain_db, bandwidth_oct=width), rate)
        for kind, hz, gain_db, width in wanted
        if kind is BandKind.BAND or kind not in has
    ]


def _start_of(band: Band, rate: int) -> _Start:
    low, high = _bounds(band.kind, rate)
    values = np.array([np.log2(band.frequency_hz), band.gain_db, band.bandwidth_oct])
    clipped = np.clip(values, low + 1e-3, high - 1e-3)
    return _Start(band.kind, (float(clipped[0]), float(clipped[1]), float(clipped[2])))


def _bounds(kind: BandKind, rate: int) -> tuple[Array, Array]:
    span, widths = _LIMITS.get(kind, _LIMITS[BandKind.BAND])
    top = min(span[1], 0.45 * rate)
    low = np.array([np.log2(span[0]), -MAX_GAIN_DB, widths[0]])
    return low, np.array([np.log2(top), MAX_GAIN_DB, widths[1]])


def _known(starts: list[_Start], values: Array) -> list[_Start]:
    rows = values[1:].reshape(-1, 3)
    return [
        _Start(one.kind, (float(row[0]), float(row[1]), float(row[2])))
        for one, row in zip(starts, rows, strict=True)
    ]


def _solve(curve: Curve, starts: Sequence[_Start], rate: int) -> tuple[Array, float]:
    """The best gain and band values, in one array, and the cost."""
    beside = _median(curve.gain_db, 1.0 / curve.error_db)
    first = np.array([beside, *(value for one in starts for value in one.values)])
    bounds = [_bounds(one.kind, rate) for one in starts]
    low = np.concatenate([[-np.inf], *(pair[0] for pair in bounds)])
    high = np.concatenate([[np.inf], *(pair[1] for pair in bounds)])
    gains = _is_gain(starts)

    def distance(values: Array) -> Array:
        response = _response(curve, starts, values, rate)
        off = (response - curve.gain_db) / curve.error_db
        centre = np.sqrt(_OFF_CENTRE) * np.mean(response - values[0])
        return np.concatenate([_soft(off), np.sqrt(_EFFORT) * gains * values, [centre]])

    found = least_squares(
        distance, first, jac=_jacobian(curve, starts, rate, gains), bounds=(low, high), max_nfev=40
    )
    return np.asarray(found.x), float(2.0 * found.cost)


def _jacobian(curve: Curve, starts: Sequence[_Start], rate: int, gains: Array) -> Callable[[Array], Array]:
    step = 1e-4

    def jacobian(values: Array) -> Array:
        response = np.full(curve.frequencies_hz.size, values[0])
        columns = [np.ones_like(response)]
        for one, own in zip(starts, values[1:].reshape(-1, 3), strict=True):
            # As it is, and with each of its values moved.
            rows = own + np.vstack([np.zeros(3), step * np.eye(3)])
            here, *moved = _one(one.kind, rows.T[..., None], curve.frequencies_hz, rate)
            columns += [(there - here) / step for there in moved]
            response += here
        slope = _soft_slope((response - curve.gain_db) / curve.error_db) / curve.error_db
        moves = np.stack(columns, axis=1)
        centre = np.sqrt(_OFF_CENTRE) * moves.mean(axis=0) * (np.arange(len(values)) > 0)
        return np.concatenate([moves * slope[:, None], np.sqrt(_EFFORT) * np.diag(gains), centre[None]])

    return jacobian


def _soft(off: Array) -> Array:
    """What is far off counts less than its square: sqrt of Huber-like cost, with its knee at 3."""
    return np.asarray(np.sign(off) * np.sqrt(18.0 * (np.sqrt(1.0 + np.square(off) / 9.0) - 1.0)))


def _soft_slope(off: Array) -> Array:
    root = np.sqrt(1.0 + np.square(off) / 9.0)
    value = np.sqrt(18.0 * (root - 1.0))
    return np.asarray(np.where(np.abs(off) < 1e-3, 1.0, np.abs(off) / root / np.maximum(value, 1e-9)))


def _is_gain(starts: Sequence[_Start]) -> Array:
    return np.array([0.0, *(float(index == 1) for _ in starts for index in range(3))])


def _response(curve: Curve, starts: Sequence[_Start], values: Array, rate: int) -> Array:
    total = np.full(curve.frequencies_hz.size, values[0])
    for one, own in zip(starts, values[1:].reshape(-1, 3), strict=True):
        total += _one(one.kind, own, curve.frequencies_hz, rate)
    return total


def _one(kind: BandKind, own: Array, frequencies_hz: Array, rate: int) -> Array:
    return band_response_db(kind, 2.0 ** own[0], own[1], own[2], frequencies_hz, rate)


def _median(values: Array, weights: Array) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(reached, reached[-1] / 2.0))])


def _bands(starts: Sequence[_Start], values: Array) -> list[Band]:
    return [
        Band(
            kind=one.kind,
            frequency_hz=float(2.0 ** own[0]),
            gain_db=0.0 if one.kind in _PASSES else float(own[1]),
            bandwidth_oct=float(own[2]),
        )
        for one, own in zip(starts, values[1:].reshape(-1, 3), strict=True)
    ]


def _typed(bands: Sequence[Band]) -> ReaEq:
    """The bands from low to high, with values as one would type them."""
    typed = (
        Band(
            kind=band.kind,
            frequency_hz=float(f"{band.frequency_hz:.3g}"),
            gain_db=round(band.gain_db, 1) + 0.0,
            bandwidth_oct=round(band.bandwidth_oct, 2),
        )
        for band in bands
    )
    useful = [band for band in typed if band.kind in _PASSES or abs(band.gain_db) >= 0.2]
    return ReaEq(bands=tuple(sorted(useful, key=lambda band: band.frequency_hz)))


def _gain_beside(curve: Curve, eq: ReaEq, rate: int) -> float:
    off = curve.gain_db - response_db(eq, curve.frequencies_hz, rate)
    return float(np.average(off, weights=1.0 / np.square(curve.error_db)))
