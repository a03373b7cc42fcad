"""The command line. Reads options, calls the API, prints; everything heavy is imported inside a command."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from daw_bridge import __version__
from daw_bridge.errors import DawBridgeError

if TYPE_CHECKING:
    from daw_bridge.progress import Progress
    from daw_bridge.sources import Source

Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)

OPEN_ONLY = "--selected goes with the project that is open in REAPER."

INTERRUPTED = 130
"""The exit code of a command that was stopped with Ctrl-C, as shells have it."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="daw-bridge")
def main() -> None:
    """Mix a vocal into its backing: REAPER's own plug-ins, set from what is heard, with a reason for each value.

    Give recordings (--vocal, --backing), a project file (PROJECT.rpp), or nothing: then it is the project that is
    open in REAPER. Nothing is overwritten unless you say --force, and everything can be taken out again with
    `daw-bridge revert`.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Names of files and tracks may hold what the terminal's encoding, or any, cannot.
            stream.reconfigure(errors="backslashreplace")


def _options(*decorators: Callable[[Any], Any]) -> Callable[[Command], Command]:
    def add(command: Command) -> Command:
        return functools.reduce(lambda wrapped, decorate: decorate(wrapped), reversed(decorators), command)

    return add


_resource_option = click.option(
    "--resource-path", "resource", type=FILE, metavar="DIR", help="REAPER's resource folder, if not the usual one."
)

_selected_option = click.option(
    "--selected", is_flag=True, help="In the open project: only the selected tracks are changed."
)

_source_options = _options(
    click.argument("project", required=False, type=FILE),
    click.option("--vocal", "vocals", multiple=True, type=FILE, help="A lead vocal recording (repeatable)."),
    click.option("--backing", "backings", multiple=True, type=FILE, help="A backing recording (repeatable)."),
    click.option(
        "--backing-vocal",
        "backing_vocals",
        multiple=True,
        type=FILE,
        help="A backing vocal recording (repeatable).",
    ),
    click.option("--vocal-track", multiple=True, metavar="NAME", help="This track of the project is a lead vocal."),
    click.option("--backing-vocal-track", multiple=True, metavar="NAME", help="This track is a backing vocal."),
    click.option("--backing-track", multiple=True, metavar="NAME", help="This track is backing."),
    click.option("--ignore-track", multiple=True, metavar="NAME", help="Leave this track alone."),
    _selected_option,
    _resource_option,
)

_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
_verbose_option = click.option("-v", "--verbose", is_flag=True, help="Say more: steps, reasons, tracebacks.")
_report_help = "Also write a page to look at and to listen to: what was done, why, before and after."
_force_option = click.option(
    "--force", is_flag=True, help="Overwrite existing files; replace values that you changed by hand since."
)


@main.command()
@_source_options
@click.option("-o", "--output", type=FILE, help="The project to write.")
@click.option("--in-place", is_flag=True, help="Change PROJECT.rpp itself; the old one is kept as .bak.")
@click.option("--preset", default="natural", show_default=True, metavar="NAME", help="A style, or a .toml file.")
@click.option("--predictor", metavar="NAME", help="Who decides: engineers or rules (default: the preset's).")
@click.option("--amount", type=click.FloatRange(0, 100), help="How far to go, in percent.  [default: 100]")
@click.option("--render", "render_to", type=FILE, help="Also play the result into a .wav or .flac.")
@click.option("--plan", "plan_to", type=FILE, help="Also write the plan as JSON.")
@click.option("--report", "report_to", type=FILE, metavar="OUT.html", help=_report_help)
@click.option("--dry-run", is_flag=True, help="Print what would be done; write nothing.")
@_json_option
@_force_option
@_verbose_option
def mix(**options: Any) -> None:
    """Set fader, EQ, compressor and reverb on the tracks of a project, or of a new one made from recordings."""
    with _errors(verbose=options["verbose"]):
        from daw_bridge import api, mix_text, text
        from daw_bridge.progress import part

        source = _source(options)
        files = api.MixFiles(
            project=_mix_output(source, options),
            render=options["render_to"],
            plan=options["plan_to"],
            report=options["report_to"],
        )
        if not options["dry_run"]:
            files.check(force=options["force"], in_place=options["in_place"])
        with _progress(verbose=options["verbose"]) as progress:
            made = api.mix_source(
                source,
                preset=options["preset"],
                predictor=options["predictor"],
                amount=options["amount"],
                force=options["force"],
                progress=part(progress, 0.0, 1.0 / (1.0 + files.played)),
            )
            rest = part(progress, 1.0 / (1.0 + files.played), 1.0)
            written = {} if options["dry_run"] else api.write_mix(made, files, progress=rest)
        if options["as_json"]:
            _print_json(text.mix_document(made, written))
            return
        _echo(mix_text.mix_report(made, written, reasons=options["verbose"]))


@main.command()
@_source_options
@_json_option
@_verbose_option
def analyze(**options: Any) -> None:
    """Print what is heard: loudness, range, spectrum, masking, tempo. Changes nothing."""
    with _errors(verbose=options["verbose"]):
        from daw_bridge import api, text

        with _progress(verbose=options["verbose"]) as progress:
            session, analysis = api.analyze_source(_source(options), progress=progress)
        if options["as_json"]:
            _print_json(text.analysis_document(session, analysis))
            return
        click.echo(text.analysis_report(session, analysis))


@main.command()
@click.argument("project", required=False, type=FILE)
@click.option("-o", "--output", type=FILE, required=True, help="The .wav or .flac to write.")
@_resource_option
@_json_option
@_force_option
@_verbose_option
def render(
    project: Path | None, output: Path, *, resource: Path | None, as_json: bool, force: bool, verbose: bool
) -> None:
    """Play PROJECT.rpp, or the open project, offline and as it stands into an audio file."""
    with _errors(verbose=verbose):
        from daw_bridge import api, live, text

        with _progress(verbose=verbose) as progress:
            if project is None:
                done = live.render_live(output, resource=resource, force=force, progress=progress)
            else:
                done = api.render_project(project, output, force=force, progress=progress)
        if as_json:
            _print_json(text.render_document(done))
            return
        click.echo(text.render_report(done))


@main.command()
@click.argument("project", type=FILE)
@click.option("-o", "--output", type=FILE, metavar="OUT.html", help="The page to write.  [default: PROJECT.html]")
@_force_option
@_verbose_option
def report(project: Path, *, output: Path | None, force: bool, verbose: bool) -> None:
    """Write a page to look at and to listen to: what our mix in a project does, why, before and after."""
    with _errors(verbose=verbose):
        from daw_bridge import api, mix_text

        with _progress(verbose=verbose) as progress:
            path = output or project.with_suffix(".html")
            api.report_project(project, path, force=force, progress=progress)
        click.echo(mix_text.written_lines({"report": path}))


@main.command()
@click.argument("plan", type=FILE)
@click.argument("project", required=False, type=FILE)
@click.option("-o", "--output", type=FILE, help="Write here, and leave PROJECT.rpp as it is.")
@_resource_option
@_force_option
@_verbose_option
def apply(
    plan: Path, project: Path | None, *, output: Path | None, resource: Path | None, force: bool, verbose: bool
) -> None:
    """Set what a saved plan says, in PROJECT.rpp (a numbered .bak is kept) or in the open project."""
    with _errors(verbose=verbose):
        from daw_bridge import api, live, text

        if project is None:
            _refuse_output(output)
            change = live.apply_plan_live(plan, resource=resource, force=force)
        else:
            change = api.apply_plan_file(plan, project, output, force=force)
        click.echo(text.change_report(change))


@main.command()
@click.argument("project", required=False, type=FILE)
@click.option("-o", "--output", type=FILE, help="Write here, and leave PROJECT.rpp as it is.")
@_selected_option
@_resource_option
@_force_option
@_verbose_option
def revert(
    project: Path | None,
    *,
    output: Path | None,
    selected: bool,
    resource: Path | None,
    force: bool,
    verbose: bool,
) -> None:
    """Take everything of ours out again, of PROJECT.rpp (a numbered .bak is kept) or of the open project."""
    with _errors(verbose=verbose):
        from daw_bridge import api, live, text

        if project is None:
            _refuse_output(output)
            change = live.revert_live(resource=resource, selected=selected, force=force)
        elif selected:
            raise click.UsageError(OPEN_ONLY)
        else:
            change = api.revert_project(project, output, force=force)
        click.echo(text.change_report(change))


def _refuse_output(output: Path | None) -> None:
    if output is not None:
        raise click.UsageError("-o goes with PROJECT.rpp, not with the open project.")


@main.command()
@click.argument("name", required=False)
@_json_option
@_verbose_option
def presets(name: str | None, *, as_json: bool, verbose: bool) -> None:
    """List the presets, or show one with all that it says."""
    with _errors(verbose=verbose):
        from daw_bridge import text
        from daw_bridge.presets import list_presets, load_preset

        chosen = (load_preset(name),) if name else list_presets()
        if as_json:
            _print_json(text.presets_document(chosen))
            return
        click.echo(text.preset_report(chosen[0]) if name else text.presets_report(chosen))


@main.command()
@click.argument("folder", default="daw-bridge-demo", type=FILE)
@click.option("--preset", default="natural", show_default=True, metavar="NAME", help="A style, or a .toml file.")
@_force_option
@_verbose_option
def demo(folder: Path, *, preset: str, force: bool, verbose: bool) -> None:
    """Make a short song by ourselves, mix it, and write project, dry and mixed renders into FOLDER."""
    with _errors(verbose=verbose):
        from daw_bridge import text
        from daw_bridge.demo.job import make_demo

        with _progress(verbose=verbose) as progress:
            made = make_demo(folder, preset=preset, force=force, progress=progress)
        _echo(text.demo_report(made))


_resource_path_option = click.option(
    "--resource-path", type=FILE, metavar="DIR", help="REAPER's resource folder, for a portable REAPER."
)


@main.command()
@_resource_path_option
@click.option("--remove", is_flag=True, help="Undo it.")
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@_verbose_option
def setup(resource_path: Path | None, *, remove: bool, dry_run: bool, verbose: bool) -> None:
    """Make REAPER ready, once: Python for its scripts, our actions in its action list. Quit REAPER first."""
    with _errors(verbose=verbose):
        from daw_bridge.hosts.reaper.setup import set_up

        click.echo(set_up(resource_path, version=__version__, remove=remove, dry_run=dry_run))


@main.command()
@_resource_path_option
@_json_option
@_verbose_option
def doctor(resource_path: Path | None, *, as_json: bool, verbose: bool) -> None:
    """Check each link from here to the open REAPER; for each that fails, say the next step."""
    with _errors(verbose=verbose):
        from daw_bridge.hosts.reaper.doctor import findings_document, findings_report, holds
        from daw_bridge.hosts.reaper.examination import examine

        found = examine(resource_path, __version__)
        if as_json:
            _print_json(findings_document(found))
        else:
            click.echo(findings_report(found))
    if not holds(found):
        sys.exit(1)


@main.command(hidden=True)
@click.argument("job", type=FILE)
def background(job: Path) -> None:
    """Run what JOB.arguments says, for one of REAPER's actions."""
    with _errors(verbose=False):
        from daw_bridge.background import run_job
        from daw_bridge.hosts.reaper.own_folder import command_line

        sys.exit(run_job(job, command_line()))


