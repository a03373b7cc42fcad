"""How the command line shows what it is doing: a bar for a terminal, or a line for each step."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

PATIENCE_S = 1.0
"""Work shorter than this shows no bar."""


class ProgressBar:
    """One line on a terminal: what is being done, and how much of it is done. `show` is a `Progress`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._started_s = time.monotonic()
        self._shown = False

    def show(self, stage: str, done: float) -> None:
        """Draw the bar, once the work has taken longer than `PATIENCE_S`."""
        if time.monotonic() - self._started_s < PATIENCE_S:
            return
        width = 24
        filled = round(width * min(max(done, 0.0), 1.0))
        bar = "#" * filled + "-" * (width - filled)
        columns = shutil.get_terminal_size().columns
        self._stream.write("\r\x1b[2K" + f"[{bar}] {done:4.0%}  {stage}"[: columns - 1])
        self._stream.flush()
        self._shown = True

    def clear(self) -> None:
        """Leave an empty line behind."""
        if self._shown:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()


class StepLog:
    """A line for each step, with the seconds since the start. `show` is a `Progress`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._started_s = time.monotonic()
        self._stage = ""

    def show(self, stage: str, done: float) -> None:  # noqa: ARG002  as every Progress
        """Write the step, unless it is still the same."""
        if stage != self._stage:
            self._stage = stage
            self._stream.write(f"{time.monotonic() - self._started_s:7.2f} s  {stage}\n")
            self._stream.flush()
