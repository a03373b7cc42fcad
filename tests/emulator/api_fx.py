"""ReaScript: the plug-ins of a track."""

# ruff: noqa: N802 - the functions have REAPER's names

from __future__ import annotations

import base64
import struct

from emulator import fx as chains
from emulator.api_tracks import Track
from emulator.app import App, GuidOf, Master
from emulator.binding import Out, out
from emulator.fx import Fx, find_kind
from emulator.nodes import Element, new_element
from emulator.plugins import EQ_API_KINDS, EQ_KINDS, Eq, Parameter, raw_of_hz

_CHAIN_LINES = ("WNDRECT 24 52 655 408", "SHOW 0", "LASTSEL 0", "DOCKED 0")
_AFTER_CHAIN = ("FXCHAIN_REC", "FREEZE", "ITEM")


def _chain(track: Track, *, create: bool = False) -> Element | None:
    owner, name = (track.project.root, "MASTERFXLIST") if isinstance(track, Master) else (track, "FXCHAIN")
    chain = owner.first(name)
    if chain is None and create:
        chain = new_element(owner, name, *_CHAIN_LINES)
        places = (
            n for n, node in enumerate(owner.children) if isinstance(node, Element) and node.name in _AFTER_CHAIN
        )
        owner.insert(next(places, len(owner.children)), chain)
    return chain


def _fx(track: Track, index: int) -> Fx | None:
    listed = chains.instances(_chain(track))
    return listed[index] if 0 <= index < len(listed) else None


def _parameter(track: Track, index: int, place: int) -> tuple[Fx, Parameter] | None:
    found = _fx(track, index)
    parameters = found.parameters() if found else ()
    return (found, parameters[place]) if found and 0 <= place < len(parameters) else None


def TrackFX_GetCount(app: App, track: Track) -> int:
    return len(chains.instances(_chain(track)))


def TrackFX_AddByName(app: App, track: Track, name: str, input_fx: int, instantiate: int) -> int:
    kind = find_kind(name)
    if kind is None or kind.name in app.options.missing_plugins or input_fx:
        return -1
    if instantiate >= 0:
        listed = chains.instances(_chain(track))
        found = next((n for n, one in enumerate(listed) if one.running.kind is kind), None)
        if found is not None or instantiate == 0:
            return -1 if found is None else found
    chain = _chain(track, create=True)
    assert chain is not None
    place = -1000 - instantiate if instantiate <= -1000 else None
    plugin = Eq(app.options.eq_bands) if kind.make is Eq else None
    place = chains.add(chain, kind, place, plugin)
    app.owner(track).changed()
    return place


def TrackFX_GetByName(app: App, track: Track, name: str, instantiate: int) -> int:
    return TrackFX_AddByName(app, track, name, 0, instantiate)


def TrackFX_Delete(app: App, track: Track, index: int) -> int:
    found = _fx(track, index)
    if found is None:
        return 0
    chains.delete(found)
    app.owner(track).changed()
    return 1


def TrackFX_CopyToTrack(app: App, source: Track, index: int, target: Track, place: int, is_move: int) -> None:
    found, chain = _fx(source, index), _chain(target, create=True)
    if found is None or chain is None:
        return
    chains.move(found, chain, place, keep=not is_move)
    app.owner(target).changed()


def TrackFX_GetFXName(app: App, track: Track, index: int, name: str, size: int) -> Out:
    found = _fx(track, index)
    return out(int(found is not None), bufOut=found.name if found else "")


def TrackFX_GetFXGUID(app: App, track: Track, index: int) -> GuidOf | None:
    found = _fx(track, index)
    return app.one(GuidOf(found.element, found.guid)) if found else None


def TrackFX_GetEnabled(app: App, track: Track, index: int) -> int:
    found = _fx(track, index)
    return int(found is not None and found.enabled)


def TrackFX_SetEnabled(app: App, track: Track, index: int, enabled: int) -> None:
    found = _fx(track, index)
    if found is not None:
        found.span.put("BYPASS", 0, "0" if enabled else "1")
        app.owner(track).changed()


def TrackFX_GetOffline(app: App, track: Track, index: int) -> int:
    found = _fx(track, index)
    return int(found is not None and found.offline)


def TrackFX_SetOffline(app: App, track: Track, index: int, offline: int) -> None:
    found = _fx(track, index)
    if found is not None:
        found.span.put("BYPASS", 1, str(int(offline)))
        app.owner(track).changed()


def TrackFX_GetOpen(app: App, track: Track, index: int) -> int:
    return 0


def TrackFX_Show(app: App, track: Track, index: int, how: int) -> None:
    pass


def TrackFX_SetOpen(app: App, track: Track, index: int, is_open: int) -> None:
    pass


# Parameters.


def TrackFX_GetNumParams(app: App, track: Track, index: int) -> int:
    found = _fx(track, index)
    return len(found.parameters()) if found else 0


