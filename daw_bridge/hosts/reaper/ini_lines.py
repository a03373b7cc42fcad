"""Edits of REAPER's configuration files, line by line: whatever is not edited stays as it is, byte for byte.

Line ends (CRLF or LF, one missing at the end), a byte order mark, repeated sections and keys, and lines that
mean nothing to us all survive. Every edit here has an inverse that gives back the very bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from daw_bridge.errors import SetupError

_BOM = b"\xef\xbb\xbf"


def check_text(data: bytes, name: str) -> None:
    """Raises SetupError for a file of another encoding (UTF-16), which no edit here would leave whole."""
    if b"\0" in data:
        raise SetupError(f"{name} is not a text file as REAPER writes it.", hint="Restore it from a backup first.")


def key_lines(data: bytes, section: str, key: str) -> tuple[bytes, ...]:
    """All lines that set a key, in any section of that name, without their line ends. Case does not matter."""
    lines = _split(data)
    return tuple(_text(lines[at]) for at in _places(lines, section, key))


def value_of(line: bytes) -> str:
    """What a `key=value` line says. Bytes that are not UTF-8 come as surrogates."""
    return line.partition(b"=")[2].strip().decode("utf-8", "surrogateescape")


def has_section(data: bytes, section: str) -> bool:
    """Whether there is such a section."""
    return any(_is_header(line, section) for line in _split(data))


def set_key(data: bytes, section: str, key: str, value: str, *, newline: bytes = b"\n") -> bytes:
    """Makes every line of a key say `value`; a new one stands first in its section, a new section last.

    `newline` is for a file that has no line end yet.
    """
    lines = _split(data)
    line = f"{key}={value}".encode("utf-8", "surrogateescape")
    places = list(_places(lines, section, key))
    for at in places:
        lines[at] = line + _end(lines[at])
    if not places:
        header = next((at for at, text in enumerate(lines) if _is_header(text, section)), None)
        if header is None:
            header = len(lines)
            _insert(lines, header, f"[{section}]".encode(), newline)
        _insert(lines, header + 1, line, newline)
    return b"".join(lines)


def restore_key(data: bytes, section: str, key: str, value: str, old_lines: Sequence[bytes]) -> bytes:
    """The inverse of `set_key`: lines that still say `value` get back the text that they had, or go.

    A line that says something else by now is somebody's choice and stays.
    """
    lines = _split(data)
    places = list(_places(lines, section, key))
    for number, at in reversed(list(enumerate(places))):
        if value_of(_text(lines[at])) != value:
            continue
        if number < len(old_lines):
            lines[at] = old_lines[number] + _end(lines[at])
        else:
            _delete(lines, at)
    return b"".join(lines)


def drop_empty_section(data: bytes, section: str) -> bytes:
    """Takes out the header of a section that holds nothing, if it is the last of the file."""
    lines = _split(data)
    if lines and _is_header(lines[-1], section):
        _delete(lines, len(lines) - 1)
    return b"".join(lines)


def lines_of(data: bytes) -> tuple[bytes, ...]:
    """All lines without their line ends."""
    return tuple(_text(line) for line in _split(data))


def append_line(data: bytes, line: bytes, *, newline: bytes = b"\n") -> bytes:
    """Adds a line at the end; a file whose last line has no line end stays such a file."""
    lines = _split(data)
    _insert(lines, len(lines), line, newline)
    return b"".join(lines)


def replace_line(data: bytes, old: bytes, new: bytes) -> bytes:
    """Puts `new` in the place of every line `old`."""
    return b"".join(new + _end(line) if _text(line) == old else line for line in _split(data))


def remove_line(data: bytes, line: bytes) -> bytes:
    """Takes out every line that reads `line`: the inverse of `append_line`."""
    lines = _split(data)
    for at in reversed([at for at, text in enumerate(lines) if _text(text) == line]):
        _delete(lines, at)
    return b"".join(lines)


def _split(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


def _text(line: bytes) -> bytes:
    return line[: len(line) - len(_end(line))]


def _end(line: bytes) -> bytes:
    for end in (b"\r\n", b"\n"):
        if line.endswith(end):
            return end
    return b""


def _is_header(line: bytes, section: str) -> bool:
    return _header(line) == section.lower().encode()


def _header(line: bytes) -> bytes | None:
    text = line.removeprefix(_BOM).strip()
    if text.startswith(b"[") and b"]" in text:
        return text[1 : text.index(b"]")].strip().lower()
    return None


def _places(lines: Sequence[bytes], section: str, key: str) -> Iterator[int]:
    inside = False
    for at, line in enumerate(lines):
        header = _header(line)
        if header is not None:
            inside = header == section.lower().encode()
        elif inside and b"=" in line and line.partition(b"=")[0].strip().lower() == key.lower().encode():
            yield at


def _insert(lines: list[bytes], at: int, line: bytes, newline: bytes) -> None:
    """A line before the one at `at`. After a last line without line end the new one is without."""
    end = next((end for text in lines if (end := _end(text))), newline)
    if at == len(lines) and lines and not _end(lines[-1]):
        lines[-1] += end
        end = b""
    lines.insert(at, line + end)


def _delete(lines: list[bytes], at: int) -> None:
    """The inverse of `_insert`."""
    gone = lines.pop(at)
    if at == len(lines) and lines and not _end(gone):
        lines[-1] = _text(lines[-1])
