"""Draws the modules of daw_bridge as floors of a house. Needs matplotlib: `python tests/pictures/house.py`.

The floors are the layers that import-linter holds, read from pyproject.toml. The picture carries them as text, so
that a test can tell when it is out of date.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PICTURE = HERE / "house.png"
WIDTH = 8.6
"""Of the house, where a floor is 1 high."""

ROOMS = {
    "what people type and read": (
        "#fde68a",
        "__main__ cli background live text reverb_text match_text training_text progress_bar progress_file"
        " batch_text mix_text report",
    ),
    "what a command does": (
        "#fed7aa",
        "demo match match_mix match_reverb batch evaluate train applying api mix_files presets",
    ),
    "where songs come from, and mixes go": ("#bbf7d0", "sources hosts roles role_names media"),
    "what is wanted becomes settings": ("#fecaca", "engineer matching evaluation"),
    "sound": ("#bfdbfe", "rendering desk clips routing mixer audio plugins"),
    "plain data": ("#e9d5ff", "changes plan_json plan session"),
    "tools": ("#e5e7eb", "files decibels errors progress threads"),
}
"""Each room of the house, its colour, and the modules that may live in it."""


def floors() -> list[list[str]]:
    """The layers of daw_bridge from top to bottom, with the modules in each."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = (one["layers"] for one in contracts["contracts"] if one["type"] == "layers")
    return [[module.strip(" ()") for module in layer.split("|")] for layer in layers]


def drawn() -> list[list[str]]:
    """The layers that the picture shows."""
    texts = dict(chunk.split(b"\0", 1) for kind, chunk in _chunks(PICTURE.read_bytes()) if kind == b"tEXt")
    return json.loads(texts[b"Description"])  # type: ignore[no-any-return]


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        yield kind, png[at + 8 : at + 8 + size]
        at += size + 12


def colour(module: str) -> str:
    """The colour of the room in which a module lives; KeyError for one that has none yet."""
    found = [tint for tint, modules in ROOMS.values() if module in modules.split()]
    if not found:
        raise KeyError(f"{__file__}: ROOMS has no room for {module}")
    return found[0]


def draw() -> None:
    """Write the picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    rows = floors()
    figure, axes = plt.subplots(figsize=(11.5, 0.38 * len(rows) + 2.0), dpi=100)
    axes.set(xlim=(-0.5, WIDTH + 2.8), ylim=(-len(rows) - 2.1, 1.3))
    axes.axis("off")
    axes.fill([-0.15, WIDTH / 2, WIDTH + 0.15], [0.12, 1.25, 0.12], fc="#f1f5f9", ec="#94a3b8", lw=1)
    axes.text(WIDTH / 2, 0.45, "daw_bridge", ha="center", fontsize=13, weight="bold")
    for floor, modules in enumerate(rows):
        _floor(axes, -floor, modules)
    _annex(axes, rows)
    _legend(axes, -len(rows) - 0.55)
    metadata = {"Description": json.dumps(rows), "Software": None}
    figure.savefig(PICTURE, metadata=metadata, bbox_inches="tight", pad_inches=0.05)


def _floor(axes, top: int, modules: list[str]) -> None:
    """The modules of a layer beside one another, each as wide as its name asks for."""
    shares = [len(module) + 6 for module in modules]
    left = 0.0
    for module, share in zip(modules, shares, strict=True):
        width = WIDTH * share / sum(shares)
        _box(axes, left + 0.03, top - 0.92, width - 0.06, 0.84, module, colour(module))
        left += width


def _box(axes, left: float, bottom: float, width: float, height: float, name: str, tint: str) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((left, bottom), width, height, fc=tint, ec="#64748b", lw=0.8))
    axes.text(left + width / 2, bottom + height / 2, name, ha="center", va="center", fontsize=8, family="monospace")


def _annex(axes, rows: list[list[str]]) -> None:
    """The predictors beside the house: who asks them, and what their training asks for."""
    arrow = {"arrowstyle": "->", "color": "#475569", "lw": 1.3}
    for module, text, inward in (
        ("engineer", "predictors\n\nlisten and decide;\nimport nothing\nof daw_bridge", False),
        ("plugins", "predictors.training\n\nmakes examples with\nthe plug-ins' models", True),
    ):
        middle = 0.5 - next(floor for floor, modules in enumerate(rows) if module in modules) - 1.0
        _box(axes, WIDTH + 0.55, middle - 1.35, 2.2, 2.7, text, "#fbcfe8")
        ends = [(WIDTH + 0.02, middle), (WIDTH + 0.53, middle)]
        axes.annotate("", ends[0 if inward else 1], ends[1 if inward else 0], arrowprops=arrow)
    axes.annotate("", (-0.2, -len(rows) + 0.1), (-0.2, -0.1), arrowprops=arrow)
    axes.text(-0.3, -len(rows) / 2, "imports run downwards only", rotation=90, va="center", ha="right", fontsize=9)


def _legend(axes, top: float) -> None:
    for place, (room, (tint, _)) in enumerate(ROOMS.items()):
        left, bottom = (place % 3) * 3.8, top - 0.5 * (place // 3)
        _box(axes, left, bottom - 0.15, 0.3, 0.3, "", tint)
        axes.text(left + 0.4, bottom, room, va="center", fontsize=8.5)


if __name__ == "__main__":
    draw()
