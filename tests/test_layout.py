"""The checkout holds what it should, and starting up loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOP = {
    ".ci",
    ".gitignore",
    "LICENSE",
    "README.md",
    "daw_bridge",
    "predictors",
    "presets",
    "pyproject.toml",
    "reaper_scripts",
    "tests",
}
HEAVY = {"numpy", "scipy", "reapy", "pedalboard", "onnxruntime", "pyloudnorm", "soundfile", "soxr"}


def test_the_top_of_the_checkout_holds_only_what_belongs_there() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")

    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {path.split("/")[0] for path in listed.splitlines()} <= TOP


@pytest.mark.parametrize("module", ["daw_bridge", "daw_bridge.cli"])
def test_importing_loads_none_of_the_heavy_libraries(module: str) -> None:
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"

    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not HEAVY & set(loaded.stdout.split())
