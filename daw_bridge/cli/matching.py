"""The command that finds settings from recordings."""

from __future__ import annotations

from pathlib import Path

import click

from daw_bridge.cli.options import FILE, force_option, json_option, verbose_option
from daw_bridge.cli.terminal import echo, errors, print_json, showing_progress


@click.command()
@click.argument("dry", type=FILE)
@click.argument("wet", type=FILE)
@click.option("-o", "--output", type=FILE, metavar="SONG.rpp", help="A project to write: DRY with what was found.")
@click.option("--seed", default=0, show_default=True, help="The same seed finds the same.")
@json_option
@force_option
@verbose_option
def match(
    dry: Path, wet: Path, *, output: Path | None, seed: int, as_json: bool, force: bool, verbose: bool
) -> None:
    """Find the fader, ReaEQ, ReaComp and ReaVerbate that make the recording WET of the recording DRY.

    Both are of the same take; where they begin does not matter. What is not needed is left out. Ctrl-C ends the
    search, and the best so far is taken.
    """
    with errors(verbose=verbose):
        from daw_bridge import api, match_text
        from daw_bridge.match import match_files
        from daw_bridge.mix_files import MixFiles

        files = MixFiles(project=output)
        if output is not None:
            files.check(force=force)
        with showing_progress(verbose=verbose) as progress:
            made = match_files(dry, wet, output=output, seed=seed, progress=progress)
            written = {} if output is None else api.write_mix(made.mix, files)
        if as_json:
            print_json(match_text.match_document(made, written))
            return
        echo(match_text.match_report(made, written, reasons=verbose))
