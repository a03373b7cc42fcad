"""ReaScript: tracks, their values, GUIDs, envelopes and sends."""

# ruff: noqa: N802 - the functions have REAPER's names

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.app import App, GuidOf, Master
from emulator.binding import Out, out
from emulator.fx import write_back
from emulator.nodes import Element, Span, block, lines, new_element
from emulator.project import Project, new_guid, track_guid

Track = Element | Master

# Where each value stands: key of the line, place in it, what it is where the line is not there.
_VALUES: dict[str, tuple[str, int, float]] = {
    "D_VOL": ("VOLPAN", 0, 1.0),
    "D_PAN": ("VOLPAN", 1, 0.0),
    "D_PANLAW": ("VOLPAN", 2, -1.0),
    "D_DUALPANL": ("VOLPAN", 3, -1.0),
    "D_DUALPANR": ("VOLPAN", 4, 1.0),
    "D_WIDTH": ("WIDTH", 0, 1.0),
    "I_PANMODE": ("PANMODE", 0, -1.0),
    "B_MUTE": ("MUTESOLO", 0, 0.0),
    "I_SOLO": ("MUTESOLO", 1, 0.0),
    "B_PHASE": ("IPHASE", 0, 0.0),
    "I_FXEN": ("FX", 0, 1.0),
    "I_FOLDERDEPTH": ("ISBUS", 1, 0.0),
    "B_MAINSEND": ("MAINSEND", 0, 1.0),
    "I_NCHAN": ("NCHAN", 0, 2.0),
    "I_SELECTED": ("SEL", 0, 0.0),
    "I_RECARM": ("REC", 0, 0.0),
    "I_CUSTOMCOLOR": ("PEAKCOL", 0, 16576.0),
    "I_FREEMODE": ("FREEMODE", 0, 0.0),
}
_MASTER_KEYS = {
    "VOLPAN": "MASTER_VOLUME",
    "WIDTH": "MASTER_WIDTH",
    "PANMODE": "MASTER_PANMODE",
    "MUTESOLO": "MASTERMUTESOLO",
    "FX": "MASTER_FX",
    "NCHAN": "MASTER_NCH",
    "SEL": "MASTER_SEL",
}
_VOLPAN = (1.0, 0.0, -1.0, -1.0, 1.0)


def CountTracks(app: App, project: Project | None) -> int:
    return len((project or app.project).tracks)


def GetNumTracks(app: App) -> int:
    return len(app.project.tracks)


def GetTrack(app: App, project: Project | None, index: int) -> Element | None:
    tracks = (project or app.project).tracks
    return tracks[index] if 0 <= index < len(tracks) else None


def GetMasterTrack(app: App, project: Project | None) -> Master:
    return app.one(Master(project or app.project))  # type: ignore[no-any-return]


def CountSelectedTracks2(app: App, project: Project | None, master: int) -> int:
    return len(_selected(project or app.project))


def CountSelectedTracks(app: App, project: Project | None) -> int:
    return len(_selected(project or app.project))


def GetSelectedTrack(app: App, project: Project | None, index: int) -> Element | None:
    tracks = _selected(project or app.project)
    return tracks[index] if 0 <= index < len(tracks) else None


def GetSelectedTrack2(app: App, project: Project | None, index: int, master: int) -> Element | None:
    return GetSelectedTrack(app, project, index)


def IsTrackSelected(app: App, track: Track) -> int:
    return int(GetMediaTrackInfo_Value(app, track, "I_SELECTED"))


def SetTrackSelected(app: App, track: Track, selected: int) -> None:
    SetMediaTrackInfo_Value(app, track, "I_SELECTED", float(selected))


def _selected(project: Project) -> list[Element]:
    return [track for track in project.tracks if Span(track).number("SEL")]


def GetTrackName(app: App, track: Track, name: str, size: int) -> Out:
    if isinstance(track, Master):
        return out(1, bufOut="MASTER")
    return out(1, bufOut=Span(track).text("NAME") or f"Track {_number(app, track)}")


