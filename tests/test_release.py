"""What an installation must hold and do, whichever way it came about."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import daw_bridge

ROOT = Path(__file__).resolve().parents[1]


def run(*words: str, **environment: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "daw_bridge", *words],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, **environment},
    )
    assert ran.stderr == ""
    return ran.stdout


def test_the_module_runs_as_the_command_does():
    assert run("--version") == f"daw-bridge, version {daw_bridge.__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_the_command(shell: str):
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("click asks bash for its version")
    script = run(_DAW_BRIDGE_COMPLETE=f"{shell}_source")

    assert "_DAW_BRIDGE_COMPLETE" in script


def test_completion_knows_the_commands_and_the_options_of_each():
    commands = run(_DAW_BRIDGE_COMPLETE="fish_complete", COMP_WORDS="daw-bridge m", COMP_CWORD="m")
    options = run(_DAW_BRIDGE_COMPLETE="fish_complete", COMP_WORDS="daw-bridge mix --pre", COMP_CWORD="--pre")

    assert "mix" in commands
    assert "--preset" in options


def test_the_version_is_told_once():
    newest = re.search(r"^## (\S+?),? ", (ROOT / "daw_bridge" / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)

    assert newest is not None
    assert newest[1] == daw_bridge.__version__
    assert importlib.metadata.version("daw-bridge") == daw_bridge.__version__


def test_the_licences_of_what_is_bundled_travel_along():
    files = importlib.metadata.files("daw-bridge") or []
    texts = ROOT.glob("predictors/**/NOTICE*"), ROOT.glob("daw_bridge/**/*LICENSE*")
    bundled = {path.name for found in texts for path in found if path.is_file()}

    assert {"NOTICE-engineers.md", "uPlot-LICENSE.txt"} <= bundled
    assert {"LICENSE", *bundled} <= {Path(str(path)).name for path in files}