def TrackFX_GetParamName(app: App, track: Track, index: int, place: int, name: str, size: int) -> Out:
    found = _parameter(track, index, place)
    return out(int(found is not None), bufOut=found[1].name if found else "")


def TrackFX_GetParamIdent(app: App, track: Track, index: int, place: int, ident: str, size: int) -> Out:
    found = _parameter(track, index, place)
    return out(int(found is not None), bufOut=found[0].ident(place) if found else "")


def TrackFX_GetParamFromIdent(app: App, track: Track, index: int, ident: str) -> int:
    found = _fx(track, index)
    number, _, rest = ident.partition(":")
    count = len(found.parameters()) if found else 0
    # REAPER's own parameters are found by `:wet` and the like, too.
    places = range(count) if not number else range(int(number), int(number) + 1) if number.isdigit() else ()
    matches = (place for place in places if found and place < count and found.ident(place).endswith(":" + rest))
    return next(matches, -1)


def TrackFX_GetParam(app: App, track: Track, index: int, place: int, least: float, most: float) -> Out:
    found = _parameter(track, index, place)
    return out(found[0].get(place), minvalOut=0.0, maxvalOut=found[1].maximum) if found else out(0.0)


def TrackFX_GetParamEx(
    app: App, track: Track, index: int, place: int, least: float, most: float, mid: float
) -> Out:
    found = _parameter(track, index, place)
    if not found:
        return out(0.0)
    return out(found[0].get(place), minvalOut=0.0, maxvalOut=found[1].maximum, midvalOut=found[1].mid)


def TrackFX_GetParamNormalized(app: App, track: Track, index: int, place: int) -> float:
    found = _parameter(track, index, place)
    return found[1].normalised(found[0].get(place)) if found else 0.0


def TrackFX_SetParam(app: App, track: Track, index: int, place: int, raw: float) -> int:
    found = _parameter(track, index, place)
    if found is None:
        return 0
    if found[1].name not in app.options.set_param_fails:
        found[0].set(place, raw)
    app.owner(track).changed()
    return 1


def TrackFX_SetParamNormalized(app: App, track: Track, index: int, place: int, value: float) -> int:
    found = _parameter(track, index, place)
    return TrackFX_SetParam(app, track, index, place, found[1].raw(min(max(value, 0.0), 1.0))) if found else 0


def TrackFX_EndParamEdit(app: App, track: Track, index: int, place: int) -> int:
    return int(_parameter(track, index, place) is not None)


def TrackFX_GetParameterStepSizes(
    app: App, track: Track, index: int, place: int, step: float, small: float, large: float, toggle: int
) -> Out:
    return out(0)


def TrackFX_GetFormattedParamValue(app: App, track: Track, index: int, place: int, text: str, size: int) -> Out:
    found = _parameter(track, index, place)
    return out(1, bufOut=_shown(app, found[1], found[0].get(place), unit=False)) if found else out(0)


def TrackFX_FormatParamValue(
    app: App, track: Track, index: int, place: int, value: float, text: str, size: int
) -> Out:
    found = _parameter(track, index, place)
    return out(1, bufOut=_shown(app, found[1], value)) if found else out(0)


def TrackFX_FormatParamValueNormalized(
    app: App, track: Track, index: int, place: int, value: float, text: str, size: int
) -> Out:
    found = _parameter(track, index, place)
    return out(1, bufOut=_shown(app, found[1], found[1].raw(min(max(value, 0.0), 1.0)))) if found else out(0)


def _shown(app: App, parameter: Parameter, raw: float, *, unit: bool = True) -> str:
    """What the plug-in writes: plainly, or with what else has been seen."""
    number, name = parameter.shown(min(raw * (1.0 + app.options.shown_offset), parameter.maximum))
    if name == "Hz" and app.options.kilohertz and float(number) >= 1000.0:
        number, name = f"{float(number) / 1000.0:.2f}", "kHz"
    text = f"{number} {name}" if unit and name else number
    return (
        text.replace("-", "\N{MINUS SIGN}").replace(" ", "\N{NARROW NO-BREAK SPACE}")
        if app.options.odd_display
        else text
    )


# Named values.


def TrackFX_GetNamedConfigParm(app: App, track: Track, index: int, name: str, text: str, size: int) -> Out:
    found = _fx(track, index)
    value = _named(app, found, name) if found else None
    return out(int(value is not None), bufOutNeedBig=value or "")


def _named(app: App, found: Fx, name: str) -> str | None:
    band = _band_number(found, name)
    if band is not None and isinstance(found.plugin, Eq):
        one = found.plugin.bands[band]
        return str(one.kind if name.startswith("BANDTYPE") else one.enabled) if app.options.eq_layout else None
    if name == "vst_chunk":
        has_chunk = app.options.vst_chunk and isinstance(found.plugin, Eq)
        return base64.b64encode(found.plugin.state()).decode() if has_chunk else None
    kind = found.running.kind
    known = {
        "fx_type": found.element.name,
        "fx_name": found.original_name,
        "original_name": found.original_name,
        "renamed_name": found.renamed,
        "fx_ident": f"{kind.file}<{kind.number}" if kind else found.element.words[1],
    }
    return known.get(name)


