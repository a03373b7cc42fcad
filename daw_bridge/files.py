"""Writing files so that nothing is lost: whole or not at all, and never over a file that nobody gave up."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from daw_bridge.errors import OutputError

WINDOWS = os.name == "nt"

_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\..*)?", re.IGNORECASE)
"""Names that Windows takes for devices, whatever ends them (Microsoft: Naming Files, Paths, and Namespaces)."""


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` to write to: it becomes `path` when the block ends well, else it is gone.

    It is on the disk before it takes the name, so that even after a power cut the old or the new file is there,
    whole. An existing file keeps its permissions; a link is followed. Raises OutputError; nothing is left behind
    then. A process that is killed leaves a hidden `.daw-bridge-*.tmp` at most, which is safe to delete.
    """
    target = path.resolve()
    with _temporary_beside(target, path) as temporary:
        yield temporary
        _to_disk(temporary)
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    _folder_to_disk(target.parent)


def write_atomically(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all, as `atomic_path` does. Raises OutputError."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


@contextlib.contextmanager
def all_or_nothing(paths: Iterable[Path]) -> Iterator[None]:
    """Where the block fails, also by Ctrl-C, those of the files that were not there before it are removed."""
    new = [path for path in paths if not os.path.lexists(path)]
    try:
        yield
    except BaseException:
        for path in new:
            _remove(path)
        raise


def numbered_backup(path: Path) -> Path:
    """Copies a file to `NAME.bak`, or to the first free of `NAME.bak1`, `NAME.bak2`, ... and says where.

    It is whole and on the disk when it takes its name. Raises OutputError; no earlier backup is ever overwritten.
    """
    with _temporary_beside(path, path) as temporary:
        temporary.write_bytes(path.read_bytes())
        _to_disk(temporary)
        shutil.copystat(path, temporary)
        names = (path.with_name(f"{path.name}.bak{number or ''}") for number in itertools.count())
        backup = next(name for name in names if _takes_name(temporary, name))
    _folder_to_disk(path.parent)
    return backup


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
        if WINDOWS and _is_reserved(path.name):
            raise OutputError(f"{path}: Windows has no files of this name.", hint="Name it otherwise.")
        if not path.resolve().parent.is_dir():
            raise _no_folder(path)
        if path.is_dir():
            raise _is_folder(path)
        refuse_existing(path, force=force)


def _is_reserved(name: str) -> bool:
    """Whether the name is a device's, has a character that none may have, or ends in what Windows leaves out."""
    return bool(_DEVICE.fullmatch(name) or re.search(r'[<>:"|?*\x00-\x1f]|[ .]$', name))


@contextlib.contextmanager
def _temporary_beside(target: Path, named: Path) -> Iterator[Path]:
    """A name for a temporary file in the target's folder, gone at the end; what goes wrong is told of `named`."""
    temporary = target.with_name(f".daw-bridge-{secrets.token_hex(6)}.tmp")
    try:
        yield temporary
    except OSError as error:
        raise _output_error(named, error) from error
    finally:
        _remove(temporary)


def _takes_name(temporary: Path, path: Path) -> bool:
    """Give a file this name too, or where the disk knows no such links (exFAT) instead; False if it is taken."""
    if os.path.lexists(path):
        return False
    try:
        path.hardlink_to(temporary)
    except FileExistsError:  # another process was quicker
        return False
    except OSError:
        temporary.rename(path)
    return True


def _to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _folder_to_disk(folder: Path) -> None:
    """Make new names outlast a power cut, where the system can; they are in force already."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove(path: Path) -> None:
    """Remove a file of ours; one that cannot be removed hides no other error."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


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
