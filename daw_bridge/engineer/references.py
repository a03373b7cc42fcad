"""The door for references: finished recordings that are listened to, and not mixed."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daw_bridge.audio import read_audio
from daw_bridge.errors import AudioFileError, PresetError
from predictors.analysis import TrackAnalysis, analyze_track, compare
from predictors.loudness import measure
from predictors.reference import MIX_TELLS, VOCAL_TELLS, MixReference, Reference, VocalReference
from predictors.reverberance import estimate_reverb, voice_mask

if TYPE_CHECKING:
    from daw_bridge.audio import Samples
    from daw_bridge.engineer.listening import Voice
    from daw_bridge.progress import Progress

RATE = 44100
"""At which references are heard: what lies above 20 kHz is not compared."""

LEAST_S = 3.0
"""A shorter one has hardly a phrase: its range and its pauses would be chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceFiles:
    """A finished vocal, perhaps with its backing (both from the same start), or a whole mix.

    `aspects` of "level", "eq", "dynamics" and "reverb" are taken; None takes all that the recordings tell.
    """

    vocal: str | Path | None = None
    backing: str | Path | None = None
    mix: str | Path | None = None
    aspects: Collection[str] | None = None

    def __post_init__(self) -> None:
        if (self.vocal is None) == (self.mix is None) or (self.backing is not None and self.vocal is None):
            raise TypeError("a reference is a vocal, a vocal and its backing, or a mix")

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files themselves."""
        return tuple(Path(path) for path in (self.vocal, self.backing, self.mix) if path is not None)

    @property
    def tells(self) -> tuple[str, ...]:
        """The aspects that such recordings tell something of."""
        if self.vocal is None:
            return MIX_TELLS
        return VOCAL_TELLS if self.backing else tuple(aspect for aspect in VOCAL_TELLS if aspect != "level")

    @property
    def taken(self) -> tuple[str, ...]:
        """The aspects to take. Raises PresetError for one that the recordings do not tell."""
        untold = sorted(set(self.aspects or ()) - set(self.tells))
        if untold:
            raise PresetError(
                f"{', '.join(untold)} cannot be taken from this reference.",
                hint=f"It tells {', '.join(self.tells)}; a vocal with its backing tells {', '.join(VOCAL_TELLS)}.",
            )
        return tuple(aspect for aspect in self.tells if self.aspects is None or aspect in self.aspects)


def hear_reference(files: ReferenceFiles, progress: Progress) -> Reference:
    """Listen to a reference. Raises AudioFileError for one that cannot be used, PresetError as `taken`."""
    aspects = files.taken
    path, *backing = files.paths
    progress(f"{path.name}: listening", 0.0)
    samples = _read(path)
    loudness = measure(samples, RATE, dual_mono=True)
    room = estimate_reverb(samples, RATE)
    mask = None if files.vocal is None else voice_mask(loudness.block_power, room)
    heard = _heard(path, analyze_track(samples, RATE, mask=mask, loudness=loudness))
    if files.vocal is None:
        return MixReference(name=path.name, mix=heard, room=room, aspects=aspects)
    return VocalReference(
        name=path.name,
        vocal=heard,
        relative_loudness_lu=_relative_loudness_lu(heard, path, backing[0]) if backing else None,
        room=room,
        aspects=aspects,
    )


def with_our_room(reference: Reference | None, voices: Sequence[Voice]) -> Reference | None:
    """The reference, told what reverb our own vocals have already: the least of theirs, where all tell it."""
    if not isinstance(reference, VocalReference) or "reverb" not in reference.decides or reference.dry:
        return reference
    rooms = [estimate_reverb(voice.dry.samples, voice.dry.rate) for voice in voices]
    ours = min(rooms, key=lambda room: room.wet_lu) if all(room.sure for room in rooms) else None
    return dataclasses.replace(reference, our_room=ours)


def _relative_loudness_lu(vocal: TrackAnalysis, path: Path, backing: Path) -> float:
    behind = _heard(backing, analyze_track(_read(backing), RATE, mask=vocal.mask))
    relative = compare(vocal, behind).relative_loudness_lu
    if relative is None:
        raise AudioFileError(
            f"{backing} is silent while {path.name} sings.", hint="Both must start at the same moment of the song."
        )
    return relative


def _read(path: Path) -> Samples:
    return read_audio(path, rate=RATE, max_channels=2).samples


def _heard(path: Path, heard: TrackAnalysis) -> TrackAnalysis:
    """The analysis, if there is enough to hear. Raises AudioFileError."""
    if heard.silent:
        raise AudioFileError(f"{path} is silent.", hint="Choose another reference.")
    seconds = min(heard.active_s, heard.duration_s)
    if seconds < LEAST_S:
        raise AudioFileError(
            f"{path} is too short for a reference: it sounds for {seconds:.1f} s, and {LEAST_S:g} s are needed.",
            hint="Choose a longer excerpt.",
        )
    return heard
