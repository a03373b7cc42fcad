"""The commands that make REAPER ready, and the one that its actions call."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daw_bridge.cli.options import (
    FILE,
    json_option,
    verbose_option,
)
from daw_bridge.cli.terminal import errors, print_json

if TYPE_CHECKING:
    pass


from daw_bridge import __version__

portable_option = click.option(
    "--resource-path", type=FILE, metavar="DIR", help="REAPER's resource folder, for a portable REAPER."
)


@click.command()
@portable_option
@click.option("--remove", is_flag=True, help="Undo it.")
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@verbose_option
def setup(resource_path: Path | None, *, remove: bool, dry_run: bool, verbose: bool) -> None:
    """Make REAPER ready, once: Python for its scripts, our actions in its action list. Quit REAPER first."""
    with errors(verbose=verbose):
        from daw_bridge.hosts.reaper.setup import set_up

        click.echo(set_up(resource_path, version=__version__, remove=remove, dry_run=dry_run))


@click.command()
@portable_option
@json_option
@verbose_option
def doctor(resource_path: Path | None, *, as_json: bool, verbose: bool) -> None:
    """Check each link from here to the open REAPER; for each that fails, say the next step."""
    with errors(verbose=verbose):
        from daw_bridge.hosts.reaper.doctor import findings_document, findings_report, holds
        from daw_bridge.hosts.reaper.examination import examine

        found = examine(resource_path, __version__)
        if as_json:
            print_json(findings_document(found))
        else:
            click.echo(findings_report(found))
    if not holds(found):
        sys.exit(1)


@click.command(hidden=True)
@click.argument("job", type=FILE)
def background(job: Path) -> None:
    """Run what JOB.arguments says, for one of REAPER's actions."""
    with errors(verbose=False):
        from daw_bridge.background import run_job
        from daw_bridge.hosts.reaper.own_folder import command_line

        sys.exit(run_job(job, command_line()))
