"""A song as a folder of stems: SONG/vox_lead.ogg, SONG/drums.ogg, and the same of MUSDB18 decoded to wav."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from predictors.training.datasets.items import Item, Load, Song, audio_files, read_sound, summed
from predictors.training.datasets.licences import UNKNOWN, licence_of

LEAD = {"vox lead", "lead vox", "lead", "lead vocal", "lead vocals", "vocal", "vocals", "voice"}
BACKING_VOCALS = {"vox bg", "bg vox", "bgvox", "backing vocal", "backing vocals", "background vocals", "choir"}
MIX = {"mixture", "mix", "master"}
NO_STEM = MIX | {"accompaniment", "instrumental"}
"""Sums of what else is in the folder."""

MUSDB18 = {"vocals", "drums", "bass", "other"}
MUSDB18_LICENCE = "MUSDB18: for educational purposes only, several licences by song"

EFFECTS = re.compile(r"echo|verb|delay|glitch|reverse|\bfx\b", re.IGNORECASE)


def song_folder(folder: Path) -> tuple[Item, ...]:
    """The song whose stems lie in a folder: one of `LEAD` and something else; nothing where there is no such song.

    A lead counts as dry unless STEMS.txt names an effect among its parts, or it is of MUSDB18, whose stems are
    mixed. Backing vocals never do: they are often recorded with what was printed.
    """
    stems = {_plain(path): path for path in audio_files(folder)}
    lead = [path for name, path in stems.items() if name in LEAD]
    backing_vocals = [path for name, path in stems.items() if name in BACKING_VOCALS]
    backing = [path for name, path in stems.items() if name not in LEAD | BACKING_VOCALS | NO_STEM]
    if not (lead and backing):
        return ()
    mix = next((path for name, path in stems.items() if name in MIX), None)
    of_musdb18 = set(stems) - NO_STEM == MUSDB18
    licence = licence_of(lead[0])
    stem_loads = {
        "lead": _loads(lead),
        "backing": _loads(backing),
        **({"backing_vocals": _loads(backing_vocals)} if backing_vocals else {}),
    }
    return (
        Song(
            name=folder.name,
            group=artist(folder.name),
            licence=MUSDB18_LICENCE if of_musdb18 and licence == UNKNOWN else licence,
            stems=stem_loads,
            dry=frozenset() if of_musdb18 or _has_effects(folder, lead[0].stem) else frozenset({"lead"}),
            mix=None if mix is None else partial(read_sound, mix),
        ),
    )


def artist(song: str) -> str:
    """The artist in "Artist - Title", whose voice is in other songs as well; else the whole name."""
    return song.split(" - ", maxsplit=1)[0]


def _plain(path: Path) -> str:
    return re.sub(r"[ _-]+", " ", path.stem).strip().lower()


def _loads(paths: list[Path]) -> Load:
    return summed([lambda path=path: read_sound(path) for path in paths])  # type: ignore[misc]


def _has_effects(folder: Path, stem: str) -> bool:
    """Whether STEMS.txt, a line "STEM <tab> PART ..." for each part that was summed, names an effect."""
    parts = folder / "STEMS.txt"
    lines = parts.read_text(encoding="utf-8", errors="replace").splitlines() if parts.is_file() else []
    return any(line.startswith(f"{stem}\t") and EFFECTS.search(line) for line in lines)
