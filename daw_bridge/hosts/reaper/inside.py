"""What runs in REAPER: snapshot, apply, verify, revert. Each is one request, done in one tick.

This file is sent into REAPER's own Python as text: standard library only, the syntax of Python 3.8, plain data in
and out. `dispatch` answers every request with JSON text, whatever happens, so that nothing can harm the server.

How ReaScript behaves in Python: a function with outputs gives a tuple of its result (unless it has none) and all
its arguments. Pointers are texts; functions that take a GUID* are not used, because REAPER's own check of pointers
(`rpr_packp`) does not know them; nor are those that give out names as `const char*`, which must be UTF-8.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import hashlib
import importlib
import itertools
import json
import math
import re
import secrets
import traceback
import zlib
from collections.abc import Iterator
from typing import Any

rpr: Any = importlib.import_module("reaper_python")

INSTANCE = secrets.token_hex(8)
"""Another one after each start of REAPER: pointers and change counts from before say nothing."""

_SECTION = "DAW_BRIDGE"
_STATE_SCHEMA = "1"
_STATE_VALUE_LENGTH = 1000
_BUFFER = 4 * 1024 * 1024  # what reaper_python gives every text that is written to
_LARGE_BUFFER = 256 * 1024 * 1024
_SILENT_DB = -120.0
_SAME_GAIN = 1e-6
_NUMBER = re.compile(r"([-+]?)(inf|\d*\.?\d+)\s*(k?)", re.IGNORECASE)
# States that are read: those of ReaEQ, ReaComp and ReaVerbate, by number or by file.
_KNOWN_STATE = re.compile(
    r"\b(?:1919247729|1919247213|1920361016)\b|\brea(?:eq|comp|verbate)\.(?:dll|vst)", re.IGNORECASE
)
_UNREAD = ("<VST ", "<AU ", "<CLAP ", "<LV2 ", "<DX ", "<VIDEO_EFFECT", "<SOURCE MIDI")


class RefusedError(Exception):
    """What cannot be done; `details` are plain data for the caller."""

    def __init__(self, kind: str, **details: Any) -> None:
        super().__init__(kind)
        self.details = dict(details, error=kind)


def dispatch(operation: str, text: str) -> str:
    """The answer to a request, in JSON, all ASCII: `{"ok": ...}` or `{"error": kind, ...}`. Raises nothing."""
    try:
        with _lenient_text():
            return json.dumps({"ok": _OPERATIONS[operation](json.loads(text))})
    except RefusedError as refused:
        return json.dumps(refused.details)
    except BaseException as error:  # even SystemExit would end the server
        return json.dumps({"error": "failed", "message": repr(error), "traceback": traceback.format_exc()})


# --- Reading ---------------------------------------------------------------------------------------------------


def snapshot(request: dict[str, Any]) -> dict[str, Any]:
    """The project in front, or the one that the request names: its numbers, and its tracks as in a project file."""
    project = _wanted_project(request["project"]) if request.get("project") else _front_project()
    with _in_front(project):
        tracks = [rpr.RPR_GetTrack(project, place) for place in range(rpr.RPR_CountTracks(project))]
        master = rpr.RPR_GetMasterTrack(project)
        return {
            "reaper": rpr.RPR_GetAppVersion(),
            "instance": INSTANCE,
            "changes": rpr.RPR_GetProjectStateChangeCount(project),
            "project": _identity(project),
            "numbers": _project_numbers(project),
            "master": dict(_master_numbers(master), chunk=_slim(_chunk(master) or "")),
            "tracks": [_track(track) for track in tracks],
            "state": _state_values(project),
        }


def _identity(project: str) -> dict[str, str]:
    return {
        "pointer": project,
        "path": _project_path(project),
        "media_folder": rpr.RPR_GetProjectPathEx(project, "", 4096)[1],
    }


def _project_path(project: str) -> str:
    """Where the project is saved; empty for one that never was."""
    for place in range(-1, 1000):
        found, _, path, _ = rpr.RPR_EnumProjects(place, "", 4096)
        if found == project:
            return str(path)
        if place >= 0 and _is_null(found):
            break
    return ""


def _project_numbers(project: str) -> dict[str, Any]:
    markers = [
        rpr.RPR_GetTempoTimeSigMarker(project, place, 0.0, 0, 0.0, 0.0, 0, 0, 0)
        for place in range(rpr.RPR_CountTempoTimeSigMarkers(project))
    ]
    return {
        "rate": rpr.RPR_GetSetProjectInfo(project, "PROJECT_SRATE", 0.0, False),
        "rate_used": rpr.RPR_GetSetProjectInfo(project, "PROJECT_SRATE_USE", 0.0, False),
        "length_s": rpr.RPR_GetProjectLength(project),
        "play_rate": rpr.RPR_Master_GetPlayRate(project),
        "bpm": rpr.RPR_TimeMap_GetTimeSigAtTime(project, 0.0, 0, 0, 0.0)[4],
        "tempo": [[marker[3], marker[6]] for marker in markers],
        "settings": {name: _setting(name) for name in ("panlaw", "panmode", "itemmixflag")},
    }


def _setting(name: str) -> str:
    """A setting of the project in front; empty where this REAPER does not tell."""
    try:
        found, _, value, _ = rpr.RPR_get_config_var_string(name, "", 64)
    except Exception:
        return ""
    return str(value) if found else ""


def _master_numbers(master: str) -> dict[str, float]:
    names = ("D_VOL", "D_PAN", "D_PANLAW", "D_DUALPANL", "D_DUALPANR", "D_WIDTH", "I_PANMODE", "B_MUTE", "I_FXEN")
    return {name: rpr.RPR_GetMediaTrackInfo_Value(master, name) for name in names}


def _track(track: str) -> dict[str, Any]:
    return {
        "guid": _track_guid(track),
        "selected": bool(rpr.RPR_GetMediaTrackInfo_Value(track, "I_SELECTED")),
        "chunk": _slim(_chunk_or_refused(track)),
    }


def _track_guid(track: str) -> str:
    return str(rpr.RPR_GetSetMediaTrackInfo_String(track, "GUID", "", False)[3]).upper()


def _chunk(track: str) -> str | None:
    """The track as it would stand in a project file."""
    for size in (_BUFFER, _LARGE_BUFFER):
        with _buffers_of(size):
            done, _, text, _, _ = rpr.RPR_GetTrackStateChunk(track, "", size, False)
        if done and text.rstrip().endswith(">"):
            return str(text)
    return None


def _chunk_or_refused(track: str) -> str:
    text = _chunk(track)
    if text is None:
        raise RefusedError("chunk", track=rpr.RPR_GetTrackName(track, "", 1024)[2])
    return text


def _slim(chunk: str) -> str:
    """The chunk without what nobody reads: states of other plug-ins and MIDI events, which may be very long."""
    kept, depth = [], 0
    for line in chunk.split("\n"):
        words = line.strip()
        if depth:
            depth += words.startswith("<") - (words == ">")
        elif words.startswith(_UNREAD) and not _KNOWN_STATE.search(words):
            kept.append(line)
            depth = 1
            continue
        if not depth:
            kept.append(line)
    return "\n".join(kept)


def _state_values(project: str) -> dict[str, str]:
    """What we keep in the project, as it stands there: `SCHEMA`, `STATE_1`, `STATE_2`, ..."""
    values: dict[str, str] = {}
    for key in itertools.chain(("SHOWN", "SCHEMA"), map("STATE_{}".format, itertools.count(1))):
        found = rpr.RPR_GetProjExtState(project, _SECTION, key, "", _BUFFER)
        if found[0]:
            values[key] = found[4]
        elif key != "SHOWN":
            break
    return values


# --- Which project, which tracks -------------------------------------------------------------------------------


def _is_null(pointer: str) -> bool:
    return int(pointer.rpartition("x")[2], 16) == 0


def _front_project() -> str:
    return str(rpr.RPR_EnumProjects(-1, "", 4096)[0])


def _wanted_project(identity: dict[str, str]) -> str:
    """The project that was measured, also if it was saved elsewhere since or is not in front."""
    paths = {}
    for place in range(1000):
        pointer, _, path, _ = rpr.RPR_EnumProjects(place, "", 4096)
        if _is_null(pointer):
            break
        paths[pointer] = path
    pointer, path = identity["pointer"], identity["path"]
    if paths.get(pointer) == path:
        return pointer
    same_path = [found for found in paths if path and paths[found] == path]
    if same_path or pointer in paths:
        return same_path[0] if same_path else pointer
    raise RefusedError("closed", path=path)


@contextlib.contextmanager
def _in_front(project: str) -> Iterator[None]:
    """For as long as this lasts the project's tab is in front: REAPER takes pointers of others for none."""
    before = _front_project()
    if before != project:
        rpr.RPR_SelectProjectInstance(project)
        if _front_project() != project:
            raise RefusedError("closed", path=_project_path(project))
    try:
        yield
    finally:
        if before != project:
            rpr.RPR_SelectProjectInstance(before)


