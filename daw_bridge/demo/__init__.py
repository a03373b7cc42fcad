"""A short song made from nothing: a sung lead, backing vocals, drums, bass and chords."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from daw_bridge.demo import band
from daw_bridge.demo.dsp import Array, gain, panned
from daw_bridge.demo.score import TEMPO_BPM, Score, harmony, write_score
from daw_bridge.demo.voice import Singer, sing

__all__ = ["DemoSong", "make_song"]

LEVELS_DBFS = {"Lead Vocal": -32.0, "Backing Vocals": -37.0, "Drums": -29.0, "Bass": -28.0, "Chords": -28.0}
"""RMS of each stem: a rough mix of the band, with the lead too quiet."""

NOISE_FLOOR_DBFS = -66.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSong:
    """Stems by track name, float32 of shape (channels, frames), all of one length, and what was played."""

    stems: Mapping[str, NDArray[np.float32]]
    rate: int
    tempo_bpm: float
    score: Score


def make_song(*, rate: int = 44100, seconds: float = 36.0, seed: int = 1) -> DemoSong:
    """The demo song, the same for the same arguments. `rate` is 32000 or more; a short song just stops."""
    frames = round(seconds * rate)
    score = write_score(seconds)
    stems = {
        "Lead Vocal": sing(score.phrases, Singer(seed=seed), frames=frames, rate=rate)[None],
        "Backing Vocals": _backing_vocals(score, frames, rate, seed),
        "Drums": band.drums(score, frames=frames, rate=rate, seed=seed),
        "Bass": band.bass(score, frames=frames, rate=rate, seed=seed),
        "Chords": band.chords(score, frames=frames, rate=rate, seed=seed),
    }
    stems = {name: _at_level(stem, LEVELS_DBFS[name]) for name, stem in stems.items()}
    stems["Lead Vocal"] = _home_recording(stems["Lead Vocal"], rate, seed)
    ending = np.clip((frames - np.arange(frames)) / (0.05 * rate), 0.0, 1.0)
    return DemoSong(
        stems={name: np.asarray(stem * ending, np.float32) for name, stem in stems.items()},
        rate=rate,
        tempo_bpm=TEMPO_BPM,
        score=score,
    )


def _backing_vocals(score: Score, frames: int, rate: int, seed: int) -> Array:
    """Two more singers, one above and one below the lead, left and right."""
    high = Singer(seed=seed + 1, size=1.16, consonants_db=-6.0, vibrato_hz=5.9, late_s=0.015, breathes=False)
    low = Singer(seed=seed + 2, size=0.96, consonants_db=-8.0, vibrato_hz=5.2, late_s=0.025, breathes=False)
    above = sing(harmony(score, above=True), high, frames=frames, rate=rate)
    below = sing(harmony(score, above=False), low, frames=frames, rate=rate)
    return panned(above, 0.6) + panned(below, -0.6)


def _at_level(stem: Array, rms_dbfs: float) -> Array:
    rms = np.sqrt(np.mean(stem**2))
    return stem * (gain(rms_dbfs) / rms) if rms > 0.0 else stem


def _home_recording(dry: Array, rate: int, seed: int) -> Array:
    """Sung close to a cheap microphone in a furnished room: boomy, a bit dull, with noise and mains hum."""

    def low_pass(signal: Array, hz: float) -> Array:
        pole = np.exp(-2.0 * np.pi * hz / rate)
        return np.asarray(lfilter([1.0 - pole], [1.0, -pole], signal))

    close = dry + 0.8 * low_pass(dry, 250.0)
    dull = 0.85 * close + 0.15 * low_pass(close, 4000.0)
    noise = np.random.default_rng(seed).standard_normal(dry.shape)
    hum = 0.3 * np.sin(2.0 * np.pi * 50.0 * np.arange(dry.shape[1]) / rate)
    return dull + gain(NOISE_FLOOR_DBFS) * (0.5 * noise + 2.0 * low_pass(noise, 1000.0) + hum)
