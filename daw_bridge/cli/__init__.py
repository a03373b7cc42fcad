"""The command line. Reads options, calls the API, prints; everything heavy is imported inside a command."""

from __future__ import annotations

import io
import sys
from typing import Any

import click

from daw_bridge import __version__
from daw_bridge.cli import evaluation, matching, mixing, plans, reaper, reverb, training


class _Group(click.Group):
    """The commands, on any console."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Names of files and tracks may hold what the console's encoding, or any, cannot: they are escaped."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        return super().main(*args, **options)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="daw-bridge")
def main() -> None:
    """Mix a vocal into its backing: REAPER's own plug-ins, set from what is heard, with a reason for each value.

    Give recordings (--vocal, --backing), a project file (PROJECT.rpp), or nothing: then it is the project that is
    open in REAPER. Nothing is overwritten unless you say --force, and everything can be taken out again with
    `daw-bridge revert`.
    """


for _command in (
    mixing.mix,
    mixing.analyze,
    mixing.render,
    mixing.report,
    mixing.demo,
    evaluation.evaluate,
    training.train,
    matching.match,
    reverb.match_reverb,
    plans.apply,
    plans.revert,
    plans.presets,
    reaper.setup,
    reaper.doctor,
    reaper.background,
):
    main.add_command(_command)
