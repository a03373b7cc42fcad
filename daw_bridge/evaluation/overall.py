"""How far one mix is from another as a whole: metric set B, the audio features of Diff-MST.

Source: S. S. Vanka et al., "Diff-MST: Differentiable mixing style transfer", ISMIR 2024, `mst/loss.py`; its Bark
filters are those of torchaudio's prototype. One thing is different: there, the edges over 20.1 Bark miss their
correction, so that the last filters lie between 20 kHz and 32 kHz; here the last one ends at 20 kHz.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

if TYPE_CHECKING:
    from daw_bridge.audio import Samples

Array = NDArray[np.float64]

FFT = 32768
HOP = FFT // 4
BANDS = 24
BARK_HZ = (20.0, 20000.0)
LEAST = 1e-8

WEIGHTS = {"rms": 0.1, "crest_db": 0.001, "width": 1.0, "imbalance": 1.0, "bark": 0.1}
"""What the mean squared distance of each feature counts in Diff-MST's loss."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overall:
    """What a mix is like as a whole.

    `rms` and `crest_db`: of each channel. `width`: energy of left minus right over that of left plus right; 0 is
    mono. `imbalance`: -1 is left only, 1 right only. `bark`: the natural logarithm of the mean magnitude in 24
    bands, for left plus right and for left minus right, (2, BANDS).
    """

    rms: Array
    crest_db: Array
    width: Array
    imbalance: Array
    bark: Array


def overall(samples: Samples, rate: int) -> Overall:
    """The features of a mix, (2, frames)."""
    left, right = (np.asarray(channel, dtype=np.float64) for channel in samples)
    mid, side = left + right, left - right
    energy = np.array([np.mean(left * left), np.mean(right * right)])
    rms = np.sqrt(np.maximum(energy, LEAST))
    peak = np.array([np.abs(left).max(), np.abs(right).max()])
    return Overall(
        rms=rms,
        crest_db=20.0 * np.log10(np.maximum(peak / rms, LEAST)),
        width=np.array([np.mean(side * side) / max(np.mean(mid * mid), LEAST)]),
        imbalance=np.array([(energy[1] - energy[0]) / max(energy.sum(), LEAST)]),
        bark=np.array([_bark(mid, rate), _bark(side, rate)]),
    )


def differences(ours: Overall, theirs: Overall) -> dict[str, float]:
    """The mean squared distance of each feature, and `loss`, their sum with the `WEIGHTS` of Diff-MST."""
    squared = {name: float(np.mean(np.square(getattr(ours, name) - getattr(theirs, name)))) for name in WEIGHTS}
    return {**squared, "loss": sum(WEIGHTS[name] * value for name, value in squared.items())}


def bark_difference_db(ours: Overall, theirs: Overall) -> float:
    """The root mean squared distance of the middle's Bark bands in dB."""
    nepers = ours.bark[0] - theirs.bark[0]
    return float(20.0 / math.log(10.0) * np.sqrt(np.mean(np.square(nepers))))


def _bark(signal: Array, rate: int) -> Array:
    """The logarithm of the mean magnitude in each band; frames without a window, mirrored at both ends."""
    frames = sliding_window_view(np.pad(signal, FFT // 2, mode="reflect"), FFT)[::HOP]
    magnitude = np.mean([np.abs(np.fft.rfft(frame)) for frame in frames], axis=0)
    return np.asarray(np.log(_filters(rate) @ magnitude + LEAST))


@cache
def _filters(rate: int) -> Array:
    """Triangles evenly spaced in Bark: (BANDS, lines)."""
    low, high = (_bark_of(hz) for hz in BARK_HZ)
    edges = np.array([_hz_of(bark) for bark in np.linspace(low, high, BANDS + 2)])
    lines = np.linspace(0.0, rate // 2, FFT // 2 + 1)
    rising = (lines - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - lines) / np.diff(edges)[1:, None]
    return np.asarray(np.maximum(np.minimum(rising, falling), 0.0))


def _bark_of(hz: float) -> float:
    """H. Traunmüller, "Analytical expressions for the tonotopic sensory scale", JASA 88, 1990."""
    bark = 26.81 * hz / (1960.0 + hz) - 0.53
    if bark < 2.0:
        return bark + 0.15 * (2.0 - bark)
    return bark + 0.22 * (bark - 20.1) if bark > 20.1 else bark


def _hz_of(bark: float) -> float:
    if bark < 2.0:
        bark = (bark - 0.3) / 0.85
    elif bark > 20.1:
        bark = (bark + 4.422) / 1.22
    return 1960.0 * (bark + 0.53) / (26.28 - bark)
