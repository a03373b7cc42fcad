"""pytest fixtures: an emulated REAPER for a test; with `--reaper` the real one that runs here, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daw_bridge.hosts.reaper.connecting import connect
from emulator.live import LiveReaper, new_tab
from emulator.running import Emulator
from emulator.songs import song

StartReaper = Callable[..., Emulator]

_ANSWERS = "reaper-answers.jsonl"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--reaper",
        nargs="?",
        const="",
        metavar="RESOURCE_FOLDER",
        help=f"also test what we rely on against the REAPER that runs here, and write its answers to {_ANSWERS}; "
        'it must run the action "DAW Bridge: Start bridge", and gets a new project tab',
    )


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
    """An emulated REAPER with an empty project, and reapy's own server in it."""
    return start_reaper()


@pytest.fixture
def rules(start_reaper: StartReaper) -> Emulator:
    """An emulated REAPER with two tracks and no server."""
    return start_reaper(song(), script=None)


@pytest.fixture(params=["emulated", "real"])
def any_reaper(request: pytest.FixtureRequest, start_reaper: StartReaper) -> Iterator[LiveReaper]:
    """The emulated REAPER, then the real one (skipped without `--reaper`), with a project of our own in front."""
    option, answers = request.config.getoption("--reaper"), None
    if request.param == "emulated":
        folder = start_reaper(script="daw-bridge").resource_path
    elif option is None:
        pytest.skip("no --reaper")
    else:
        folder, answers = Path(option) if option else None, request.config.invocation_params.dir / _ANSWERS
    client = connect(folder)
    live = LiveReaper(client, request.node.name, answers)
    new_tab(live)
    yield live
    client.close()
