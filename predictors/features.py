"""What the trained networks are told of a recording: one vector, the same in training and at run time.

It is made from the power in 64 mel bands, in frames of 46 ms every 23 ms. Frames are placed by time and bands by
frequency, so a recording is described at its own rate: what it cannot hold (bands over half its rate) is at the
floor, as if it had been brought to 44.1 kHz. Everything is counted from the loudness of the active frames, one
level for all bands: the description does not depend on gain, and keeps the balance of the spectrum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import sparse
from scipy.fft import next_fast_len, rfft
from scipy.ndimage import maximum_filter1d
from scipy.signal import lfilter

from predictors.kweighting import weighting_power

Samples = NDArray[np.floating[Any]]
Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

VERSION = 1
"""To be counted up with every change of what comes out; a test holds a description against its hash."""

HOP_S = 1024 / 44100
FRAME_S = 2 * HOP_S
BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 50.0, 16000.0

ACTIVE_DB = 20.0
"""A frame is active down to this much under the mean of what is not silence, as the blocks of `analysis`."""

SILENT_DB = 70.0
"""A frame this much under the loudest is silence."""

FLOOR_DB = -80.0
"""The lowest that a band is said to be, against the loudness of the active frames."""

BATCH = 64
"""Frames transformed at once: they stay in the cache."""


def _mel(hz: Any) -> Any:
    return 1127.0 * np.log1p(np.asarray(hz) / 700.0)


def _hz(mel: Any) -> Any:
    return 700.0 * np.expm1(np.asarray(mel) / 1127.0)


_EDGES_HZ = _hz(np.linspace(_mel(LOWEST_HZ), _mel(HIGHEST_HZ), BANDS + 2))
CENTRES_HZ = tuple(float(hz) for hz in _EDGES_HZ[1:-1])
"""The centres of the bands; each reaches to those of its neighbours, in a triangle."""


@cache
def _window(rate: int) -> Array:
    """A Hann window of energy 2 over its length squared, of a length that transforms fast."""
    length = next_fast_len(round(FRAME_S * rate), real=True)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    return np.asarray(window * np.sqrt(2 / length / (window @ window)), dtype=np.float32)


@cache
def _triangles(rate: int) -> sparse.csr_matrix:
    """How much of each line of the transform goes into each band: (bands, lines)."""
    length = len(_window(rate))
    lines = np.arange(length // 2 + 1) * rate / length
    low, centre, high = (_EDGES_HZ[n : n + BANDS, None] for n in range(3))
    rising, falling = (lines - low) / (centre - low), (high - lines) / (high - centre)
    return sparse.csr_matrix(np.clip(np.minimum(rising, falling), 0, None).astype(np.float32))


def mel_power(samples: Samples, rate: int) -> Array:
    """The power in each band, (frames, 64), the mean of the channels of samples (channels, frames).

    A recording that is shorter than a frame is one frame.
    """
    window = _window(rate)
    missing = max(len(window) - samples.shape[1], 0)
    samples = np.pad(samples, ((0, 0), (0, missing))) if missing else samples
    count = 1 + int((samples.shape[1] - len(window)) / (HOP_S * rate))
    starts = np.round(np.arange(count) * HOP_S * rate).astype(int)
    out = np.zeros((count, BANDS), np.float32)
    for channel in samples:
        frames = sliding_window_view(channel, len(window))
        for first in range(0, count, BATCH):
            transform = rfft(frames[starts[first : first + BATCH]] * window)
            power = transform.real**2 + transform.imag**2
            out[first : first + BATCH] += (_triangles(rate) @ power.T).T
    out /= len(samples)
    return out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frames:
    """A recording in bands: levels in dB against the loudness of its active frames.

    `bands_db` (frames, 64); `level_db` (frames,) of all bands, K-weighted; `active` (frames,).
    """

    bands_db: Array
    level_db: Array
    active: Mask


@cache
def _weights() -> Array:
    return np.asarray(weighting_power(np.array(CENTRES_HZ)), dtype=np.float32)


def _db(power: Any) -> Array:
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10))), dtype=np.float32)


def listen(samples: Samples, rate: int) -> Frames:
    """The frames of samples (channels, frames). Raises ValueError where all is silence."""
    power = mel_power(samples, rate)
    level = power @ _weights()
    heard = level > level.max() * 10 ** (-SILENT_DB / 10)
    if not heard.any():
        raise ValueError("silence cannot be described")
    active = level > level[heard].mean() * 10 ** (-ACTIVE_DB / 10)
    loudness = level[active].mean()
    return Frames(bands_db=_db(power / loudness), level_db=_db(level / loudness), active=active)


SPREAD_PERCENTILES = (5, 10, 25, 75, 90, 95)
TONE_ROWS = 3 + len(SPREAD_PERCENTILES)


def tone(frames: Frames) -> Array:
    """The spectrum over the active frames, in rows of 64: medians; percentiles, means, mean powers against them.

    An equalizer moves the first row and leaves the others: they tell voices apart.
    """
    active = frames.bands_db[frames.active]
    median, *spread = np.percentile(active, (50, *SPREAD_PERCENTILES), axis=0)
    rows = [*spread, active.mean(axis=0), _db((10 ** (active / 10)).mean(axis=0))]
    return np.concatenate([median, *(row - median for row in rows)])


DECAY_EDGES_HZ = (100.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
DECAY_LAGS = (1, 2, 4, 8, 16, 32, 64)
DECAY_PERCENTILES = (1, 3, 10, 25, 50, 75, 90, 97)
DECAY_FROM_DB = -20.0
"""Decays are followed from levels down to this much under the mean of a band's active frames."""


