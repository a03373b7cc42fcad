"""The listening excerpts: which seconds, how loud, and as what they travel in the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from daw_bridge.audio import Samples, resample
from predictors.loudness import BLOCKS_A_SECOND, measure, true_peak_db

LENGTH_S = 12.0
PHRASE_S = 3.0
"""The loudest phrase is looked for in windows of 3 s, those of the short-term loudness (EBU Tech 3341)."""

BREATH_S = 2.0
"""An excerpt begins at the quietest place of the vocal in so many seconds."""

HIGHEST_LUFS = -16.0
"""As loud as music is delivered (Apple; others ask for -14): quieter only where a peak would clip."""

CEILING_DBTP = -1.0
FADE_S = 0.02

_MP3_RATES = (32000, 44100, 48000)
_MP3_RATE = 48000


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Where the excerpts begin on the project's time line, and how long they are."""

    start_s: float
    length_s: float = LENGTH_S


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matched:
    """Excerpts made equally loud. `gains_db` is what each was moved by; a silent one stays, with None."""

    loudness_lufs: float
    gains_db: tuple[float | None, ...]
    samples: tuple[Samples, ...]


def loudest_start_s(block_power: NDArray[np.float64], length_s: float = LENGTH_S) -> float:
    """Where to begin so that the loudest 3 s of a vocal, given by its 100 ms blocks, lie in the middle.

    A breath earlier or later if the vocal pauses there; never beyond the ends where the song is long enough.
    """
    latest = block_power.size - round(length_s * BLOCKS_A_SECOND)
    if latest <= 0:
        return 0.0
    window = round(PHRASE_S * BLOCKS_A_SECOND)
    phrase = int(np.argmax(np.convolve(block_power, np.ones(window), "valid")))
    first = phrase + window // 2 - round(length_s * BLOCKS_A_SECOND) // 2
    around = round(BREATH_S * BLOCKS_A_SECOND) // 2
    low, high = min(max(first - around, 0), latest), min(max(first + around, 0), latest)
    return float(low + int(np.argmin(block_power[low : high + 1]))) / BLOCKS_A_SECOND


def cut(samples: Samples, rate: int, excerpt: Excerpt) -> Samples:
    """The excerpt's samples (2, frames), a copy, with short fades; silence where the song has ended."""
    start, frames = round(excerpt.start_s * rate), round(excerpt.length_s * rate)
    out = np.zeros((samples.shape[0], frames), np.float32)
    piece = samples[:, start : start + frames]
    out[:, : piece.shape[1]] = piece
    fade = np.linspace(0.0, 1.0, round(FADE_S * rate), dtype=np.float32)
    out[:, : fade.size] *= fade
    out[:, frames - fade.size :] *= fade[::-1]
    return out


def match_loudness(excerpts: Sequence[Samples], rate: int) -> Matched:
    """The excerpts at one loudness, the highest at which no true peak of them passes the ceiling."""
    loudness = [measure(samples, rate).integrated_lufs for samples in excerpts]
    sounding = [level for level in loudness if np.isfinite(level)]
    headroom = [
        level + CEILING_DBTP - true_peak_db(samples, rate)
        for samples, level in zip(excerpts, loudness, strict=True)
        if np.isfinite(level)
    ]
    target = min([HIGHEST_LUFS, *headroom])
    gains = [target - level if np.isfinite(level) else None for level in loudness]
    matched = [
        samples if gain is None else samples * np.float32(10.0 ** (gain / 20.0))
        for samples, gain in zip(excerpts, gains, strict=True)
    ]
    return Matched(
        loudness_lufs=target if sounding else float("-inf"), gains_db=tuple(gains), samples=tuple(matched)
    )


def mp3_data_uri(samples: Samples, rate: int) -> str:
    """The samples as an MP3 in a data URI."""
    if rate not in _MP3_RATES:
        samples, rate = resample(samples, rate, _MP3_RATE), _MP3_RATE
    file = io.BytesIO()
    soundfile.write(file, samples.T, rate, format="MP3", subtype="MPEG_LAYER_III")
    return "data:audio/mpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def envelope(samples: Samples, points: int = 240) -> list[float]:
    """The highest sample in each of `points` pieces of equal length, 1.0 being full scale."""
    edges = np.linspace(0, samples.shape[1], points + 1).astype(int)[:-1]
    return [float(value) for value in np.maximum.reduceat(np.abs(samples).max(axis=0), edges)]
