"""The impulse response between a recording and what was made of it: least squares, as long as a reverb.

The normal equations are Toeplitz, hence products with them are convolutions, and conjugate gradients solve them
(T. Chan, SIAM J. Sci. Stat. Comput. 9/4, 1988, for the preconditioner). Both signals are whitened alike first, so
that the treble of a voice counts as its bass does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from daw_bridge.audio import Samples

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

DIRECT_S = 0.02
"""What comes so early is no reverb: ReaVerbate's first echo comes 25 ms after the sound (plugins.md [render])."""

EARLY_S = 0.003
"""How much earlier than the sound a response may begin: where it was aligned a little late."""

_SMOOTH_OCT = 0.1
_DYNAMIC_DB = 55.0
"""Frequencies this much under the loudest octave are not whitened further: there is noise, or nothing."""

_NO_FLOOR_DB = 200.0
_KNOWN = 0.9
_RIDGE = 1e-3
_STEPS = 60
_ENOUGH = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Response:
    """The response of each output side, (sides, frames); its first `early` frames lie before the sound."""

    samples: Samples
    early: int
    rate: int

    @property
    def direct(self) -> Samples:
        """The first part, as long as an equaliser rings: (sides, frames)."""
        return self.samples[:, : self.early + round(DIRECT_S * self.rate)]

    @property
    def tail(self) -> Samples:
        """What comes after it, in its place in time: (sides, frames), 0 in the direct part."""
        silent = round(DIRECT_S * self.rate)
        return np.pad(self.samples[:, self.early + silent :], ((0, 0), (silent, 0)))


def find_response(source: Samples, made: Samples, rate: int, length_s: float) -> Response:
    """The response that best makes `made` of `source`, each side from its own (a mono source feeds both)."""
    early = round(EARLY_S * rate)
    taps = early + round(length_s * rate)
    late = np.pad(made, ((0, 0), (early, 0)))
    size = fft.next_fast_len(late.shape[1] + taps, real=True)
    sides = [_solved(source[min(side, len(source) - 1)], row, size, taps, rate) for side, row in enumerate(late)]
    return Response(samples=np.array(sides, np.float32), early=early, rate=rate)


def heard_lines(source: Samples, rate: int) -> Array:
    """How far a response can be known at each line of a spectrum: 1 where the source has sound, else towards 0."""
    power = np.square(np.abs(fft.rfft(source))).mean(axis=0).astype(np.float64)
    return np.asarray(smoothed_power(power, rate, _NO_FLOOR_DB) / smoothed_power(power, rate))


def at_lines(values: Array, count: int) -> Array:
    """A curve over a spectrum from 0 to half the rate, at so many lines."""
    return np.interp(np.linspace(0.0, 1.0, count), np.linspace(0.0, 1.0, values.size), values)


def minimum_phase(response: Response, source: Samples) -> Samples:
    """A filter (1, frames) that turns frequencies up and down as the direct part does, as an equaliser would.

    Where the source has no sound, it goes on as at the nearest frequency where it has.
    Source: Oppenheim and Schafer, Discrete-Time Signal Processing, on the cepstrum of minimum-phase sequences.
    """
    size = 1 << 14
    power = np.square(np.abs(fft.rfft(response.direct, size))).mean(axis=0)
    logarithm = 0.5 * np.log(smoothed_power(np.asarray(power, np.float64), response.rate))
    known = np.flatnonzero(at_lines(heard_lines(source, response.rate), logarithm.size) > _KNOWN)
    logarithm = np.interp(np.arange(logarithm.size), known, logarithm[known])
    cepstrum = fft.irfft(logarithm, size)
    cepstrum[1 : size // 2] *= 2.0
    cepstrum[size // 2 + 1 :] = 0.0
    filtered = fft.irfft(np.exp(fft.rfft(cepstrum)), size)
    return np.asarray(filtered[None, : size // 2], np.float32)


def _solved(source: Samples, made: Samples, size: int, taps: int, rate: int) -> Array:
    one, other = fft.rfft(source, size), fft.rfft(made, size)
    power = np.square(np.abs(one)).astype(np.float64)
    weights = 1.0 / smoothed_power(power, rate)
    own = fft.irfft(power * weights, size)[:taps]
    toward = fft.irfft(other * one.conj() * weights, size)[:taps]
    own[0] *= 1.0 + _RIDGE
    return _conjugate_gradients(own, toward)


def smoothed_power(power: Array, rate: int, dynamic_db: float = _DYNAMIC_DB) -> Array:
    """A power spectrum (lines from 0 to half the rate) smoothed over a part of an octave, with a floor."""
    hz = np.linspace(0.0, rate / 2.0, power.size)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    centres = np.geomspace(20.0, rate / 2.0, 240)
    edges = [np.searchsorted(hz, centres * 2.0**shift) for shift in (-_SMOOTH_OCT / 2.0, _SMOOTH_OCT / 2.0)]
    low, high = np.maximum(edges[0] - 1, 0), np.maximum(edges[1], edges[0] + 1)
    means = (sums[np.minimum(high, power.size)] - sums[low]) / (np.minimum(high, power.size) - low)
    floor = (means * centres).max() / centres * 10.0 ** (-dynamic_db / 10.0)
    levels = np.log(means + floor + 1e-30)
    return np.asarray(np.exp(np.interp(np.log(np.maximum(hz, 1.0)), np.log(centres), levels)))


def _conjugate_gradients(own: Array, toward: Array) -> Array:
    """Solves the Toeplitz equations whose first column is `own`."""
    taps = own.size
    size = fft.next_fast_len(2 * taps, real=True)
    column = np.zeros(size)
    column[:taps] = own
    column[size - taps + 1 :] = own[:0:-1]
    spectrum = fft.rfft(column)
    inverse = 1.0 / fft.rfft(_chan(own)).real.clip(min=_RIDGE * own[0])

    def times(values: Array) -> Array:
        return np.asarray(fft.irfft(fft.rfft(values, size) * spectrum, size)[:taps])

    def softened(values: Array) -> Array:
        return np.asarray(fft.irfft(fft.rfft(values) * inverse, taps))

    found = np.zeros(taps)
    left = toward.copy()
    step = softened(left)
    rest = float(left @ step)
    enough = _ENOUGH**2 * rest
    for _ in range(_STEPS):
        if rest <= enough or not math.isfinite(rest):
            break
        product = times(step)
        length = rest / float(step @ product)
        found += length * step
        left -= length * product
        soft = softened(left)
        before, rest = rest, float(left @ soft)
        step = soft + (rest / before) * step
    return found


def _chan(own: Array) -> Array:
    """The nearest circulant."""
    taps = own.size
    back = np.concatenate([[0.0], own[:0:-1]])
    share = np.arange(taps) / taps
    return np.asarray((1.0 - share) * own + share * back)


def convolved(source: Samples, response: Samples) -> Samples:
    """Each side of the source (mono: the same) with its response, as long as the source."""
    frames = source.shape[1]
    size = fft.next_fast_len(frames + response.shape[1], real=True)
    spectra = fft.rfft(source, size) * fft.rfft(response, size)
    return np.asarray(fft.irfft(spectra, size)[:, :frames], np.float32)
