"""Targets taken from a finished recording: a vocal, with or without its backing, or only a whole mix.

A vocal decides: what it is measured to be is the target, and no preset's offset is added. A mix tells less, and
only bends what the predictor says. What neither tells (attack and release, dampening) stays the predictor's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from predictors.reference.heard import (
    MIX_TELLS,
    VOCAL_TELLS,
    MixReference,
    Reference,
    VocalReference,
)
from predictors.reference.mix import by_mix
from predictors.reference.vocal import by_vocal

if TYPE_CHECKING:
    from predictors.analysis import SessionAnalysis
    from predictors.targets import Targets

__all__ = ["MIX_TELLS", "VOCAL_TELLS", "MixReference", "Reference", "VocalReference", "follow", "notes"]


def follow(reference: Reference, analysis: SessionAnalysis, said: Mapping[str, Targets]) -> Mapping[str, Targets]:
    """What was `said` for each aspect, replaced or bent by what the reference tells of it."""
    match reference:
        case VocalReference():
            told = by_vocal(reference, analysis, said)
            return {aspect: told if aspect in reference.decides else said[aspect] for aspect in said}
        case MixReference():
            return by_mix(reference, analysis, said)


def notes(reference: Reference) -> tuple[str, ...]:
    """What was taken from the reference, what was measured and what estimated, and what it does not tell."""
    unsure = "reverb" in reference.aspects and not reference.tells_room
    room = "" if unsure or "reverb" not in reference.aspects else "its room estimated"
    if room and isinstance(reference, VocalReference) and reference.dry:
        room = "no reverb heard in its pauses"
    match reference:
        case VocalReference():
            names = {"level": "level over its backing", "eq": "spectrum", "dynamics": "block range"}
            measured = ", ".join(names[aspect] for aspect in reference.decides if aspect in names)
            taken = [f"{measured} measured" if measured else "", room]
            last = ""
        case MixReference():
            taken = ["its overall balance measured" if "eq" in reference.aspects else "", room]
            lufs = reference.mix.loudness.integrated_lufs
            last = (
                f" Its loudness of {lufs:.1f} LUFS is only told, for no master is set here;"
                " level and compression of its vocal cannot be heard in a mix."
            )
    said = f"From the reference {reference.name}: {'; '.join(filter(None, taken)) or 'nothing'}.{last}"
    lost = f"The pauses of {reference.name} do not tell its room: the reverb is as it would be without a reference."
    return (said, lost) if unsure else (said,)
