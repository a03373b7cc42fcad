"""Real voices for the tests of matching."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import soundfile

from daw_bridge.audio import Samples

RATE = 44100

_FULL_AT_S = {"hydrogen": 196.0, "sodium": 246.1, "rubidium": 49.2, "potassium": 215.8, "vocadito_1": 2.0}
"""Where most of each voice, a song's lead vocal or a single one, sounds for 12 s."""


@cache
def lead(shared: Path, name: str, seconds: float) -> Samples:
    """A full part of a voice, in mono; read only."""
    song = shared / f"data/songs/{name}/vox_lead.ogg"
    with soundfile.SoundFile(song if song.exists() else shared / f"data/voices/{name}.flac") as file:
        assert file.samplerate == RATE
        file.seek(round(_FULL_AT_S[name] * RATE))
        part = file.read(round(seconds * RATE), dtype="float32", always_2d=True).mean(axis=1)[None]
    part.flags.writeable = False
    return part
