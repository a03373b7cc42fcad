"""What data sets hold: songs, voices, impulse responses, backings. Nothing is decoded before it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.float32]

AUDIO = frozenset({".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff"})


class DatasetError(ValueError):
    """A folder is no data set that can be read, or one of its files cannot be: the message says which, and why.

    It is the user who can mend this: a command should show the message as an error, without a traceback.
    """


class Sound(NamedTuple):
    """Samples of shape (channels, frames), float32, and their rate in Hz."""

    samples: Samples
    rate: int


Load = Callable[[], Sound]
"""Decodes a recording, each time that it is called. Raises DatasetError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice alone. `dry`: as recorded, without a reverb or an echo that somebody has added."""

    name: str
    group: str
    licence: str
    load: Load
    dry: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpulseResponse:
    """How a room, a plate or a device answers an impulse."""

    name: str
    group: str
    licence: str
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """Music without a voice that belongs to it."""

    name: str
    group: str
    licence: str
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """The stems of a song by role: "lead" and "backing", and "backing_vocals" where there are any.

    They start together; their lengths may differ. `dry` are the roles that are as they were recorded. `mix` is what
    an engineer made of them, where that is there.
    """

    name: str
    group: str
    licence: str
    stems: Mapping[str, Load]
    dry: frozenset[str] = frozenset()
    mix: Load | None = None


Item = Song | Voice | ImpulseResponse | Backing
"""Items of one `group` (a singer, a song, a room) are alike: they are never split between training and testing."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Items of any kind."""

    items: tuple[Item, ...]

    def songs(self) -> tuple[Song, ...]:
        """The songs."""
        return tuple(item for item in self.items if isinstance(item, Song))

    def voices(self) -> tuple[Voice, ...]:
        """The voices, those of the songs included."""
        alone = tuple(item for item in self.items if isinstance(item, Voice))
        return alone + tuple(voice for song in self.songs() for voice in _voices_of(song))

    def impulse_responses(self) -> tuple[ImpulseResponse, ...]:
        """The impulse responses."""
        return tuple(item for item in self.items if isinstance(item, ImpulseResponse))

    def backings(self) -> tuple[Backing, ...]:
        """Music that belongs to no voice."""
        return tuple(item for item in self.items if isinstance(item, Backing))


def _voices_of(song: Song) -> list[Voice]:
    return [
        Voice(
            name=f"{song.name}/{role}",
            group=song.group,
            licence=song.licence,
            load=song.stems[role],
            dry=role in song.dry,
        )
        for role in ("lead", "backing_vocals")
        if role in song.stems
    ]


_PROMISE = re.compile(r"^\s*(?:data|SSND) : (\d+) \(should be (\d+)\)", re.MULTILINE)
_OGG_CUT = ("lacks an end-of-stream bit", "Junk after the last page")
_UNKNOWN_LENGTH = 0x7FFFF000
"""Programs that write into a pipe promise at least so many bytes, because they do not know better."""


def read_sound(path: Path) -> Sound:
    """The whole of an audio file.

    Raises DatasetError, also for one that is cut off, holds nothing, or what is not a number.
    """
    try:
        with soundfile.SoundFile(path) as file:
            samples, rate = file.read(dtype="float32", always_2d=True), file.samplerate
            cut = _is_cut_off(file, len(samples))
    except (OSError, TypeError, soundfile.LibsndfileError) as error:  # TypeError: audio without a header
        raise DatasetError(f"{path} cannot be read as audio: {error}") from error
    if cut:
        raise DatasetError(f"{path} is cut off: it holds less than it says.")
    if not samples.size or not np.isfinite(samples).all():
        raise DatasetError(f"{path} holds no samples, or some that are no numbers.")
    return Sound(np.ascontiguousarray(samples.T), int(rate))


def _is_cut_off(file: soundfile.SoundFile, frames: int) -> bool:
    """Whether fewer frames were read than its header promises, which libsndfile may only note in its log."""
    promise = _PROMISE.search(file.extra_info)
    promised, there = map(int, promise.groups()) if promise else (0, 0)
    # How long an MP3 is, is a guess where its first frame does not say.
    return (
        there < promised < _UNKNOWN_LENGTH
        or any(words in file.extra_info for words in _OGG_CUT)
        or (file.format != "MP3" and frames < file.frames)
    )


def summed(loads: list[Load]) -> Load:
    """What several recordings are together; one channel sounds on both of the others."""

    def load() -> Sound:
        sounds = [each() for each in loads]
        rates = {sound.rate for sound in sounds}
        if len(rates) > 1:
            raise DatasetError(f"Stems of one song have different rates: {sorted(rates)} Hz.")
        shape = (
            max(len(sound.samples) for sound in sounds),
            max(sound.samples.shape[1] for sound in sounds),
        )
        total = np.zeros(shape, np.float32)
        for sound in sounds:
            total[:, : sound.samples.shape[1]] += sound.samples
        return Sound(total, sounds[0].rate)

    return load


def audio_files(folder: Path) -> list[Path]:
    """The audio files in a folder, by name."""
    paths = (path for path in folder.iterdir() if not path.name.startswith("."))
    return sorted(path for path in paths if path.suffix.lower() in AUDIO)
