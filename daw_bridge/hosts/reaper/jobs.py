"""What to do in REAPER, as plain data for `inside.apply`: how each track should be once the job is done.

A job is made from two documents: the open project as it is, and as the file host would write it. So both hosts
agree on what a plan means, down to the states of the plug-ins.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from daw_bridge.changes import FX_FIELDS
from daw_bridge.decibels import amplitude
from daw_bridge.hosts.rpp import chain
from daw_bridge.hosts.rpp.chain import CHAIN
from daw_bridge.hosts.rpp.channels import track_guids, track_names
from daw_bridge.hosts.rpp.fader import fader_db, fader_text
from daw_bridge.hosts.rpp.own_fx import found_fx
from daw_bridge.hosts.rpp.saved import Saved, SavedTrack, read_saved
from daw_bridge.hosts.rpp.tree import Block, Document
from daw_bridge.plan import FX_NAMES
from daw_bridge.plan_json import encode
from daw_bridge.plugins import ReaComp, ReaEq, Settings, vst
from daw_bridge.plugins.parameters import (
    PASSES,
    REACOMP,
    REAVERBATE,
    Parameter,
    band_parameters,
    band_values,
    global_gain,
)

_PLUGINS = {"eq": "ReaEQ", "comp": "ReaComp", "verb": "ReaVerbate"}

# What older or newer versions call a parameter (plugin-evidence.md, 2.1 and 5.1).
_OTHER_NAMES = {
    "Threshold": ("Thresh",),
    "RMS size": ("RMS",),
    "Auto Make Up Gain": ("AutoMkUp",),
    "Auto Release": ("AutoRel",),
    "Stereo width": ("Width",),
    "Initial delay": ("Delay",),
}
# What REAPER calls these kinds of bands is certain (plugin-evidence.md, 3.1).
_KNOWN_KINDS = frozenset(("Low Shelf", "High Shelf", "Low Pass", "High Pass", "Band"))
# How these are shown is not known well enough to compare: their raw value is.
_NOT_COMPARED_AS_SHOWN = frozenset(("room_size", "dampening", "width", "auto_make_up", "auto_release"))
# What a fresh ReaComp must not take over from the user's default preset: a detector on other inputs, or solo of it.
_NEUTRAL = {"comp": ((8, "SignIn"), (9, "AudIn"), (12, "Filter Preview"))}


def make_job(snapshot: Mapping[str, Any], before: Document, after: Document, *, name: str) -> dict[str, Any]:
    """What turns `before`, which is the project of the snapshot, into `after`; `name` is that of the undo point."""
    old, new = read_saved(before.project), read_saved(after.project)
    known = {guid: name for saved in (old, new) if saved for guid, name in _own_names(saved).items()}
    ours = {guid for saved in (old, new) if saved for guid in saved.tracks}
    tracks = zip(
        track_guids(before.project),
        track_names(before.project),
        before.project.blocks("TRACK"),
        after.project.blocks("TRACK"),
        strict=True,
    )
    return {
        "instance": snapshot["instance"],
        "changes": snapshot["changes"],
        "project": snapshot["project"],
        "name": name,
        "state": encode(new) if new else None,
        "tracks": [
            _track_job(guid, title, then, now, new.tracks.get(guid) if new else None, known)
            for guid, title, then, now in tracks
            if guid in ours or _has_any(then, known)
        ],
    }


def _own_names(saved: Saved) -> dict[str, str]:
    return {guid: FX_NAMES[field] for track in saved.tracks.values() for field, guid in track.fx.items()}


def _has_any(track: Block, known: Mapping[str, str]) -> bool:
    found = track.first(CHAIN)
    return found is not None and any(instance.guid in known for instance in chain.instances(found))


def _track_job(
    guid: str, title: str, before: Block, after: Block, saved: SavedTrack | None, known: Mapping[str, str]
) -> dict[str, Any]:
    settings = found_fx(after, saved) if saved else {}
    fx = [
        _fx_job(field, made, saved.fx[field], before)
        for field in FX_FIELDS
        if saved is not None and (made := settings.get(field)) is not None
    ]
    wanted = {one["guid"] for one in fx}
    return {
        "guid": guid,
        "name": title,
        "gain": amplitude(fader_db(fader_text(after))),
        "fx": fx,
        "without": {guid: name for guid, name in known.items() if guid not in wanted},
    }


def _fx_job(field: str, settings: Settings, guid: str, before: Block) -> dict[str, Any]:
    return {
        "field": field,
        "guid": guid,
        "name": FX_NAMES[field],
        "titles": [f"VST:{_PLUGINS[field]} (Cockos)", f"{_PLUGINS[field]} (Cockos)"],
        "state": base64.b64encode(_state(settings, guid, before)).decode("ascii"),
        "layout": [[int(band.kind), int(band.enabled)] for band in settings.bands]
        if isinstance(settings, ReaEq)
        else None,
        "rows": list(_rows(settings)),
        "neutral": [
            {"by_slot": False, "index": index, "names": [name], "raw": 0.0}
            for index, name in _NEUTRAL.get(field, ())
        ],
    }


def _state(settings: Settings, guid: str, before: Block) -> bytes:
    """The plug-in's own data with these settings: its present ones changed, or fresh ones."""
    instance = chain.find(before.first(CHAIN), guid)
    plugin = instance.plugin if instance else None
    base = vst.parse_vst_body([line.strip() for line in plugin.lines()]) if plugin else None
    return vst.state_from_settings(settings, base).data


def _rows(settings: Settings) -> Iterator[dict[str, Any]]:
    """A row a parameter; what a parameter cannot hold, as a user's own state can, is left as it is."""
    for parameter, value, compared in _values(settings):
        try:
            raw = parameter.raw(value)
        except ValueError:
            continue
        by_slot = isinstance(settings, ReaEq) and parameter.field != "gain_db"
        yield {
            "name": parameter.name,
            "names": [_without_slot(parameter.name)] if by_slot else _names(parameter),
            "index": parameter.index,
            "by_slot": by_slot,
            "raw": raw,
            "shown": float(value) if compared else None,
            "text": parameter.text(value),
        }


def _names(parameter: Parameter) -> list[str]:
    return [parameter.name, *_OTHER_NAMES.get(parameter.name, ())]


def _without_slot(name: str) -> str:
    """`Freq-Band` of `Freq-Band 2`, for the first band's number is sometimes absent; of rare kinds, `Freq-`."""
    kind = name.rstrip("0123456789 ")
    return kind if kind.partition("-")[2] in _KNOWN_KINDS else kind.partition("-")[0] + "-"


def _values(settings: Settings) -> Iterator[tuple[Parameter, float, bool]]:
    """Each parameter, its value, and whether the value can be compared with what the plug-in shows."""
    if isinstance(settings, ReaEq):
        for slot, band in enumerate(settings.bands):
            parameters = band_parameters(slot, band.kind)
            for place, (parameter, value) in enumerate(zip(parameters, band_values(band), strict=True)):
                yield parameter, value, not (place == 1 and band.kind in PASSES)
        yield global_gain(len(settings.bands)), settings.gain_db, True
        return
    for parameter in REACOMP if isinstance(settings, ReaComp) else REAVERBATE:
        yield parameter, getattr(settings, parameter.field), parameter.field not in _NOT_COMPARED_AS_SHOWN
