"""The commands that listen, mix and play."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daw_bridge.cli.options import (
    FILE,
    REPORT_HELP,
    chosen_reference,
    chosen_source,
    force_option,
    json_option,
    reference_options,
    refuse_output,
    resource_option,
    source_options,
    verbose_option,
)
from daw_bridge.cli.terminal import echo, errors, print_json, showing_progress

if TYPE_CHECKING:
    from daw_bridge.sources import Source


@click.command()
@source_options
@click.option("-o", "--output", type=FILE, help="The project to write.")
@click.option("--in-place", is_flag=True, help="Change PROJECT.rpp itself; the old one is kept as .bak.")
@click.option("--preset", default="natural", show_default=True, metavar="NAME", help="A style, or a .toml file.")
@click.option(
    "--predictor", metavar="NAME", help="Who decides: engineers, rules or learned (default: the preset's)."
)
@click.option("--amount", type=click.FloatRange(0, 100), help="How far to go, in percent.  [default: 100]")
@reference_options
@click.option("--render", "render_to", type=FILE, help="Also play the result into a .wav or .flac.")
@click.option("--plan", "plan_to", type=FILE, help="Also write the plan as JSON.")
@click.option("--report", "report_to", type=FILE, metavar="OUT.html", help=REPORT_HELP)
@click.option("--dry-run", is_flag=True, help="Print what would be done; write nothing.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="For a folder: so many songs at once.")
@click.option("--again", is_flag=True, help="For a folder: mix finished songs again, too.")
@json_option
@force_option
@verbose_option
def mix(**options: Any) -> None:
    """Set fader, EQ, compressor and reverb on the tracks of a project, or of a new one made from recordings.

    PROJECT may be a folder: then it is each project in it, and each folder of recordings (their names tell what
    they are). A song's project is written beside what it is made from.
    """
    with errors(verbose=options["verbose"]):
        if options["project"] is not None and options["project"].is_dir():
            from daw_bridge.cli.batch import mix_folder

            mix_folder(options)
            return
        _refuse_folder_options(options)
        from daw_bridge import api, mix_text, text
        from daw_bridge.mix_files import MixFiles
        from daw_bridge.progress import part

        source, reference = chosen_source(options), chosen_reference(options)
        files = MixFiles(
            project=_mix_output(source, options),
            render=options["render_to"],
            plan=options["plan_to"],
            report=options["report_to"],
        )
        if not options["dry_run"]:
            files.check(force=options["force"], in_place=options["in_place"])
        with showing_progress(verbose=options["verbose"]) as progress:
            made = api.mix_source(
                source,
                preset=options["preset"],
                predictor=options["predictor"],
                amount=options["amount"],
                reference=reference,
                force=options["force"],
                progress=part(progress, 0.0, 1.0 / (1.0 + files.played)),
            )
            rest = part(progress, 1.0 / (1.0 + files.played), 1.0)
            written = {} if options["dry_run"] else api.write_mix(made, files, progress=rest)
        if options["as_json"]:
            print_json(text.mix_document(made, written))
            return
        echo(mix_text.mix_report(made, written, reasons=options["verbose"]))


def _refuse_folder_options(options: dict[str, Any]) -> None:
    if options["jobs"] or options["again"]:
        raise click.UsageError("--jobs and --again go with a folder of songs.")


def _mix_output(source: Source, options: dict[str, Any]) -> Path | None:
    """The project file to write; None for the open project."""
    from daw_bridge.sources import LiveSource

    if isinstance(source, LiveSource):
        refuse_output(options["output"])
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


@click.command()
@source_options
@json_option
@verbose_option
def analyze(**options: Any) -> None:
    """Print what is heard: loudness, range, spectrum, masking, tempo. Changes nothing."""
    with errors(verbose=options["verbose"]):
        from daw_bridge import api, text

        with showing_progress(verbose=options["verbose"]) as progress:
            session, analysis = api.analyze_source(chosen_source(options), progress=progress)
        if options["as_json"]:
            print_json(text.analysis_document(session, analysis))
            return
        click.echo(text.analysis_report(session, analysis))


@click.command()
@click.argument("project", required=False, type=FILE)
@click.option("-o", "--output", type=FILE, required=True, help="The .wav or .flac to write.")
@resource_option
@json_option
@force_option
@verbose_option
def render(
    project: Path | None, output: Path, *, resource: Path | None, as_json: bool, force: bool, verbose: bool
) -> None:
    """Play PROJECT.rpp, or the open project, offline and as it stands into an audio file."""
    with errors(verbose=verbose):
        from daw_bridge import api, live, text

        with showing_progress(verbose=verbose) as progress:
            if project is None:
                done = live.render_live(output, resource=resource, force=force, progress=progress)
            else:
                done = api.render_project(project, output, force=force, progress=progress)
        if as_json:
            print_json(text.render_document(done))
            return
        click.echo(text.render_report(done))


@click.command()
@click.argument("project", type=FILE)
@click.option("-o", "--output", type=FILE, metavar="OUT.html", help="The page to write.  [default: PROJECT.html]")
@force_option
@verbose_option
def report(project: Path, *, output: Path | None, force: bool, verbose: bool) -> None:
    """Write a page to look at and to listen to: what our mix in a project does, why, before and after."""
    with errors(verbose=verbose):
        from daw_bridge import applying, mix_text

        with showing_progress(verbose=verbose) as progress:
            path = output or project.with_suffix(".html")
            applying.report_project(project, path, force=force, progress=progress)
        click.echo(mix_text.written_lines({"report": path}))


@click.command()
@click.argument("folder", default="daw-bridge-demo", type=FILE)
@click.option("--preset", default="natural", show_default=True, metavar="NAME", help="A style, or a .toml file.")
@force_option
@verbose_option
def demo(folder: Path, *, preset: str, force: bool, verbose: bool) -> None:
    """Make a short song by ourselves, mix it, and write project, dry and mixed renders into FOLDER."""
    with errors(verbose=verbose):
        from daw_bridge import text
        from daw_bridge.demo.job import make_demo

        with showing_progress(verbose=verbose) as progress:
            made = make_demo(folder, preset=preset, force=force, progress=progress)
        echo(text.demo_report(made))
