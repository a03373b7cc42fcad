"""Finished recordings as they were heard, and what they tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from predictors.analysis import TrackAnalysis
    from predictors.reverberance import Reverberance

VOCAL_TELLS = ("level", "eq", "dynamics", "reverb")
MIX_TELLS = ("eq", "reverb")


DRY_LU = -25.0
"""A room this far under the voice is not heard under a backing: 9 of 10 professional chains have 19 or less."""

LOUDEST_ROOM_LU = -8.0
"""In a mix, what rings louder than this are drums and strings themselves: stems of five songs have -5 to -7 LU."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VocalReference:
    """A finished vocal, and what is wanted of it. `relative_loudness_lu`: over its backing; None without one.

    `our_room` is what our own voice has already, where that is known.
    """

    name: str
    vocal: TrackAnalysis
    relative_loudness_lu: float | None
    room: Reverberance
    aspects: tuple[str, ...] = VOCAL_TELLS
    our_room: Reverberance | None = None

    @property
    def dry(self) -> bool:
        """Whether its pauses say that it has no reverb, apart from a room shorter than they can tell."""
        return self.room.wet_lu < DRY_LU if self.room.sure else self.room.at_most_lu < DRY_LU

    @property
    def tells_room(self) -> bool:
        """Whether its pauses say enough of its reverb."""
        return self.room.sure or self.dry

    @property
    def decides(self) -> tuple[str, ...]:
        """The aspects that are taken from it."""
        return tuple(
            aspect
            for aspect in self.aspects
            if not (aspect == "level" and self.relative_loudness_lu is None)
            and not (aspect == "reverb" and not self.tells_room)
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixReference:
    """A finished mix, and what is wanted of it."""

    name: str
    mix: TrackAnalysis
    room: Reverberance
    aspects: tuple[str, ...] = MIX_TELLS

    @property
    def tells_room(self) -> bool:
        """Whether what rings in it is a room, and not the instruments."""
        return self.room.sure and self.room.wet_lu <= LOUDEST_ROOM_LU

    @property
    def decides(self) -> tuple[str, ...]:
        """None: a mix only bends what the predictor says."""
        return ()


Reference = VocalReference | MixReference