def _targets(project: str, job: dict[str, Any]) -> list[_Target]:
    """The tracks of the job in this project. Raises RefusedError with the names of those that are not there."""
    found = {}
    for place in range(rpr.RPR_CountTracks(project)):
        track = rpr.RPR_GetTrack(project, place)
        found[_track_guid(track)] = track
    missing = [wanted["name"] for wanted in job["tracks"] if not _is_track(project, found.get(wanted["guid"]))]
    if missing:
        raise RefusedError("tracks", names=missing)
    places: dict[Any, int] = {}
    return [_Target(found[wanted["guid"]], wanted, places) for wanted in job["tracks"]]


def _is_track(project: str, pointer: str | None) -> bool:
    if pointer is None:
        return False
    # REAPER's own binding may refuse pointers of no kind (void*), and then knows not even the project.
    trusted = rpr.RPR_ValidatePtr2(project, project, "ReaProject*")
    return not trusted or bool(rpr.RPR_ValidatePtr2(project, pointer, "MediaTrack*"))


# --- Doing -----------------------------------------------------------------------------------------------------


def apply(job: dict[str, Any]) -> dict[str, Any]:
    """Make the project agree with the job: all of it, in one undo point, or nothing. No change leaves no point."""
    project = _wanted_project(job["project"])
    with _in_front(project):
        if job["instance"] != INSTANCE or job["changes"] != rpr.RPR_GetProjectStateChangeCount(project):
            raise RefusedError("moved")
        targets = _targets(project, job)
        changed = bool(_differences(project, targets, job))
        if changed:
            _all_or_nothing(project, targets, job)
        return {
            "changed": changed,
            "fx": {target.wanted["guid"]: target.known_guids() for target in targets},
        }


