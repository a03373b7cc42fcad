"""The commands that set or take out what a plan says, and list the styles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from daw_bridge.cli.options import (
    FILE,
    OPEN_ONLY,
    force_option,
    json_option,
    refuse_output,
    resource_option,
    selected_option,
    verbose_option,
)
from daw_bridge.cli.terminal import errors, print_json

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("plan", type=FILE)
@click.argument("project", required=False, type=FILE)
@click.option("-o", "--output", type=FILE, help="Write here, and leave PROJECT.rpp as it is.")
@resource_option
@force_option
@verbose_option
def apply(
    plan: Path, project: Path | None, *, output: Path | None, resource: Path | None, force: bool, verbose: bool
) -> None:
    """Set what a saved plan says, in PROJECT.rpp (a numbered .bak is kept) or in the open project."""
    with errors(verbose=verbose):
        from daw_bridge import applying, live, text

        if project is None:
            refuse_output(output)
            change = live.apply_plan_live(plan, resource=resource, force=force)
        else:
            change = applying.apply_plan_file(plan, project, output, force=force)
        click.echo(text.change_report(change))


@click.command()
@click.argument("project", required=False, type=FILE)
@click.option("-o", "--output", type=FILE, help="Write here, and leave PROJECT.rpp as it is.")
@selected_option
@resource_option
@force_option
@verbose_option
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
    with errors(verbose=verbose):
        from daw_bridge import applying, live, text

        if project is None:
            refuse_output(output)
            change = live.revert_live(resource=resource, selected=selected, force=force)
        elif selected:
            raise click.UsageError(OPEN_ONLY)
        else:
            change = applying.revert_project(project, output, force=force)
        click.echo(text.change_report(change))


@click.command()
@click.argument("name", required=False)
@json_option
@verbose_option
def presets(name: str | None, *, as_json: bool, verbose: bool) -> None:
    """List the presets, or show one with all that it says."""
    with errors(verbose=verbose):
        from daw_bridge import text
        from daw_bridge.presets import list_presets, load_preset

        chosen = (load_preset(name),) if name else list_presets()
        if as_json:
            print_json(text.presets_document(chosen))
            return
        click.echo(text.preset_report(chosen[0]) if name else text.presets_report(chosen))
