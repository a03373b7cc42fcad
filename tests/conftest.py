"""Shared fixtures: where the real audio lies, if it lies beside the checkout, and a song of our own where not."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile

from daw_bridge.demo import DemoSong, make_song

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