def verify(job: dict[str, Any]) -> dict[str, Any]:
    """Where the project differs from the job, as it is shown. Changes nothing."""
    project = _wanted_project(job["project"])
    with _in_front(project):
        return {"differences": _differences(project, _targets(project, job), job)}


def _all_or_nothing(project: str, targets: list[_Target], job: dict[str, Any]) -> None:
    before = [target.fingerprint() for target in targets]
    try:
        _in_undo_block(project, targets, job)
    except BaseException as error:
        details = error.details if isinstance(error, RefusedError) else {"error": "failed", "message": repr(error)}
        raise RefusedError(
            details["error"], **dict(details, undone=_undo(project, job, targets, before))
        ) from error


def _in_undo_block(project: str, targets: list[_Target], job: dict[str, Any]) -> None:
    rpr.RPR_Undo_BeginBlock2(project)
    rpr.RPR_PreventUIRefresh(1)
    try:
        for target in targets:
            target.write()
        wrong = [difference for target in targets for difference in target.differences(mend=True)]
        _write_state(project, job["state"], targets)
        wrong += _state_differences(project, targets, job)
        if wrong:
            raise RefusedError("mismatch", differences=wrong)
    finally:
        try:
            rpr.RPR_PreventUIRefresh(-1)
        finally:
            rpr.RPR_Undo_EndBlock2(project, job["name"], -1)


