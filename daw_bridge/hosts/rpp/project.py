"""A project file, opened: its session, what of it is ours, and the file with a plan put in or taken out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from daw_bridge.errors import DawBridgeError, ProjectFileError
from daw_bridge.hosts.rpp.new_project import new_project
from daw_bridge.hosts.rpp.numbers import BrokenLineError
from daw_bridge.hosts.rpp.own_fx import copied_fx
from daw_bridge.hosts.rpp.reading import check_media, playing_rate, read_session
from daw_bridge.hosts.rpp.saved import Saved, read_saved, saved_section
from daw_bridge.hosts.rpp.tree import Document, dump, parse
from daw_bridge.hosts.rpp.writing import apply_plan, relocate, revert, user_changes
from daw_bridge.media import Media
from daw_bridge.plan import MixPlan, UserChange, without_ours
from daw_bridge.session import Role, Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project file as it was read. `changes` are values of ours that the user has changed since."""

    path: Path
    document: Document
    saved: Saved | None
    session: Session
    changes: tuple[UserChange, ...]

    @property
    def roles(self) -> dict[str, Role]:
        """What the tracks of the plan in the project are, by guid in upper case."""
        return self.saved.roles if self.saved else {}

    def session_before_us(self) -> Session:
        """The session without our plug-ins and with the faders as we found them."""
        return without_ours(self.session, self.saved.originals if self.saved else {})

    def with_plan(self, plan: MixPlan, path: Path, *, force: bool = False) -> bytes:
        """The file with a plan in it, for a place where it reaches the same media.

        Raises PlanError, and ProjectFileError where what bears the GUID of a plug-in of ours is not one.
        """
        try:
            document = _naming(self.path, lambda: apply_plan(self.document, plan, force=force))
        except BrokenLineError as error:
            raise error.located(self.document, str(self.path)) from error
        return dump(self._for_place(document, path))

    def without_us(self, path: Path, *, force: bool = False) -> bytes:
        """The file with everything of ours out, for a place. Raises ProjectFileError where nothing is."""
        moved = self._for_place(self.document, path)
        return dump(_naming(self.path, lambda: revert(moved, folder=path.absolute().parent, force=force)))

    def _for_place(self, document: Document, path: Path) -> Document:
        old, new = self.path.absolute().parent, path.absolute().parent
        return document if old == new else relocate(document, old, new)


def load_project(path: Path) -> Project:
    """Read a project file; its media may be missing (see `playable`). Raises ProjectFileError."""
    document = _naming(path, lambda: parse(_read(path), name=str(path)))
    saved = _read_saved(document, path)
    known = saved.fx_guids if saved else frozenset()
    ours = known | copied_fx(document.project, known)
    session = _naming(path, lambda: read_session(document, path, ours=ours))
    try:
        changes = user_changes(document, saved) if saved else ()
    except BrokenLineError as error:
        raise error.located(document, str(path)) from error
    return Project(path=path, document=document, saved=saved, session=session, changes=changes)


def playable(session: Session, media: Media) -> Session:
    """The session with the rate at which it is played. Raises AudioFileError that names all missing media."""
    check_media(session)
    sources = {clip.source.path: clip.source for track in session.tracks for clip in track.clips}
    rates = [media.info(source).rate for source in sources.values()]
    return dataclasses.replace(session, rate=playing_rate(session, rates))


def new_project_bytes(session: Session, plan: MixPlan, path: Path) -> bytes:
    """A new project for `path` made from a session, with a plan in it."""
    document = parse(new_project(dataclasses.replace(session, path=path)))
    return dump(apply_plan(document, plan))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror or "unreadable"
        raise ProjectFileError(f"{path}: {reason}", hint="Name a REAPER project, SONG.rpp.") from error


def _read_saved(document: Document, path: Path) -> Saved | None:
    """What we kept in a project; where it is damaged, the error names its line."""
    try:
        return read_saved(document.project)
    except ProjectFileError as error:
        section = saved_section(document.project)
        assert section is not None
        raise BrokenLineError(section.opening, error.message, error.hint).located(document, str(path)) from error


def _naming(path: Path, work: Callable[[], T]) -> T:
    """Do something with a project; what goes wrong names the file."""
    try:
        return work()
    except DawBridgeError as error:
        if str(path) in error.message or path.name in error.message:
            raise
        raise type(error)(f"{path}: {error.message}", hint=error.hint) from error
