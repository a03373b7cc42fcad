"""The shared library of a Python, which is what REAPER loads: not every Python has one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

OLDEST = (3, 8)
"""What runs inside REAPER is written for this Python and later."""

_NAMES = ("python3", *(f"python3.{minor}" for minor in range(14, OLDEST[1] - 1, -1)))
_VARIABLES = ("INSTSONAME", "LDLIBRARY", "LIBDIR", "MULTIARCH")
_PROBE = f"""
import json, sys, sysconfig
print(json.dumps(dict(
    platform=sys.platform, executable=sys.executable, version=sys.version_info[:2], prefix=sys.base_prefix,
    variables={{name: sysconfig.get_config_var(name) for name in {_VARIABLES!r}}})))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """What a Python says about itself. `variables` are sysconfig's."""

    platform: str
    executable: str
    version: tuple[int, int]
    prefix: str
    variables: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A shared Python library, and the interpreter that it belongs to."""

    path: PurePath
    interpreter: str


def candidates(interpreter: Interpreter) -> tuple[PurePath, ...]:
    """Where the library of an interpreter would lie, most likely place first.

    A virtual environment has none of its own: its base's is meant.
    """
    major, minor = interpreter.version
    match interpreter.platform:
        case "win32":
            return (PureWindowsPath(interpreter.prefix) / f"python{major}{minor}.dll",)
        case "darwin":  # a framework build, too, has its .dylib in lib/
            return tuple(_in_folders(interpreter, (f"libpython{major}.{minor}.dylib",)))
    named = [interpreter.variables.get(name) for name in ("INSTSONAME", "LDLIBRARY")]
    names = (*named, f"libpython{major}.{minor}.so.1.0", f"libpython{major}.{minor}.so")
    return tuple(_in_folders(interpreter, [name for name in dict.fromkeys(names) if name and ".so" in name]))


def _in_folders(interpreter: Interpreter, names: Iterable[str]) -> Iterator[PurePath]:
    folder = PurePosixPath(interpreter.variables.get("LIBDIR") or PurePosixPath(interpreter.prefix) / "lib")
    own = PurePosixPath(interpreter.prefix) / "lib"
    triplet = interpreter.variables.get("MULTIARCH")
    folders = (folder, own, *((folder / triplet, own / triplet) if triplet else ()))
    names = tuple(names)
    return (place / name for place in dict.fromkeys(folders) for name in names)


def library_of(interpreter: Interpreter, is_file: Callable[[PurePath], bool]) -> Library | None:
    """The library of an interpreter, if it has one and is recent enough."""
    if interpreter.version < OLDEST:
        return None
    found = next((path for path in candidates(interpreter) if is_file(path)), None)
    return None if found is None else Library(path=found, interpreter=interpreter.executable)


def version_of(library: PurePath) -> tuple[int, int] | None:
    """The version that a library's name, or a framework's folder, tells; None where they tell none."""
    patterns = (r"libpython(\d)\.(\d+)", r"python(\d)(\d+)\.dll$", r"Versions/(\d)\.(\d+)/")
    for pattern in patterns:
        if found := re.search(pattern, library.as_posix(), re.IGNORECASE):
            return int(found[1]), int(found[2])
    return None


def find_library() -> Library | None:
    """The library of the Python that runs this, else of the first other one on the PATH that has one."""
    for executable in (sys.executable, *filter(None, map(shutil.which, _NAMES))):
        interpreter = ask(executable)
        if interpreter is None:
            continue
        library = library_of(interpreter, lambda path: Path(path).is_file())
        if library is not None:
            return library
    return None


def ask(executable: str) -> Interpreter | None:
    """What a Python says about itself; None if it does not answer."""
    try:
        done = subprocess.run([executable, "-c", _PROBE], capture_output=True, timeout=20, check=True)
        facts = json.loads(done.stdout)
        return Interpreter(**{**facts, "version": tuple(facts["version"])})
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, KeyError):
        return None
