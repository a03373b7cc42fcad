"""What the commands do with the project that is open in REAPER: apply a plan, revert, render."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path

from daw_bridge.api import render_session
from daw_bridge.applying import Change, read_plan
from daw_bridge.errors import ProjectFileError
from daw_bridge.hosts.reaper.connecting import connect
from daw_bridge.hosts.reaper.live import Applied, LiveProject, open_project
from daw_bridge.hosts.rpp.project import playable
from daw_bridge.media import Media
from daw_bridge.progress import Progress, silent
from daw_bridge.rendering import RenderResult


def apply_plan_live(plan_path: Path, *, resource: Path | None = None, force: bool = False) -> Change:
    """Put a saved plan into the open project, as one undo step."""
    plan = read_plan(plan_path)
    with closing(connect(resource)) as client:
        project = open_project(client)
        names = tuple(track.name for track in plan.tracks)
        return _change("applied", project, project.apply(plan, force=force), names)


def revert_live(*, resource: Path | None = None, selected: bool = False, force: bool = False) -> Change:
    """Take everything of ours out of the open project, or of its selected tracks, as one undo step."""
    with closing(connect(resource)) as client:
        project = open_project(client)
        tracks = project.saved.plan.tracks if project.saved else ()
        out = [track for track in tracks if not selected or track.guid.upper() in project.selected]
        left = tuple(track for track in tracks if track not in out)
        if project.saved is None or not left:
            applied = project.revert(force=force)
        else:
            applied = project.apply(dataclasses.replace(project.saved.plan, tracks=left), force=force)
        return _change("reverted", project, applied, tuple(track.name for track in out))


def render_live(
    path: Path, *, resource: Path | None = None, force: bool = False, progress: Progress = silent
) -> RenderResult:
    """Play the open project offline, as it stands, into a file."""
    media = Media()
    with closing(connect(resource)) as client:
        project = open_project(client)
    return render_session(playable(project.session, media), media, path, force=force, progress=progress)


def _change(action: str, project: LiveProject, applied: Applied, tracks: tuple[str, ...]) -> Change:
    """What was done, once REAPER shows that it is so. Raises ProjectFileError where it does not."""
    differences = project.verify(applied)
    if differences:
        shown = "\n".join(f"  {difference}" for difference in differences)
        raise ProjectFileError(f"REAPER does not show what was set:\n{shown}", hint="Undo the last step in REAPER.")
    return Change(action=action, path=f"{project.name} in REAPER", backup=None, tracks=tracks, kept=applied.kept)
