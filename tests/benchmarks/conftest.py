"""The song that all benchmarks run on: 240 s at 48 kHz, a stereo backing and a mono vocal."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile

from daw_bridge.demo import make_song

RATE = 48000
SECONDS = 240


class Song(NamedTuple):
    """The two files, and the folder that they lie in."""

    vocal: Path
    backing: Path
    folder: Path


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Song:
    """The demo song, repeated until it is long enough."""
    folder = tmp_path_factory.mktemp("benchmark")
    stems = make_song(rate=RATE).stems
    vocal = _long(stems["Lead Vocal"])
    backing = sum(np.broadcast_to(_long(stems[name]), (2, RATE * SECONDS)) for name in ("Drums", "Bass", "Chords"))
    soundfile.write(folder / "vocal.wav", vocal.T, RATE, "PCM_24")
    soundfile.write(folder / "backing.wav", backing.T, RATE, "PCM_24")
    return Song(folder / "vocal.wav", folder / "backing.wav", folder)


def _long(samples: np.ndarray) -> np.ndarray:
    times = -(-RATE * SECONDS // samples.shape[1])
    return np.tile(samples, times)[:, : RATE * SECONDS]
