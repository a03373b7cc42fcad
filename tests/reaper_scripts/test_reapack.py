"""The package as ReaPack reads it.

Sources of the rules: ReaPack's index_v1.cpp, version.cpp and source.cpp; reapack-index's scanner.rb; MetaHeader.
"""

from __future__ import annotations

import re
import urllib.parse
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import daw_bridge
from daw_bridge.hosts.reaper.configuration import ACTIONS

MAIN = "DAW Bridge_Mix vocal and backing.lua"
PLATFORMS = ("windows", "win32", "win64", "darwin", "darwin32", "darwin64", "linux", "linux32", "linux64")
SECTIONS = {"main", "midi_editor", "midi_inlineeditor", "midi_eventlisteditor", "mediaexplorer", "crossfade_editor"}


def _header(path: Path) -> dict[str, list[str]]:
    """The tags at the top of a file, each with its value's lines, read as MetaHeader reads them."""
    tags: dict[str, list[str]] = {}
    prefix, last = "", None
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            break
        if last is not None and line.rstrip() == prefix.rstrip():
            tags[last].append("")
        elif last is not None and line.startswith(prefix + " "):
            tags[last].append(line[len(prefix) :].strip())
        elif found := re.fullmatch(r"(.*?)(?:@(\w+)|(\w[\w\s]*?)\s*:)(?:\s+(.+))?", line.rstrip()):
            prefix, last = found[1], (found[2] or found[3]).lower()
            tags[last] = [found[4]] if found[4] else []
    return tags


def _provided(header: dict[str, list[str]]) -> dict[str, bool]:
    """Each provided file, and whether it goes into the action list."""
    lines = [re.fullmatch(r"\[(main|nomain)\] (.+)", line) for line in header["provides"]]
    return {found[2]: found[1] == "main" for found in lines if found}


@pytest.fixture(scope="module")
def index(scripts: Path) -> ET.Element:
    return ET.parse(scripts / "index.xml").getroot()


def test_the_package_has_the_tags_that_reapack_wants(scripts):
    header = _header(scripts / MAIN)

    assert set(header) == {"description", "author", "version", "provides", "about"}
    (version,) = header["version"]
    assert re.fullmatch(r"\d+(\.\d+)*", version)
    assert all(int(part) <= 65535 for part in version.split("."))
    assert version == daw_bridge.__version__
    assert len(header["provides"]) == len(_provided(header))
    assert header["about"][0] == "# DAW Bridge"


def test_the_package_provides_every_file_and_every_action_is_in_the_list(scripts):
    provided = _provided(_header(scripts / MAIN))
    files = {path.name for path in scripts.iterdir() if path.suffix in (".lua", ".py")}

    assert {MAIN, *provided} == files
    assert {name for name, main in provided.items() if main} | {MAIN} == set(ACTIONS.values())


def test_only_the_package_itself_is_indexed(scripts):
    for path in (path for path in scripts.iterdir() if path.suffix in (".lua", ".py")):
        assert (set(_header(path)) == {"noindex"}) is (path.name != MAIN), path.name


def test_the_index_is_one_that_reapack_loads(index):
    assert (index.tag, index.get("version")) == ("index", "1")
    assert index.get("name")
    assert not re.search(r'[~#%&*{}\\:<>?/+|"]', index.get("name") or "")
    (category,) = index.findall("category")
    assert category.get("name")
    (package,) = category.findall("reapack")
    assert package.get("type") == "script"
    assert package.get("desc")
    for source in package.iter("source"):
        assert set(source.attrib) <= {"main", "file", "platform", "type"}
        assert set((source.get("main") or "main").split(" ")) <= SECTIONS
        assert source.get("platform", "linux") in PLATFORMS
        url = urllib.parse.urlparse(source.text or "")
        assert (url.scheme, bool(url.netloc)) == ("https", True)
        assert " " not in (source.text or "")


def test_the_index_says_what_the_header_says(index, scripts):
    header = _header(scripts / MAIN)
    (package,) = index.iter("reapack")
    (version,) = package.findall("version")
    sources = {source.get("file", MAIN): source for source in version.findall("source")}

    assert package.get("name") == MAIN
    assert [package.get("desc")] == header["description"]
    assert [version.get("name")] == header["version"]
    assert [version.get("author")] == header["author"]
    assert {name: source.get("main") == "main" for name, source in sources.items()} == {
        MAIN: True,
        **_provided(header),
    }
    for name, source in sources.items():
        path = urllib.parse.unquote(urllib.parse.urlparse(source.text or "").path)
        assert path.endswith(f"/v{version.get('name')}/reaper_scripts/{name}")
