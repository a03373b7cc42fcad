"""Under which licence a recording was published, as far as the files beside it say."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

UNKNOWN = "unknown"

LEGAL = 3000
"""Characters of a file that are read: licences name themselves at their start."""


def licence_of(path: Path) -> str:
    """A short name such as "CC BY-SA", or "unknown".

    It is looked for in NAME.attribution.txt beside the file, in LICENSE* or README* of its folder, in the line of
    the README of the folder above that names the file's folder, and in LICENSE* there.
    """
    own = path.with_suffix(".attribution.txt")
    if own.is_file():
        return _named_in(_read(own))
    return _licence_of_folder(path.parent)


@cache
def _licence_of_folder(folder: Path) -> str:
    beside = (*_files(folder, "licen[sc]e"), *_files(folder, "readme"))
    mentioned = (line for path in _files(folder.parent, "readme") for line in _lines_on(folder.name, path))
    texts = (*map(_read, beside), *mentioned, *map(_read, _files(folder.parent, "licen[sc]e")))
    return next((named for named in map(_named_in, texts) if named != UNKNOWN), UNKNOWN)


def _files(folder: Path, name: str) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.is_file() and re.match(name, path.name, re.IGNORECASE))


def _lines_on(folder: str, readme: Path) -> list[str]:
    return [line for line in _read(readme).splitlines() if f"`{folder}" in line]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")[:LEGAL]


def _named_in(text: str) -> str:
    """The licence that a text names: of the Creative Commons, or MIT."""

    def says(words: str) -> bool:
        return re.search(words, text, re.IGNORECASE) is not None

    if says(r"\bCC0\b"):
        return "CC0"
    if says("public domain"):
        return "public domain"
    if says(r"creative commons|\bCC[ -]BY|licen[sc]e\W+\W*attribution"):
        parts = ("CC BY", "-NC" * says(r"non.?commercial|BY-NC"), "-SA" * says(r"share.?alike|BY(-NC)?-SA"))
        return "".join(parts)
    return "MIT" if says(r"\bMIT licen[sc]e") else UNKNOWN
