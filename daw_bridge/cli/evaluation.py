"""The command that says how good who decides is."""

from __future__ import annotations

from pathlib import Path

import click

from daw_bridge.cli.options import FILE, json_option, verbose_option
from daw_bridge.cli.terminal import echo, errors, print_json, showing_progress


@click.command()
@click.argument("dataset", type=FILE)
@click.option("--predictor", "predictors", multiple=True, metavar="NAME", help="Only this one (repeatable).")
@click.option("--songs", "most_songs", type=click.IntRange(min=1), metavar="N", help="Only the first N songs.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all that is drawn.")
@json_option
@verbose_option
def evaluate(
    dataset: Path, *, predictors: tuple[str, ...], most_songs: int | None, seed: int, as_json: bool, verbose: bool
) -> None:
    """Compare who decides, on the songs of DATASET: known changes undone, targets reached, chains, human mixes.

    DATASET is a folder of songs, each a folder with the vocal and its backing (vocals.wav, drums.wav, ...), or
    MUSDB18, or MedleyDB.
    """
    with errors(verbose=verbose):
        from daw_bridge import evaluate as job

        with showing_progress(verbose=verbose) as progress:
            done = job.evaluate(dataset, predictors=predictors, most_songs=most_songs, seed=seed, progress=progress)
        if as_json:
            print_json(done.document())
            return
        echo(done.text())
