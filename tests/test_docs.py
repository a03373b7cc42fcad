"""What the pages in daw_bridge/docs say is so: commands run in their order, and what is named is there.

Blocks marked `sh`, `python` and `toml` are run or written; those marked `text` need REAPER, packages or minutes.
README is held to the same by test_readme.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import soundfile

from daw_bridge.cli import main
from daw_bridge.plan import FX_NAMES
from daw_bridge.presets import list_presets
from pictures import house

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "daw_bridge" / "docs"
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
FILE = r"`((?:predictors|daw_bridge|presets|tests|reaper_scripts|\.ci)/[\w./-]*|pyproject\.toml)`"
SECONDS = 6


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    return PAGES[request.param]


@pytest.fixture
def folder(demo_song, tmp_path, monkeypatch) -> Path:
    """A folder with the recordings that the pages name."""
    takes = {
        "Lead Vocal": ("Lead Vocal", 10),
        "Backing Vocals": ("Backing Vocals", 10),
        "Drums": ("Drums", 10),
        "Chords": ("Chords", 10),
        "Finished Vocal": ("Lead Vocal", 18),
        "Finished Band": ("Chords", 18),
        "Finished Mix": ("Lead Vocal", 18),
    }
    for name, (stem, start_s) in takes.items():
        part = demo_song.stems[stem][:, start_s * demo_song.rate : (start_s + SECONDS) * demo_song.rate]
        soundfile.write(tmp_path / f"{name}.wav", part.T, demo_song.rate, subtype="PCM_24")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(page: str, *kinds: str) -> list[str]:
    return re.findall(rf"^```(?:{'|'.join(kinds)})\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def commands(page: str, *kinds: str) -> list[list[str]]:
    """The words of each `daw-bridge` line in these blocks."""
    lines = [line for block in blocks(page, *kinds) for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("daw-bridge ")]


def prose(page: str) -> str:
    return re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)


def test_there_is_a_page_for_each_reader() -> None:
    assert set(PAGES) == {"code.md", "engineers.md"}


def test_every_command_that_the_engineer_is_shown_works_in_the_order_shown(folder, command) -> None:
    page = PAGES["engineers.md"]
    for block in blocks(page, "toml"):
        (folder / block.splitlines()[0].removeprefix("# ")).write_text(block, encoding="utf-8")
    shown = commands(page, "sh")
    assert len(shown) > 15

    for words in shown:
        done = command(*words)

        assert done.code == 0, f"daw-bridge {shlex.join(words)}\n{done.err}"


def test_the_python_that_the_newcomer_is_shown_works(folder, capsys) -> None:
    (example,) = blocks(PAGES["code.md"], "python")

    exec(compile(example, "code.md", "exec"), {})

    assert len(capsys.readouterr().out.splitlines()) == 2


def test_every_option_that_is_named_is_there(page) -> None:
    every = {word for sub in main.commands.values() for word in options(sub)}
    for words in commands(page, "sh", "text"):
        named = {word.partition("=")[0] for word in words[1:] if word.startswith("-")}
        assert named <= options(main.commands[words[0]]), f"daw-bridge {shlex.join(words)}"

    told = set(re.findall(r"`(--[a-z-]+)[ `]", prose(page)))
    assert told <= every


def options(command: click.Command) -> set[str]:
    return {word for parameter in command.params for word in parameter.opts} | {"--help", "-h"}


def test_every_command_that_is_named_is_there(page) -> None:
    named = {words[0] for words in commands(page, "sh", "text")}
    named |= set(re.findall(r"`daw-bridge ([a-z][a-z-]*)", prose(page)))

    assert named <= set(main.commands)


def test_every_link_leads_somewhere(page) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", prose(page)):
        assert target.startswith("https://") or (DOCS / target).is_file(), target


def test_every_file_that_is_named_is_there(page) -> None:
    named = re.findall(FILE, page)

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_function_that_the_vocal_goes_through_is_where_the_page_says() -> None:
    rows = re.findall(r"^\|[^|]*\| `([\w/.]+\.py)` \| `(\w+)` \|", PAGES["code.md"], re.MULTILINE)

    assert len(rows) > 20
    for path, function in rows:
        source = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"^ *def {function}\(", source, re.MULTILINE), f"{path} has no {function}()"


def test_every_name_that_the_recipes_lean_on_is_there() -> None:
    recipes = PAGES["code.md"].split("## Add a plug-in")[1]
    names = set(re.findall(r"`([A-Z_]{4,}|[a-z]+_[a-z_]+)(?:\(\))?`", recipes))

    folders = (ROOT / "daw_bridge", ROOT / "predictors", ROOT / "tests" / "adding")
    sources = "".join(path.read_text(encoding="utf-8") for one in folders for path in one.rglob("*.py"))
    assert len(names) > 8
    assert {name for name in names if not re.search(rf"\b{name}\b", sources)} == set()


def test_each_of_our_plugins_and_the_presets_named_are_told_to_the_engineer() -> None:
    page = PAGES["engineers.md"]

    assert [name for name in FX_NAMES.values() if f"`{name}`" not in page] == []
    presets = {words[words.index("--preset") + 1] for words in commands(page, "sh", "text") if "--preset" in words}
    assert presets - {"mine.toml"} <= {preset.name for preset in list_presets()}


def test_the_picture_of_the_house_shows_the_layers_that_stand_in_pyproject() -> None:
    rooms = {module for _, modules in house.ROOMS.values() for module in modules.split()}

    homeless = {module for layer in house.floors() for module in layer} - rooms
    assert homeless == set(), "tests/pictures/house.py: give them a room in ROOMS"
    assert house.drawn() == house.floors(), "draw it anew: python tests/pictures/house.py"