def _source(options: dict[str, Any]) -> Source:
    from daw_bridge.sources import LiveSource, ProjectSource, RecordingsSource

    recordings = options["vocals"] or options["backings"] or options["backing_vocals"]
    named = [name for name in ("vocal", "backing_vocal", "backing", "ignore") if options[f"{name}_track"]]
    if options["project"] and recordings:
        raise click.UsageError("Give either PROJECT.rpp or recordings (--vocal, --backing), not both.")
    if recordings:
        if not options["vocals"]:
            raise click.UsageError("Which recording is the vocal? Say --vocal FILE.")
        if named:
            raise click.UsageError(
                f"--{named[0].replace('_', '-')}-track goes with PROJECT.rpp, not with recordings."
            )
        return RecordingsSource(
            vocals=options["vocals"],
            backings=options["backings"],
            backing_vocals=options["backing_vocals"],
            output=options.get("output"),
        )
    names = {
        "vocal": options["vocal_track"],
        "backing_vocal": options["backing_vocal_track"],
        "backing": options["backing_track"],
        "ignore": options["ignore_track"],
    }
    if options["project"] is None:
        return LiveSource(resource=options["resource"], selected=options["selected"], **names)
    if options["selected"]:
        raise click.UsageError(OPEN_ONLY)
    return ProjectSource(path=options["project"], **names)


