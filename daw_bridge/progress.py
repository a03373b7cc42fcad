"""How long work tells what it is doing."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with the stage ("Lead Vocal: compressor") and how much of the whole work is done, 0 to 1."""


def silent(stage: str, done: float) -> None:
    """The progress of work that nobody watches."""