def _undo(project: str, job: dict[str, Any], targets: list[_Target], before: list[Any]) -> bool:
    """Take our undo point back, if it is ours that is on top; whether all is as before then."""
    try:
        if rpr.RPR_Undo_CanUndo2(project) == job["name"]:
            rpr.RPR_Undo_DoUndo2(project)
        return before == [target.fingerprint() for target in targets]
    except Exception:
        return False


def _differences(project: str, targets: list[_Target], job: dict[str, Any]) -> list[dict[str, str]]:
    found = [difference for target in targets for difference in target.differences()]
    return found + _state_differences(project, targets, job)


def _state_differences(project: str, targets: list[_Target], job: dict[str, Any]) -> list[dict[str, str]]:
    if _read_state(project) == _with_guids(job["state"], targets):
        return []
    return [_difference("", "", "what DAW Bridge keeps in the project", "kept", "something else")]


def _difference(track: str, plugin: str, parameter: str, wanted: str, shown: str) -> dict[str, str]:
    return {"track": track, "plugin": plugin, "parameter": parameter, "wanted": wanted, "shown": shown}


class _Target:
    """A track, and what it should be."""

    def __init__(self, track: str, wanted: dict[str, Any], places: dict[Any, int]) -> None:
        self._track, self.wanted = track, wanted
        self._text = ""
        self._chain: list[_Link] | None = None
        self._instances = {fx["field"]: _Instance(fx, places) for fx in wanted["fx"]}

    def known_guids(self) -> dict[str, str]:
        return {fx["field"]: fx["guid"] for fx in self.wanted["fx"]}

    def fingerprint(self) -> tuple[float, list[str]]:
        """Enough to tell whether our undo point was taken back."""
        self._chain = None
        return round(self._gain(), 9), self._guids()

    def differences(self, *, mend: bool = False) -> list[dict[str, str]]:
        """What is not as wanted; `mend` finds by what is shown the values that the tables did not give."""
        name = self.wanted["name"]
        found = [] if self._fader_is_right() else [_difference(name, "", "fader", *self._fader_texts())]
        for guid, plugin in self.wanted["without"].items():
            if self._holds(guid, plugin):
                found.append(_difference(name, plugin, "", "not there", "there"))
        for fx in self.wanted["fx"]:
            instance = self._instance(fx)
            if instance is None:
                found.append(_difference(name, fx["name"], "", "there", "not there"))
            else:
                found.extend(_difference(name, fx["name"], *texts) for texts in instance.differences(mend=mend))
        return found

    def write(self) -> None:
        self._remove()
        for fx in self.wanted["fx"]:
            if self._instance(fx) is None:
                self._add(fx)
            instance = self._instance(fx)
            if instance is not None:
                instance.write()
        if not self._fader_is_right():
            rpr.RPR_SetMediaTrackInfo_Value(self._track, "D_VOL", self.wanted["gain"])

    def _remove(self) -> None:
        guids = self._guids()
        for place in reversed(range(len(guids))):
            if guids[place] in self.wanted["without"]:
                rpr.RPR_TrackFX_Delete(self._track, place)
        self._chain = None

    def _add(self, fx: dict[str, Any]) -> None:
        guids, names = self._guids(), [other["name"] for other in self.wanted["fx"]]
        later = [other["guid"] for other in self.wanted["fx"][names.index(fx["name"]) + 1 :]]
        place = min([guids.index(guid) for guid in later if guid in guids], default=len(guids))
        for title in fx["titles"]:
            if rpr.RPR_TrackFX_AddByName(self._track, title, False, -1000 - place) >= 0:
                break
        self._chain = None
        if len(self._guids()) != len(guids) + 1:
            raise RefusedError("plugin", track=self.wanted["name"], plugin=fx["titles"][-1])
        fx["guid"] = self._guids()[place]
        rpr.RPR_TrackFX_SetNamedConfigParm(self._track, place, "renamed_name", fx["name"])
        self._instances[fx["field"]].at(self._track, place).make_neutral()

    def _instance(self, fx: dict[str, Any]) -> _Instance | None:
        if not self._holds(fx["guid"], fx["name"]):
            return None
        return self._instances[fx["field"]].at(self._track, self._guids().index(fx["guid"]))

    def _holds(self, guid: str, plugin: str) -> bool:
        """Whether the plug-in stands on the track. Raises RefusedError for one of ours in a container."""
        if guid in self._guids():
            return True
        if f"FXID {guid}" in self._text:
            raise RefusedError("container", track=self.wanted["name"], plugin=plugin)
        return False

    def _guids(self) -> list[str]:
        """The GUIDs of the plug-ins, in their order; those in containers are not told."""
        return [link.guid for link in self._links()]

    def _links(self) -> list[_Link]:
        if self._chain is None:
            self._text = _chunk_or_refused(self._track)
            self._chain = _chain(self._text)
        return self._chain

    def inexact(self) -> dict[str, list[str]]:
        """Plug-ins that show what is wanted in a state of their own: the hash of that state, and the one wanted."""
        states = {fx["guid"]: fx["state"] for fx in self.wanted["fx"] if not self._instances[fx["field"]].exact}
        self._chain = None if states else self._chain
        return {link.guid: [link.hash(), states[link.guid]] for link in self._links() if link.guid in states}

    def _gain(self) -> float:
        return float(rpr.RPR_GetMediaTrackInfo_Value(self._track, "D_VOL"))

    def _fader_is_right(self) -> bool:
        wanted: float | None = self.wanted["gain"]
        return wanted is None or abs(self._gain() - wanted) <= _SAME_GAIN * abs(wanted)

    def _fader_texts(self) -> tuple[str, str]:
        return _decibels(self.wanted["gain"]), _decibels(self._gain())


