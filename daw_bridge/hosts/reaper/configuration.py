"""What setting up changes in reaper.ini and reaper-kb.ini, as functions from bytes to bytes, and back again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath, PureWindowsPath

from daw_bridge.errors import SetupError
from daw_bridge.hosts.reaper.ini_lines import (
    append_line,
    check_text,
    drop_empty_section,
    has_section,
    key_lines,
    lines_of,
    remove_line,
    replace_line,
    restore_key,
    set_key,
    value_of,
)
from daw_bridge.hosts.reaper.python_library import Library

INI = "reaper.ini"
KB = "reaper-kb.ini"
SECTION = "reaper"

ACTIONS = {
    "Mix vocal and backing": "DAW Bridge_Mix vocal and backing.lua",
    "Show what was measured": "DAW Bridge_Show what was measured.lua",
    "Revert": "DAW Bridge_Revert.lua",
    "Start bridge": "DAW Bridge_Start bridge.py",
}
START = "Start bridge"
_RESTART, _ANOTHER = 260, 516
"""What REAPER does when an action is triggered while it runs: end the old one first, or start another beside it.

Any other number makes it ask, in a dialog that stops REAPER.  source: Ultraschall's description of reaper-kb.ini
"""

_QUOTES = "\"'`"
_WORD = re.compile(r"""\"[^\"]*\"|'[^']*'|`[^`]*`|\S+""")

Files = Mapping[str, bytes | None]
"""REAPER's files by name; None for one that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What setting up has to undo: by key, the value we set and the lines that were there before."""

    values: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    new_section: bool = False
    new_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """REAPER's files with us in them, how to take us out again, and the command name of the action that starts."""

    files: Files
    record: Record
    start_command: str


def command_id(action: str) -> str:
    """The name under which REAPER knows an action of ours: always the same, so that shortcuts stay."""
    return "RS" + hashlib.sha1(f"DAW Bridge: {action}".encode()).hexdigest()


def action_line(action: str, script: PurePath) -> bytes:
    """The line of reaper-kb.ini that registers a script in the main section of the action list."""
    flags = _RESTART if action == START else _ANOTHER
    return f'SCR {flags} 0 {command_id(action)} "Custom: DAW Bridge: {action}" {_quoted(str(script))}'.encode()


