"""The sound of ReaEQ: biquads after the RBJ cookbook.

Band, shelves, low and high pass follow renders of the real plug-in within about 0.2 dB (plugins.md, ReaEQ
[render]). The alternative bands, all pass, notch and the band passes have not been measured: they are taken from
the cookbook with the same alpha, the alternative bands as bands.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import signal

from daw_bridge.audio import Samples
from daw_bridge.decibels import amplitude
from daw_bridge.plugins import Band, BandKind, ReaEq
from daw_bridge.plugins.parameters import SILENT_DB
from predictors.blockfilter import BlockFilter

FloatArray = NDArray[np.float64]

_SHELVES = (BandKind.LOW_SHELF, BandKind.HIGH_SHELF)
_PASSES = (BandKind.LOW_PASS, BandKind.HIGH_PASS)
_NARROWEST_SHELF_OCT = 0.915  # source: plugins.md, ReaEQ [render]
_WIDEST = 8.0  # just under half the rate the digital form grows without end, and the poles come to the unit circle
_NOTHING = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
_LONGEST_TAIL_S = 2.0
_CHUNK = 1 << 15
_INAUDIBLE = 1e-15


def sos(settings: ReaEq, rate: int) -> FloatArray:
    """The second-order sections of the whole plug-in at this rate, shape (sections, 6), as scipy takes them.

    A band that is off, or lies at or above half the rate, has no effect.
    """
    bands = [band for band in settings.bands if band.enabled and 0.0 < band.frequency_hz < rate / 2]
    sections = np.array([_section(band, rate) for band in bands] or [_NOTHING])
    sections[0, :3] *= amplitude(settings.gain_db)
    return sections


def response_db(settings: ReaEq, frequencies_hz: ArrayLike, rate: int) -> FloatArray:
    """The gain of the whole plug-in in dB at the given frequencies."""
    power = np.prod([_power(row[:3], row[3:], frequencies_hz, rate) for row in sos(settings, rate)], axis=0)
    return _db(power)


def band_response_db(
    kind: BandKind,
    frequency_hz: ArrayLike,
    gain_db: ArrayLike,
    bandwidth_oct: ArrayLike,
    frequencies_hz: ArrayLike,
    rate: int,
) -> FloatArray:
    """The gain in dB of one band, or of many: the band's values broadcast against `frequencies_hz`.

    The band's frequency must lie below half the rate.
    """
    b, a = _coefficients(kind, np.asarray(frequency_hz), np.asarray(gain_db), np.asarray(bandwidth_oct), rate)
    return _db(_power(b, a, frequencies_hz, rate))


class EqProcessor:
    """ReaEQ on a stream of blocks. `tail_s` is how long it rings, down to -100 dB, at most 2 s.

    Whole chunks of the stream are filtered by `BlockFilter`, what is cut by scipy: the same within its rounding.
    """

    latency_frames = 0

    def __init__(self, settings: ReaEq, rate: int, channels: int) -> None:
        self._sos = sos(settings, rate)
        self._chunks = BlockFilter(self._sos, _CHUNK, channels)
        self._at = 0
        self.tail_s = _ringing_s(self._sos, rate)

    def process(self, block: Samples) -> Samples:
        """The equalised block, of the same shape."""
        output = np.empty_like(block)
        start = 0
        while start < block.shape[1]:
            piece = block[:, start : start + _CHUNK - self._at % _CHUNK]
            stop = start + piece.shape[1]
            output[:, start:stop] = self._filtered(piece)
            self._at += piece.shape[1]
            start = stop
        return output

    def _filtered(self, piece: Samples) -> FloatArray | float:
        # Silence is common on vocal tracks, and filters that ring on in denormal numbers are slow on many machines.
        memory = self._chunks.state
        memory[np.abs(memory) < _INAUDIBLE] = 0.0
        if not memory.any() and not piece.any():
            return 0.0
        if piece.shape[1] == _CHUNK:
            return self._chunks.process(piece)
        by_section = memory.reshape(len(memory), -1, 2).swapaxes(0, 1)
        output, by_section = signal.sosfilt(self._sos, piece, zi=by_section)
        self._chunks.state = by_section.swapaxes(0, 1).reshape(memory.shape)
        return np.asarray(output)


def _section(band: Band, rate: int) -> FloatArray:
    frequency_hz, gain_db, bandwidth_oct = np.array([band.frequency_hz, band.gain_db, band.bandwidth_oct])
    b, a = _coefficients(band.kind, frequency_hz, gain_db, bandwidth_oct, rate)
    return np.concatenate([b / a[0], a / a[0]])


def _coefficients(
    kind: BandKind, frequency_hz: FloatArray, gain_db: FloatArray, bandwidth_oct: FloatArray, rate: int
) -> tuple[FloatArray, FloatArray]:
    """Numerator and denominator, coefficients on the last axis. The names are the cookbook's."""
    w = 2.0 * np.pi * frequency_hz / rate
    a_root = np.power(10.0, np.maximum(gain_db, SILENT_DB) / 40.0)
    alpha = np.sin(w) * _half_bandwidth(kind, w, a_root, np.maximum(bandwidth_oct, 0.01))
    cos = np.cos(w)
    if kind in _SHELVES:
        return _shelf(kind, a_root, alpha, cos)
    b = _numerator(kind, a_root, alpha, cos)
    width = alpha / a_root if kind in (BandKind.BAND, BandKind.BAND_ALT, BandKind.BAND_ALT_2) else alpha
    return b, _stack(1.0 + width, -2.0 * cos, 1.0 - width)


