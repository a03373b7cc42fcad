"""The command that turns an impulse response into a reverb."""

from __future__ import annotations

from pathlib import Path

import click

from daw_bridge.cli.options import FILE, force_option, json_option, verbose_option
from daw_bridge.cli.terminal import echo, errors, print_json, showing_progress


@click.command("match-reverb")
@click.argument("impulse_response", metavar="IR", type=FILE)
@click.option("-o", "--output", type=FILE, metavar="NAME.RfxChain", help="Also write it as an FX chain for REAPER.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Where the search begins.")
@json_option
@force_option
@verbose_option
def match_reverb(
    impulse_response: Path, *, output: Path | None, seed: int, as_json: bool, force: bool, verbose: bool
) -> None:
    """Find the ReaVerbate that is nearest to an impulse response, and say how near that is."""
    with errors(verbose=verbose):
        from daw_bridge import match_reverb as work
        from daw_bridge import reverb_text

        if output is not None:
            work.check_chain_output(output, force=force)
        with showing_progress(verbose=verbose) as progress:
            match = work.match_reverb(impulse_response, seed=seed, progress=progress)
        written = {}
        if output is not None:
            work.write_chain(match, output)
            written["FX chain"] = output
        if as_json:
            print_json(reverb_text.match_document(match, impulse_response, written))
            return
        echo(reverb_text.match_report(match, impulse_response, written))
