"""Progress for a program that watches from outside: lines in a file."""

from __future__ import annotations

from pathlib import Path


class ProgressFile:
    """A line a step, `0.40<TAB>Lead Vocal: compressor`: done from 0 to 1, and what is being done.

    A file that cannot be written stops no work. `show` is a `Progress`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = ""

    def show(self, stage: str, done: float) -> None:
        """Add a line, if it says something new."""
        line = f"{min(max(done, 0.0), 1.0):.2f}\t{' '.join(stage.split())}\n"
        if line == self._last:
            return
        self._last = line
        try:
            with self._path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.write(line)
        except OSError:
            pass