def _octave_db(frames: Frames) -> Array:
    """The level of the octaves between `DECAY_EDGES_HZ`, and of all: (frames, octaves + 1)."""
    power = 10 ** (frames.bands_db / 10)
    edges = np.searchsorted(CENTRES_HZ, DECAY_EDGES_HZ)
    octaves = [power[:, low:high].sum(axis=1) for low, high in pairwise(edges)]
    return np.column_stack([*(_db(octave) for octave in octaves), frames.level_db])


def decay(frames: Frames) -> Array:
    """How levels go on: percentiles of the change over 23 ms to 1.5 s, in octaves and in all.

    The steepest falls show the tail of a room, since nothing falls faster than it does (Wen, Habets and Naylor
    2008: the negative side of the distribution of decay rates).
    """
    return np.concatenate([_falls(levels) for levels in _octave_db(frames).T])


def _falls(levels: Array) -> Array:
    """For each lag percentiles of the change from the louder frames on."""
    reference = np.log10(np.mean(10 ** (levels / 10))) * 10
    rows = []
    for lag in DECAY_LAGS:
        padded = np.pad(levels, (0, max(lag + 1 - len(levels), 0)), constant_values=FLOOR_DB)
        start, change = padded[:-lag], padded[lag:] - padded[:-lag]
        chosen = change[start > reference + DECAY_FROM_DB]
        rows.append(np.percentile(chosen, DECAY_PERCENTILES) if len(chosen) else np.zeros(len(DECAY_PERCENTILES)))
    return np.concatenate(rows).astype(np.float32)


ROOM_BANDS_HZ = ((400.0, 1400.0), (2000.0, 8000.0))
ROOM_RT60_S = tuple(float(seconds) for seconds in np.geomspace(0.2, 6.4, 11))
"""The decays that are tried, each 1.41 times as long as the one before."""

ROOM_LEVELS_DB = tuple(range(-34, 3, 2))
ROOM_DELAY_FRAMES = 1
SLOPE_FRAMES = 3
"""A fall is seen over so many frames to both sides, 160 ms."""

SLOPE_FACTOR = 2.0
UNDER_TOP_DB, TOP_FRAMES = 10.0, 64
"""A tail lies so much under the top of the 1.5 s before it; what is nearer may be the voice."""


def rooms(frames: Frames) -> Array:
    """Which decays explain the falls of the level, and at which wet level: the map of votes of `reverberance`.

    A room of one decay answers a sound of power P with P smoothed by that decay, times the wet level; where the
    sound has stopped, nothing else is left. For each band and each decay of `ROOM_RT60_S`: the share of the
    falling frames (those that fall about as fast) at each level over the smoothed power; and how many fall.
    """
    power = 10 ** (frames.bands_db / 10)
    edges = [np.searchsorted(CENTRES_HZ, limits_hz) for limits_hz in ROOM_BANDS_HZ]
    bands = [power[:, low:high].sum(axis=1) for low, high in edges]
    return np.concatenate([_room_votes(band) for band in (*bands, 10 ** (frames.level_db / 10))])


