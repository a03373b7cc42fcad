"""The files that a mix is written into: what may be written where, and what is kept of what was there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from daw_bridge.audio import check_writable
from daw_bridge.errors import OutputError
from daw_bridge.files import check_outputs, numbered_backup, refuse_existing, write_atomically
from daw_bridge.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class MixFiles:
    """What a mix is written into: a project file (None: the open project), and, if asked for, other files."""

    project: Path | None
    render: Path | None = None
    plan: Path | None = None
    report: Path | None = None

    def check(self, *, force: bool = False, in_place: bool = False) -> None:
        """Raises OutputError before any work is done where one of them could not be written at the end.

        That is where a file is in the way, unless `force`; `in_place` says that the project may be.
        """
        if self.render is not None:
            check_writable(self.render)
        if self.report is not None:
            check_report_name(self.report)
        project = [] if self.project is None else [self.project]
        check_outputs([*project, *self.beside], force=True)
        if self.project is not None and not in_place:
            check_project_name(self.project)
            refuse_existing(self.project, force=force)
        for path in self.beside:
            refuse_existing(path, force=force)

    @property
    def beside(self) -> list[Path]:
        """The files beside the project."""
        return [path for path in (self.render, self.plan, self.report) if path is not None]

    @property
    def played(self) -> int:
        """For how many of the files the song is played."""
        return len([path for path in (self.render, self.report) if path is not None])


def check_project_name(path: Path) -> None:
    """A project by another name would hardly be meant, and may be a recording's."""
    if not path.name.lower().endswith(".rpp"):
        raise OutputError(f"{path}: a project is written as .rpp.", hint="Name it SONG.rpp.")


def check_report_name(path: Path) -> None:
    """A report by another name would not open, and may be a recording's."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise OutputError(f"{path}: a report is written as .html.", hint="Name it SONG.html.")


def refuse_inputs(session: Session, paths: Iterable[Path], references: Iterable[Path] = ()) -> None:
    """Raises OutputError where a file to write is one that was read; no `force` helps."""
    read = {clip.source.path for track in session.tracks for clip in track.clips} | set(references)
    known = {_identity(path) for path in read | ({session.path} if session.path else set())}
    for path in paths:
        if _identity(path) in known:
            raise OutputError(f"{path} is part of what is mixed.", hint="Name another file.")


def _identity(path: Path) -> tuple[int, int] | Path:
    """Which file it is, by whichever name: to some systems `DRUMS.wav` is `Drums.wav`."""
    try:
        found = path.stat()
    except OSError:
        return path.resolve()
    return found.st_dev, found.st_ino


def replace_project(source: Path | None, path: Path, data: bytes) -> Path | None:
    """Write a project; if that is over its own source, keep the old one as a backup and say where."""
    if source is None or not path.exists() or not path.samefile(source):
        write_atomically(path, data)
        return None
    if path.read_bytes() == data:
        return None
    backup = numbered_backup(path)
    try:
        write_atomically(path, data)
    except (OSError, OutputError):  # not by Ctrl-C, which may come when the new file has its name already
        backup.unlink(missing_ok=True)
        raise
    return backup