def GetTrackGUID(app: App, track: Track) -> GuidOf:
    return app.one(GuidOf(track, _guid(track)))  # type: ignore[no-any-return]


def _guid(track: Track) -> str:
    return "{00000000-0000-0000-0000-000000000000}" if isinstance(track, Master) else track_guid(track)


def _number(app: App, track: Element) -> int:
    return next(n for n, other in enumerate(app.owner(track).tracks, start=1) if other is track)


def GetMediaTrackInfo_Value(app: App, track: Track, name: str) -> float:
    if name == "IP_TRACKNUMBER":
        return -1.0 if isinstance(track, Master) else float(_number(app, track))
    if name in ("P_PARTRACK", "P_PROJECT"):
        kind = "MediaTrack*" if name == "P_PARTRACK" else "ReaProject*"
        thing = GetParentTrack(app, track) if name == "P_PARTRACK" else app.owner(track)
        return float(app.pointers.address(kind, thing))
    if name not in _VALUES:
        return 0.0
    key, place, default = _VALUES[name]
    span, key = _place(track, key)
    value = span.number(key, place, default)
    return float(int(value) & 1) if name == "B_MUTE" else value


def SetMediaTrackInfo_Value(app: App, track: Track, name: str, value: float) -> int:
    if name not in _VALUES:
        return 0
    key, place, _ = _VALUES[name]
    span, key = _place(track, key)
    span.put(key, place, value, _VOLPAN if key in ("VOLPAN", "MASTER_VOLUME") else ())
    if name == "I_FOLDERDEPTH":
        span.put(key, 0, 1.0 if value > 0 else 2.0 if value < 0 else 0.0)
    app.owner(track).changed()
    return 1


def _place(track: Track, key: str) -> tuple[Span, str]:
    if isinstance(track, Master):
        return Span(track.project.root), _MASTER_KEYS.get(key, "MASTER_" + key)
    return Span(track), key


def GetSetMediaTrackInfo_String(app: App, track: Track, name: str, value: str, is_set: int) -> Out:
    if name == "GUID" and not is_set:
        return out(1, stringNeedBig=_guid(track))
    if name.startswith("P_EXT:"):
        return _ext(app, track, name[6:], value, is_set)
    if name != "P_NAME" or isinstance(track, Master):
        return out(0)
    if is_set:
        Span(track).replace("NAME", value)
        app.owner(track).changed()
    return out(1, stringNeedBig=Span(track).text("NAME"))


def _ext(app: App, track: Track, key: str, value: str, is_set: int) -> Out:
    """P_EXT values lie in a block of the track."""
    owner = track.project.root if isinstance(track, Master) else track
    block = owner.first("EXT")
    if is_set:
        if block is None:
            block = new_element(owner, "EXT")
            owner.append(block)
        Span(block).replace(key, value)
        app.owner(track).changed()
    text = Span(block).text(key) if block is not None else ""
    return out(int(bool(text)), stringNeedBig=text)


def GetTrackStateChunk(app: App, track: Track, text: str, size: int, is_undo: int) -> Out:
    """The track's block without indentation; its GUID stands only in the TRACKID line."""
    write_back(track.project.root if isinstance(track, Master) else track)
    return out(1, strNeedBig="".join(line.lstrip() for line in _chunk_lines(track)))


def _chunk_lines(track: Track) -> Iterator[str]:
    if isinstance(track, Master):
        root = track.project.root
        yield "<TRACK\n"
        for key, master_key in _MASTER_KEYS.items():
            if Span(root).words(master_key):
                yield " ".join([key, *Span(root).words(master_key)]) + "\n"
        for chain in root.blocks("MASTERFXLIST"):
            yield from ("<FXCHAIN\n", *list(lines(chain))[1:])
        yield ">\n"
        return
    _, *rest = lines(track)
    yield "<TRACK\n"
    if not Span(track).words("TRACKID"):
        yield f"TRACKID {track_guid(track)}\n"
    yield from rest