def _room_votes(power: Array) -> Array:
    levels = _db(power)
    ramp = np.arange(SLOPE_FRAMES, -SLOPE_FRAMES - 1, -1.0)
    rise_db_s = np.convolve(np.pad(levels, SLOPE_FRAMES, mode="edge"), ramp / (ramp @ ramp), "valid") / HOP_S
    own_s = 60.0 / np.maximum(-rise_db_s, 1e-3)
    top = maximum_filter1d(levels, TOP_FRAMES, origin=TOP_FRAMES // 2 - 1)
    falling = (levels < top - UNDER_TOP_DB) & (rise_db_s < 0) & (levels > FLOOR_DB + 5.0)
    late = np.pad(power, (ROOM_DELAY_FRAMES, 0))[: len(power)]
    count = int(falling.sum())
    votes = [
        _votes_for(decay_s, power, late, falling & (abs(np.log(own_s / decay_s)) < np.log(SLOPE_FACTOR)))
        for decay_s in ROOM_RT60_S
    ]
    shares = np.sqrt(np.array(votes).ravel() / max(count, 1))
    return np.array([*shares, np.log10(1 + count)], np.float32)


def _votes_for(decay_s: float, power: Array, late: Array, chosen: Mask) -> Array:
    """How many of the chosen frames lie at each level over the power smoothed by this decay."""
    kept = 10 ** (-6 * HOP_S / decay_s)
    answer = lfilter([1 - kept], [1, -kept], late)
    over_db = 10 * np.log10(power[chosen] / np.maximum(answer[chosen], 1e-12))
    return np.asarray(np.histogram(over_db, ROOM_LEVELS_DB)[0])


LEVEL_PERCENTILES = (1, 2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 85, 90, 95, 98, 99)
BLOCK_FRAMES = (1, 4, 17)
"""Levels are looked at over 23 ms, about 100 ms and about 400 ms."""

LOW_HZ, HIGH_HZ = (100.0, 800.0), (2000.0, 5000.0)
TILT_PERCENTILES = (5, 25, 50, 75, 95)


def movement(frames: Frames) -> Array:
    """How loudness moves: percentiles of levels over three lengths of time, all and active, and brightness with it.

    A louder voice is a brighter one, and a compressor takes the loudness and leaves the brightness.
    """
    return np.concatenate([*(_levels(frames, length) for length in BLOCK_FRAMES), _brightness(frames)])


def _levels(frames: Frames, length: int) -> Array:
    length = min(length, len(frames.level_db))
    count = len(frames.level_db) // length
    power = (10 ** (frames.level_db[: count * length] / 10)).reshape(count, length).mean(axis=1)
    levels = _db(power)
    active = frames.active[: count * length].reshape(count, length).any(axis=1)
    chosen = levels[active] if active.any() else levels
    return np.concatenate([np.percentile(levels, LEVEL_PERCENTILES), np.percentile(chosen, LEVEL_PERCENTILES)])


def _between(frames: Frames, limits_hz: tuple[float, float]) -> Array:
    low, high = np.searchsorted(CENTRES_HZ, limits_hz)
    return _db((10 ** (frames.bands_db[frames.active, low:high] / 10)).sum(axis=1))


def _brightness(frames: Frames) -> Array:
    tilt = _between(frames, HIGH_HZ) - _between(frames, LOW_HZ)
    level = frames.level_db[frames.active]
    tilt_off, level_off = tilt - tilt.mean(), level - level.mean()
    shared = float(np.mean(tilt_off * level_off))
    spread = [float(np.std(tilt)), float(np.std(level))]
    slopes = [shared / (part * part + 1.0) for part in spread]
    return np.array([*np.percentile(tilt, TILT_PERCENTILES), *spread, *slopes], np.float32)


SECTIONS = {"tone": tone, "decay": decay, "rooms": rooms, "movement": movement}


def describe(samples: Samples, rate: int) -> Array:
    """The vector (FEATURE_COUNT,) of samples (channels, frames). Raises ValueError where all is silence."""
    frames = listen(samples, rate)
    return np.concatenate([section(frames) for section in SECTIONS.values()], dtype=np.float32)


_LENGTHS = {
    "tone": BANDS * TONE_ROWS,
    "decay": len(DECAY_EDGES_HZ) * len(DECAY_LAGS) * len(DECAY_PERCENTILES),
    "rooms": (len(ROOM_BANDS_HZ) + 1) * (len(ROOM_RT60_S) * (len(ROOM_LEVELS_DB) - 1) + 1),
    "movement": 2 * len(LEVEL_PERCENTILES) * len(BLOCK_FRAMES) + len(TILT_PERCENTILES) + 4,
}
FEATURE_COUNT = sum(_LENGTHS.values())


def section_slice(name: str) -> slice:
    """Where a section ("tone", "decay", "movement") lies in the vector."""
    names = list(_LENGTHS)
    start = sum(_LENGTHS[before] for before in names[: names.index(name)])
    return slice(start, start + _LENGTHS[name])


def _tag() -> str:
    parameters = (HOP_S, FRAME_S, BANDS, LOWEST_HZ, HIGHEST_HZ, ACTIVE_DB, SILENT_DB, FLOOR_DB, SPREAD_PERCENTILES)
    more = (DECAY_EDGES_HZ, DECAY_LAGS, DECAY_PERCENTILES, DECAY_FROM_DB, LEVEL_PERCENTILES, BLOCK_FRAMES)
    room = (ROOM_BANDS_HZ, ROOM_RT60_S, ROOM_LEVELS_DB, ROOM_DELAY_FRAMES, SLOPE_FRAMES, SLOPE_FACTOR)
    rest = (UNDER_TOP_DB, TOP_FRAMES, LOW_HZ, HIGH_HZ, TILT_PERCENTILES)
    words = _in_words((parameters, more, room, rest))
    return f"mel-{VERSION}-{hashlib.sha256(words.encode()).hexdigest()[:8]}"


def _in_words(value: Any) -> str:
    """The same on every machine: the last digits of a number, and how it is shown, differ from numpy to numpy."""
    return f"({','.join(map(_in_words, value))})" if isinstance(value, Iterable) else f"{float(value):.6g}"


FEATURES_TAG = _tag()
"""Names the version and the parameters: a network is used only with the features that it was trained on."""