class _Link:
    """A plug-in in a track's text."""

    def __init__(self) -> None:
        self.guid = ""
        self.state: list[str] | None = None

    def hash(self) -> str:
        return hashlib.sha256("".join(self.state or []).encode()).hexdigest()[:16]


def _chain(chunk: str) -> list[_Link]:
    """The plug-ins of a track: each begins with BYPASS, then comes its block with its state, then its GUID."""
    links: list[_Link] = []
    depth, chain_depth, reading = 0, -1, False
    for line in chunk.split("\n"):
        words = line.split()
        first = words[0] if words else ""
        if first.startswith("<"):
            depth += 1
            if first == "<FXCHAIN" and depth == 2:
                chain_depth = depth
            elif depth == chain_depth + 1 and links and links[-1].state is None:
                links[-1].state, reading = [], True
        elif words == [">"]:
            depth -= 1
            reading = reading and depth > chain_depth
            chain_depth = -1 if depth < chain_depth else chain_depth
        elif depth == chain_depth and first == "BYPASS":
            links.append(_Link())
        elif depth == chain_depth and first == "FXID" and links:
            links[-1].guid = words[-1].upper()
        elif reading and depth == chain_depth + 1 and links[-1].state is not None:
            links[-1].state.append(line.strip())
    return links


class _Instance:
    """A plug-in of ours, and what it should be set to.

    `exact` tells whether it was given the very values that the tables say, and no others that show the same.
    """

    def __init__(self, wanted: dict[str, Any], places: dict[Any, int]) -> None:
        self._wanted, self._places = wanted, places
        self._at = ("", -1)
        self._names: dict[int, str] = {}
        self.exact = True

    def at(self, track: str, fx: int) -> _Instance:
        """Itself, where it stands now."""
        self._at = (track, fx)
        return self

    def differences(self, *, mend: bool) -> list[tuple[str, str, str]]:
        if not self._layout_is_right():
            return [("bands", str(self._wanted["layout"]), str(self._layout()))]
        found = []
        for row in self._wanted["rows"]:
            place = self._place(row)
            if place < 0:
                found.append((row["name"], row["text"], "no such parameter"))
            elif not self._agrees(place, row) and not (mend and self._bisect(place, row)):
                found.append((row["name"], row["text"], self._shown(place)))
        return found

    def make_neutral(self) -> None:
        """A new instance opens with the user's default preset: what we do not set must not be left to that."""
        if self._wanted["layout"] is not None:
            self._set("vst_chunk", self._wanted["state"])
        for row in self._wanted["neutral"]:
            place = self._place(row)
            if place >= 0 and not _same_float(self._raw(place), row["raw"]):
                rpr.RPR_TrackFX_SetParam(*self._at, place, row["raw"])

    def write(self) -> None:
        if not self._layout_is_right():
            self._write_layout()
        for row in self._wanted["rows"]:
            place = self._place(row)
            if place >= 0 and not _same_float(self._raw(place), row["raw"]):
                rpr.RPR_TrackFX_SetParam(*self._at, place, row["raw"])

    # Parameters

    def _place(self, row: dict[str, Any]) -> int:
        """The parameter's index, or -1: ReaEQ's by slot, if it is called so; the others' are the same in all."""
        if row["by_slot"]:
            return row["index"] if self._name(row["index"]).startswith(row["names"][0]) else -1
        key = (self._wanted["field"], row["names"][0], row["index"])
        if key not in self._places:
            self._places[key] = self._found(row)
        return self._places[key]

    def _found(self, row: dict[str, Any]) -> int:
        """By ident, else by name."""
        for name in row["names"]:
            ident = "{}:_{}".format(row["index"], re.sub(r"\W", "_", name))
            place = rpr.RPR_TrackFX_GetParamFromIdent(*self._at, ident)
            if place >= 0:
                return int(place)
        wanted = [name.casefold() for name in row["names"]]
        places = range(rpr.RPR_TrackFX_GetNumParams(*self._at))
        return next((place for place in places if self._name(place).casefold() in wanted), -1)

    def _name(self, place: int) -> str:
        if place not in self._names:
            self._names[place] = str(rpr.RPR_TrackFX_GetParamName(*self._at, place, "", 256)[4])
        return self._names[place]

    def _raw(self, place: int) -> float:
        return float(rpr.RPR_TrackFX_GetParam(*self._at, place, 0.0, 0.0)[0])

    def _shown(self, place: int) -> str:
        return str(rpr.RPR_TrackFX_GetFormattedParamValue(*self._at, place, "", 256)[4])

    def _shown_at(self, place: int, normalized: float) -> str:
        """What would be shown, without setting it; with its unit."""
        return str(rpr.RPR_TrackFX_FormatParamValueNormalized(*self._at, place, normalized, "", 256)[5])

    def _agrees(self, place: int, row: dict[str, Any]) -> bool:
        """Whether the plug-in shows what is wanted. Where it is not known how it shows it, the raw value counts."""
        if row["shown"] is None:
            return _same_float(self._raw(place), row["raw"])
        if _shows(self._shown(place), row["shown"]):
            return True
        return _shows(self._shown_at(place, rpr.RPR_TrackFX_GetParamNormalized(*self._at, place)), row["shown"])

    def _bisect(self, place: int, row: dict[str, Any]) -> bool:
        """Set the normalised value at which the plug-in shows what is wanted; whether there is one."""
        wanted = row["shown"]
        ends = [_number(self._shown_at(place, end)) for end in (0.0, 1.0)]
        if wanted is None or ends[0] is None or ends[1] is None:
            return False
        rising, low, high = ends[0] < ends[1], 0.0, 1.0
        for _ in range(50):
            middle = 0.5 * (low + high)
            text = self._shown_at(place, middle)
            if _shows(text, wanted):
                self.exact = False
                rpr.RPR_TrackFX_SetParamNormalized(*self._at, place, middle)
                return self._agrees(place, row)
            found = _number(text)
            if found is None:
                return False
            low, high = (middle, high) if (found < wanted) == rising else (low, middle)
        return False

    # ReaEQ's bands

    def _layout_is_right(self) -> bool:
        """Whether the bands are as wanted; there may be more of them, switched off.

        Where REAPER does not tell a band's kind, the names of its parameters do (`_place`).
        """
        wanted = self._wanted["layout"]
        if wanted is None:
            return True
        found = self._layout()
        if len(found) < len(wanted) or any(switch != 0 for _, switch in found[len(wanted) :]):
            return False
        return all(
            now in (None, then)
            for slot, band in enumerate(wanted)
            for now, then in zip(found[slot], band)  # noqa: B905
        )

    def _layout(self) -> list[list[Any]]:
        """Kind and switch of each band; a band is there if its first parameter is called a frequency."""
        bands: list[list[Any]] = []
        count = rpr.RPR_TrackFX_GetNumParams(*self._at)
        while 3 * len(bands) < count and self._name(3 * len(bands)).startswith("Freq"):
            slot = len(bands)
            bands.append([self._config(f"BANDTYPE{slot}"), self._config(f"BANDENABLED{slot}")])
        return bands

    def _config(self, name: str) -> int | None:
        found = rpr.RPR_TrackFX_GetNamedConfigParm(*self._at, name, "", 64)
        try:
            return int(found[4]) if found[0] else None
        except ValueError:
            return None

    def _write_layout(self) -> None:
        """Band by band where their number is right, else the whole state at once; if that is refused, band by band.

        REAPER answers false to some of this although it has done it: what counts is how the bands are afterwards.
        """
        if len(self._layout()) == len(self._wanted["layout"]):
            self._write_bands()
        if not self._layout_is_right():
            self._set("vst_chunk", self._wanted["state"])
        if not self._layout_is_right():
            self._write_bands()
        self.exact = self.exact and len(self._layout()) == len(self._wanted["layout"])

    def _write_bands(self) -> None:
        wanted = self._wanted["layout"]
        for slot, found in enumerate(self._layout()):
            kind, switch = wanted[slot] if slot < len(wanted) else (found[0], 0)
            for name, now, then in (("BANDTYPE", found[0], kind), ("BANDENABLED", found[1], switch)):
                if now != then:
                    self._set(f"{name}{slot}", str(then))

    def _set(self, name: str, value: str) -> None:
        """Change the bands; the names of the parameters follow them."""
        rpr.RPR_TrackFX_SetNamedConfigParm(*self._at, name, value)
        self._names.clear()


