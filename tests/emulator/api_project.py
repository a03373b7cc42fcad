"""ReaScript: projects, tabs, undo, ext state, tempo, and REAPER itself."""

# ruff: noqa: N802 - the functions have REAPER's names

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emulator.app import App
from emulator.binding import Out, out
from emulator.nodes import Element, Span, new_element
from emulator.project import Project


def EnumProjects(app: App, index: int, name: str, size: int) -> Out:
    place = app.current if index == -1 else index
    project = app.tabs[place] if 0 <= place < len(app.tabs) else None
    return out(project, projfnOutOptional=project.path if project else "")


def GetProjectName(app: App, project: Project | None, name: str, size: int) -> Out:
    return out(bufOut=Path((project or app.project).path).name)


def GetProjectPathEx(app: App, project: Project | None, path: str, size: int) -> Out:
    project = project or app.project
    return out(bufOut=str(project.folder) if project.path else str(app.resource_path))


def GetProjectPath(app: App, path: str, size: int) -> Out:
    return GetProjectPathEx(app, None, path, size)


def SelectProjectInstance(app: App, project: Project | None) -> None:
    if project is not None:
        app.current = app.tabs.index(project)


def IsProjectDirty(app: App, project: Project | None) -> int:
    return int((project or app.project).dirty)


def MarkProjectDirty(app: App, project: Project | None) -> None:
    (project or app.project).changed()


def GetProjectStateChangeCount(app: App, project: Project | None) -> int:
    return (project or app.project).changes


def Main_SaveProject(app: App, project: Project | None, force_save_as: int) -> None:
    _save(project or app.project, (project or app.project).path)


def Main_SaveProjectEx(app: App, project: Project | None, path: str, options: int) -> None:
    project = project or app.project
    _save(project, path or project.path)
    if options & 8:
        project.path = path


def _save(project: Project, path: str) -> None:
    if path:
        Path(path).write_bytes(project.dump())
        project.dirty = False


def Main_openProject(app: App, name: str) -> None:
    path = name.removeprefix("noprompt:").removeprefix("template:")
    app.tabs[app.current] = Project(Path(path).read_bytes(), path)


def GetProjectLength(app: App, project: Project | None) -> float:
    spans = [Span(item) for track in (project or app.project).tracks for item in track.blocks("ITEM")]
    return max((span.number("POSITION") + span.number("LENGTH") for span in spans), default=0.0)


def GetSetProjectInfo(app: App, project: Project | None, name: str, value: float, is_set: int) -> float:
    project = project or app.project
    place = {"PROJECT_SRATE": 0, "PROJECT_SRATE_USE": 1}.get(name)
    if place is None:
        return 0.0
    if is_set:
        Span(project.root).put("SAMPLERATE", place, value)
        project.changed()
    return Span(project.root).number("SAMPLERATE", place)


def GetSetProjectInfo_String(app: App, project: Project | None, name: str, value: str, is_set: int) -> Out:
    project = project or app.project
    keys = {"RECORD_PATH": ("RECORD_PATH", 0), "RECORD_PATH_SECONDARY": ("RECORD_PATH", 1)}
    if name == "PROJECT_NAME":
        return out(1, valuestrNeedBig=Path(project.path).name)
    if name not in keys:
        return out(0, valuestrNeedBig="")
    key, place = keys[name]
    if is_set:
        Span(project.root).put(key, place, value)
        project.changed()
    return out(1, valuestrNeedBig=Span(project.root).text(key, place))


def get_config_var_string(app: App, name: str, value: str, size: int) -> Out:
    keys = {"panlaw": ("PANLAW", "1"), "panmode": ("PANMODE", "3"), "itemmixflag": ("ITEMMIX", "1")}
    if name not in keys:
        return out(0, bufOut="")
    key, default = keys[name]
    return out(1, bufOut=Span(app.project.root).text(key, 0, default))


# Ext state.


def GetExtState(app: App, section: str, key: str) -> str:
    return app.ext_state.get((section, key), "")


def SetExtState(app: App, section: str, key: str, value: str, persist: int) -> None:
    if persist and "\n" in value:
        app.violation("SetExtState: a value that persists has a line end")
    app.ext_state[section, key] = value


def HasExtState(app: App, section: str, key: str) -> int:
    return int((section, key) in app.ext_state)


def DeleteExtState(app: App, section: str, key: str, persist: int) -> None:
    app.ext_state.pop((section, key), None)


def SetProjExtState(app: App, project: Project | None, section: str, key: str, value: str) -> int:
    project = project or app.project
    before = _ext_section(project.root, section)
    if not key:
        if before is not None:
            before.discard()
    elif before is not None or value:
        _set_ext(before or _new_ext_section(project.root, section), key, value)
    project.changed()
    return len(_ext_values(_ext_section(project.root, section)))


