"""The open project as a project file: what `inside.snapshot` tells, put into the form that hosts/rpp reads.

REAPER gives a track as the very text that it would save, so a session, our plug-ins and what the user changed of
them are read by the same code as from a file.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from daw_bridge.hosts.rpp import chain
from daw_bridge.hosts.rpp.chain import CHAIN, Instance
from daw_bridge.hosts.rpp.reading import read_session
from daw_bridge.hosts.rpp.saved import EXTSTATE, SECTION
from daw_bridge.hosts.rpp.tree import PROJECT, Block, Document, has_key, parse, quote
from daw_bridge.plugins import vst
from daw_bridge.session import Session

UNTITLED = "the open project"

_MASTER_CHAIN = "MASTERFXLIST"
# Settings of the whole project that ReaScript may not tell: taken from the file that was saved last.
_SAVED_LINES = ("PANLAW", "PANMODE", "ITEMMIX", "RECORD_PATH")
_TOLD = {"PANLAW": "panlaw", "PANMODE": "panmode", "ITEMMIX": "itemmixflag"}


def live_document(snapshot: Mapping[str, Any]) -> Document:
    """The project as REAPER would save it, as far as we read it."""
    lines = [f"<{PROJECT} 0.1 {quote(snapshot['reaper'])} 0", *_project_lines(snapshot)]
    lines += [*_tempo_lines(snapshot["numbers"]), *_master_chain(snapshot["master"]["chunk"])]
    lines += [track["chunk"].strip("\r\n") for track in snapshot["tracks"]]
    lines += [*_state_lines(snapshot["state"]), ">"]
    document = _parsed(lines)
    return document.with_project(_as_planned(document.project, snapshot["state"].get("SHOWN", "")))


def live_path(snapshot: Mapping[str, Any]) -> Path | None:
    """Where the project is saved; None for one that never was."""
    path = snapshot["project"]["path"]
    return Path(path) if path else None


def live_session(document: Document, snapshot: Mapping[str, Any], ours: frozenset[str]) -> Session:
    """The session of the open project; its media is found as from the project's file."""
    path = live_path(snapshot)
    if path is not None:
        return read_session(document, path, ours)
    unsaved = Path(snapshot["project"]["media_folder"]) / "unsaved.rpp"
    return dataclasses.replace(read_session(document, unsaved, ours), name=UNTITLED, path=None)


def state_hash(lines: list[str]) -> str:
    """What tells whether a plug-in's state is still the one that we left; `inside.py` makes the same."""
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


def _parsed(lines: list[str]) -> Document:
    # One blank line would end a chunk's text for REAPER, too; carriage returns are kept as they are.
    return parse("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))


def _project_lines(snapshot: Mapping[str, Any]) -> Iterator[str]:
    numbers, master = snapshot["numbers"], snapshot["master"]
    saved = _saved_lines(live_path(snapshot))
    for key in _SAVED_LINES:
        told = numbers["settings"].get(_TOLD.get(key, ""), "")
        if told or key in saved:
            yield f"{key} {told}" if told else saved[key]
    yield f"SAMPLERATE {numbers['rate']:g} {numbers['rate_used']:g} 0"
    yield f"PLAYRATE {numbers['play_rate']!r}"
    yield f"TEMPO {numbers['bpm']!r} 4 4"
    yield f"MASTERMUTESOLO {int(master['B_MUTE'])}"
    yield "MASTER_VOLUME " + " ".join(
        repr(master[name]) for name in ("D_VOL", "D_PAN", "D_PANLAW", "D_DUALPANL", "D_DUALPANR")
    )
    yield f"MASTER_PANMODE {master['I_PANMODE']:g}"
    yield f"MASTER_WIDTH {master['D_WIDTH']!r}"
    yield f"MASTER_FX {master['I_FXEN']:g}"


def _saved_lines(path: Path | None) -> dict[str, str]:
    """The lines of these keys in the head of the project's file; none where it cannot be read."""
    try:
        head = path.read_bytes().partition(b"<TRACK")[0] if path is not None else b""
    except OSError:
        return {}
    lines = [line.strip() for line in head.decode("utf-8", "surrogateescape").splitlines()]
    return {key: line for key in _SAVED_LINES for line in reversed(lines) if has_key(line, key)}


def _tempo_lines(numbers: Mapping[str, Any]) -> Iterator[str]:
    if numbers["tempo"]:
        yield "<TEMPOENVEX"
        yield from (f"PT {position!r} {bpm!r} 1" for position, bpm in numbers["tempo"])
        yield ">"


def _master_chain(chunk: str) -> Iterator[str]:
    """The master's plug-ins, which a project file keeps outside of any track."""
    track = _parsed([f"<{PROJECT}", chunk, ">"]).project.first("TRACK") if chunk else None
    found = track.first(CHAIN) if track else None
    if found is not None:
        yield f"<{_MASTER_CHAIN}"
        yield from (line.rstrip("\r\n") for line in _lines(found.with_children(found.children)))
        yield ">"


def _lines(block: Block) -> Iterator[str]:
    for child in block.children:
        if isinstance(child, str):
            yield child
        else:
            yield child.opening
            yield from _lines(child)
            yield child.closing


def _state_lines(state: Mapping[str, str]) -> Iterator[str]:
    values = [(key, value) for key, value in state.items() if key != "SHOWN"]
    if values:
        yield f"<{EXTSTATE}"
        yield f"<{SECTION}"
        yield from (f"{key} {quote(value)}" for key, value in values)
        yield ">"
        yield ">"


def _as_planned(project: Block, shown: str) -> Block:
    """The project with the states that our plug-ins were meant to have.

    A plug-in of REAPER's may have needed another one to show the same values. Where somebody has touched it since,
    it stays as it is.
    """
    known = _known_states(shown)
    if not known:
        return project

    def change(track: Block) -> Block:
        found = track.first(CHAIN)
        if found is None:
            return track
        changes = {
            instance.guid: _with_settings(instance, known[instance.guid][1])
            for instance in chain.instances(found)
            if instance.guid in known and state_hash(_body(instance)) == known[instance.guid][0]
        }
        return chain.with_chain(track, chain.edit(found, changes)) if changes else track

    return project.map_blocks("TRACK", change)


def _known_states(shown: str) -> dict[str, tuple[str, bytes]]:
    """By GUID of a plug-in: the state in which it was left, as a hash, and the data that it was meant to have."""
    try:
        found = json.loads(shown) if shown else {}
        return {guid: (str(left), base64.b64decode(meant)) for guid, (left, meant) in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _with_settings(instance: Instance, data: bytes) -> Instance:
    plugin = instance.plugin
    kind = vst.plugin_of(plugin.opening) if plugin else None
    if plugin is None or kind is None:
        return instance
    old = vst.parse_vst_body([line.strip() for line in plugin.lines()])
    settings = vst.settings_from_state(kind, dataclasses.replace(old, data=data))
    lines = vst.dump_vst_body(vst.state_from_settings(settings, old))
    return instance.with_plugin(plugin.with_children(tuple(plugin.new_line(line) for line in lines)))


def _body(instance: Instance) -> list[str]:
    return [line.strip() for line in instance.plugin.lines()] if instance.plugin else []
