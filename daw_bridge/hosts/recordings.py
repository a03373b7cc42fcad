"""A session from recordings: one track a file, all of them from the start."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from daw_bridge.audio import AudioInfo, AudioReader
from daw_bridge.errors import AudioFileError
from daw_bridge.session import Clip, Role, Session, Source, Track

# Any fixed value will do: it makes the GUIDs of the tracks the same on every run.
_NAMESPACE = uuid.UUID("1b8f6f0e-5d8a-5c7e-8a55-3f6d2c9b7a10")
_MOST_CHANNELS = 2
_MUSIC_RATE = 44100


def session_from_recordings(
    *, vocals: Sequence[Path], backings: Sequence[Path], backing_vocals: Sequence[Path], project_path: Path
) -> Session:
    """A session for a new project at `project_path`: vocals on top, then backing vocals, then backing.

    Tracks are named after their files. The rate is the one that all vocals share, else what most files have, of
    equals the higher; never less than 44.1 kHz where a file has more. `tempo` is empty.

    Raises AudioFileError for a file that is missing, a folder, not audio, empty, cut off (as far as its header
    or its end tells), has more than two channels, or is given twice.
    """
    files = [
        *((path, Role.LEAD_VOCAL) for path in vocals),
        *((path, Role.BACKING_VOCAL) for path in backing_vocals),
        *((path, Role.BACKING) for path in backings),
    ]
    paths = [path for path, _ in files]
    _check_unique(paths)
    infos = {path: _probe(path) for path in paths}
    tracks = tuple(
        _track(path, role, name, infos[path]) for (path, role), name in zip(files, _names(paths), strict=True)
    )
    return Session(
        name=project_path.stem,
        rate=_rate([infos[path].rate for path in vocals], [infos[path].rate for path in paths]),
        tracks=tracks,
        path=project_path.absolute(),
    )


def _check_unique(paths: Sequence[Path]) -> None:
    counted = Counter(path.resolve() for path in paths)
    twice = next((path for path in paths if counted[path.resolve()] > 1), None)
    if twice is not None:
        raise AudioFileError(f"{twice} is given more than once.", hint="Give each recording once, as what it is.")


def _probe(path: Path) -> AudioInfo:
    """What a file holds; its last sample is decoded, which tells of a file that breaks off."""
    if path.is_dir():
        raise AudioFileError(f"{path} is a folder, not a recording.", hint="Give the audio files in it one by one.")
    reader = AudioReader(path)
    try:
        if reader.info.channels > _MOST_CHANNELS:
            raise AudioFileError(
                f"{path} has {reader.info.channels} channels; a recording may have one or two.",
                hint="Export it in mono or stereo.",
            )
        reader.read(reader.frames - 1, 1)
        return reader.info
    finally:
        reader.close()


def _names(paths: Sequence[Path]) -> Iterator[str]:
    """The stems, with numbers behind those that were there before."""
    taken: set[str] = set()
    for path in paths:
        numbered = (path.stem if number == 1 else f"{path.stem} ({number})" for number in range(1, len(paths) + 1))
        name = next(name for name in numbered if name.casefold() not in taken)
        taken.add(name.casefold())
        yield name


def _track(path: Path, role: Role, name: str, info: AudioInfo) -> Track:
    # A name that is no UTF-8 holds lone surrogates, which a GUID cannot be made of.
    key = f"{role.value}/{name}".encode(errors="backslashreplace").decode()
    guid = uuid.uuid5(_NAMESPACE, key)
    clip = Clip(source=Source(path=path.absolute()), length_s=info.frames / info.rate)
    return Track(guid=f"{{{guid}}}".upper(), name=name, role=role, clips=(clip,))


def _rate(vocal_rates: Sequence[int], rates: Sequence[int]) -> int:
    counted = Counter(vocal_rates if len(set(vocal_rates)) == 1 else rates)
    common = max(counted, key=lambda rate: (counted[rate], rate))
    return common if common >= _MUSIC_RATE else max(common, min(max(rates), _MUSIC_RATE))