def GetProjExtState(app: App, project: Project | None, section: str, key: str, value: str, size: int) -> Out:
    values = _ext_values(_ext_section((project or app.project).root, section))
    found = next((text for name, text in values if name.upper() == key.upper()), "")
    return out(int(bool(found)) and len(found), valOutNeedBig=found)


def EnumProjExtState(
    app: App,
    project: Project | None,
    section: str,
    index: int,
    key: str,
    key_size: int,
    value: str,
    value_size: int,
) -> Out:
    values = _ext_values(_ext_section((project or app.project).root, section))
    if not 0 <= index < len(values):
        return out(0)
    return out(1, keyOutOptional=values[index][0], valOutOptional=values[index][1])


def _ext_section(root: Element, section: str) -> Element | None:
    blocks = [block for ext in root.blocks("EXTSTATE") for block in ext.blocks()]
    return next((block for block in blocks if block.name.upper() == section.upper()), None)


def _new_ext_section(root: Element, section: str) -> Element:
    ext = root.first("EXTSTATE")
    if ext is None:
        ext = new_element(root, "EXTSTATE")
        root.append(ext)
    new = new_element(ext, section)
    ext.append(new)
    return new


def _set_ext(section: Element, key: str, value: str) -> None:
    names = [name.upper() for name, _ in _ext_values(section)]
    if not value and key.upper() in names:
        section.remove(names.index(key.upper()), names.index(key.upper()) + 1)
    elif value:
        written = next((name for name, _ in _ext_values(section) if name.upper() == key.upper()), key)
        Span(section).replace(written, value)


def _ext_values(section: Element | None) -> list[tuple[str, str]]:
    lines = [] if section is None else [line for line in section.children if isinstance(line, str)]
    keys = [line.split()[0] for line in lines]
    return [(key, Span(section).text(key)) for key in keys] if section is not None else []


# Undo and the user interface.


def Undo_BeginBlock2(app: App, project: Project | None) -> None:
    (project or app.project).open_blocks += 1


def Undo_EndBlock2(app: App, project: Project | None, description: str, flags: int) -> None:
    project = project or app.project
    if project.open_blocks == 0:
        app.violation("Undo_EndBlock2 without Undo_BeginBlock2")
        return
    project.open_blocks -= 1
    if project.open_blocks == 0:
        project.add_undo_point(description, flags)


def Undo_BeginBlock(app: App) -> None:
    Undo_BeginBlock2(app, None)


def Undo_EndBlock(app: App, description: str, flags: int) -> None:
    Undo_EndBlock2(app, None, description, flags)


def Undo_OnStateChangeEx2(app: App, project: Project | None, description: str, flags: int, track: int) -> None:
    (project or app.project).add_undo_point(description, flags)


def Undo_CanUndo2(app: App, project: Project | None) -> str | None:
    return next(reversed((project or app.project).undo_points), None)


def Undo_CanRedo2(app: App, project: Project | None) -> str | None:
    return next(reversed((project or app.project).redo_points), None)


def Undo_DoUndo2(app: App, project: Project | None) -> int:
    if (project or app.project).open_blocks:
        app.violation("Undo_DoUndo2 inside an undo block")
    return int((project or app.project).undo())


def Undo_DoRedo2(app: App, project: Project | None) -> int:
    return int((project or app.project).redo())


def PreventUIRefresh(app: App, count: int) -> None:
    app.ui_refresh += count
    if app.ui_refresh < 0:
        app.violation("PreventUIRefresh was released more often than held")


def UpdateArrange(app: App) -> None:
    pass


def UpdateTimeline(app: App) -> None:
    pass


def TrackList_AdjustWindows(app: App, is_minor: int) -> None:
    pass


# Tempo.


def Master_GetTempo(app: App) -> float:
    return TimeMap2_GetDividedBpmAtTime(app, None, 0.0)


def TimeMap_GetDividedBpmAtTime(app: App, seconds: float) -> float:
    return TimeMap2_GetDividedBpmAtTime(app, None, seconds)


def TimeMap2_GetDividedBpmAtTime(app: App, project: Project | None, seconds: float) -> float:
    points = list(_tempo_points(project or app.project))
    before = [bpm for at, bpm, *_ in points if at <= seconds + 1e-9]
    return before[-1] if before else Span((project or app.project).root).number("TEMPO", 0, 120.0)


