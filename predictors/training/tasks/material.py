"""Recordings as examples are cut from them: mono at one rate, decoded once, with the time in which they sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
import soxr
from numpy.typing import NDArray

from predictors.analysis import active_mask
from predictors.loudness import BLOCKS_A_SECOND, measure
from predictors.training.datasets import DatasetError, ImpulseResponse, Song, Sound, Voice
from predictors.training.perturb import log_uniform

RATE = 44100
BLOCK = RATE // BLOCKS_A_SECOND

SHORTEST_S, LONGEST_S = 6.0, 10.0
"""How long an example is, where the recording is that long."""

LEAST_ACTIVE = 0.5
"""Of an example, so much is voice."""

SPEEDS = (0.8, 1.25)
"""Played so much slower and faster, a voice is another one: its formants move with its pitch."""

MOST_DRAWS = 100
"""Stems of songs without a voice are silent: so many of them are passed over."""

Samples = NDArray[np.float32]
Mask = NDArray[np.bool_]
_Grouped = TypeVar("_Grouped", Voice, Song, ImpulseResponse)


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Samples (frames,) at `RATE`, and which of its 100 ms blocks are active."""

    samples: Samples
    active: Mask


@cache
def recording(load: Callable[[], Sound]) -> Recording:
    """A voice or a stem, decoded once and kept in memory. Raises DatasetError."""
    samples = _mono(load())
    return Recording(samples, active_mask(measure(samples[None], RATE).block_power))


def _mono(sound: Sound) -> Samples:
    """The mean of the channels, at `RATE`."""
    samples = sound.samples.mean(axis=0, dtype=np.float32)
    return np.asarray(soxr.resample(samples, sound.rate, RATE), np.float32)


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of a recording in blocks of 100 ms, and how much faster it is played than it was recorded."""

    start: int
    stop: int
    speed: float


def draw_cut(rng: np.random.Generator, active: Mask, *, vary: bool) -> Cut:
    """A piece in which enough is active: of those that have enough, or else the one with the most."""
    speed = log_uniform(rng, SPEEDS) if vary else 1.0
    length = min(round(rng.uniform(SHORTEST_S, LONGEST_S) * speed * BLOCKS_A_SECOND), len(active))
    counts = np.convolve(active, np.ones(length), "valid")
    start = int(rng.choice(np.flatnonzero(counts >= min(LEAST_ACTIVE * length, counts.max()))))
    return Cut(start, start + length, speed)


def played(samples: Samples, cut: Cut, *, before_s: float = 0.0) -> Samples:
    """The piece as it is played, (1, frames), with so much before it; where that is not recorded, silence."""
    start = cut.start * BLOCK - round(before_s * cut.speed * RATE)
    piece = samples[max(start, 0) : cut.stop * BLOCK]
    if start < 0:
        piece = np.pad(piece, (-start, 0))
    if cut.speed != 1.0:
        piece = soxr.resample(piece, RATE * cut.speed, RATE)
    return np.asarray(piece, np.float32)[None]


def draw_alike(rng: np.random.Generator, items: Sequence[_Grouped]) -> _Grouped:
    """One of the items: each group is as likely, and each item within it."""
    group = rng.choice(sorted({item.group for item in items}))
    members = [item for item in items if item.group == group]
    return members[int(rng.integers(len(members)))]


def draw_sounding(
    rng: np.random.Generator, items: Sequence[_Grouped], active_of: Callable[[_Grouped], Mask]
) -> tuple[_Grouped, Mask]:
    """One of the items and when it is active. Raises DatasetError where many were drawn that never are."""
    for _ in range(MOST_DRAWS):
        item = draw_alike(rng, items)
        active = active_of(item)
        if active.any():
            return item, active
    raise DatasetError(f"{MOST_DRAWS} draws from {len(items)} recordings, such as {item.name}: all are silent.")


def draw_voice(rng: np.random.Generator, voices: Sequence[Voice]) -> tuple[Voice, Recording]:
    """A voice that sounds."""
    voice, _ = draw_sounding(rng, voices, lambda each: recording(each.load).active)
    return voice, recording(voice.load)
