"""How far one mix is from another, frame by frame, in percent: metric set A, the measures of FxNorm-automix.

Features are followed over time by a running mean; a distance is the mean of |theirs - ours| / |theirs|. Source:
M. A. Martínez-Ramírez et al., "Automatic music mixing with deep learning and out-of-domain data", ISMIR 2022, as in
automix-toolkit's `utils_evaluation.py`. What is different here:

- The crest factor is peak minus RMS in dB. There it is the quotient of two levels in dB, which means nothing and
  grows without bound as the RMS nears full scale.
- Nothing is quieter than -100 dB, and no loudness is under -70 LUFS. There a digital zero is -600 dB, and one such
  frame outweighs a song; a gated frame is -inf.
- The signal is K-weighted as a whole, and not from rest in every frame of 0.4 s.
- Flatness is mapped to 1 - 20 log10, as in FxNorm-automix; automix-toolkit compares it as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from daw_bridge.evaluation.spectral import bandwidth_hz, centroid_hz, contrast_db, flatness, roll_off_hz
from predictors.loudness import ABSOLUTE_GATE_LUFS, lufs, measure, power

if TYPE_CHECKING:
    from daw_bridge.audio import Samples

Array = NDArray[np.float64]
Features = Mapping[str, Array]
"""Each feature over time: (frames) or (channels, frames)."""

FRAME, HOP = 4096, 1024
RUNNING = 40
TRIM_DB = 45.0
SILENCE_DB = -100.0
PEAK_DBFS = -1.0
PANNING_HZ = {"all": (0.0, math.inf), "lows": (0.0, 250.0), "mids": (250.0, 2500.0), "highs": (2500.0, math.inf)}


def distances_percent(ours: Samples, theirs: Samples, rate: int) -> dict[str, float]:
    """`loudness`, `spectrum`, `panning` and `dynamics` of our mix against theirs, each the mean of its features.

    Both are (2, frames) from the same start, at least `FRAME` long; theirs says what is cut off as silence. Panning
    is NaN where theirs has none.
    """
    ours, theirs = _trimmed(ours, theirs)
    pairs = {"loudness": (loudness_features(ours, rate), loudness_features(theirs, rate))}
    ours, theirs = _at_peak(ours), _at_peak(theirs)
    magnitudes = _magnitudes(ours), _magnitudes(theirs)
    pairs["spectrum"] = spectral_features(magnitudes[0], rate), spectral_features(magnitudes[1], rate)
    panned = panning_features(magnitudes[1], rate)
    aside = panned["all"] > 0.0
    pairs["panning"] = _only(panning_features(magnitudes[0], rate), aside), _only(panned, aside)
    pairs["dynamics"] = dynamic_features(ours), dynamic_features(theirs)
    return {group: _mean_distance_percent(*pair) for group, pair in pairs.items()}


def _only(features: Features, frames: NDArray[np.bool_]) -> Features:
    return {name: track[frames] for name, track in features.items()}


def _mean_distance_percent(ours: Features, theirs: Features) -> float:
    return float(np.mean([distance_percent(ours[name], theirs[name]) for name in theirs]))


def distance_percent(ours: Array, theirs: Array) -> float:
    """The mean of |theirs - ours| / |theirs| over running means, in percent; NaN where there is no frame."""
    if not theirs.size:
        return math.nan
    ours, theirs = _running_means(ours), _running_means(theirs)
    return float(100.0 * np.mean(np.abs(theirs - ours) / np.maximum(np.abs(theirs), np.finfo(np.float64).eps)))


def _running_means(track: Array) -> Array:
    frames = min(RUNNING, track.shape[-1])
    return np.asarray(sliding_window_view(track, frames, axis=-1).mean(axis=-1))


def _trimmed(ours: Samples, theirs: Samples) -> tuple[Samples, Samples]:
    """Both over the same time: what is 45 dB under the loudest frame of theirs is cut off at both ends."""
    length = min(ours.shape[1], theirs.shape[1])
    ours, theirs = ours[:, :length], theirs[:, :length]
    energy = np.square(_frames(theirs)).mean(axis=(0, 2))
    loud = np.flatnonzero(energy > energy.max() * math.pow(10.0, -TRIM_DB / 10.0))
    if not len(loud):
        return ours, theirs
    whole = slice(int(loud[0]) * HOP, int(loud[-1]) * HOP + FRAME)
    return ours[:, whole], theirs[:, whole]


def _at_peak(samples: Samples) -> Samples:
    peak = float(np.abs(samples).max())
    return samples * np.float32(math.pow(10.0, PEAK_DBFS / 20.0) / peak) if peak > 0.0 else samples


def _frames(samples: Samples) -> Samples:
    """All whole frames: (channels, frames, FRAME)."""
    return sliding_window_view(samples, FRAME, axis=1)[:, ::HOP]


def _magnitudes(samples: Samples) -> Array:
    """Magnitude spectra with the root of a Hann window: (channels, frames, lines)."""
    window = np.sin(np.pi * np.arange(FRAME) / FRAME).astype(np.float32)
    return np.abs(np.fft.rfft(_frames(samples) * window))


def loudness_features(samples: Samples, rate: int) -> Features:
    """LUFS and peak in dB, of 0.4 s every 0.2 s."""
    block = measure(samples, rate).block_power
    levels = lufs(np.maximum(sliding_window_view(block, 4)[::2].mean(axis=1), power(ABSOLUTE_GATE_LUFS)))
    frames = sliding_window_view(np.abs(samples).max(axis=0), round(0.4 * rate))[:: round(0.2 * rate)]
    return {"lufs": levels, "peak_dbfs": _db(frames.max(axis=1))}


def spectral_features(magnitudes: Array, rate: int) -> Features:
    """Of magnitude spectra (channels, frames, lines): where they lie, how wide, how peaked, how noisy they are."""
    hz = np.linspace(0.0, rate / 2.0, magnitudes.shape[-1])
    contrast = contrast_db(magnitudes, hz)
    return {
        "centroid_hz": centroid_hz(magnitudes, hz),
        "bandwidth_hz": bandwidth_hz(magnitudes, hz),
        "contrast_lows_db": contrast[0],
        "contrast_mids_db": contrast[1:4].mean(axis=0),
        "contrast_highs_db": contrast[-1],
        "roll_off_hz": roll_off_hz(magnitudes, hz),
        "flatness_db": 1.0 - _db(flatness(magnitudes)),
    }


def panning_features(magnitudes: Array, rate: int) -> Features:
    """How far from the middle the lines are, RMS over each of `PANNING_HZ`: 0 in the middle, 1 on one side only.

    Source of the panning spectrum: G. Tzanetakis, R. Jones, K. McNally, "Stereo panning features for classifying
    recording production style", ISMIR 2007. Which side it is does not count.
    """
    left, right = magnitudes.astype(np.float64) + 1e-20
    aside = np.square(1.0 - 2.0 * left * right / (left * left + right * right))
    lines = magnitudes.shape[-1] - 1
    cut = {name: [int(min(hz / (rate / 2.0), 1.0) * lines) for hz in band] for name, band in PANNING_HZ.items()}
    return {name: np.sqrt(aside[:, low:high].mean(axis=1)) for name, (low, high) in cut.items()}


def dynamic_features(samples: Samples) -> Features:
    """Level, mean distance of the samples from it, and crest factor of each frame, in dB, the mean of the channels.

    The first two as 1 minus their value, so that they stay clear of zero.
    """
    frames = np.abs(_frames(samples))
    level = _db(np.sqrt(np.square(frames).mean(axis=2)))
    spread = _db(frames).mean(axis=2) - level
    crest = _db(frames.max(axis=2)) - level
    return {
        "level_db": 1.0 - level.mean(axis=0),
        "spread_db": 1.0 - spread.mean(axis=0),
        "crest_db": crest.mean(axis=0),
    }


def _db(amplitude: NDArray[np.floating[Any]]) -> Array:
    return np.asarray(20.0 * np.log10(np.maximum(amplitude, math.pow(10.0, SILENCE_DB / 20.0))), dtype=np.float64)
