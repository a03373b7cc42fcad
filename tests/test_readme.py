"""What the README shows is what the program does: its commands and its Python run here, in its order.

The two commands at the top are run by `.ci/run`, which reads them from the README too.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import soundfile
from click.testing import CliRunner

from daw_bridge.cli import main
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.reaverbate_sound import impulse_response
from daw_bridge.presets import list_presets
from predictors.decide import Preset

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SECONDS = 12


@pytest.fixture(scope="module")
def folder(demo_files, tmp_path_factory) -> Path:
    """The folder of a user who has the recordings that the README names."""
    home = tmp_path_factory.mktemp("readme")
    for name in ("Lead Vocal", "Drums", "Chords"):
        samples, rate = soundfile.read(demo_files[name], dtype="float32", frames=SECONDS * 44100)
        soundfile.write(home / f"{name}.wav", samples, rate, subtype="PCM_24")
        (home / "Album" / "First").mkdir(parents=True, exist_ok=True)
        soundfile.write(home / "Album" / "First" / f"{name}.wav", samples, rate, subtype="PCM_24")
        if name == "Lead Vocal":
            soundfile.write(home / "Finished Vocal.wav", 0.5 * samples, rate, subtype="PCM_24")
        soundfile.write(home / "Finished Mix.wav", samples, rate, subtype="PCM_24")
    room = impulse_response(ReaVerbate(room_size=0.6, dampening=0.4), 44100)[:, 0]
    soundfile.write(home / "Room.wav", 0.5 * room.T / abs(room).max(), 44100, subtype="PCM_24")
    return home


def _commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("daw-bridge ")]


def test_every_command_that_it_shows_works_in_the_order_shown(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert len(_commands()) >= 9
    for command in _commands():
        done = CliRunner().invoke(main, shlex.split(command)[1:])

        assert done.exit_code == 0, f"{command}\n{done.output}"
    assert {"Song.rpp", "Song.rpp.bak", "Song.mixed.rpp", "Mix.wav", "Plan.json", "Song.wav"} <= {
        path.name for path in folder.iterdir()
    }
    assert (folder / "Album" / "First" / "First.rpp").exists()
    assert {"Like.rpp", "Nearer.rpp", "Matched.rpp", "Room.RfxChain"} <= {path.name for path in folder.iterdir()}


def test_the_python_that_it_shows_works(folder, monkeypatch, tmp_path, capsys):
    for name in ("Lead Vocal.wav", "Drums.wav", "Chords.wav"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})

    assert "Lead Vocal" in capsys.readouterr().out
    assert (tmp_path / "Song.rpp").exists()
    assert (tmp_path / "Mix.wav").exists()


def test_its_table_of_presets_is_that_of_the_presets():
    table = README.split("<!-- presets -->\n")[1].split("<!-- /presets -->")[0]
    rows = [_row(preset) for preset in list_presets()]

    head = "| preset | what it is for | vocal against backing | room |\n|---|---|---|---|\n"
    assert table == head + "".join(rows), f"the README should say:\n{''.join(rows)}"


def _row(preset: Preset) -> str:
    room = "none"
    if preset.reverb.amount:
        room = f"{preset.reverb.rt60_factor:g} × the decay, {preset.reverb.wet_lu:+g} LU"
    return f"| {preset.name} | {preset.description} | {preset.level.relative_loudness_lu:+g} LU | {room} |\n"


def test_every_file_that_it_names_is_there():
    root = Path(__file__).parents[1]
    named = re.findall(r"`((?:predictors|daw_bridge|presets|tests)/[\w./-]*)`", README) + re.findall(
        r"\]\(((?:tests|daw_bridge)/[^)]*)\)", README
    )

    assert named
    assert [name for name in named if not (root / name).exists()] == []
