"""MedleyDB: SONG/SONG_STEMS/*.wav, SONG/SONG_MIX.wav, and SONG_METADATA.yaml beside them or in ROOT/Metadata."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from predictors.training.datasets.items import Backing, DatasetError, Item, Load, Song, read_sound, summed

LICENCE = "MedleyDB: CC BY-NC-SA"
VOCAL = re.compile(r"singer|vocal|rapper|choir|speaker", re.IGNORECASE)

Stem = dict[str, str]


def medleydb_song(folder: Path) -> tuple[Item, ...]:
    """The song of a folder with SONG_STEMS: its lead is what of the voices is marked as melody, or all of them.

    A song without a voice is a backing. Raises DatasetError where metadata or a stem that they name is missing.
    """
    stem_folder = folder / f"{folder.name}_STEMS"
    if not stem_folder.is_dir():
        return ()
    stems = read_stems(_metadata(folder))
    missing = [stem["filename"] for stem in stems if not (stem_folder / stem["filename"]).is_file()]
    if missing or not stems:
        raise DatasetError(f"{stem_folder} lacks {', '.join(missing) or 'stems'} of its metadata.")
    return (_item(folder.name, stem_folder, stems),)


def _metadata(folder: Path) -> Path:
    name = f"{folder.name}_METADATA.yaml"
    places = (folder / name, folder.parent / "Metadata" / name, folder.parent.parent / "Metadata" / name)
    found = next((path for path in places if path.is_file()), None)
    if found is None:
        raise DatasetError(f"{folder} is a song of MedleyDB without {name}: put it into that folder.")
    return found


def _item(name: str, folder: Path, stems: list[Stem]) -> Song | Backing:
    vocals = [stem for stem in stems if VOCAL.search(stem["instrument"])]
    lead = [stem for stem in vocals if stem["component"] == "melody"] or vocals
    others = [stem for stem in vocals if stem not in lead]
    backing = [stem for stem in stems if stem not in vocals]
    group = name.split("_", maxsplit=1)[0]  # the artist
    if not lead:
        return Backing(name=name, group=group, licence=LICENCE, load=_load(folder, backing))
    loads = {"lead": _load(folder, lead), "backing": _load(folder, backing or others)}
    if others and backing:
        loads["backing_vocals"] = _load(folder, others)
    mix = folder.parent / f"{name}_MIX.wav"
    return Song(
        name=name,
        group=group,
        licence=LICENCE,
        stems=loads,
        mix=partial(read_sound, mix) if mix.is_file() else None,
    )


def _load(folder: Path, stems: list[Stem]) -> Load:
    return summed([partial(read_sound, folder / stem["filename"]) for stem in stems])


def read_stems(metadata: Path) -> list[Stem]:
    """`component`, `filename` and `instrument` (several joined by commas) of each stem.

    Not a reader of YAML: it relies on the indentation that all published files share.
    """
    stems: list[Stem] = []
    field = ""
    for line in metadata.read_text(encoding="utf-8").splitlines():
        if re.match(r"  S\d+:", line):
            stems.append({"component": "", "filename": "", "instrument": ""})
        elif stems and (match := re.match(r"    (\w+): *(.*)", line)):
            field, value = match.groups()
            stems[-1][field] = value.strip(" '\"[]")
        elif stems and (match := re.match(r"    - (.*)", line)):
            stems[-1][field] = ", ".join(filter(None, (stems[-1].get(field), match[1].strip(" '\""))))
    return stems