def _same_float(a: float, b: float) -> bool:
    """Whether two raw values are the same for a plug-in, which keeps 32 bits, or a little less of them."""
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b))


def _shows(text: str, wanted: float) -> bool:
    """Whether a text like `-18.1 dB`, `1.20 kHz` or `-inf` is how the value would be shown, to its last digit."""
    number = _number(text)
    if number is None:
        return False
    if math.isinf(number) or math.isinf(wanted):
        return number == wanted or max(number, wanted) <= _SILENT_DB
    return abs(number - wanted) <= 0.51 * _last_digit(text) + 1e-9


def _number(text: str) -> float | None:
    """The number in a text: with a true minus sign or a narrow blank, with a k for thousands, `inf` or `-inf`."""
    found = _NUMBER.search(_plain(text))
    if not found:
        return None
    sign, digits, thousands = found.groups()
    number = float(digits.lower()) * (1000.0 if thousands else 1.0)
    return -number if sign == "-" else number


def _last_digit(text: str) -> float:
    """What the last digit shown is worth."""
    found = _NUMBER.search(_plain(text))
    _, digits, thousands = found.groups() if found else ("", "", "")
    return math.pow(10.0, -len(digits.partition(".")[2])) * (1000.0 if thousands else 1.0)


def _plain(text: str) -> str:
    return text.replace("\u2212", "-").replace("\u221e", "inf").replace(",", ".")


