"""What the commands say to a terminal or to a script: words, JSON, progress, errors."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from daw_bridge.errors import DawBridgeError

if TYPE_CHECKING:
    from daw_bridge.progress import Progress

INTERRUPTED = 130
"""The exit code of a command that was stopped with Ctrl-C, as shells have it."""


def echo(words: str) -> None:
    """Print with colours, which click takes out again where stdout is no terminal; NO_COLOR asks for none."""
    click.echo(words, color=False if os.environ.get("NO_COLOR") else None)


def print_json(document: dict[str, object]) -> None:
    """Print one document on stdout."""
    import json

    # In ASCII, so that no encoding of stdout and no name of a file can break it.
    click.echo(json.dumps(document, indent=2, allow_nan=False))


def print_json_line(document: dict[str, object]) -> None:
    """Print one document on one line of stdout, at once."""
    import json

    click.echo(json.dumps(document, allow_nan=False))


@contextlib.contextmanager
def errors(*, verbose: bool) -> Iterator[None]:
    """One place where what went wrong becomes words and an exit code."""
    try:
        yield
    except DawBridgeError as error:
        _fail(error.message, error.hint, error.exit_code, verbose=verbose)
    except KeyboardInterrupt:
        _fail("stopped", "", INTERRUPTED, verbose=verbose)
    except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
        raise
    except MemoryError:
        _fail("there is not enough memory", "Close other programs, or mix a shorter part.", 1, verbose=verbose)
    except OSError as error:
        too_long = error.errno == errno.ENAMETOOLONG
        hint = "Choose a shorter name." if too_long else "Is the disk full, or gone?"
        _fail(str(error), hint, 1, verbose=verbose)
    except Exception as error:
        what = f"a defect in DAW Bridge: {type(error).__name__}: {error}"
        _fail(what, "Please report it with what --verbose prints.", 1, verbose=verbose)


def _fail(message: str, hint: str, exit_code: int, *, verbose: bool) -> NoReturn:
    """Say what went wrong, after the traceback if it is wanted, and end."""
    if verbose:
        import traceback

        click.echo(traceback.format_exc(), err=True)
    click.echo(f"error: {message}", err=True)
    if hint:
        click.echo(f"  {hint}", err=True)
    sys.exit(exit_code)


@contextlib.contextmanager
def showing_progress(*, verbose: bool) -> Iterator[Progress]:
    """Into the file that the environment names; as lines on stderr if asked for; else a bar, for a terminal."""
    from daw_bridge.progress import FILE_VARIABLE, silent
    from daw_bridge.progress_bar import ProgressBar, StepLog
    from daw_bridge.progress_file import ProgressFile

    if FILE_VARIABLE in os.environ:
        yield ProgressFile(Path(os.environ[FILE_VARIABLE])).show
        return
    if verbose:
        yield StepLog(sys.stderr).show
        return
    if not sys.stderr.isatty():
        yield silent
        return
    bar = ProgressBar(sys.stderr)
    try:
        yield bar.show
    finally:
        bar.clear()