def _mix_output(source: Source, options: dict[str, Any]) -> Path | None:
    """The project file to write; None for the open project."""
    from daw_bridge.sources import LiveSource

    if isinstance(source, LiveSource):
        _refuse_output(options["output"])
        if options["in_place"]:
            raise click.UsageError("--in-place goes with PROJECT.rpp; the open project is always set as it is.")
        return None
    if not options["in_place"]:
        return options["output"] or source.default_output
    if options["output"] is not None:
        raise click.UsageError("--in-place and -o exclude each other.")
    if source.path is None:
        raise click.UsageError("--in-place goes with PROJECT.rpp, not with recordings.")
    return source.path


def _echo(words: str) -> None:
    """Print with colours, which click takes out again where stdout is no terminal; NO_COLOR asks for none."""
    click.echo(words, color=False if os.environ.get("NO_COLOR") else None)


def _print_json(document: dict[str, object]) -> None:
    import json

    # In ASCII, so that no encoding of stdout and no name of a file can break it.
    click.echo(json.dumps(document, indent=2, allow_nan=False))


@contextlib.contextmanager
def _errors(*, verbose: bool) -> Iterator[None]:
    """One place where what went wrong becomes words and an exit code."""
    try:
        yield
    except DawBridgeError as error:
        _fail(error.message, error.hint, error.exit_code, verbose=verbose)
    except KeyboardInterrupt:
        _fail("stopped", "", INTERRUPTED, verbose=verbose)
    except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
        raise
    except OSError as error:
        _fail(str(error), "Is the disk full, or gone?", 1, verbose=verbose)
    except Exception as error:
        what = f"a defect in DAW Bridge: {type(error).__name__}: {error}"
        _fail(what, "Please report it with what --verbose prints.", 1, verbose=verbose)


def _fail(message: str, hint: str, exit_code: int, *, verbose: bool) -> NoReturn:
    """Say what went wrong, after the traceback if it is wanted, and end."""
    if verbose:
        import traceback

        click.echo(traceback.format_exc(), err=True)
    click.echo(f"error: {message}", err=True)
    if hint:
        click.echo(f"  {hint}", err=True)
    sys.exit(exit_code)


@contextlib.contextmanager
def _progress(*, verbose: bool) -> Iterator[Progress]:
    """Into the file that the environment names; as lines on stderr if asked for; else a bar, for a terminal."""
    from daw_bridge.progress import FILE_VARIABLE, silent
    from daw_bridge.progress_bar import ProgressBar, StepLog
    from daw_bridge.progress_file import ProgressFile

    if FILE_VARIABLE in os.environ:
        yield ProgressFile(Path(os.environ[FILE_VARIABLE])).show
        return
    if verbose:
        yield StepLog(sys.stderr).show
        return
    if not sys.stderr.isatty():
        yield silent
        return
    bar = ProgressBar(sys.stderr)
    try:
        yield bar.show
    finally:
        bar.clear()
