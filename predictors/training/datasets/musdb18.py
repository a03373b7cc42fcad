"""MUSDB18 as it is published: one SONG.stem.mp4 with five streams. The decoded one is read as `songs`."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from predictors.training.datasets.items import DatasetError, Item, Load, Song, Sound, summed
from predictors.training.datasets.songs import MUSDB18_LICENCE, artist

SUFFIX = ".stem.mp4"
STREAMS = {"mixture": 0, "drums": 1, "bass": 2, "other": 3, "vocals": 4}
"""Their order in the file. Source: github sigsep/sigsep-mus-db, musdb/configs/mus.yaml."""


def stem_files(folder: Path) -> tuple[Item, ...]:
    """The songs whose SONG.stem.mp4 lie in a folder.

    Raises DatasetError where there are such songs but the package stempeg, which decodes them, is not installed.
    """
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    if paths and find_spec("stempeg") is None:
        raise DatasetError(
            f"{folder} holds MUSDB18 as {SUFFIX}, which only the package stempeg decodes: install it (pip install "
            "stempeg, and ffmpeg), or decode the songs to wav (musdbconvert) and give that folder."
        )
    return tuple(_song(path) for path in paths)


def _song(path: Path) -> Song:
    name = path.name.removesuffix(SUFFIX)
    backing = [_stream(path, stem) for stem in ("drums", "bass", "other")]
    return Song(
        name=name,
        group=artist(name),
        licence=MUSDB18_LICENCE,
        stems={"lead": _stream(path, "vocals"), "backing": summed(backing)},
        mix=_stream(path, "mixture"),
    )


def _stream(path: Path, stem: str) -> Load:
    return partial(_read, path, STREAMS[stem])


def _read(path: Path, stream: int) -> Sound:
    stempeg: Any = import_module("stempeg")
    try:
        samples, rate = stempeg.read_stems(str(path), stem_id=stream, dtype=np.float32)
    except (OSError, RuntimeError, ValueError) as error:
        raise DatasetError(f"{path} cannot be decoded: {error}") from error
    return Sound(np.ascontiguousarray(np.atleast_2d(samples.T), dtype=np.float32), int(rate))
