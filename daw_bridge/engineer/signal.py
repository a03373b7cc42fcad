"""A track's sound at one point of its chain, measured once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from daw_bridge.mixer import as_gain
from predictors.analysis import block_range_db, masked_lufs
from predictors.loudness import integrated_lufs, measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daw_bridge.audio import Samples
    from daw_bridge.plugins import Settings

Mask = NDArray[np.bool_]
Power = NDArray[np.float64]

ONE_CHANNEL_LU = 10.0 * float(np.log10(2.0))
"""How much louder two equal channels measure than one (BS.1770 adds the channels' power)."""


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """Samples, float32 (1 or 2, frames), and their K-weighted power per 100 ms block as REAPER plays them.

    A single channel counts as two equal ones: a mono item sounds from both speakers. `gain` is still to be
    applied to `raw` (it is in `power` already), so that trying a fader costs nothing.
    """

    raw: Samples
    rate: int
    power: Power
    gain: float = 1.0

    @classmethod
    def measured(cls, samples: Samples, rate: int) -> Signal:
        """The signal with its block powers measured in one pass."""
        return cls(samples, rate, measure(samples, rate, dual_mono=True).block_power)

    @property
    def samples(self) -> Samples:
        """The samples with the gain applied."""
        return self.raw if self.gain == 1.0 else self.raw * np.float32(self.gain)

    def scaled(self, gain_db: float) -> Signal:
        """The same signal louder or softer."""
        if gain_db == 0.0:
            return self
        gain = as_gain(gain_db)
        return Signal(self.raw, self.rate, self.power * gain**2, self.gain * gain)

    @property
    def integrated_lufs(self) -> float:
        """BS.1770 integrated loudness."""
        return integrated_lufs(self.power)

    @property
    def one_channel_lufs(self) -> float:
        """Integrated loudness of one of two equal channels: what a compressor's detector sees."""
        return self.integrated_lufs - ONE_CHANNEL_LU

    def lufs_over(self, mask: Mask) -> float:
        """Loudness over the blocks of a mask."""
        return masked_lufs(self.power, mask)

    def range_over(self, mask: Mask) -> float:
        """Range of the block levels over a mask, in dB."""
        return block_range_db(self.power, mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What one plug-in became: its settings (None: not used), its output, why, and what was measured."""

    settings: Settings | None
    output: Signal
    why: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, float] = field(default_factory=dict)
