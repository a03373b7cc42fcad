"""What sounds between the phrases of a voice, breath, room and hiss: EQ and compressor lift it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from predictors.loudness import ABSOLUTE_GATE_LUFS, power

if TYPE_CHECKING:
    from daw_bridge.engineer.signal import Mask, Signal

MOST_LIFT_DB = 12.0
"""How much louder it may get against the voice. Six real vocals (lead and backing choirs, a solo voice) get 4 to
11 dB of both predictors, so that this stands in the way of odd recordings only. The limit is ours."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pauses:
    """The blocks of a dry voice between its phrases that are not silent, and how they stood against the phrases."""

    voice: Mask
    blocks: Mask
    stood_db: float

    @classmethod
    def of(cls, dry: Signal, voice: Mask) -> Pauses:
        """The pauses of a voice that is active in these blocks."""
        blocks = ~voice & (dry.power > power(ABSOLUTE_GATE_LUFS))
        return cls(voice=voice, blocks=blocks, stood_db=dry.lufs_over(blocks) - dry.lufs_over(voice))

    def lift_db(self, signal: Signal) -> float:
        """By how much they are louder against the phrases in `signal` than before; 0 where there are none."""
        if not math.isfinite(self.stood_db):
            return 0.0
        return signal.lufs_over(self.blocks) - signal.lufs_over(self.voice) - self.stood_db