def _decibels(gain: float) -> str:
    return "%.2f dB" % (20.0 * math.log10(gain)) if gain > 0.0 else "-inf dB"


# --- What we keep in the project ---------------------------------------------------------------------------------


def _with_guids(state: dict[str, Any] | None, targets: list[_Target]) -> dict[str, Any] | None:
    """The state with the GUIDs that REAPER gave to our plug-ins."""
    if state is not None:
        for target in targets:
            known = state["tracks"].get(target.wanted["guid"])
            if known is not None:
                known["fx"].update(target.known_guids())
    return state


def _read_state(project: str) -> dict[str, Any] | None:
    values = _state_values(project)
    text = "".join(value for key, value in values.items() if key.startswith("STATE_"))
    try:
        state = json.loads(zlib.decompress(base64.b64decode(text)))
    except (ValueError, zlib.error):
        return None
    return state if isinstance(state, dict) else None


def _write_state(project: str, state: dict[str, Any] | None, targets: list[_Target]) -> None:
    """Keep the state in the same form as a project file that was mixed without REAPER (hosts/rpp/saved.py).

    Beside it, `SHOWN`: the plug-ins whose values had to be found by what is shown.
    """
    state = _with_guids(state, targets)
    old = _state_values(project)
    new = {key: old[key] for key in old if key != "SHOWN"}
    if state != _read_state(project):
        new = _packed(state) if state is not None else {}
    shown = {guid: pair for target in targets for guid, pair in target.inexact().items()}
    if shown and state is not None:
        new["SHOWN"] = json.dumps(shown, separators=(",", ":"))
    if old and not new:
        rpr.RPR_SetProjExtState(project, _SECTION, "", "")  # takes the section out, too
        return
    for key in [key for key in old if key not in new] + [key for key in new if new[key] != old.get(key)]:
        rpr.RPR_SetProjExtState(project, _SECTION, key, new.get(key, ""))


