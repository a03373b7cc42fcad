"""By how much one sound lies later than another in which it is mixed with others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from daw_bridge.matching.products import Array

Side = NDArray[np.float32]
Spectrum = NDArray[np.complex64]

_HEARD_HZ = (80.0, 10000.0)
_FLOOR = 1e-5
"""Lines this much under the loudest octave carry noise, and are not raised further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """A delay, and how far its correlation stands out of chance, in standard deviations."""

    frames: int
    clearness: float


def find_delay(whole: Sequence[Side], part: Sequence[Side], rate: int, span: tuple[int, int]) -> Delay:
    """The delay in frames, within `span`, at which `part` is most clearly heard in `whole`, side by side.

    The correlation is whitened by both spectra: what else is in the whole disturbs least, and a repeated note does
    not pass for another place. Either polarity will do.
    """
    earliest, latest = span
    length = fft.next_fast_len(whole[0].size + part[0].size, real=True)
    total = np.zeros(length)
    for all_of_it, own in zip(whole, part, strict=True):
        spectra = fft.rfft(all_of_it, length), fft.rfft(own, length)
        total += fft.irfft(spectra[0] * spectra[1].conj() * _whitening(*spectra, rate), length)
    chance = float(np.median(np.abs(total))) / 0.6745 + 1e-30
    near = np.concatenate([total[earliest:] if earliest < 0 else total[:0], total[max(earliest, 0) : latest + 1]])
    at = int(np.argmax(np.abs(near)))
    return Delay(frames=at + earliest, clearness=float(np.abs(near[at])) / chance)


def _whitening(whole: Spectrum, part: Spectrum, rate: int) -> Array:
    """What makes the lines count alike in which the part has sound."""
    powers = [_smoothed(np.square(np.abs(one, dtype=np.float64))) for one in (whole, part)]
    floors = [_FLOOR * power.max(initial=0.0) + 1e-30 for power in powers]
    hz = np.linspace(0.0, rate / 2.0, whole.size)
    heard = (hz > _HEARD_HZ[0]) & (hz < _HEARD_HZ[1])
    return np.asarray(heard / np.sqrt((powers[0] + floors[0]) * (powers[1] + floors[1])))


def _smoothed(power: Array) -> Array:
    """A power spectrum smoothed over about a twelfth of an octave."""
    sums = np.cumsum(np.concatenate([[0.0], power]))
    at = np.arange(power.size)
    low = (at * 0.97).astype(int)
    high = np.minimum((at * 1.03).astype(int) + 64, power.size)
    return np.asarray((sums[high] - sums[low]) / (high - low))
