"""`daw-bridge mix DIR`: all songs of a folder."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import Any

import click

from daw_bridge.cli.options import chosen_reference
from daw_bridge.cli.terminal import echo, print_json_line, showing_progress

_ONE_SONG = {
    "output": "-o",
    "render_to": "--render",
    "plan_to": "--plan",
    "report_to": "--report",
    "in_place": "--in-place",
    "vocals": "--vocal",
    "backings": "--backing",
    "backing_vocals": "--backing-vocal",
    "selected": "--selected",
}
_VALUES = {
    "preset": "--preset",
    "predictor": "--predictor",
    "amount": "--amount",
    "reference_vocal": "--reference-vocal",
    "reference_backing": "--reference-backing",
    "reference": "--reference",
    "from_reference": "--from-reference",
}
_NAMES = {
    "vocal_track": "--vocal-track",
    "backing_vocal_track": "--backing-vocal-track",
    "backing_track": "--backing-track",
    "ignore_track": "--ignore-track",
}
_FLAGS = {"force": "--force", "dry_run": "--dry-run"}


def mix_folder(options: dict[str, Any]) -> None:
    """Mix every song of the folder, print what became of each, and end with 1 if one of them failed."""
    refused = next((word for name, word in _ONE_SONG.items() if options[name]), None)
    if refused is not None:
        raise click.UsageError(f"{refused} goes with one song, not with a folder of them.")
    chosen_reference(options)  # what does not go together is told once, not for every song

    from daw_bridge.batch import default_jobs, find_songs, mix_songs
    from daw_bridge.batch_text import batch_table

    songs = find_songs(options["project"])
    jobs = options["jobs"] or default_jobs()
    results = []
    with showing_progress(verbose=options["verbose"]) as progress:
        mixed = mix_songs(
            songs, _choices(options), names=_names(options), jobs=jobs, again=options["again"], progress=progress
        )
        with closing(mixed):
            for result in mixed:
                results.append(result)
                if options["as_json"]:
                    print_json_line(result.document())
    if not options["as_json"]:
        echo(batch_table(sorted(results, key=lambda result: result.song)))
    if any(result.error for result in results):
        sys.exit(1)


def _choices(options: dict[str, Any]) -> list[str]:
    """The options of `mix` that each song's own run gets."""
    chosen = {flag: options[name] for name, flag in _VALUES.items() if options[name] is not None}
    values = [word for flag, value in chosen.items() for word in (flag, str(value))]
    return [*values, *(flag for name, flag in _FLAGS.items() if options[name])]


def _names(options: dict[str, Any]) -> list[str]:
    """What is said about tracks by name, for the songs that are projects."""
    return [word for name, flag in _NAMES.items() for value in options[name] for word in (flag, value)]