def TimeMap_GetTimeSigAtTime(
    app: App, project: Project | None, seconds: float, numerator: int, denominator: int, tempo: float
) -> Out:
    span = Span((project or app.project).root)
    values = {
        "timesig_numOut": int(span.number("TEMPO", 1, 4.0)),
        "timesig_denomOut": int(span.number("TEMPO", 2, 4.0)),
    }
    return out(tempoOut=TimeMap2_GetDividedBpmAtTime(app, project, seconds), **values)


def GetProjectTimeSignature2(app: App, project: Project | None, bpm: float, bpi: float) -> Out:
    numerator = Span((project or app.project).root).number("TEMPO", 1, 4.0)
    return out(bpmOut=TimeMap2_GetDividedBpmAtTime(app, project, 0.0), bpiOut=numerator)


def CountTempoTimeSigMarkers(app: App, project: Project | None) -> int:
    return len(list(_tempo_points(project or app.project)))


def GetTempoTimeSigMarker(app: App, project: Project | None, index: int, *ignored: Any) -> Out:
    points = list(_tempo_points(project or app.project))
    if not 0 <= index < len(points):
        return out(0)
    at, bpm, square, signature = points[index]
    values = {"timesig_numOut": signature & 0xFFFF, "timesig_denomOut": signature >> 16} if signature else {}
    return out(1, timeposOut=at, bpmOut=bpm, lineartempoOut=int(not square), **values)


def _tempo_points(project: Project) -> Iterator[tuple[float, float, bool, int]]:
    """Time, tempo, whether it holds until the next, and the time signature (denominator and numerator, or 0)."""
    envelope = project.root.first("TEMPOENVEX")
    for line in envelope.children if envelope else ():
        words = line.split() if isinstance(line, str) else []
        if words[:1] == ["PT"]:
            yield float(words[1]), float(words[2]), words[3] == "1", int(words[4]) if len(words) > 4 else 0


def GetSet_LoopTimeRange2(
    app: App, project: Project | None, is_set: int, is_loop: int, start: float, end: float, seek: int
) -> Out:
    project, key = project or app.project, "SELECTION2" if is_loop else "SELECTION"
    if is_set:
        Span(project.root).replace(key, repr(start), repr(end))
        project.changed()
    return out(startOut=Span(project.root).number(key, 0), endOut=Span(project.root).number(key, 1))


def Master_GetPlayRate(app: App, project: Project | None) -> float:
    return Span((project or app.project).root).number("PLAYRATE", 0, 1.0)


def GetCursorPositionEx(app: App, project: Project | None) -> float:
    return Span((project or app.project).root).number("CURSOR")


def GetPlayStateEx(app: App, project: Project | None) -> int:
    return 0


# REAPER itself.


def GetAppVersion(app: App) -> str:
    return app.options.version


def GetResourcePath(app: App) -> str:
    return str(app.resource_path)


def GetOS(app: App) -> str:
    return "Other"


def ShowConsoleMsg(app: App, message: str) -> None:
    app.console.append(message)


def ClearConsole(app: App) -> None:
    app.console.clear()


def APIExists(app: App, name: str) -> int:
    return int(name in app.modelled)


def time_precise(app: App) -> float:
    return time.perf_counter()


def NamedCommandLookup(app: App, name: str) -> int:
    return 50000 + list(app.actions).index(name) if name in app.actions else 0


def ReverseNamedCommandLookup(app: App, number: int) -> str | None:
    names = list(app.actions)
    return names[number - 50000].removeprefix("_") if 0 <= number - 50000 < len(names) else None


def AddRemoveReaScript(app: App, add: int, section: int, path: str, commit: int) -> int:
    name = f"_RS{abs(hash(path)):040x}"[:43]
    if not add:
        app.actions.pop(name, None)
        return 0
    app.actions[name] = Path(path)
    return NamedCommandLookup(app, name)


# Main_OnCommand knows what tests need: undo, new tab, close tab.
_UNDO, _NEW_TAB, _CLOSE_TAB, _SAVE = 40029, 40859, 40860, 40026


def Main_OnCommandEx(app: App, command: int, flag: int, project: Project | None) -> None:
    if command == _UNDO:
        (project or app.project).undo()
    elif command == _NEW_TAB:
        app.open_tab()
    elif command == _CLOSE_TAB:
        app.close_tab(project or app.project)
    elif command == _SAVE:
        _save(project or app.project, (project or app.project).path)


def Main_OnCommand(app: App, command: int, flag: int) -> None:
    Main_OnCommandEx(app, command, flag, None)


def ValidatePtr2(app: App, project: Project | None, address: int, kind: str) -> int:
    return int(app.is_valid(project, address, kind))


def ValidatePtr(app: App, address: int, kind: str) -> int:
    return int(app.is_valid(None, address, kind))


def guidToString(app: App, guid: Any, text: str) -> Out:
    return out(destNeed64=guid.text)
