"""Real voices for the tests of matching."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import soundfile

from daw_bridge.audio import Samples

RATE = 44100

_FULL_AT_S = {"hydrogen": 196.0, "sodium": 246.1, "rubidium": 49.2, "potassium": 215.8}
"""Where most of each lead vocal sounds for 12 s."""


@cache
def lead(shared: Path, song: str, seconds: float) -> Samples:
    """A full part of a song's lead vocal, in mono; read only."""
    with soundfile.SoundFile(shared / f"data/songs/{song}/vox_lead.ogg") as file:
        assert file.samplerate == RATE
        file.seek(round(_FULL_AT_S[song] * RATE))
        part = file.read(round(seconds * RATE), dtype="float32").mean(axis=1)[None]
    part.flags.writeable = False
    return part
