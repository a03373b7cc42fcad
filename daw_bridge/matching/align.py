"""Where a dry recording lies in its processed one: offset, polarity, and how far their clocks drift apart.

Two steps: levels over time in a few bands say where to look, whatever was done to the sound; then the phases of
several short windows say it to the sample (GCC-PHAT: Knapp and Carter, IEEE ASSP 24/4, 1976). Windows that agree
are what tells a processed recording from another one.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from daw_bridge.audio import Samples, resample
from daw_bridge.errors import MatchError

Array = NDArray[np.float64]

ENVELOPE_HZ = 200
_ENVELOPE_BANDS_HZ = ((150.0, 500.0), (500.0, 1500.0), (1500.0, 5000.0))
_LOCAL_S = 2.0
"""Levels are compared with their own mean over so long, so that a compressor or a fade matters little."""

_OVERLAP_S = 1.0
"""Two recordings must sound together for so long at least."""

_RELATED = 0.25
"""The least correlation of levels over time; other takes of the same song came to 0.2 at most (measured)."""

_SPEEDS = {
    "as 44.1 kHz played at 48 kHz": 48.0 / 44.1,
    "as 48 kHz played at 44.1 kHz": 44.1 / 48.0,
    "as at twice the rate": 2.0,
    "as at half the rate": 0.5,
}

_WINDOW_S = 1.5
_WINDOWS = 16
_REACH_S = 0.06
_PHASES_HZ = (100.0, 8000.0)
_DYNAMIC_DB = 50.0
"""Lines of a window this much under its loudest carry noise, and their phases nothing."""

_CERTAIN = 0.12
"""The least peak of a window's phase correlation; unrelated windows came to 0.07 at most (measured)."""

_CERTAIN_ALONE = 0.3
"""The same where all that agree share one moment; one note against one of another song came to 0.28 (measured)."""

