"""Every point at which a process can be killed, or the system can fail, while Python code writes files.

A point lies before each call into C code that touches files, whoever makes it: that is where the profiler looks in.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinFunctionType, FrameType

Folder = dict[str, bytes]


def contents(folder: Path) -> Folder:
    """All files in a folder, with what is in them."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def left_by_kills(work: Callable[[], object], folder: Path) -> list[Folder]:
    """What `folder` would hold if the process that does `work` were killed, for each point: all that differ."""
    found: list[Folder] = []

    def look() -> None:
        now = contents(folder)
        if not found or found[-1] != now:
            found.append(now)

    with _at_each_point(look):
        work()
    look()
    return found


@dataclass(slots=True)
class Fault:
    """A fault that happens after so many points; `left` is 0 once it has happened."""

    left: int


@contextmanager
def failing_at(number: int, error: BaseException) -> Iterator[Fault]:
    """The code within fails with `error` at the point of this number, counted from 1, if there are so many."""
    fault = Fault(number)

    def look() -> None:
        fault.left -= 1
        if fault.left == 0:
            raise error

    with _at_each_point(look):
        yield fault


@contextmanager
def _at_each_point(look: Callable[[], None]) -> Iterator[None]:
    def profile(_frame: FrameType, event: str, called: object) -> None:
        if event == "c_call" and isinstance(called, BuiltinFunctionType) and _touches_files(called):
            sys.setprofile(None)
            look()  # where this raises, the call is not made, and fails so
            sys.setprofile(profile)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(before)


# They ask the system for nothing, or, for closing a file, they free it even where they fail.
_HARMLESS = ("fspath", "__enter__", "__exit__", "close")


def _touches_files(called: BuiltinFunctionType) -> bool:
    owner = called.__self__
    module = getattr(owner, "__name__", "") if type(owner) is type(sys) else type(owner).__module__
    return module in ("posix", "nt", "_io", "io") and called.__name__ not in _HARMLESS