def _packed(state: dict[str, Any]) -> dict[str, str]:
    data = zlib.compress(json.dumps(state, separators=(",", ":"), allow_nan=False).encode("ascii"), 9)
    text = base64.b64encode(data).decode("ascii")
    parts = [text[start : start + _STATE_VALUE_LENGTH] for start in range(0, len(text), _STATE_VALUE_LENGTH)]
    return dict({f"STATE_{number}": part for number, part in enumerate(parts, 1)}, SCHEMA=_STATE_SCHEMA)


# --- reaper_python -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _lenient_text() -> Iterator[None]:
    """Texts that are not UTF-8 (old names) come with their bytes as they are, instead of an error."""
    with _replaced("rpr_unpacks", lambda buffer: buffer.value.decode("utf-8", "surrogateescape")):
        yield


@contextlib.contextmanager
def _buffers_of(size: int) -> Iterator[None]:
    """Texts that are written to have this many bytes."""
    if size == _BUFFER:
        yield
        return
    with _replaced("rpr_packs", lambda text: ctypes.create_string_buffer(str(text).encode(), size)):
        yield


@contextlib.contextmanager
def _replaced(name: str, function: Any) -> Iterator[None]:
    before = getattr(rpr, name, None)
    setattr(rpr, name, function if before is not None else None)
    try:
        yield
    finally:
        setattr(rpr, name, before)


_OPERATIONS = {"snapshot": snapshot, "apply": apply, "verify": verify, "revert": apply}
