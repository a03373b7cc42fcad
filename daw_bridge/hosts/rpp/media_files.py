"""Where the media of a project lie: the `FILE` lines of its sources, whichever system wrote them."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

from daw_bridge.hosts.rpp.tree import Block

# How much of the end of a path is looked for near the project: each part costs a look at the disk.
_MOST_PARTS = 16
# The longest path of any system (Windows, with its prefix for long ones).
_LONGEST = 32767
# Beside the folders that the project names: what REAPER and its users commonly call them.
_USUAL_FOLDERS = ("Audio", "Audio Files", "Media", "audio", "media")


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFolders:
    """The folder of a project (absolute) and the ones that it records into, as the project names them."""

    project: Path
    recording: tuple[str, ...] = ()
    _found: dict[str, Path] = field(default_factory=dict)
    _listed: dict[Path, dict[str, Path]] = field(default_factory=dict)

    def find(self, written: str) -> Path:
        """The absolute path of a media file, from how it is written in the project.

        A file that is not where the project says is looked for near the project: by the end of its path, by its
        name beside the project and in the recording folders; last, under a name that Windows or macOS take for the
        same. One that is nowhere is given as written.
        """
        if written not in self._found:
            self._found[written] = self._look_for(written)
        return self._found[written]

    def _look_for(self, written: str) -> Path:
        if len(written) > _LONGEST:
            return self.project / written
        candidates = [path for text in _spellings(written) for path in self._candidates(text)]
        there = next((path for path in candidates if _is_file(path)), None)
        return there or next(filter(None, map(self._alike, candidates)), candidates[0])

    def _alike(self, path: Path) -> Path | None:
        """The file in the same folder whose name differs in nothing that counts on every system."""
        folder = path.parent
        if folder not in self._listed:
            self._listed[folder] = {_plain(found.name): found for found in _files(folder)}
        return self._listed[folder].get(_plain(path.name))

    def _candidates(self, written: str) -> Iterator[Path]:
        windows = PureWindowsPath(written)
        parts = windows.parts[1:] if windows.anchor else windows.parts
        yield Path(written) if windows.anchor else self.project.joinpath(*parts)
        yield self.project / written
        for start in range(max(0, len(parts) - _MOST_PARTS), len(parts)):
            yield self.project.joinpath(*parts[start:])
        for folder in (*self.recording, *_USUAL_FOLDERS):
            yield self.project.joinpath(*PureWindowsPath(folder).parts, *parts[-1:])


def media_folders(project: Block, path: Path) -> MediaFolders:
    """The folders of the project saved at `path`."""
    recording = (project.line("RECORD_PATH") or [])[1:]
    return MediaFolders(project=path.absolute().parent, recording=tuple(folder for folder in recording if folder))


def readable(text: str) -> str:
    """Text from a project without the bytes that are no UTF-8: those are taken as Western (Windows-1252)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return text


def _spellings(written: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((readable(written), written)))


def _plain(name: str) -> str:
    """A name without what some systems do not tell apart: case, and `ä` from an `a` and its dots."""
    return unicodedata.normalize("NFC", name).casefold()


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if _is_file(path))
    except (OSError, ValueError):  # no such folder, or one that no system can have
        return []


def _is_file(path: Path) -> bool:
    # Unlike Path.is_file, this takes names that the system cannot have (too long, a zero byte) for missing.
    return os.path.isfile(path)  # noqa: PTH113