def _half_bandwidth(kind: BandKind, w: FloatArray, a_root: FloatArray, bandwidth_oct: FloatArray) -> FloatArray:
    """1 / 2Q, which the cookbook calls alpha once it is multiplied by sin w. Source: plugins.md, ReaEQ [render]."""
    if kind in _SHELVES:
        steepness = np.square(np.maximum(bandwidth_oct, _NARROWEST_SHELF_OCT))  # 1/S
        # Beyond 38 dB the narrowest shelves would have no real Q: hold it at its largest.
        return np.asarray(0.5 * np.sqrt(np.maximum((a_root + 1.0 / a_root) * (steepness - 1.0) + 2.0, 0.5)))
    half_octaves = 0.5 * np.log(2.0) * bandwidth_oct
    argument = half_octaves if kind in _PASSES else half_octaves * w / np.sin(w)
    return np.asarray(np.sinh(np.minimum(argument, _WIDEST)))


def _shelf(kind: BandKind, a_root: FloatArray, alpha: FloatArray, cos: FloatArray) -> tuple[FloatArray, FloatArray]:
    # The high shelf is the low shelf with the sign of A - 1 turned.
    minus = (a_root - 1.0) * (1.0 if kind is BandKind.LOW_SHELF else -1.0)
    plus, slope = a_root + 1.0, 2.0 * np.sqrt(a_root) * alpha
    over, under = plus - minus * cos, plus + minus * cos
    b = _stack(a_root * (over + slope), 2.0 * a_root * (minus - plus * cos), a_root * (over - slope))
    return b, _stack(under + slope, -2.0 * (minus + plus * cos), under - slope)


def _numerator(kind: BandKind, a_root: FloatArray, alpha: FloatArray, cos: FloatArray) -> FloatArray:
    ones = np.ones_like(alpha)
    rows: dict[BandKind, tuple[FloatArray, FloatArray, FloatArray]] = {
        BandKind.LOW_PASS: ((1.0 - cos) / 2.0, 1.0 - cos, (1.0 - cos) / 2.0),
        BandKind.HIGH_PASS: ((1.0 + cos) / 2.0, -1.0 - cos, (1.0 + cos) / 2.0),
        BandKind.ALL_PASS: (1.0 - alpha, -2.0 * cos, 1.0 + alpha),
        BandKind.NOTCH: (ones, -2.0 * cos, ones),
        BandKind.BAND_PASS: (alpha, 0.0 * ones, -alpha),
        # The input with its band pass raised or lowered: 0 dB changes nothing.
        BandKind.PARALLEL_BAND_PASS: (1.0 + alpha * a_root**2, -2.0 * cos, 1.0 - alpha * a_root**2),
    }
    return _stack(*rows.get(kind, (1.0 + alpha * a_root, -2.0 * cos, 1.0 - alpha * a_root)))


def _stack(*coefficients: ArrayLike) -> FloatArray:
    return np.stack(np.broadcast_arrays(*coefficients), axis=-1)


def _power(b: FloatArray, a: FloatArray, frequencies_hz: ArrayLike, rate: int) -> FloatArray:
    """|H|^2, written with sin^2(w/2) so that it stays exact far below the rate (the cookbook's own advice)."""
    phi = np.square(np.sin(np.pi * np.asarray(frequencies_hz) / rate))
    return np.asarray(_magnitude(b, phi) / _magnitude(a, phi))


def _db(power: ArrayLike) -> FloatArray:
    return np.asarray(10.0 * np.log10(np.maximum(power, 1e-30)))


def _magnitude(c: FloatArray, phi: FloatArray) -> FloatArray:
    c0, c1, c2 = c[..., 0], c[..., 1], c[..., 2]
    curve = 4.0 * phi * (4.0 * c0 * c2 * phi - (c0 * c1 + 4.0 * c0 * c2 + c1 * c2))
    return np.asarray(np.square(c0 + c1 + c2) + curve)


def _ringing_s(sections: FloatArray, rate: int) -> float:
    radius = max(float(np.abs(np.roots(section[3:])).max(initial=0.0)) for section in sections)
    return min(math.log(1e-5) / math.log(radius) / rate, _LONGEST_TAIL_S) if radius > 0.0 else 0.0
