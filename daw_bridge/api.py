"""What the commands do, for Python: mix, analyze, render, and write what was decided."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daw_bridge.engineer import engineer
from daw_bridge.engineer.listening import listen
from daw_bridge.engineer.references import ReferenceFiles, hear_reference
from daw_bridge.errors import NothingToMixError, PresetError
from daw_bridge.files import all_or_nothing, atomic_path, check_outputs
from daw_bridge.hosts.reaper.live import LiveProject
from daw_bridge.hosts.rpp.project import Project, load_project, new_project_bytes, playable
from daw_bridge.media import Media
from daw_bridge.mix_files import MixFiles, refuse_inputs, replace_project
from daw_bridge.plan import MixPlan, UserChange, leave_alone, only_tracks, with_plan
from daw_bridge.plan_json import dumps_plan
from daw_bridge.presets import load_preset
from daw_bridge.progress import Progress, part, silent
from daw_bridge.rendering import RenderResult, render_to_file
from daw_bridge.report import report_html
from daw_bridge.session import Session
from daw_bridge.sources import ProjectSource, RecordingsSource, Source, open_source
from daw_bridge.threads import one_blas_thread
from predictors.cards import ModelError
from predictors.decide import PREDICTORS

if TYPE_CHECKING:
    from predictors.analysis import SessionAnalysis


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mix:
    """A session as it was `before` and with its plan applied. `kept` are the user's own changes that stand.

    `references` were listened to: none of them is overwritten.
    """

    before: Session
    session: Session
    plan: MixPlan
    kept: tuple[UserChange, ...] = ()
    project: Project | LiveProject | None = None
    media: Media
    references: tuple[Path, ...] = ()

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the mixed project. Raises OutputError where a file is in the way, unless `force`."""
        files = MixFiles(project=Path(path))
        files.check(force=force)
        return write_mix(self, files)["project"]


def mix(  # noqa: PLR0913  a source and how to mix it, as the command has it
    project: str | Path | None = None,
    *,
    vocals: str | Path | Iterable[str | Path] = (),
    backings: str | Path | Iterable[str | Path] = (),
    backing_vocals: str | Path | Iterable[str | Path] = (),
    preset: str = "natural",
    predictor: str | None = None,
    amount: float | None = None,
    reference: ReferenceFiles | None = None,
    progress: Progress = silent,
) -> Mix:
    """Decide how the vocal sits in its backing. Nothing is written: see `Mix.save` and `render`.

    Give a project file, or recordings: one of them is a vocal. `amount` is in percent. Of a `reference`, as in
    `ReferenceFiles(vocal="Wet.wav", aspects=("eq", "reverb"))`, those aspects are taken that its recordings tell;
    preset and predictor decide the rest. Raises DawBridgeError.
    """
    recordings = RecordingsSource(
        vocals=_paths(vocals), backings=_paths(backings), backing_vocals=_paths(backing_vocals)
    )
    source: Source = recordings if project is None else ProjectSource(path=Path(project))
    if bool(recordings.vocals) == (project is not None):
        raise TypeError("mix() takes either a project or recordings with a vocal")
    return mix_source(
        source, preset=preset, predictor=predictor, amount=amount, reference=reference, progress=progress
    )


def render(source: Mix | str | Path, path: str | Path, *, force: bool = False) -> RenderResult:
    """Play a mix, or a project file as it stands, into a .wav or .flac. Raises DawBridgeError."""
    if not isinstance(source, Mix):
        return render_project(Path(source), Path(path), force=force)
    check_outputs([Path(path)], force=force)
    refuse_inputs(source.before, [Path(path)], source.references)
    return render_to_file(source.session, source.media, Path(path))


def _paths(paths: str | Path | Iterable[str | Path]) -> tuple[Path, ...]:
    return (Path(paths),) if isinstance(paths, (str, Path)) else tuple(map(Path, paths))


