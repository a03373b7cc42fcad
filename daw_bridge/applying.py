"""What is done with a plan that stands in a file: it is applied to a project, reverted, reported on."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from daw_bridge.api import Mix
from daw_bridge.errors import PlanError
from daw_bridge.files import check_outputs, write_atomically
from daw_bridge.hosts.rpp.project import Project, load_project, playable
from daw_bridge.media import Media
from daw_bridge.mix_files import check_project_name, check_report_name, refuse_inputs, replace_project
from daw_bridge.plan import MixPlan, UserChange, without_ours
from daw_bridge.plan_json import loads_plan
from daw_bridge.progress import Progress, silent
from daw_bridge.report import report_html
from daw_bridge.session import Role
from daw_bridge.threads import one_blas_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A project that was changed: what was done, to which file, and what was kept of the user's."""

    action: str
    path: Path | str
    backup: Path | None
    tracks: tuple[str, ...]
    kept: tuple[UserChange, ...] = ()


def apply_plan_file(plan_path: Path, project_path: Path, output: Path | None, *, force: bool) -> Change:
    """Put a saved plan into a project, in place (with a backup) or into `output`."""
    path = _output(project_path, output, force=force)
    plan = read_plan(plan_path)
    project = load_project(project_path)
    backup = replace_project(project_path, path, project.with_plan(plan, path, force=force))
    names = tuple(track.name for track in plan.tracks)
    return Change(action="applied", path=path, backup=backup, tracks=names, kept=() if force else project.changes)


def revert_project(project_path: Path, output: Path | None, *, force: bool) -> Change:
    """Take everything of ours out of a project, in place (with a backup) or into `output`."""
    path = _output(project_path, output, force=force)
    project = load_project(project_path)
    backup = replace_project(project_path, path, project.without_us(path, force=force))
    tracks = tuple(track.name for track in project.saved.plan.tracks) if project.saved else ()
    moved = tuple(change for change in project.changes if change.field == "fader_db")
    return Change(action="reverted", path=path, backup=backup, tracks=tracks, kept=() if force else moved)


def _output(project_path: Path, output: Path | None, *, force: bool) -> Path:
    if output is None:
        return project_path
    check_project_name(output)
    check_outputs([output], force=force)
    return output


def read_plan(path: Path) -> MixPlan:
    """The plan in a file. Raises PlanError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "not a text file" if isinstance(error, UnicodeDecodeError) else error.strerror or "unreadable"
        raise PlanError(f"{path}: no plan ({reason})", hint="Name a file that --plan wrote.") from error
    return loads_plan(text, name=str(path))


@one_blas_thread
def report_project(project: Path, path: Path, *, force: bool = False, progress: Progress = silent) -> None:
    """Write the report of the mix in a project as it stands, with what the user changed since.

    Raises PlanError where there is no mix of ours in it, OutputError where a file is in the way, unless `force`.
    """
    check_report_name(path)
    check_outputs([path], force=force)
    made = _mixed(load_project(project))
    refuse_inputs(made.session, [path])
    write_atomically(path, report_html(made, progress=progress).encode())


def _mixed(project: Project) -> Mix:
    """The mix in a project; the roles are those of its plan."""
    hint = f"Mix it first: daw-bridge mix {project.path}"
    if project.saved is None:
        raise PlanError(f"{project.path}: there is no mix of DAW Bridge in it.", hint=hint)
    media = Media()
    roles = {track.guid.upper(): track.role for track in project.saved.plan.tracks}
    session = playable(project.session, media).map_tracks(
        lambda track: dataclasses.replace(track, role=roles.get(track.guid.upper()))
    )
    if Role.LEAD_VOCAL not in roles.values():
        raise PlanError(
            f"{project.path} was matched with a finished mix: which of its tracks is the vocal, nobody said.",
            hint=f"A report needs one: daw-bridge mix {project.path} --vocal-track NAME",
        )
    if not session.with_role(Role.LEAD_VOCAL):
        raise PlanError(f"{project.path}: the lead vocal of our mix is not in it any more.", hint=hint)
    return Mix(
        before=without_ours(session, project.saved.originals),
        session=session,
        plan=project.saved.plan,
        kept=project.changes,
        project=project,
        media=media,
    )