def _quoted(path: str) -> str:
    """REAPER knows three quotes and no escapes."""
    for quote in _QUOTES:
        if quote not in path:
            return f"{quote}{path}{quote}"
    raise SetupError(f"{path} holds all three kinds of quotes.", hint="Install DAW Bridge in another folder.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """An action as a line of reaper-kb.ini registers it."""

    command: str
    script: str
    line: bytes


def registered(kb: bytes) -> tuple[Registered, ...]:
    """All scripts of the main section of the action list."""
    return tuple(found for line in lines_of(kb) if (found := _registered(line)) is not None)


def _registered(line: bytes) -> Registered | None:
    words = _WORD.findall(line.decode("utf-8", "surrogateescape"))
    if len(words) < 6 or words[0] != "SCR" or words[2] != "0":
        return None
    return Registered(
        command=words[3], script=words[5].strip(words[5][0] if words[5][0] in _QUOTES else ""), line=line
    )


def with_us(
    files: Files,
    record: Record,
    *,
    scripts: PurePath,
    library: Library | None,
    foreign: Iterable[str] = (),
    newline: bytes = b"\n",
) -> SetUp:
    """REAPER's files with our actions in the list, and Python switched on where there is a `library` to name.

    `foreign` are actions of ours that something else (ReaPack) registered already: they are not added again.
    `record` is that of an earlier time, or empty. Doing it twice is doing it once. Raises SetupError.
    """
    for name in (INI, KB):
        check_text(files[name] or b"", name)
    ini, kb = files[INI] or b"", files[KB] or b""
    new_section = record.new_section or (library is not None and not has_section(ini, SECTION))
    values = dict(record.values)
    if library is not None:
        for key, value in _python_values(library).items():
            ini = _set(ini, key, value, values, newline)
    for action, script in ACTIONS.items():
        if action not in foreign:
            kb = _register(kb, action, action_line(action, scripts / script), newline)
    start = next((entry.command for entry in registered(kb) if _is_action(entry, START)), command_id(START))
    changed = {INI: ini or files[INI], KB: kb or files[KB]}
    new_files = {*record.new_files, *(name for name in changed if files[name] is None and changed[name])}
    return SetUp(
        files=changed,
        record=Record(values=values, new_section=new_section, new_files=tuple(sorted(new_files))),
        start_command="_" + start.removeprefix("_"),
    )


def _python_values(library: Library) -> dict[str, str]:
    return {
        "reascript": "1",
        "pythonlibpath64": str(library.path.parent),
        "pythonlibdll64": library.path.name,
    }


def _set(ini: bytes, key: str, value: str, values: dict[str, tuple[str, tuple[str, ...]]], newline: bytes) -> bytes:
    """Set a key and note what was there; what was there before an earlier time of ours stays the note."""
    before = key_lines(ini, SECTION, key)
    if before and all(value_of(line) == value for line in before):
        return ini
    earlier = values.get(key)
    old = tuple(_as_text(line) for line in before)
    if earlier is not None and before and all(value_of(line) == earlier[0] for line in before):
        old = earlier[1]
    values[key] = (value, old)
    return set_key(ini, SECTION, key, value, newline=newline)


def _register(kb: bytes, action: str, line: bytes, newline: bytes) -> bytes:
    ours = [entry.line for entry in registered(kb) if entry.command == command_id(action)]
    if not ours:
        return append_line(kb, line, newline=newline)
    for surplus in ours[1:]:
        kb = remove_line(kb, surplus) if surplus != ours[0] else kb
    return replace_line(kb, ours[0], line)


def _is_action(entry: Registered, action: str) -> bool:
    return entry.command == command_id(action) or PureWindowsPath(entry.script).name == ACTIONS[action]


def registered_actions(kb: bytes) -> dict[str, tuple[str, ...]]:
    """Our actions in the action list, each with the scripts that are registered for it."""
    found = {
        action: tuple(entry.script for entry in registered(kb) if _is_action(entry, action)) for action in ACTIONS
    }
    return {action: scripts for action, scripts in found.items() if scripts}


def foreign_actions(kb: bytes) -> dict[str, str]:
    """Our actions that are registered under another command than ours, with their scripts as written there."""
    ours = {command_id(action) for action in ACTIONS}
    entries = [entry for entry in registered(kb) if entry.command not in ours]
    return {action: entry.script for action in ACTIONS for entry in entries if _is_action(entry, action)}


def configured_library(ini: bytes) -> PurePath | None:
    """The Python library that REAPER is told to load; None where it is told none."""
    folder, name = (key_lines(ini, SECTION, key) for key in ("pythonlibpath64", "pythonlibdll64"))
    if not folder or not name or not value_of(name[-1]):
        return None
    return PurePath(value_of(folder[-1])) / value_of(name[-1])


def without_us(files: Files, record: Record) -> Files:
    """REAPER's files as they were: byte for byte if nobody else changed them, else without what is ours."""
    ini, kb = files[INI], files[KB]
    if ini is not None:
        for key, (value, old) in record.values.items():
            ini = restore_key(ini, SECTION, key, value, [_as_bytes(line) for line in old])
        ini = drop_empty_section(ini, SECTION) if record.new_section else ini
    if kb is not None:
        ours = {command_id(action) for action in ACTIONS}
        for entry in registered(kb):
            kb = remove_line(kb, entry.line) if entry.command in ours else kb
    return {name: None if name in record.new_files and not data else data for name, data in ((INI, ini), (KB, kb))}


def dumps_record(record: Record) -> bytes:
    """The record as JSON."""
    document = {
        "values": {key: {"set": value, "before": list(old)} for key, (value, old) in record.values.items()},
        "new_section": record.new_section,
        "new_files": list(record.new_files),
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def loads_record(data: bytes) -> Record:
    """The inverse of `dumps_record`. Raises SetupError."""
    try:
        document = json.loads(data)
        return Record(
            values={
                str(key): (str(entry["set"]), tuple(map(str, entry["before"])))
                for key, entry in document["values"].items()
            },
            new_section=bool(document["new_section"]),
            new_files=tuple(map(str, document["new_files"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetupError(
            "The record of what setup changed (setup.json) is damaged.",
            hint="Delete it to set up anew; what REAPER had before is in the numbered .bak files.",
        ) from error


def _as_text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")


def _as_bytes(line: str) -> bytes:
    return line.encode("utf-8", "surrogateescape")
