"""ReaScript: items, takes and sources."""

# ruff: noqa: N802 - the functions have REAPER's names

from __future__ import annotations

from pathlib import Path, PureWindowsPath

from daw_bridge.hosts.rpp.tree import has_key
from emulator.api_tracks import Track
from emulator.app import App, Master, Take, number_of_takes
from emulator.binding import Out, out
from emulator.nodes import Element, Span
from emulator.project import Project

_ITEM_VALUES: dict[str, tuple[str, int, float]] = {
    "D_POSITION": ("POSITION", 0, 0.0),
    "D_LENGTH": ("LENGTH", 0, 0.0),
    "D_SNAPOFFSET": ("SNAPOFFS", 0, 0.0),
    "D_VOL": ("VOLPAN", 0, 1.0),
    "B_LOOPSRC": ("LOOP", 0, 0.0),
    "B_MUTE": ("MUTE", 0, 0.0),
    "B_MUTE_ACTUAL": ("MUTE", 0, 0.0),
    "B_ALLTAKESPLAY": ("ALLTAKES", 0, 0.0),
    "B_UISEL": ("SEL", 0, 0.0),
    "D_FADEINLEN": ("FADEIN", 1, 0.0),
    "D_FADEOUTLEN": ("FADEOUT", 1, 0.0),
    "D_FADEINLEN_AUTO": ("FADEIN", 2, -1.0),
    "D_FADEOUTLEN_AUTO": ("FADEOUT", 2, -1.0),
}
_FADES = {
    "C_FADEINSHAPE": "FADEIN",
    "C_FADEOUTSHAPE": "FADEOUT",
    "D_FADEINDIR": "FADEIN",
    "D_FADEOUTDIR": "FADEOUT",
}
# What REAPER writes as the bend of a fade that nobody bent, by shape.
_UNBENT = (0.0, 0.0, -1.0, 1.0, -1.0, 0.0, 0.0)

# The first take's pan and volume stand in the item's VOLPAN line, those of the others in TAKEVOLPAN.
_FIRST_TAKE = {"D_PAN": ("VOLPAN", 1, 0.0), "D_VOL": ("VOLPAN", 2, 1.0), "D_PANLAW": ("VOLPAN", 3, -1.0)}
_OTHER_TAKES = {
    "D_PAN": ("TAKEVOLPAN", 0, 0.0),
    "D_VOL": ("TAKEVOLPAN", 1, 1.0),
    "D_PANLAW": ("TAKEVOLPAN", 2, -1.0),
}
_TAKE_VALUES = {
    "D_STARTOFFS": ("SOFFS", 0, 0.0),
    "D_PLAYRATE": ("PLAYRATE", 0, 1.0),
    "B_PPITCH": ("PLAYRATE", 1, 1.0),
    "D_PITCH": ("PLAYRATE", 2, 0.0),
    "I_PITCHMODE": ("PLAYRATE", 3, -1.0),
    "I_CHANMODE": ("CHANMODE", 0, 0.0),
}


def _items(project: Project) -> list[Element]:
    return [item for track in project.tracks for item in track.blocks("ITEM")]


def CountMediaItems(app: App, project: Project | None) -> int:
    return len(_items(project or app.project))


def GetMediaItem(app: App, project: Project | None, index: int) -> Element | None:
    items = _items(project or app.project)
    return items[index] if 0 <= index < len(items) else None


def CountTrackMediaItems(app: App, track: Track) -> int:
    return 0 if isinstance(track, Master) else len(list(track.blocks("ITEM")))


def GetTrackMediaItem(app: App, track: Element, index: int) -> Element | None:
    items = list(track.blocks("ITEM"))
    return items[index] if 0 <= index < len(items) else None


def GetMediaItem_Track(app: App, item: Element) -> Element | None:
    return item.parent


def GetMediaItemTrack(app: App, item: Element) -> Element | None:
    return item.parent


def DeleteTrackMediaItem(app: App, track: Element, item: Element) -> int:
    if item.parent is not track:
        return 0
    project = app.owner(track)
    item.discard()
    project.changed()
    return 1


def CountSelectedMediaItems(app: App, project: Project | None) -> int:
    return len([item for item in _items(project or app.project) if Span(item).number("SEL")])


