"""The paths of a project's media: the `FILE` lines of its `<SOURCE` blocks, kept right when the file moves."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PureWindowsPath

from daw_bridge.hosts.rpp.tree import Block, Node, quote, tokens

_FILE = re.compile(r"""([ \t]*FILE[ \t]+)("[^"]*"|'[^']*'|`[^`]*`|[^ \t\r\n]+)(.*)""", re.DOTALL)


def move_media(project: Block, old_folder: Path, new_folder: Path) -> tuple[Block, dict[str, str]]:
    """The project with relative media paths that reach from `new_folder` what they reached from `old_folder`.

    Also gives the paths that were rewritten: new -> old, both as they stand in the file, quotes included. Absolute
    paths stay. Both folders have to be absolute.
    """
    rewritten: dict[str, str] = {}

    def change(written: str) -> str:
        path = tokens(written)[0]
        if not path or not _is_relative(path):
            return written
        new = quote(_moved(path, old_folder, new_folder), always=True)
        rewritten[new] = written
        return new

    if old_folder == new_folder:
        return project, {}
    return _map_paths(project, change), rewritten


def put_media_back(project: Block, paths: Mapping[str, str]) -> Block:
    """The project with each of these paths replaced by the one it stands for."""
    return _map_paths(project, lambda written: paths.get(written, written))


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


def _moved(path: str, old_folder: Path, new_folder: Path) -> str:
    """The new path, with the kind of slash that it had."""
    target = Path(os.path.normpath(old_folder / path.replace("\\", "/")))
    new = relative_path(target, new_folder)
    backslashes = "\\" in path or (os.sep == "\\" and "/" not in path)
    return new.replace("/", "\\") if backslashes else new.replace("\\", "/")


def _map_paths(block: Block, change: Callable[[str], str]) -> Block:
    """The block with every path of the media in and below it changed. Blocks nest no deeper than MAX_DEPTH."""
    is_source = block.name == "SOURCE"

    def mapped(node: Node) -> Node:
        if isinstance(node, Block):
            return _map_paths(node, change)
        match = _FILE.fullmatch(node) if is_source else None
        return match[1] + change(match[2]) + match[3] if match else node

    return block.with_children(tuple(mapped(node) for node in block.children))
