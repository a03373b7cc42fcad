"""What the commands do, for Python: mix, analyze, render, apply, revert."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daw_bridge.engineer import engineer
from daw_bridge.engineer.listening import listen
from daw_bridge.errors import PlanError, PresetError
from daw_bridge.files import numbered_backup, refuse_existing, write_atomically
from daw_bridge.hosts.rpp.project import Project, load_project, new_project_bytes, playable
from daw_bridge.media import Media
from daw_bridge.plan import MixPlan, UserChange, with_plan
from daw_bridge.plan_json import dumps_plan, loads_plan
from daw_bridge.presets import load_preset
from daw_bridge.progress import Progress, silent
from daw_bridge.rendering import RenderResult, render_to_file
from daw_bridge.sources import ProjectSource, RecordingsSource, Source, open_source
from daw_bridge.threads import one_blas_thread
from predictors.decide import PREDICTORS

if TYPE_CHECKING:
    from daw_bridge.session import Session
    from predictors.analysis import SessionAnalysis


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mix:
    """A session as it was `before` and with its plan applied. `kept` are the user's own changes that stand."""

    before: Session
    session: Session
    plan: MixPlan
    kept: tuple[UserChange, ...] = ()
    project: Project | None = None
    media: Media

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the mixed project. Raises OutputError where a file is in the way, unless `force`."""
        refuse_existing(Path(path), force=force)
        save_project(self, Path(path))
        return Path(path)


def mix(
    project: str | Path | None = None,
    *,
    vocals: Iterable[str | Path] = (),
    backings: Iterable[str | Path] = (),
    backing_vocals: Iterable[str | Path] = (),
    preset: str = "natural",
    predictor: str | None = None,
    amount: float | None = None,
    progress: Progress = silent,
) -> Mix:
    """Decide how the vocal sits in its backing. Nothing is written: see `Mix.save` and `render`.

    Give a project file, or recordings. `amount` is in percent. Raises DawBridgeError.
    """
    source: Source
    if project is not None:
        source = ProjectSource(path=Path(project))
    else:
        source = RecordingsSource(
            vocals=tuple(map(Path, vocals)),
            backings=tuple(map(Path, backings)),
            backing_vocals=tuple(map(Path, backing_vocals)),
        )
    return mix_source(source, preset=preset, predictor=predictor, amount=amount, progress=progress)


def render(source: Mix | str | Path, path: str | Path, *, force: bool = False) -> RenderResult:
    """Play a mix, or a project file as it stands, into a .wav or .flac. Raises DawBridgeError."""
    refuse_existing(Path(path), force=force)
    if isinstance(source, Mix):
        return render_mix(source, Path(path))
    return render_project(Path(source), Path(path))


@one_blas_thread
def mix_source(
    source: Source,
    *,
    preset: str = "natural",
    predictor: str | None = None,
    amount: float | None = None,
    force: bool = False,
    progress: Progress = silent,
) -> Mix:
    """Read a source and decide. With `force`, values that the user changed since our last run count for nothing."""
    chosen = load_preset(preset)
    _check_predictor(predictor)
    media = Media()
    opened = open_source(source, media)
    kept = () if force or opened.project is None else opened.project.changes
    plan = engineer(opened.session, media, chosen, predictor=predictor, amount=amount, kept=kept, progress=progress)
    return Mix(
        before=opened.session,
        session=with_plan(opened.session, plan),
        plan=plan,
        kept=kept,
        project=opened.project,
        media=media,
    )


def _check_predictor(name: str | None) -> None:
    if name is not None and name not in PREDICTORS:
        known = ", ".join(PREDICTORS)
        raise PresetError(f"There is no predictor {name!r}.", hint=f"There are: {known}.")


@one_blas_thread
def analyze_source(source: Source, *, progress: Progress = silent) -> tuple[Session, SessionAnalysis]:
    """What is heard in a source before anything is decided."""
    media = Media()
    session = open_source(source, media).session
    return session, listen(session, media, progress).analysis


def save_plan(made: Mix, path: Path) -> Path:
    """Write the plan as JSON."""
    write_atomically(path, dumps_plan(made.plan).encode())
    return path


def save_project(made: Mix, path: Path) -> Path | None:
    """Write the project with the plan in it; where it replaces the source, the old file's backup is returned."""
    if made.project is None:
        write_atomically(path, new_project_bytes(made.before, made.plan, path))
        return None
    return _replace(made.project.path, path, made.project.with_plan(made.plan, path, force=not made.kept))


def render_mix(made: Mix, path: Path, *, progress: Progress = silent) -> RenderResult:
    """Play a mix into a file."""
    return render_to_file(made.session, made.media, path, progress=progress)


def render_project(project: Path, path: Path, *, progress: Progress = silent) -> RenderResult:
    """Play a project file as it stands into a file."""
    media = Media()
    session = playable(load_project(project).session, media)
    return render_to_file(session, media, path, progress=progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A project that was changed: what was done, to which file, and what was kept of the user's."""

    action: str
    path: Path
    backup: Path | None
    tracks: tuple[str, ...]
    kept: tuple[UserChange, ...] = ()


def apply_plan_file(plan_path: Path, project_path: Path, output: Path | None, *, force: bool) -> Change:
    """Put a saved plan into a project, in place (with a backup) or into `output`."""
    path = _output(project_path, output, force=force)
    plan = loads_plan(_read_text(plan_path))
    project = load_project(project_path)
    backup = _replace(project_path, path, project.with_plan(plan, path, force=force))
    names = tuple(track.name for track in plan.tracks)
    return Change(action="applied", path=path, backup=backup, tracks=names, kept=() if force else project.changes)


def revert_project(project_path: Path, output: Path | None, *, force: bool) -> Change:
    """Take everything of ours out of a project, in place (with a backup) or into `output`."""
    path = _output(project_path, output, force=force)
    project = load_project(project_path)
    backup = _replace(project_path, path, project.without_us(path, force=force))
    tracks = tuple(track.name for track in project.saved.plan.tracks) if project.saved else ()
    moved = tuple(change for change in project.changes if change.field == "fader_db")
    return Change(action="reverted", path=path, backup=backup, tracks=tracks, kept=() if force else moved)


def _output(project_path: Path, output: Path | None, *, force: bool) -> Path:
    if output is None:
        return project_path
    refuse_existing(output, force=force)
    return output


def _replace(source: Path, path: Path, data: bytes) -> Path | None:
    """Write a project; if that is over its own source, keep the old one as a backup and say where."""
    backup = None
    if path.exists() and path.samefile(source):
        if path.read_bytes() == data:
            return None
        backup = numbered_backup(path)
    write_atomically(path, data)
    return backup


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{path}: cannot be read as a plan", hint="Name a file that --plan wrote.") from error
