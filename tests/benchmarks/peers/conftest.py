"""The song that all work on, and the one table that is printed at the end."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile

from daw_bridge.demo import make_song

RATE = 44100
VOCAL_DB = -6.0
EXCERPT_S = 5.0

HEADER = "| work | with | seconds a song | × real time | time ÷ ours | peak MiB | memory ÷ ours | error |"
_table = pytest.StashKey[list[str]]()


class Material(NamedTuple):
    """Files of one song, 44.1 kHz: a vocal that is 6 dB too quiet, its backing, both, and what they shall be like.

    `voice` is the vocal in mono, `excerpt` the 5 s of it from the loudest on.
    """

    vocal: Path
    backing: Path
    dry: Path
    references: dict[str, Path]
    voice: Path
    excerpt: Path
    length_s: float


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = tmp_path_factory.mktemp("peers")
    shared = Path(__file__).resolve().parents[4] / "shared" / "data" / "songs"
    another = None
    if shared.is_dir():
        vocal, backing = _stems(shared / "hydrogen")
        another = sum(_stems(shared / "lithium"))
    else:
        stems = make_song(rate=RATE).stems
        vocal = np.repeat(stems["Lead Vocal"], 2, axis=0)
        backing = sum(np.broadcast_to(stems[name], vocal.shape) for name in ("Drums", "Bass", "Chords"))
    quiet = vocal * np.float32(10.0 ** (VOCAL_DB / 20.0))
    voice = vocal.mean(axis=0, keepdims=True)
    loud = int(np.abs(voice).argmax())
    start = min(loud, voice.shape[1] - round(EXCERPT_S * RATE))
    sounds = {
        "vocal": quiet,
        "backing": backing,
        "dry": quiet + backing,
        "its own finished mix": vocal + backing,
        "another song's mix": another,
        "voice": voice,
        "excerpt": voice[:, start : start + round(EXCERPT_S * RATE)],
    }
    paths = {
        name: _written(folder / f"{name}.wav", samples) for name, samples in sounds.items() if samples is not None
    }
    references = {name: path for name, path in paths.items() if name.endswith("mix")}
    plain = [paths[name] for name in ("vocal", "backing", "dry")]
    return Material(*plain, references, paths["voice"], paths["excerpt"], vocal.shape[1] / RATE)


def _stems(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """The lead vocal, and the sum of all else, as long as that."""
    vocal, *others = (
        soundfile.read(folder / f"{name}.ogg", dtype="float32")[0].T
        for name in ("vox_lead", "drums", "music", "vox_bg")
    )
    frames = min(samples.shape[1] for samples in (vocal, *others))
    return vocal[:, :frames], sum(samples[:, :frames] for samples in others)


def _written(path: Path, samples: np.ndarray) -> Path:
    soundfile.write(path, samples.T, RATE, "FLOAT")
    return path


@pytest.fixture(scope="session")
def table(pytestconfig: pytest.Config) -> list[str]:
    """The rows so far, in Markdown."""
    return pytestconfig.stash.setdefault(_table, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash.get(_table, [])
    if rows:
        head = (f"Measured {time.strftime('%Y-%m-%d')} on {_machine()}.", "", HEADER, "|---|---|" + "---:|" * 6)
        terminalreporter.write_line("\n" + "\n".join((*head, *rows)) + "\n")


def _machine() -> str:
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    cpu = (names or [platform.processor()])[0]
    return f"{os.cpu_count()} cores of {cpu}, {platform.system()}, Python {platform.python_version()}"
