"""Every value that was set, as REAPER shows it, with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daw_bridge.plugins import BandKind, ReaComp, ReaEq, ReaVerbate, Settings
from daw_bridge.plugins.parameters import (
    KIND_NAMES,
    PASSES,
    REACOMP,
    REAVERBATE,
    Parameter,
    band_parameters,
    band_values,
    describe,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from daw_bridge.plan import UserChange
    from daw_bridge.report.heard import Mixed, TrackHeard

_LEFT_ALONE = {
    "comp.pre_comp_ms": "No look-ahead.",
    "comp.detector_low_pass_hz": "The detector hears the whole voice.",
    "comp.detector_high_pass_hz": "The detector hears the whole voice.",
    "comp.dry_db": "Only the compressed voice is heard.",
    "comp.auto_make_up": "Wet gives back what is taken.",
    "comp.auto_release": "The release stays as it is set.",
    "verb.dry_db": "The voice itself stays as loud as it is.",
    "verb.width": "The full width of the room.",
}
"""Why parameters that no predictor speaks of stand where they stand."""

_FRESH: Mapping[str, Settings] = {"comp": ReaComp(), "verb": ReaVerbate()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value: `place` is the plug-in or the fader, `value` what REAPER shows."""

    place: str
    name: str
    value: str
    why: str


def track_values(made: Mixed, heard: TrackHeard) -> list[Value]:
    """The fader and every parameter of ours on one track, in the order of the chain."""
    guid = heard.track.guid.upper()
    plan = next(track for track in made.plan.tracks if track.guid.upper() == guid)
    by_hand = {change.field: _by_hand(change) for change in made.kept if change.guid.upper() == guid}
    why = {**plan.why, **by_hand}
    fader = Value(
        place="Fader",
        name="Volume",
        value=f"{heard.track.fader.volume_db:+.2f} dB",
        why=why.get("fader_db", ""),
    )
    rows = [fader]
    if heard.eq is not None:
        rows += _eq_values(heard.eq, why)
    for key, place, settings, table in (
        ("comp", "ReaComp", heard.comp, REACOMP),
        ("verb", "ReaVerbate", heard.verb, REAVERBATE),
    ):
        if settings is not None:
            rows += _values(key, place, settings, table, why)
        elif key in why:
            rows.append(Value(place=place, name="", value="not used", why=why[key]))
    return rows


def _by_hand(change: UserChange) -> str:
    if isinstance(change.planned, float) and isinstance(change.value, float):
        return f"You set {change.value:g} by hand; {change.planned:g} was planned."
    return "You changed this by hand."


def _eq_values(eq: ReaEq, why: Mapping[str, str]) -> Iterator[Value]:
    for slot, band in enumerate(eq.bands):
        parameters = band_parameters(slot, band.kind)
        shown = [parameter.text(value) for parameter, value in zip(parameters, band_values(band), strict=True)]
        if band.kind in PASSES:
            del shown[1]
        high_pass = band.kind is BandKind.HIGH_PASS and "eq.high_pass" in why
        yield Value(
            place="ReaEQ",
            name=f"{slot + 1}: {KIND_NAMES[band.kind]}" + ("" if band.enabled else " (off)"),
            value=", ".join(shown),
            why=why["eq.high_pass"] if high_pass else why.get("eq", ""),
        )


def _values(
    key: str, place: str, settings: Settings, table: Iterable[Parameter], why: Mapping[str, str]
) -> Iterator[Value]:
    shown = describe(settings)
    for parameter in table:
        path = f"{key}.{parameter.field}"
        fresh = getattr(settings, parameter.field) == getattr(_FRESH[key], parameter.field)
        reason = why.get(path) or (_LEFT_ALONE.get(path, "") if fresh else "As it was set by hand.")
        yield Value(place=place, name=parameter.name, value=shown[parameter.field], why=reason)