def SetTrackStateChunk(app: App, track: Element, text: str, is_undo: int) -> int:
    """The track keeps its pointer; its items and plug-ins are new."""
    new = block(text)
    if new is None or new.name != "TRACK":
        return 0
    write_back(track)
    track.remove(0, len(track.children))
    track.append(*new.children)
    app.owner(track).changed()
    return 1


def GetTrackUIVolPan(app: App, track: Track, volume: float, pan: float) -> Out:
    values = [GetMediaTrackInfo_Value(app, track, name) for name in ("D_VOL", "D_PAN")]
    return out(1, volumeOut=values[0], panOut=values[1])


def SetTrackUIVolume(app: App, track: Track, volume: float, relative: int, done: int, flags: int) -> float:
    SetMediaTrackInfo_Value(app, track, "D_VOL", volume)
    return volume


def SetTrackUIPan(app: App, track: Track, pan: float, relative: int, done: int, flags: int) -> float:
    SetMediaTrackInfo_Value(app, track, "D_PAN", pan)
    return pan


def GetTrackDepth(app: App, track: Track) -> int:
    return 0 if isinstance(track, Master) else len(_folders(app, track))


def GetParentTrack(app: App, track: Track) -> Element | None:
    folders = [] if isinstance(track, Master) else _folders(app, track)
    return folders[-1] if folders else None


def _folders(app: App, track: Element) -> list[Element]:
    """The folders that are open at a track, outermost first."""
    folders: list[Element] = []
    for other in app.owner(track).tracks:
        if other is track:
            break
        change = int(Span(other).number("ISBUS", 1))
        if change > 0:
            folders.append(other)
        elif change < 0:
            del folders[change:]
    return folders


def InsertTrackAtIndex(app: App, index: int, defaults: int) -> None:
    InsertTrackInProject(app, None, index, defaults)


def InsertTrackInProject(app: App, project: Project | None, index: int, flags: int) -> None:
    project = project or app.project
    guid, tracks = new_guid(), project.tracks
    lines = [
        'NAME ""',
        "VOLPAN 1 0 -1 -1 1",
        "MUTESOLO 0 0 0",
        "ISBUS 0 0",
        "NCHAN 2",
        "FX 1",
        f"TRACKID {guid}",
        "MAINSEND 1 0",
    ]
    track = new_element(project.root, f"TRACK {guid}", *lines)
    children = project.root.children
    after = [n for n, node in enumerate(children) if isinstance(node, Element) and node.name == "TRACK"]
    place = after[index] if index < len(tracks) else (after[-1] + 1 if after else len(children))
    _renumber_sends(project, lambda source: source + (source >= index))
    project.root.insert(place, track)
    project.changed()


def DeleteTrack(app: App, track: Element) -> None:
    project = app.owner(track)
    gone = _number(app, track) - 1
    track.discard()
    _renumber_sends(project, lambda source: None if source == gone else source - (source > gone))
    project.changed()


def _renumber_sends(project: Project, change: Any) -> None:
    """Sends stand in the receiving track, with the number of the sending one."""
    for track in project.tracks:
        for place in reversed(_receive_lines(track)):
            words = track.children[place].split()  # type: ignore[union-attr]
            source = change(int(words[1]))
            if source is None:
                track.remove(place, place + 1)
            else:
                track.children[place] = _line(track, place, [words[0], str(source), *words[2:]])


def _line(track: Element, place: int, words: list[str]) -> str:
    old = track.children[place]
    assert isinstance(old, str)
    return old[: len(old) - len(old.lstrip())] + " ".join(words) + "\n"


def _receive_lines(track: Element) -> list[int]:
    return [n for n, line in enumerate(track.children) if isinstance(line, str) and line.split()[:1] == ["AUXRECV"]]


def CountTrackEnvelopes(app: App, track: Track) -> int:
    return len(_envelopes(track))


def GetTrackEnvelope(app: App, track: Track, index: int) -> Element | None:
    found = _envelopes(track)
    return found[index] if 0 <= index < len(found) else None


