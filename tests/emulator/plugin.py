"""pytest fixtures: an emulated REAPER for a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.running import Emulator

StartReaper = Callable[..., Emulator]


@pytest.fixture
def start_reaper(tmp_path: Path) -> Iterator[StartReaper]:
    """Starts emulated REAPERs, and fails the test if anything was done to one that a real one does not bear."""
    running: list[Emulator] = []

    def start(project: Path | bytes | None = None, **options: Any) -> Emulator:
        folder = tmp_path / f"reaper{len(running) or ''}"
        folder.mkdir(exist_ok=True)
        if isinstance(project, bytes):
            path = folder / "song.rpp"
            path.write_bytes(project)
            project = path
        emulator = Emulator(folder, project, **options)
        running.append(emulator)
        return emulator

    yield start
    violations = [violation for emulator in running for violation in _end(emulator)]
    assert violations == []


def _end(emulator: Emulator) -> list[str]:
    ended = emulator.process.poll() is not None
    violations = [] if ended else emulator.state["violations"]
    emulator.stop()
    return violations


@pytest.fixture
def reaper(start_reaper: StartReaper) -> Emulator:
    """An emulated REAPER with an empty project, 1000 ticks a second, and reapy's own server in it."""
    return start_reaper()
