"""Writing files so that nothing is lost: whole or not at all, and never over a file that nobody gave up."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from daw_bridge.errors import OutputError


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` to write to: it becomes `path` when the block ends well, else it is gone.

    An existing file keeps its permissions; a link is followed. Raises OutputError; nothing is left behind then.
    """
    target = path.resolve()
    temporary = target.with_name(f".daw-bridge-{secrets.token_hex(6)}.tmp")
    try:
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except OSError as error:
        raise _output_error(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all, as `atomic_path` does. Raises OutputError."""
    with atomic_path(path) as temporary:
        _write_new(temporary, data)


@contextlib.contextmanager
def all_or_nothing() -> Iterator[list[Path]]:
    """Gives a list for the files that the block has written: where it fails, also by Ctrl-C, they are removed."""
    written: list[Path] = []
    try:
        yield written
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def numbered_backup(path: Path) -> Path:
    """Copies a file to `NAME.bak`, or to the first free of `NAME.bak1`, `NAME.bak2`, ... and says where.

    Raises OutputError; no earlier backup is ever overwritten.
    """
    try:
        data = path.read_bytes()
        for number in itertools.count():
            backup = path.with_name(f"{path.name}.bak{number or ''}")
            if not os.path.lexists(backup):
                _write_new(backup, data)
                shutil.copystat(path, backup)
                return backup
    except OSError as error:
        raise _output_error(path, error) from error
    raise AssertionError("unreachable: itertools.count never ends")


def refuse_existing(path: Path, *, force: bool = False) -> None:
    """Raises OutputError where something already lies at `path` and `force` is not set."""
    if not force and os.path.lexists(path):
        raise OutputError(
            f"{path} already exists",
            hint="Name another, or overwrite it with --force.",
        )


def check_outputs(paths: Iterable[Path], *, force: bool = False) -> None:
    """Raises OutputError before any work is done where one of the files could not be written at the end."""
    named: set[Path] = set()
    for path in paths:
        if path.resolve() in named:
            raise OutputError(f"{path} is named for two things.", hint="Give each a file of its own.")
        named.add(path.resolve())
        if not path.resolve().parent.is_dir():
            raise _no_folder(path)
        if path.is_dir():
            raise _is_folder(path)
        refuse_existing(path, force=force)


def _write_new(path: Path, data: bytes) -> None:
    """Writes a file that must not exist yet, down to the disk; a part of it does not stay."""
    with path.open("xb") as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _output_error(path: Path, error: OSError) -> OutputError:
    if not path.resolve().parent.is_dir():
        return _no_folder(path)
    if path.is_dir():
        return _is_folder(path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(f"{path}: the disk is full", hint="Make room, or write to another disk.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(f"{path}: no permission to write there", hint="Name a folder that you may write to.")
    return OutputError(f"{path}: cannot be written ({error.strerror})", hint="Name another file or folder.")


def _no_folder(path: Path) -> OutputError:
    return OutputError(
        f"{path}: there is no folder {path.resolve().parent}", hint="Make the folder first, or name another."
    )


def _is_folder(path: Path) -> OutputError:
    return OutputError(f"{path} is a folder", hint="Name a file in it.")
