"""Where a session comes from: a project file, recordings, or the project that is open in REAPER."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from daw_bridge.hosts.reaper.connecting import connect
from daw_bridge.hosts.reaper.live import LiveProject, open_project
from daw_bridge.hosts.recordings import session_from_recordings
from daw_bridge.hosts.rpp.project import Project, load_project, playable
from daw_bridge.media import Media
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

    `resource` is REAPER's resource folder where it is not the usual one.
    """

    resource: Path | None = None
    vocal: tuple[str, ...] = ()
    backing_vocal: tuple[str, ...] = ()
    backing: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    path = None
    default_output = None


Source = ProjectSource | RecordingsSource | LiveSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A source that was read. `session` is as it was before any plan of ours, with roles."""

    session: Session
    project: Project | LiveProject | None


def open_source(source: Source, media: Media) -> Opened:
    """Read a source. Raises DawBridgeError for everything that the user can mend."""
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
            opened = _opened(project, source, media)
            heard = dataclasses.replace(opened.session, warnings=(*opened.session.warnings, *warnings))
            return dataclasses.replace(opened, session=heard)


def _opened(project: Project | LiveProject, source: ProjectSource | LiveSource, media: Media) -> Opened:
    session = assign_roles(
        playable(project.session_before_us(), media),
        vocal=source.vocal,
        backing_vocal=source.backing_vocal,
        backing=source.backing,
        ignore=source.ignore,
        last_time=project.roles,
    )
    return Opened(session=session, project=project)