def GetSelectedMediaItem(app: App, project: Project | None, index: int) -> Element | None:
    items = [item for item in _items(project or app.project) if Span(item).number("SEL")]
    return items[index] if 0 <= index < len(items) else None


def GetMediaItemInfo_Value(app: App, item: Element, name: str) -> float:
    if name in _FADES:
        return _fade_value(item, name)
    if name == "I_CURTAKE":
        return float(_chosen(item))
    if name == "I_FIXEDLANE":
        return float(_lane(item))
    if name == "C_LANEPLAYS":
        return float(_lane_plays(item))
    if name == "IP_ITEMNUMBER":
        return float(list(item.parent.blocks("ITEM")).index(item)) if item.parent else -1.0
    key, place, default = _ITEM_VALUES.get(name, ("", 0, 0.0))
    return Span(item).number(key, place, default) if key else 0.0


def SetMediaItemInfo_Value(app: App, item: Element, name: str, value: float) -> int:
    if name not in _ITEM_VALUES:
        return 0
    key, place, _ = _ITEM_VALUES[name]
    Span(item).put(key, place, value)
    app.owner(item).changed()
    return 1


def _fade_value(item: Element, name: str) -> float:
    span, key = Span(item), _FADES[name]
    exact = span.number(key, 3, span.number(key, 0))
    shape = 6 if exact > 5.0 else int(exact)
    if name.endswith("SHAPE"):
        return float(shape)
    bend = span.number(key, 5)
    return 0.0 if bend == _UNBENT[shape] else bend * (-1.0 if key == "FADEIN" else 1.0)


def _lane(item: Element) -> int:
    top, height = (Span(item).number("YPOS", place, default) for place, default in ((0, 0.0), (1, 1.0)))
    return max(0, round(top / height)) if height > 0.0 else 0


