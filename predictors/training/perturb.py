"""Known changes of a recording, played through the models of our own plug-ins.

Samples are float32 (1 or 2 channels, frames). What comes out has the level that the change gives it.
"""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.reacomp_sound import gain_reduction_db
from daw_bridge.plugins.reaeq_sound import response_db
from daw_bridge.plugins.reaverbate_sound import impulse_response
from daw_bridge.plugins.sound import process_all
from predictors.analysis import active_mask, block_range_db
from predictors.kweighting import weighting_power
from predictors.loudness import measure

Samples = NDArray[np.float32]
Array = NDArray[np.float64]

EQ_HZ = (60.0, 14000.0)
"""Where the bands of a random EQ lie: what of a voice there is to change."""

LOW_SHELF_HZ, HIGH_SHELF_HZ = (60.0, 500.0), (1500.0, 14000.0)
"""Where shelves lie: beyond, they would only be a fader."""

BAND_OCT, SHELF_OCT = (0.4, 3.0), (0.915, 2.0)
"""How wide bands and shelves are; no narrower shelf of ReaEQ is measured (plugins.md, ReaEQ [render])."""

SHELF_SHARE = 0.2
"""Of the bands, so many are low shelves, and as many high ones. Ours."""


def amplified(samples: Samples, gain_db: float) -> Samples:
    """The samples, louder by `gain_db`."""
    return np.asarray(samples * np.float32(math.pow(10.0, gain_db / 20.0)))


def random_eq(rng: np.random.Generator, *, most_bands: int = 4, most_db: float = 12.0) -> ReaEq:
    """1 to `most_bands` bands and shelves of up to ±`most_db` each."""
    return ReaEq(bands=tuple(_random_band(rng, most_db) for _ in range(rng.integers(1, most_bands + 1))))


def _random_band(rng: np.random.Generator, most_db: float) -> Band:
    drawn = rng.random()
    kind, range_hz, range_oct = BandKind.BAND, EQ_HZ, BAND_OCT
    if drawn < SHELF_SHARE:
        kind, range_hz, range_oct = BandKind.LOW_SHELF, LOW_SHELF_HZ, SHELF_OCT
    elif drawn < 2 * SHELF_SHARE:
        kind, range_hz, range_oct = BandKind.HIGH_SHELF, HIGH_SHELF_HZ, SHELF_OCT
    return Band(
        kind=kind,
        frequency_hz=log_uniform(rng, range_hz),
        gain_db=float(rng.uniform(-most_db, most_db)),
        bandwidth_oct=log_uniform(rng, range_oct),
    )


def log_uniform(rng: np.random.Generator, limits: tuple[float, float]) -> float:
    """A value between two limits, each ratio as likely."""
    low, high = np.log(limits)
    return float(np.exp(rng.uniform(low, high)))


def equalized(samples: Samples, rate: int, eq: ReaEq) -> Samples:
    """The samples through ReaEQ; as many frames."""
    return process_all(eq, samples, rate)


def eq_curve_db(eq: ReaEq, frequencies_hz: ArrayLike, rate: int) -> Array:
    """What `equalized` does at each frequency, in dB."""
    return response_db(eq, frequencies_hz, rate)


def random_comp(rng: np.random.Generator, loudness_lufs: float) -> ReaComp:
    """A compressor that does something to a voice of this loudness (of one of its channels)."""
    return ReaComp(
        threshold_db=loudness_lufs + float(rng.uniform(-14.0, 2.0)),
        ratio=log_uniform(rng, (1.3, 10.0)),
        attack_ms=log_uniform(rng, (0.5, 30.0)),
        release_ms=log_uniform(rng, (40.0, 500.0)),
        rms_ms=float(rng.uniform(0.0, 10.0)),
        knee_db=float(rng.uniform(0.0, 12.0)),
    )


def compressed(samples: Samples, rate: int, comp: ReaComp) -> Samples:
    """The samples through ReaComp's gain computer, without its make-up; as many frames."""
    return _with_gain(samples, -gain_reduction_db(comp, samples, rate))


def expanded(samples: Samples, rate: int, comp: ReaComp) -> Samples:
    """The opposite of `compressed`: raised by as many dB as the compressor would turn down, moving as it moves."""
    return _with_gain(samples, gain_reduction_db(comp, samples, rate))


def _with_gain(samples: Samples, gain_db: NDArray[np.float32]) -> Samples:
    return np.asarray(samples * np.exp2(gain_db * np.float32(math.log2(10.0) / 20.0)))


def range_change_db(before: Samples, after: Samples, rate: int) -> float:
    """By how much `analysis.block_range_db` grew, over the mask of `before`."""
    was, became = (measure(samples, rate, dual_mono=True).block_power for samples in (before, after))
    mask = active_mask(was)
    return block_range_db(became, mask) - block_range_db(was, mask)


def reverberated(
    samples: Samples, rate: int, room: Samples | ReaVerbate, *, wet_lu: float, pre_delay_ms: float = 0.0
) -> Samples:
    """The samples with a reverb at a level, its tail played to the end.

    `room` is an impulse response at `rate`, (channels, frames), or a ReaVerbate, of which Wet and Dry are not
    used. One channel sounds on each of the other's. `wet_lu`: all the K-weighted energy of the wet sound against
    that of the dry one, as for `ReverbTarget.wet_lu`. The delay comes before that of the room itself.
    """
    response = verb_response(room, rate) if isinstance(room, ReaVerbate) else room
    frames = samples.shape[1]
    delay = round(pre_delay_ms * rate / 1000.0)
    length = frames + response.shape[1] - 1
    size = fft.next_fast_len(-(-length // rate) * rate, real=True)  # few sizes: the weights of each are kept
    dry = fft.rfft(samples, size)
    wet = dry * fft.rfft(response, size)
    gain = math.pow(10.0, wet_lu / 20.0) * math.sqrt(_energy(dry, rate, size) / (_energy(wet, rate, size) or 1.0))
    output = np.zeros((len(wet), delay + length), np.float32)
    output[:, :frames] = samples
    output[:, delay:] += np.float32(gain) * fft.irfft(wet, size)[:, :length]
    return output


def verb_response(verb: ReaVerbate, rate: int) -> Samples:
    """ReaVerbate's wet response to two equal channels, at 0 dB; shape (2, frames)."""
    response = impulse_response(dataclasses.replace(verb, wet_db=0.0), rate)
    return np.asarray(response.sum(axis=1), np.float32)


def _energy(spectrum: NDArray[Any], rate: int, size: int) -> float:
    """The K-weighted energy of a sound: one channel counts as two equal ones."""
    power = np.mean(np.square(spectrum.real) + np.square(spectrum.imag), axis=0, dtype=np.float64)
    return float(power @ _weights(rate, size))


@lru_cache(maxsize=32)
def _weights(rate: int, size: int) -> NDArray[np.float32]:
    return np.asarray(weighting_power(np.minimum(fft.rfftfreq(size, 1.0 / rate), 24000.0)), np.float32)
