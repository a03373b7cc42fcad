"""A project tab: the tree, what undo can bring back, and what a script has left open."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path

from daw_bridge.hosts.rpp.tree import has_key
from emulator.fx import write_back
from emulator.nodes import Element, Span, copy, read, write

EMPTY = b"""<REAPER_PROJECT 0.1 "7.78/linux-x86_64" 1700000000
  PANLAW 1
  PANMODE 3
  SAMPLERATE 48000 0 0
  TEMPO 120 4 4
>
"""

# What an undo point covers, by the flags of Undo_EndBlock2; -1 covers all.
TRACK_SETTINGS, TRACK_FX, ITEMS, MISC = 1, 2, 4, 8
_PARTS = {"FXCHAIN": TRACK_FX, "ITEM": ITEMS}


@dataclass(slots=True)
class UndoPoint:
    """The project as it was after something; `flags` say which parts of it changed."""

    description: str
    flags: int
    root: Element


class Project:
    """One tab. Undo keeps the tracks that it finds again by GUID, so that pointers to them stay good."""

    def __init__(self, data: bytes, path: str = "") -> None:
        self.root, self._document = read(data)
        self.path = path
        self.changes = 0
        self.dirty = False
        self.open_blocks = 0
        _add_missing_guids(self.root)
        self._done = [UndoPoint("", -1, copy(self.root))]
        self._undone: list[UndoPoint] = []

    @property
    def tracks(self) -> list[Element]:
        return list(self.root.blocks("TRACK"))

    @property
    def folder(self) -> Path:
        return Path(self.path).parent if self.path else Path()

    def dump(self) -> bytes:
        write_back(self.root)
        return write(self.root, self._document)

    def changed(self) -> None:
        self.changes += 1
        self.dirty = True

    def add_undo_point(self, description: str, flags: int) -> None:
        write_back(self.root)
        self._done.append(UndoPoint(description, flags, copy(self.root)))
        self._undone.clear()
        self.changed()

    @property
    def undo_points(self) -> list[str]:
        """The descriptions of what can be undone, oldest first."""
        return [point.description for point in self._done[1:]]

    @property
    def redo_points(self) -> list[str]:
        return [point.description for point in self._undone]

    def undo(self) -> bool:
        if len(self._done) < 2:
            return False
        point = self._done.pop()
        self._undone.append(point)
        self._restore(self._done[-1].root, point.flags)
        return True

    def redo(self) -> bool:
        if not self._undone:
            return False
        point = self._undone.pop()
        self._done.append(point)
        self._restore(point.root, point.flags)
        return True

    def _restore(self, saved: Element, flags: int) -> None:
        known = {track_guid(track): track for track in self.tracks}
        write_back(self.root)
        if flags == -1:
            nodes = [_restored(node, known) for node in saved.children]
            for track in self.tracks:
                track.parent = None
            self.root.children[:] = []
            self.root.append(*nodes)
        else:
            for track in saved.blocks("TRACK"):
                if track_guid(track) in known:
                    _restore_parts(known[track_guid(track)], track, flags)
        self.changed()


def track_guid(track: Element) -> str:
    return track.words[1] if len(track.words) > 1 else Span(track).text("TRACKID")


def _restored(node: str | Element, known: dict[str, Element]) -> str | Element:
    if isinstance(node, str):
        return node
    new = copy(node)
    old = known.get(track_guid(new)) if new.name == "TRACK" else None
    if old is None:
        return new
    _replace_children(old, new.children)
    return old


def _restore_parts(track: Element, saved: Element, flags: int) -> None:
    """What the flags do not cover stays as it is."""
    kept = [node for node in track.children if not _part(node) & flags]
    back = [copy(node) if isinstance(node, Element) else node for node in saved.children if _part(node) & flags]
    _replace_children(track, [*kept, *back])


def _part(node: str | Element) -> int:
    return _PARTS.get(node.name, TRACK_SETTINGS) if isinstance(node, Element) else TRACK_SETTINGS


def _replace_children(element: Element, children: list[str | Element]) -> None:
    element.remove(0, len(element.children))
    element.append(*children)


def _add_missing_guids(root: Element) -> None:
    """REAPER gives every track, item, take and plug-in a GUID when it loads a project that has none."""
    for track in root.blocks("TRACK"):
        if not track_guid(track):
            track.opening = track.opening.rstrip("\r\n") + f" {new_guid()}\n"
        for item in track.blocks("ITEM"):
            span = Span(item)
            for key in ("IGUID", "GUID"):
                if not span.words(key):
                    span.replace(key, new_guid())
    for chain in _chains(root):
        _add_fx_guids(chain)


def _chains(root: Element) -> list[Element]:
    tracks = [chain for track in root.blocks("TRACK") for chain in track.blocks("FXCHAIN")]
    return [*tracks, *root.blocks("MASTERFXLIST")]


def _add_fx_guids(chain: Element) -> None:
    """An FXID line for each plug-in without one, right after the plug-in's block."""
    children: list[str | Element] = []
    for place, node in enumerate(chain.children):
        children.append(node)
        following = chain.children[place + 1 : place + 4]
        if isinstance(node, Element) and not any(
            isinstance(line, str) and has_key(line, "FXID") for line in following
        ):
            children.append(
                chain.opening[: len(chain.opening) - len(chain.opening.lstrip())] + f"  FXID {new_guid()}\n"
            )
    chain.children[:] = children


def new_guid() -> str:
    return "{" + str(uuid.uuid4()).upper() + "}"
