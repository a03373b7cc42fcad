"""The options that several commands share, and the source that they name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from daw_bridge.engineer.references import ReferenceFiles
    from daw_bridge.sources import Source

Command = TypeVar("Command", bound=Callable[..., Any])


class _NamedPath(click.Path):
    """An empty name, as of a variable that was not set, is not the current folder, as it would be to pathlib."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("It is empty.", param, ctx)
        return super().convert(value, param, ctx)


FILE = _NamedPath(path_type=Path)

OPEN_ONLY = "--selected goes with the project that is open in REAPER."


def _all(*decorators: Callable[[Any], Any]) -> Callable[[Command], Command]:
    def add(command: Command) -> Command:
        return functools.reduce(lambda wrapped, decorate: decorate(wrapped), reversed(decorators), command)

    return add


resource_option = click.option(
    "--resource-path", "resource", type=FILE, metavar="DIR", help="REAPER's resource folder, if not the usual one."
)

selected_option = click.option(
    "--selected", is_flag=True, help="In the open project: only the selected tracks are changed."
)

source_options = _all(
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
    selected_option,
    resource_option,
)

reference_options = _all(
    click.option("--reference-vocal", type=FILE, metavar="WET", help="A finished vocal to sound like."),
    click.option("--reference-backing", type=FILE, metavar="FILE", help="Its backing, from the same start."),
    click.option("--reference", type=FILE, metavar="MIX", help="A finished mix to come nearer to."),
    click.option(
        "--from-reference",
        metavar="LIST",
        help="Only these of level, eq, dynamics, reverb: eq,reverb.  [default: all that it tells]",
    ),
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Say more: steps, reasons, tracebacks.")
REPORT_HELP = "Also write a page to look at and to listen to: what was done, why, before and after."
force_option = click.option(
    "--force", is_flag=True, help="Overwrite existing files; replace values that you changed by hand since."
)


def chosen_source(options: dict[str, Any]) -> Source:
    """The source that `source_options` name. Raises UsageError where they do not go together."""
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


def chosen_reference(options: dict[str, Any]) -> ReferenceFiles | None:
    """The reference that `reference_options` name. Raises UsageError where they do not go together."""
    vocal, backing, mix = (options[name] for name in ("reference_vocal", "reference_backing", "reference"))
    words = options["from_reference"]
    if vocal and mix:
        raise click.UsageError("Give either --reference-vocal or --reference, not both.")
    if backing and not vocal:
        raise click.UsageError("--reference-backing goes with --reference-vocal.")
    if not vocal and not mix:
        if words is not None:
            raise click.UsageError("--from-reference goes with --reference-vocal or --reference.")
        return None
    from daw_bridge.engineer.references import ReferenceFiles

    aspects = None if words is None else tuple(word.strip() for word in words.split(","))
    files = ReferenceFiles(vocal=vocal, backing=backing, mix=mix, aspects=aspects)
    untold = [aspect for aspect in aspects or () if aspect not in files.tells]
    if untold:
        tells = ", ".join(files.tells)
        raise click.UsageError(f"--from-reference: {untold[0]!r} is not told by this reference, only {tells}.")
    return files


def refuse_output(output: Path | None) -> None:
    """Raises UsageError: the open project has no file of its own to write."""
    if output is not None:
        raise click.UsageError("-o goes with PROJECT.rpp, not with the open project.")
