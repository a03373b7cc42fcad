"""The command that finds settings from recordings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from daw_bridge.cli.options import FILE, force_option, json_option, verbose_option
from daw_bridge.cli.terminal import echo, errors, print_json, showing_progress


@click.command()
@click.argument("recordings", nargs=-1, required=True, metavar="DRY WET | --mix MIX TRACK...", type=FILE)
@click.option("--mix", "finished", type=FILE, metavar="MIX", help="The finished mix of several dry recordings.")
@click.option("-o", "--output", type=FILE, metavar="SONG.rpp", help="A project to write: with what was found.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same seed finds the same."
)
@json_option
@force_option
@verbose_option
def match(
    recordings: tuple[Path, ...],
    *,
    finished: Path | None,
    output: Path | None,
    seed: int,
    as_json: bool,
    force: bool,
    verbose: bool,
) -> None:
    """Find the fader, ReaEQ, ReaComp and ReaVerbate that make the recording WET of the recording DRY.

    Both are of the same take; where they begin does not matter. What is not needed is left out. With --mix, find
    these and the pan of each TRACK, as they make the mix of all. Ctrl-C ends the search, and the best so far is
    taken.
    """
    with errors(verbose=verbose):
        from daw_bridge import api, match_text
        from daw_bridge.match import match_files
        from daw_bridge.match_mix import match_mix_files
        from daw_bridge.mix_files import MixFiles

        if finished is None and len(recordings) != 2:
            raise click.UsageError("Give two recordings, DRY and WET, or tracks with their mix: --mix MIX TRACK...")
        files = MixFiles(project=output)
        if output is not None:
            files.check(force=force)
        with showing_progress(verbose=verbose) as progress:
            made: Any
            document: Callable[..., dict[str, object]]
            report: Callable[..., str]
            if finished is None:
                made = match_files(*recordings, output=output, seed=seed, progress=progress)
                document, report = match_text.match_document, match_text.match_report
            else:
                made = match_mix_files(finished, recordings, output=output, seed=seed, progress=progress)
                document, report = match_text.mix_match_document, match_text.mix_match_report
            written = {} if output is None else api.write_mix(made.mix, files)
        if as_json:
            print_json(document(made, written))
            return
        echo(report(made, written, reasons=verbose))