_AGREE_FRAMES = 6.0
_AGREEING = 3
_NO_DRIFT_FRAMES = 0.5
"""Less than this from the first window to the last is no drift, but the phase of an equaliser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """`offset_frames` is how much later than in the dry recording a thing happens in the wet one.

    `drift_ppm` is how much longer the wet recording is, in millionths; the offset counts when that is undone.
    """

    offset_frames: float
    inverted: bool = False
    drift_ppm: float = 0.0


def find_alignment(dry: Samples, wet: Samples, rate: int) -> Alignment:
    """How the two lie to each other; each is (channels, frames) at the same rate, and not silent.

    Without a drift, the offset is a whole number of frames.
    Raises MatchError where they have nothing to do with each other, or one plays at another speed.
    """
    one, other = _heard(dry), _heard(wet)
    try:
        found = _found(one, other, rate)
    except MatchError:
        for words, speed in _SPEEDS.items():
            if _fits(one, resample(other[None], 1.0, speed)[0], rate):
                faster = "faster" if speed > 1.0 else "slower"
                raise MatchError(
                    f"The processed recording plays {faster} than the dry one, {words}.",
                    hint="Export one of them again at the right sample rate.",
                ) from None
        raise
    if not found.drift_ppm:
        return dataclasses.replace(found, offset_frames=float(round(found.offset_frames)))
    return found


def align(dry: Samples, wet: Samples, alignment: Alignment) -> tuple[Samples, Samples]:
    """The dry recording, silent where there is none, in time with the wet one, and the wet one without drift.

    The polarity stays as it is.
    """
    wet = _undrifted(wet, alignment.drift_ppm)
    whole = round(alignment.offset_frames)
    wet = _earlier(wet, alignment.offset_frames - whole)
    moved = np.zeros((dry.shape[0], wet.shape[1]), np.float32)
    start = max(whole, 0)
    inner = dry[:, max(-whole, 0) :][:, : max(moved.shape[1] - start, 0)]
    moved[:, start : start + inner.shape[1]] = inner
    return moved, wet


def _earlier(samples: Samples, frames: float) -> Samples:
    """The samples earlier by a part of a frame."""
    if frames == 0.0:
        return samples
    size = fft.next_fast_len(samples.shape[1] + 1024, real=True)
    turn = np.exp(2j * np.pi * fft.rfftfreq(size) * frames).astype(np.complex64)
    return np.asarray(fft.irfft(fft.rfft(samples, size) * turn, size)[:, : samples.shape[1]], np.float32)


def _undrifted(samples: Samples, drift_ppm: float) -> Samples:
    return resample(samples, 1e6 + drift_ppm, 1e6) if drift_ppm else samples


def _heard(samples: Samples) -> Samples:
    """One channel: the middle, or the left side where the sides cancel."""
    middle = samples.mean(axis=0)
    sounds = np.vdot(middle, middle) > 1e-3 * np.vdot(samples[0], samples[0])
    return np.asarray(middle if sounds else samples[0])


def _fits(dry: Samples, wet: Samples, rate: int) -> bool:
    try:
        _found(dry, wet, rate)
    except MatchError:
        return False
    return True


def _found(dry: Samples, wet: Samples, rate: int) -> Alignment:
    """The alignment of two channels."""
    line = _line(_windows(dry, wet, _coarse_frames(dry, wet, rate), rate), rate)
    drift = line.slope if abs(line.slope) * line.span > _NO_DRIFT_FRAMES else 0.0
    if drift:
        steady = _undrifted(wet[None], 1e6 * drift)[0]
        again = _line(_windows(dry, steady, round(line.at_zero), rate), rate)
        drift += again.slope * (1.0 + drift)
        line = again
    return Alignment(offset_frames=line.at_zero, inverted=line.inverted, drift_ppm=1e6 * drift)


def _coarse_frames(dry: Samples, wet: Samples, rate: int) -> int:
    """The offset to within a few milliseconds, by levels over time."""
    found, likeness = _best_lag(_envelopes(dry, rate), _envelopes(wet, rate))
    if likeness < _RELATED:
        raise _unrelated()
    return round(found * rate / ENVELOPE_HZ)


def _unrelated() -> MatchError:
    return MatchError(
        "The processed recording does not sound like anything made from the dry one.",
        hint="Give the same take twice: first as it was recorded, then as it was mixed.",
    )


def _envelopes(samples: Samples, rate: int) -> Array:
    """Levels at `ENVELOPE_HZ` in a few bands against their own mean around, of unit energy; (bands, steps)."""
    hop = rate / ENVELOPE_HZ
    edges = np.round(np.arange(math.floor(samples.size / hop) + 1) * hop).astype(int)
    rows = []
    for band in _ENVELOPE_BANDS_HZ:
        sos = signal.butter(2, band, "bandpass", fs=rate, output="sos")
        power = np.square(signal.sosfilt(sos, samples))
        sums = np.concatenate([[0.0], np.cumsum(power)])[edges]
        rows.append(np.sqrt(np.maximum(np.diff(sums), 0.0)))
    levels = np.array(rows)
    floor = 1e-2 * np.sqrt(np.mean(np.square(levels), axis=1, keepdims=True)) + 1e-12
    levels = np.log(levels + floor)
    length = round(_LOCAL_S * ENVELOPE_HZ)
    window = np.hanning(length + 2)[None, 1:-1]
    around = signal.oaconvolve(levels, window, "same", axes=1)
    around /= signal.oaconvolve(np.ones_like(levels), window, "same", axes=1)
    return np.asarray(levels - around)


def _best_lag(one: Array, other: Array) -> tuple[int, float]:
    """By how many steps `other` is later, and the correlation there over what both have."""
    total = one.shape[1] + other.shape[1]
    size = fft.next_fast_len(total, real=True)

    def correlated(a: Array, b: Array) -> Array:
        both = fft.irfft((fft.rfft(b, size) * fft.rfft(a, size).conj()).sum(axis=0), size)
        return np.asarray(both)

    products = correlated(one, other)
    own = correlated(np.square(one), np.ones_like(other))
    its = correlated(np.ones_like(one), np.square(other))
    common = correlated(np.ones_like(one[:1]), np.ones_like(other[:1]))
    least = min(_OVERLAP_S * ENVELOPE_HZ, 0.5 * min(one.shape[1], other.shape[1]))
    long_enough = common > least
    # A short overlap that happens to fit proves little: it is held against how much of the shorter one it is.
    part = np.sqrt(np.clip(common / min(one.shape[1], other.shape[1]), 0.0, 1.0))
    scores = np.where(long_enough, products / np.sqrt(np.maximum(own * its, 1e-12)), -1.0)
    at = int(np.argmax(scores * part))
    return at if at < other.shape[1] else at - size, float(scores[at])


@dataclass(frozen=True, slots=True)
class _Window:
    """One window's answer: its place in the wet recording, the offset there, the peak's sign and height."""

    at: float
    offset: float
    sign: float
    height: float


def _windows(dry: Samples, wet: Samples, near: int, rate: int) -> list[_Window]:
    """The answers of windows that are loud in the dry recording, spread over all that both have."""
    first, end = max(0, -near), min(dry.size, wet.size - near)
    length = min(round(_WINDOW_S * rate), end - first)
    starts = np.unique(np.linspace(first, end - length, 4 * _WINDOWS).astype(int))
    energies = np.array([float(np.vdot(dry[at : at + length], dry[at : at + length])) for at in starts])
    groups = np.array_split(np.arange(starts.size), min(_WINDOWS, starts.size))
    loud = [group[int(np.argmax(energies[group]))] for group in groups]
    loud = [at for at in loud if energies[at] > 1e-3 * energies.max()]
    found = [_window(dry, wet, int(starts[at]), length, near, rate) for at in loud]
    return [one for one in found if one.height > _CERTAIN]


def _window(dry: Samples, wet: Samples, start: int, length: int, near: int, rate: int) -> _Window:
    reach = round(_REACH_S * rate)
    size = fft.next_fast_len(length + 2 * reach, real=True)
    shape = signal.get_window("hann", length).astype(np.float32)
    own = fft.rfft(dry[start : start + length] * shape, size)
    its = fft.rfft(_around(wet, start + near - reach, length + 2 * reach), size)
    hz = fft.rfftfreq(size, 1.0 / rate)
    power = np.square(np.abs(own))
    heard = (hz > _PHASES_HZ[0]) & (hz < _PHASES_HZ[1]) & (power > power.max() * 10.0 ** (-_DYNAMIC_DB / 10.0))
    cross = its * own.conj()
    phases = np.where(heard, cross / np.maximum(np.abs(cross), 1e-20), 0.0)
    curve = fft.irfft(phases, size)[: 2 * reach + 1] * size / (2.0 * max(int(heard.sum()), 1))
    at = int(np.argmax(np.abs(curve)))
    return _Window(
        at=start + near + length / 2,
        offset=near - reach + at + _vertex(curve, at),
        sign=float(np.sign(curve[at])),
        height=float(abs(curve[at])),
    )


def _around(samples: Samples, start: int, frames: int) -> Samples:
    inner = samples[max(start, 0) : max(start + frames, 0)]
    before = max(-start, 0)
    return np.pad(inner, (before, frames - before - inner.size))


def _vertex(curve: Array, at: int) -> float:
    """Where between its neighbours a parabola through the peak is highest."""
    if not 0 < at < curve.size - 1:
        return 0.0
    before, here, after = np.abs(curve[at - 1 : at + 2])
    return float(0.5 * (before - after) / min(before - 2.0 * here + after, -1e-20))


@dataclass(frozen=True, slots=True)
class _Line:
    """Offset over time: at the start, per frame, over how many frames it was seen."""

    at_zero: float
    slope: float
    span: float
    inverted: bool


def _line(windows: list[_Window], rate: int) -> _Line:
    """The line that most windows agree on (Theil and Sen). Raises MatchError where they do not."""
    places = np.array([one.at for one in windows])
    offsets = np.array([one.offset for one in windows])
    if not offsets.size:
        raise _unrelated()
    pairs = [(i, j) for i, j in itertools.combinations(range(offsets.size), 2) if places[j] - places[i] > rate]
    slopes = [(offsets[j] - offsets[i]) / (places[j] - places[i]) for i, j in pairs]
    slope = float(np.median(slopes)) if slopes else 0.0
    for _ in range(2):
        level = float(np.median(offsets - slope * places))
        agree = np.abs(offsets - slope * places - level) < _AGREE_FRAMES
        if np.count_nonzero(agree) < min(_AGREEING, offsets.size):
            raise _unrelated()
        if np.count_nonzero(agree) > 2 and np.ptp(places[agree]) > rate:
            slope = float(np.polyfit(places[agree], offsets[agree], 1)[0])
    heights = np.array([one.height for one in windows])[agree]
    if np.ptp(places[agree]) < _WINDOW_S * rate and np.max(heights) < _CERTAIN_ALONE:
        raise _unrelated()
    signs = sum(one.sign * one.height for one, fits in zip(windows, agree, strict=True) if fits)
    at_zero = float(np.median((offsets - slope * places)[agree]))
    return _Line(at_zero, slope, float(np.ptp(places[agree])), signs < 0.0)