def GetTrackEnvelopeByName(app: App, track: Track, name: str) -> Element | None:
    kind = {"Volume": "VOLENV2", "Pan": "PANENV2", "Volume (Pre-FX)": "VOLENV", "Mute": "MUTEENV"}.get(name)
    return next((envelope for envelope in _envelopes(track) if envelope.name == kind), None)


def _envelopes(track: Track) -> list[Element]:
    return [] if isinstance(track, Master) else [block for block in track.blocks() if "ENV" in block.name]


def GetSetEnvelopeInfo_String(app: App, envelope: Element, name: str, value: str, is_set: int) -> Out:
    key = {"ACTIVE": "ACT", "VISIBLE": "VIS", "ARM": "ARM"}.get(name)
    return out(int(key is not None), stringNeedBig=Span(envelope).text(key, 0, "1") if key else "")


def CountEnvelopePoints(app: App, envelope: Element) -> int:
    return sum(1 for line in envelope.children if isinstance(line, str) and line.split()[:1] == ["PT"])


# Sends: category 0 is sends, below 0 receives, above 0 hardware outputs.

_SEND_VALUES: dict[str, tuple[int, float]] = {
    "I_SENDMODE": (2, 0.0),
    "D_VOL": (3, 1.0),
    "D_PAN": (4, 0.0),
    "B_MUTE": (5, 0.0),
    "B_MONO": (6, 0.0),
    "B_PHASE": (7, 0.0),
    "I_SRCCHAN": (8, 0.0),
    "I_DSTCHAN": (9, 0.0),
    "D_PANLAW": (10, -1.0),
}


def GetTrackNumSends(app: App, track: Track, category: int) -> int:
    return len(_sends(app, track, category))


def _sends(app: App, track: Track, category: int) -> list[tuple[Element, int]]:
    """The receiving track and the place of the line in it, for each send or receive."""
    if isinstance(track, Master) or category > 0:
        return []
    if category < 0:
        return [(track, place) for place in _receive_lines(track)]
    number = str(_number(app, track) - 1)
    lines = [(other, place) for other in app.owner(track).tracks for place in _receive_lines(other)]
    return [(other, place) for other, place in lines if other.children[place].split()[1] == number]  # type: ignore[union-attr]


def GetTrackSendInfo_Value(app: App, track: Track, category: int, index: int, name: str) -> float:
    listed = _sends(app, track, category)
    if not 0 <= index < len(listed):
        return 0.0
    target, place = listed[index]
    words = target.children[place].split()  # type: ignore[union-attr]
    if name in ("P_DESTTRACK", "P_SRCTRACK"):
        thing = target if name == "P_DESTTRACK" else app.owner(target).tracks[int(words[1])]
        return float(app.pointers.address("MediaTrack*", thing))
    at, default = _SEND_VALUES.get(name, (99, 0.0))
    return float(words[at].partition(":")[0]) if at < len(words) else default


def SetTrackSendInfo_Value(app: App, track: Track, category: int, index: int, name: str, value: float) -> int:
    listed = _sends(app, track, category)
    if not 0 <= index < len(listed) or name not in _SEND_VALUES:
        return 0
    target, place = listed[index]
    words = target.children[place].split()  # type: ignore[union-attr]
    words[_SEND_VALUES[name][0]] = f"{value:g}"
    target.children[place] = _line(target, place, words)
    app.owner(track).changed()
    return 1


def CreateTrackSend(app: App, track: Element, target: Element) -> int:
    at = next((n for n, node in enumerate(target.children) if isinstance(node, Element)), len(target.children))
    target.insert(at, f"    AUXRECV {_number(app, track) - 1} 0 1 0 0 0 0 0 0 -1:U 0 -1 ''\n")
    app.owner(track).changed()
    return len(_sends(app, track, 0)) - 1


def RemoveTrackSend(app: App, track: Element, category: int, index: int) -> int:
    listed = _sends(app, track, category)
    if not 0 <= index < len(listed):
        return 0
    target, place = listed[index]
    target.remove(place, place + 1)
    app.owner(track).changed()
    return 1
