"""Plain folders of recordings, told apart by their names: voices, impulse responses, backings."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path

from predictors.training.datasets.items import (
    Backing,
    ImpulseResponse,
    Item,
    Voice,
    audio_files,
    read_sound,
    summed,
)
from predictors.training.datasets.licences import licence_of

VOICES = {"voice", "voices", "vocal", "vocals", "singer", "singers", "singing", "speech", "vocalset", "vocadito"}
ROOMS = {"ir", "irs", "rir", "rirs", "impulse", "impulses", "reverb", "reverbs", "room", "rooms", "plate", "plates"}
BACKINGS = {"multitrack", "multitracks", "backing", "backings", "accompaniment"}

_SINGER = re.compile(r"([fm]\d+)_")
"""How the files of VocalSet name their singer: f2_scales_straight_e."""

_NUMBERED = re.compile(r"[ _-]*(position|pos|channel|take|setting|preset)?[ _-]*\d+$", re.IGNORECASE)
_ALIKE = 4


def named_folder(folder: Path) -> tuple[Item, ...]:
    """The recordings of a folder that is named after what it holds, or lies in (a folder in) one that is."""
    paths = audio_files(folder)
    for name in (folder.name, folder.parent.name, folder.parent.parent.name):
        words = set(re.split(r"[^a-z]+", name.lower()))
        if words & ROOMS:
            return impulse_responses(paths)
        if words & VOICES:
            return voices(paths)
        if words & BACKINGS:
            return backing(folder, paths)
    return ()


def voices(paths: list[Path]) -> tuple[Voice, ...]:
    """A dry voice for each file. The singer is what VocalSet writes before the name, else each file is another."""
    return tuple(
        Voice(name=path.stem, group=_singer(path.stem), licence=licence_of(path), load=partial(read_sound, path))
        for path in paths
    )


def _singer(name: str) -> str:
    match = _SINGER.match(name)
    return match[1] if match else name


def impulse_responses(paths: list[Path]) -> tuple[ImpulseResponse, ...]:
    """An impulse response for each file.

    Names that differ in a number at their end are places of one room, and a folder of which all names begin alike
    is one device.
    """
    alike = os.path.commonprefix([path.stem for path in paths])  # noqa: RUF071 - letters are meant
    device = paths[0].parent.name if len(paths) > 1 and len(alike) >= _ALIKE else ""
    return tuple(
        ImpulseResponse(
            name=path.stem,
            group=device or _NUMBERED.sub("", path.stem),
            licence=licence_of(path),
            load=partial(read_sound, path),
        )
        for path in paths
    )


def backing(folder: Path, paths: list[Path]) -> tuple[Backing, ...]:
    """The sum of what lies in a folder."""
    if not paths:
        return ()
    load = summed([partial(read_sound, path) for path in paths])
    return (Backing(name=folder.name, group=folder.name, licence=licence_of(paths[0]), load=load),)