def TrackFX_SetNamedConfigParm(app: App, track: Track, index: int, name: str, value: str) -> int:
    found = _fx(track, index)
    answer = _set_named(app, found, name, value) if found else 0
    app.owner(track).changed()
    return answer


def _set_named(app: App, found: Fx, name: str, value: str) -> int:
    band = _band_number(found, name)
    if band is not None and isinstance(found.plugin, Eq):
        return _set_band(app, found.plugin.bands[band], name, value)
    if name == "renamed_name":
        found.rename(value)
        return 1
    if name == "vst_chunk" and app.options.vst_chunk and isinstance(found.plugin, Eq):
        try:
            found.plugin.load(base64.b64decode(value, validate=True))
        except (ValueError, struct.error):
            return 0
        return 1
    return 0


def _set_band(app: App, band: object, name: str, value: str) -> int:
    if not app.options.eq_layout or not value.lstrip("-").isdigit():
        return 0
    if name.startswith("BANDTYPE"):
        if int(value) not in EQ_KINDS:
            return 0
        band.kind = int(value)  # type: ignore[attr-defined]
        return 1
    band.enabled = int(value != "0")  # type: ignore[attr-defined]
    return 0 if app.options.band_enabled_lies else 1


def _band_number(found: Fx, name: str) -> int | None:
    digits = name.removeprefix("BANDTYPE").removeprefix("BANDENABLED")
    plugin = found.plugin
    if digits == name or not digits.isdigit() or not isinstance(plugin, Eq) or int(digits) >= len(plugin.bands):
        return None
    return int(digits)


# ReaEQ's own functions, with the other list of kinds.


def TrackFX_GetEQ(app: App, track: Track, instantiate: int) -> int:
    return TrackFX_AddByName(app, track, "ReaEQ", 0, 1 if instantiate else 0)


def TrackFX_GetEQParam(
    app: App, track: Track, index: int, place: int, kind: int, band: int, what: int, value: float
) -> Out:
    found = _fx(track, index)
    if found is None or not isinstance(found.plugin, Eq) or not 0 <= place <= 3 * len(found.plugin.bands):
        return out(0)
    value = TrackFX_GetParamNormalized(app, track, index, place)
    if place == 3 * len(found.plugin.bands):
        return out(1, bandtypeOut=-1, bandidxOut=0, paramtypeOut=1, normvalOut=value)
    slot = place // 3
    stored = found.plugin.bands[slot].kind
    api = next((number for number, kinds in EQ_API_KINDS.items() if stored in kinds), 2)
    before = sum(1 for other in found.plugin.bands[:slot] if other.kind in EQ_API_KINDS[api])
    return out(1, bandtypeOut=api, bandidxOut=before, paramtypeOut=place % 3, normvalOut=value)


def TrackFX_SetEQParam(
    app: App, track: Track, index: int, kind: int, band: int, what: int, value: float, is_normalised: int
) -> int:
    """Not normalised it takes Hz, a linear gain and octaves; reports disagree about the last two."""
    found = _fx(track, index)
    if found is None or not isinstance(found.plugin, Eq):
        return 0
    slot = len(found.plugin.bands) if kind == -1 else found.plugin.api_band(kind, band)
    if slot is None:
        return 0
    place = 3 * slot + (0 if kind == -1 else what)
    if is_normalised:
        return TrackFX_SetParamNormalized(app, track, index, place, value)
    raw = value if kind == -1 else (raw_of_hz(max(value, 20.0)), value / 4.0, value / 4.0)[what]
    return TrackFX_SetParam(app, track, index, place, raw)


def TrackFX_GetEQBandEnabled(app: App, track: Track, index: int, kind: int, band: int) -> int:
    found = _fx(track, index)
    slot = found.plugin.api_band(kind, band) if found and isinstance(found.plugin, Eq) else None
    return 0 if slot is None else found.plugin.bands[slot].enabled  # type: ignore[union-attr]


def TrackFX_SetEQBandEnabled(app: App, track: Track, index: int, kind: int, band: int, enable: int) -> int:
    found = _fx(track, index)
    slot = found.plugin.api_band(kind, band) if found and isinstance(found.plugin, Eq) else None
    if slot is None:
        return 0
    found.plugin.bands[slot].enabled = int(enable)  # type: ignore[union-attr]
    app.owner(track).changed()
    return 1


def TrackFX_GetPreset(app: App, track: Track, index: int, name: str, size: int) -> Out:
    return out(1, presetnameOut="")


def TrackFX_GetInstrument(app: App, track: Track) -> int:
    return -1


def TrackFX_GetIOSize(app: App, track: Track, index: int, inputs: int, outputs: int) -> Out:
    found = _fx(track, index)
    kind = found.running.kind if found else None
    return out(0 if kind else -1, inputPinsOut=kind.inputs if kind else 0, outputPinsOut=2 if kind else 0)
