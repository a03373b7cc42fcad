"""Where a session comes from: a project file, recordings, or the project that is open in REAPER."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil

from daw_bridge.errors import ProjectFileError, RolesError
from daw_bridge.hosts.reaper.connecting import connect
from daw_bridge.hosts.reaper.live import LiveProject, open_project
from daw_bridge.hosts.recordings import session_from_recordings
from daw_bridge.hosts.rpp.project import Project, load_project, playable
from daw_bridge.media import Media
from daw_bridge.plan import as_theirs
from daw_bridge.roles import assign_roles
from daw_bridge.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSource:
    """A `.rpp`, and what the user says about its tracks by name."""

    path: Path
    vocal: tuple[str, ...] = ()
    backing_vocal: tuple[str, ...] = ()
    backing: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @property
    def default_output(self) -> Path:
        """`SONG.mixed.rpp` beside `SONG.rpp`."""
        suffix = self.path.suffix if self.path.suffix.lower() == ".rpp" else ".rpp"
        return self.path.parent / f"{self.path.stem}.mixed{suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingsSource:
    """Recordings by what they are."""

    vocals: tuple[Path, ...]
    backings: tuple[Path, ...] = ()
    backing_vocals: tuple[Path, ...] = ()
    output: Path | None = None

    path = None

    @property
    def default_output(self) -> Path:
        """The first vocal's name with `.rpp`, beside it."""
        return self.vocals[0].parent / f"{self.vocals[0].stem}.rpp"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSource:
    """The project that is open in REAPER, and what the user says about its tracks by name.

    `resource` is REAPER's resource folder where it is not the usual one. With `selected`, only the tracks that are
    selected there are changed; all are heard.
    """

    resource: Path | None = None
    selected: bool = False
    vocal: tuple[str, ...] = ()
    backing_vocal: tuple[str, ...] = ()
    backing: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    path = None
    default_output = None


Source = ProjectSource | RecordingsSource | LiveSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A source that was read. `session` is as it was before any plan of ours, with roles.

    Tracks whose guids are `fixed` are not to be changed, and are as they stand now.
    """

    session: Session
    project: Project | LiveProject | None
    fixed: frozenset[str] = frozenset()


_BYTES_A_FRAME = 24
"""What a mix holds for each frame up to the last item, silence too (measured, with 1 to 8 backing tracks)."""


def open_source(source: Source, media: Media) -> Opened:
    """Read a source. Raises DawBridgeError for everything that the user can mend."""
    opened = _open(source, media)
    _check_length(opened.session)
    return opened


def _check_length(session: Session) -> None:
    """Raises ProjectFileError where an item lies so far behind the song that memory would not do."""
    needed, free = session.frames * _BYTES_A_FRAME, free_bytes()
    if needed > free:
        ends_s = {clip.position_s + clip.length_s: track.name for track in session.tracks for clip in track.clips}
        last_s = max(ends_s)
        raise ProjectFileError(
            f"{session.name}: the last item, on the track {ends_s[last_s]!r}, ends at {last_s / 3600.0:.1f} hours. "
            f"To mix that takes {needed / 1e9:.0f} GB of memory, and {free / 1e9:.0f} GB are free.",
            hint="Was it left there? Take it out, or mute the item.",
        )


def free_bytes() -> int:
    """How much memory is free now."""
    return int(psutil.virtual_memory().available)


def _open(source: Source, media: Media) -> Opened:
    match source:
        case RecordingsSource():
            target = (source.output or source.default_output).absolute()
            session = session_from_recordings(
                vocals=source.vocals,
                backings=source.backings,
                backing_vocals=source.backing_vocals,
                project_path=target,
            )
            return Opened(session=session, project=None)
        case ProjectSource():
            return _opened(load_project(source.path), source, media)
        case LiveSource():
            # The line is not held while the song is heard; it is made anew to set the project.
            with closing(connect(source.resource)) as client:
                project = open_project(client)
                warnings = project.warnings
            opened = _opened(project, source, media, _fixed(project) if source.selected else frozenset())
            heard = dataclasses.replace(opened.session, warnings=(*opened.session.warnings, *warnings))
            return dataclasses.replace(opened, session=heard)


def _fixed(project: LiveProject) -> frozenset[str]:
    if not project.selected:
        raise RolesError("No track is selected in REAPER.", hint="Select those to change, or leave --selected out.")
    return frozenset(track.guid for track in project.session.tracks) - frozenset(project.selected)


def _opened(
    project: Project | LiveProject,
    source: ProjectSource | LiveSource,
    media: Media,
    fixed: frozenset[str] = frozenset(),
) -> Opened:
    standing = {track.guid: track for track in project.session.tracks if track.guid in fixed}
    before = project.session_before_us().map_tracks(lambda track: as_theirs(standing.get(track.guid, track)))
    session = assign_roles(
        playable(before, media),
        vocal=source.vocal,
        backing_vocal=source.backing_vocal,
        backing=source.backing,
        ignore=source.ignore,
        last_time=project.roles,
    )
    return Opened(session=session, project=project, fixed=fixed)