@one_blas_thread
def mix_source(
    source: Source,
    *,
    preset: str = "natural",
    predictor: str | None = None,
    amount: float | None = None,
    reference: ReferenceFiles | None = None,
    force: bool = False,
    progress: Progress = silent,
) -> Mix:
    """Read a source and decide; `reference` as in `mix`.

    With `force`, values that the user changed since our last run count for nothing.
    """
    chosen = load_preset(preset)
    _check_choice(predictor, amount)
    like = hear_reference(reference, progress) if reference else None
    media = Media()
    opened = open_source(source, media)
    kept = () if force or opened.project is None else opened.project.changes
    fixed = [track for track in opened.session.tracks if track.guid in opened.fixed]
    stand = [change for change in kept if change.guid not in opened.fixed]
    stand += [change for track in fixed for change in leave_alone(track)]
    try:
        plan = engineer(
            opened.session,
            media,
            chosen,
            predictor=predictor,
            amount=amount,
            reference=like,
            kept=stand,
            progress=progress,
        )
    except ModelError as error:
        raise PresetError(str(error), hint="Choose another predictor, or install DAW Bridge again.") from error
    session = with_plan(opened.session, plan)  # what the plan before set on fixed tracks is in it already
    if fixed:
        saved = opened.project.saved if opened.project else None
        plan = only_tracks(plan, opened.fixed, saved.plan if saved else None)
    return Mix(
        before=opened.session,
        session=session,
        plan=plan,
        kept=kept,
        project=opened.project,
        media=media,
        references=reference.paths if reference else (),
    )


def _check_choice(predictor: str | None, amount: float | None) -> None:
    if predictor is not None and predictor not in PREDICTORS:
        known = ", ".join(PREDICTORS)
        raise PresetError(f"There is no predictor {predictor!r}.", hint=f"There are: {known}.")
    if amount is not None and not 0.0 <= amount <= 100.0:
        raise PresetError(f"The amount is {amount:g}.", hint="It runs from 0 to 100 %.")


@one_blas_thread
def analyze_source(source: Source, *, progress: Progress = silent) -> tuple[Session, SessionAnalysis]:
    """What is heard in a source before anything is decided."""
    media = Media()
    session = open_source(source, media).session
    return session, listen(session, media, progress).analysis


def write_mix(made: Mix, files: MixFiles, *, progress: Progress = silent) -> dict[str, Path]:
    """Write all files or, where that fails, none; says what is where.

    Files that are there already are replaced when all is written, the project last, and stay as they are until
    then. Where the project replaces its source, the old one is kept as `backup`. Raises OutputError, and what
    `LiveProject.apply` raises.
    """
    refuse_inputs(made.before, files.beside, made.references)
    project = None if files.project is None else _project_bytes(made, files.project)
    with ExitStack() as drafts:
        if files.plan is not None:
            drafts.enter_context(atomic_path(files.plan)).write_bytes(dumps_plan(made.plan).encode())
        if files.render is not None:
            rendering = part(progress, 0.0, 1.0 / files.played)
            draft = drafts.enter_context(atomic_path(files.render))
            render_to_file(made.session, made.media, files.render, draft=draft, progress=rendering)
        if files.report is not None:
            reporting = part(progress, 1.0 - 1.0 / files.played, 1.0)
            page = report_html(made, progress=reporting).encode()
            drafts.enter_context(atomic_path(files.report)).write_bytes(page)
        with all_or_nothing(files.beside):
            drafts.close()  # gives them their names
            backup = _write_project(made, files.project, project)
    paths = {
        "project": files.project,
        "render": files.render,
        "plan": files.plan,
        "report": files.report,
        "backup": backup,
    }
    return {what: path for what, path in paths.items() if path is not None}


def _write_project(made: Mix, path: Path | None, data: bytes | None) -> Path | None:
    """Write the file, or set the open project; the backup of what was replaced, if there is one."""
    if isinstance(made.project, LiveProject):
        with closing(made.project.client):
            made.project.apply(made.plan, force=not made.kept)
        return None
    assert path is not None
    assert data is not None
    return replace_project(made.project.path if made.project else None, path, data)


def _project_bytes(made: Mix, path: Path) -> bytes:
    if isinstance(made.project, Project):
        return made.project.with_plan(made.plan, path, force=not made.kept)
    return new_project_bytes(made.before, made.plan, path)


def render_project(project: Path, path: Path, *, force: bool = False, progress: Progress = silent) -> RenderResult:
    """Play a project file as it stands into a file. Raises OutputError where one is in the way, unless `force`."""
    media = Media()
    session = playable(load_project(project).session, media)
    return render_session(session, media, path, force=force, progress=progress)


def render_session(
    session: Session, media: Media, path: Path, *, force: bool = False, progress: Progress = silent
) -> RenderResult:
    """Play a session into a file. Raises OutputError where one is in the way, unless `force`."""
    check_outputs([path], force=force)
    refuse_inputs(session, [path])
    if not session.frames:
        raise NothingToMixError(
            f"{session.name}: there is nothing that can be played.", hint="Are its items muted?"
        )
    return render_to_file(session, media, path, progress=progress)
