"""The paths of a project's media: the `FILE` lines of its `<SOURCE` blocks, kept right when the file moves."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PureWindowsPath

from daw_bridge.errors import OutputError
from daw_bridge.hosts.rpp.media_files import media_folders, readable
from daw_bridge.hosts.rpp.tree import Block, Node, quote, tokens

_FILE = re.compile(r"""([ \t]*FILE[ \t]+)("[^"\r\n]*"?|'[^'\r\n]*'?|`[^`\r\n]*`?|[^ \t\r\n]+)(.*)""", re.DOTALL)


def move_media(project: Block, old_folder: Path, new_folder: Path) -> tuple[Block, dict[str, str]]:
    """The project with media paths that reach from `new_folder` what they reached from `old_folder`.

    Relative paths change, and absolute ones that lead nowhere here but whose file lies near the project. Also
    gives the paths that were rewritten: new -> old, both as they stand in the file, quotes included. Both folders
    have to be absolute.
    """
    folders = media_folders(project, old_folder / "project.rpp")
    rewritten: dict[str, str] = {}

    def change(written: str) -> str:
        path = tokens(written)[0]
        found = folders.find(path)
        as_written = found in (Path(path), Path(readable(path)))
        if not path or (as_written and not _is_relative(path)):
            return written
        new = _from(new_folder, found, like=path)
        while rewritten.setdefault(quoted_path(new), written) != written:
            new = f"./{new}"  # two spellings of one file stay two, so that each can be put back
        return quoted_path(new)

    if old_folder == new_folder:
        return project, {}
    return _map_paths(project, change), rewritten


def put_media_back(project: Block, paths: Mapping[str, str]) -> Block:
    """The project with each of these paths replaced by the one it stands for."""
    return _map_paths(project, lambda written: paths.get(written, written))


def quoted_path(path: str) -> str:
    """A path as REAPER quotes it. Raises OutputError for one that no project can hold."""
    quoted = quote(path, always=True)
    if tokens(quoted) != [path]:
        raise OutputError(
            f"{path!r}: a REAPER project cannot hold this path",
            hint="Rename the file or its folder: no line break, and not all three of the quotes \" ' ` in it.",
        )
    return quoted


def relative_path(path: Path, folder: Path) -> str:
    """How to write an absolute path in a project in `folder`: relative; absolute if on another drive."""
    try:
        return os.path.relpath(path, folder)
    except ValueError:
        return str(path)


def _is_relative(path: str) -> bool:
    """Whether a path depends on the folder, on whichever system it was written."""
    windows = PureWindowsPath(path)
    return not windows.drive and not windows.root


def _from(folder: Path, found: Path, *, like: str) -> str:
    """The path of a file from a folder, with the kind of slash that `like` has."""
    new = relative_path(found, folder)
    backslashes = "\\" in like or (os.sep == "\\" and "/" not in like)
    return new.replace("/", "\\") if backslashes else new.replace(os.sep, "/")


def _map_paths(block: Block, change: Callable[[str], str]) -> Block:
    """The block with every path of the media in and below it changed. Blocks nest no deeper than MAX_DEPTH."""
    is_source = block.name == "SOURCE"

    def mapped(node: Node) -> Node:
        if isinstance(node, Block):
            return _map_paths(node, change)
        match = _FILE.fullmatch(node) if is_source else None
        return match[1] + change(match[2]) + match[3] if match else node

    return block.with_children(tuple(mapped(node) for node in block.children))
