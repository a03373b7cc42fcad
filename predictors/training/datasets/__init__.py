"""Data sets behind one interface: `open_dataset` looks at a folder, and says what is in it.

Nothing is downloaded. What is read: songs as folders of stems, MUSDB18 as .stem.mp4 or decoded to wav, MedleyDB,
and plain folders of voices, of impulse responses and of backing tracks.
"""

from __future__ import annotations

from pathlib import Path

from predictors.training.datasets.folders import named_folder
from predictors.training.datasets.items import (
    Backing,
    Dataset,
    DatasetError,
    ImpulseResponse,
    Item,
    Samples,
    Song,
    Sound,
    Voice,
)
from predictors.training.datasets.medleydb import medleydb_song
from predictors.training.datasets.musdb18 import stem_files
from predictors.training.datasets.songs import song_folder

__all__ = [
    "Backing",
    "Dataset",
    "DatasetError",
    "ImpulseResponse",
    "Item",
    "Samples",
    "Song",
    "Sound",
    "Voice",
    "open_dataset",
]

LAYOUTS = (medleydb_song, stem_files, song_folder, named_folder)
"""Each takes a folder, and gives the items that lie in it by this layout: none, if it is not of this layout."""

DEEPEST = 4
"""Folders within folders that are looked into: ROOT/Audio/SONG of MedleyDB, FULL/singer/what/how of VocalSet."""

EXPECTED = (
    "songs (SONG/vocals.wav and other stems), MUSDB18, MedleyDB, or a folder named voices, ir or backing "
    "that holds audio files"
)


def open_dataset(path: Path) -> Dataset:
    """Everything in a folder: one data set, or several beside each other.

    Raises DatasetError where there is no such folder, or nothing in it that is known.
    """
    if path.is_file():
        raise DatasetError(f"{path} is a file: give the folder of a data set.")
    if not path.is_dir():
        raise DatasetError(f"There is no folder {path}.")
    items = _items(path.resolve(), DEEPEST)
    if not items:
        raise DatasetError(f"{path} holds no data set: expected are {EXPECTED}.")
    return Dataset(items)


def _items(folder: Path, depth: int) -> tuple[Item, ...]:
    here = next(filter(None, (layout(folder) for layout in LAYOUTS)), ())
    if here or not depth:
        return here
    folders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return tuple(item for inside in folders for item in _items(inside, depth - 1))
