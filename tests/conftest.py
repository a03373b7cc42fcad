"""Shared fixtures: where the real audio lies, if it lies beside the checkout, and a song of our own where not."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile

from daw_bridge.cli import main
from daw_bridge.demo import DemoSong, make_song

pytest_plugins = ["emulator.plugin"]

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real songs, voices, projects and tables; the test is skipped where it is not there."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def demo_song() -> DemoSong:
    """The song of `daw-bridge demo`: 36 s, 44.1 kHz, five stems."""
    return make_song()


@pytest.fixture(scope="session")
def demo_files(demo_song: DemoSong, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The stems of the demo song as 24-bit WAV files, by track name. Read them only."""
    folder = tmp_path_factory.mktemp("demo")
    paths = {name: folder / f"{name}.wav" for name in demo_song.stems}
    for name, path in paths.items():
        soundfile.write(path, demo_song.stems[name].T, demo_song.rate, subtype="PCM_24")
    return paths


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command gave back."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture(scope="session")
def command() -> Command:
    """The command line, run in this process: command("mix", path, "--json")."""

    def run(*words: object) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main([os.fspath(word) if isinstance(word, Path) else str(word) for word in words], "daw-bridge")
        return Ran(int(ended.value.code or 0), out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def mixed_once(demo_song: DemoSong, command: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 8 s of the demo song, mixed: Mixed.rpp, Plan.json and Mix.wav; Song.rpp is not mixed."""
    folder = tmp_path_factory.mktemp("mixed")
    for name in ("Lead Vocal", "Drums", "Chords"):
        part = demo_song.stems[name][:, 10 * demo_song.rate : 18 * demo_song.rate]
        soundfile.write(folder / f"{name}.wav", part.T, demo_song.rate, subtype="PCM_24")
    vocal, drums, chords = (folder / f"{name}.wav" for name in ("Lead Vocal", "Drums", "Chords"))
    files = ("-o", folder / "Mixed.rpp", "--plan", folder / "Plan.json", "--render", folder / "Mix.wav")
    mixed = command("mix", "--vocal", vocal, "--backing", drums, "--backing", chords, *files)
    assert mixed.code == 0, mixed.err
    assert command("revert", folder / "Mixed.rpp", "-o", folder / "Song.rpp").code == 0
    return folder


@pytest.fixture
def song(mixed_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder to work in; it is the current one, so that files can be named without it."""
    folder = tmp_path / "song"
    shutil.copytree(mixed_once, folder)
    monkeypatch.chdir(folder)
    return folder