def _lane_plays(item: Element) -> int:
    """2 where the lane plays among others, 0 where it is silent."""
    assert item.parent is not None
    span = Span(item.parent)
    if span.number("FREEMODE") != 2.0 or not span.words("LANESOLO"):
        return 1
    lane, words = _lane(item), [int(word) for word in span.words("LANESOLO")]
    return 2 * int(lane // 32 < len(words) and bool(words[lane // 32] >> lane % 32 & 1))


def GetSetMediaItemInfo_String(app: App, item: Element, name: str, value: str, is_set: int) -> Out:
    return out(1, stringNeedBig=Span(item).text("IGUID")) if name == "GUID" else out(0)


# Takes.


def GetMediaItemNumTakes(app: App, item: Element) -> int:
    return number_of_takes(item)


def CountTakes(app: App, item: Element) -> int:
    return number_of_takes(item)


def GetMediaItemTake(app: App, item: Element, index: int) -> Take | None:
    if index == -1:
        return GetActiveTake(app, item)
    return app.one(Take(item, index)) if 0 <= index < number_of_takes(item) else None


def GetTake(app: App, item: Element, index: int) -> Take | None:
    return GetMediaItemTake(app, item, index)


def GetActiveTake(app: App, item: Element) -> Take | None:
    return GetMediaItemTake(app, item, _chosen(item))


def _chosen(item: Element) -> int:
    heads = [line.split() for line in item.children if isinstance(line, str) and has_key(line, "TAKE")]
    return next((number for number, words in enumerate(heads, start=1) if "SEL" in words), 0)


def _span(take: Take) -> Span:
    children = take.item.children
    starts = [n for n, line in enumerate(children) if isinstance(line, str) and has_key(line, "TAKE")]
    bounds = [0, *starts, len(children)]
    return Span(take.item, bounds[take.place], bounds[take.place + 1])


def GetMediaItemTake_Item(app: App, take: Take) -> Element:
    return take.item


def GetMediaItemTake_Track(app: App, take: Take) -> Element | None:
    return take.item.parent


def GetMediaItemTakeInfo_Value(app: App, take: Take, name: str) -> float:
    if name == "IP_TAKENUMBER":
        return float(take.place)
    key, place, default = _take_value(take, name)
    return _span(take).number(key, place, default) if key else 0.0


def SetMediaItemTakeInfo_Value(app: App, take: Take, name: str, value: float) -> int:
    key, place, _ = _take_value(take, name)
    if not key:
        return 0
    _span(take).put(key, place, value)
    app.owner(take).changed()
    return 1


def _take_value(take: Take, name: str) -> tuple[str, int, float]:
    return {**_TAKE_VALUES, **(_OTHER_TAKES if take.place else _FIRST_TAKE)}.get(name, ("", 0, 0.0))


def GetTakeName(app: App, take: Take) -> str:
    return _span(take).text("NAME")


def GetSetMediaItemTakeInfo_String(app: App, take: Take, name: str, value: str, is_set: int) -> Out:
    key = {"P_NAME": "NAME", "GUID": "GUID"}.get(name)
    if key is None:
        return out(0)
    if is_set and key == "NAME":
        _span(take).replace(key, value)
        app.owner(take).changed()
    return out(1, stringNeedBig=_span(take).text(key))


def TakeIsMIDI(app: App, take: Take) -> int:
    source = GetMediaItemTake_Source(app, take)
    return int(source is not None and source.words[1:2] == ["MIDI"])


def GetTakeNumStretchMarkers(app: App, take: Take) -> int:
    return len([word for word in _span(take).words("SM") if word == "+"]) + bool(_span(take).words("SM"))


def TakeFX_GetCount(app: App, take: Take) -> int:
    block = next((node for node in _blocks(take) if node.name == "TAKEFX"), None)
    lines = block.children if block else []
    return sum(1 for line in lines if isinstance(line, str) and has_key(line, "BYPASS"))


def CountTakeEnvelopes(app: App, take: Take) -> int:
    return sum(1 for node in _blocks(take) if node.name.endswith("ENV"))


def _blocks(take: Take) -> list[Element]:
    span = _span(take)
    return [node for node in take.item.children[span.start : span.end] if isinstance(node, Element)]


# Sources.


def GetMediaItemTake_Source(app: App, take: Take) -> Element | None:
    return next((node for node in _blocks(take) if node.name == "SOURCE"), None)


def GetMediaSourceParent(app: App, source: Element) -> Element | None:
    return source.first("SOURCE")


def GetMediaSourceType(app: App, source: Element, text: str, size: int) -> Out:
    return out(typebufOut=source.words[1] if len(source.words) > 1 else "")


def GetMediaSourceFileName(app: App, source: Element, text: str, size: int) -> Out:
    file = Span(source).text("FILE")
    return out(filenamebufOut=_absolute(app.owner(source), file) if file else "")


def _absolute(project: Project, file: str) -> str:
    windows = PureWindowsPath(file)
    return file if windows.anchor or file.startswith("/") else str(project.folder.joinpath(*windows.parts))


def GetMediaSourceLength(app: App, source: Element, is_beats: int) -> Out:
    inner = source.first("SOURCE")
    if inner is not None and Span(source).number("LENGTH") > 0.0:
        return out(Span(source).number("LENGTH"), lengthIsQNOut=0)
    length, *_ = _file(app, inner or source)
    return out(length, lengthIsQNOut=int(source.words[1:2] == ["MIDI"]))


def GetMediaSourceNumChannels(app: App, source: Element) -> int:
    return int(_file(app, source)[1])


def GetMediaSourceSampleRate(app: App, source: Element) -> int:
    return int(_file(app, source)[2])


def _file(app: App, source: Element) -> tuple[float, int, int]:
    """Length, channels and rate of a media file; nothing for one that is not there."""
    path = _absolute(app.owner(source), Span(source).text("FILE"))
    if not Path(path).is_file():
        return 0.0, 0, 0
    import soundfile

    info = soundfile.info(path)
    return info.duration, info.channels, info.samplerate


def PCM_Source_GetSectionInfo(app: App, source: Element, start: float, length: float, is_reversed: int) -> Out:
    if source.words[1:2] != ["SECTION"]:
        return out(0)
    span, mode = Span(source), int(Span(source).number("MODE"))
    whole = bool(mode & 1)
    values = {
        "offsOut": 0.0 if whole else span.number("STARTPOS"),
        "lenOut": 0.0 if whole else span.number("LENGTH"),
    }
    return out(1, revOut=int(bool(mode & 2)), **values)
