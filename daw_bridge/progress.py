"""How long work tells what it is doing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Lock

Progress = Callable[[str, float], None]
"""Called with the stage ("Lead Vocal: compressor") and how much of the whole work is done, 0 to 1."""

FILE_VARIABLE = "DAW_BRIDGE_PROGRESS"
"""The environment variable that names a file to write progress into, for a program that watches from outside."""


def silent(stage: str, done: float) -> None:
    """The progress of work that nobody watches."""


def part(progress: Progress, start: float, stop: float) -> Progress:
    """The progress of one part of a work: its 0 to 1 lies between `start` and `stop` of the whole."""
    return lambda stage, done: progress(stage, start + (stop - start) * done)


def side_by_side(progress: Progress, count: int) -> list[Progress]:
    """One progress for each of some works that run at once: the whole is as far as they are on average."""
    parts = [0.0] * count
    lock = Lock()

    def tell(number: int, stage: str, done: float) -> None:
        with lock:
            parts[number] = done
            progress(stage, sum(parts) / count)

    return [partial(tell, number) for number in range(count)]
