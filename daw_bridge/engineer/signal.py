"""A track's sound at one point of its chain, measured once."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from daw_bridge.decibels import amplitude
from predictors.analysis import block_range_db, masked_lufs
from predictors.loudness import Loudness, LoudnessMeter, integrated_lufs, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from daw_bridge.audio import Samples
    from daw_bridge.plugins import Settings

Mask = NDArray[np.bool_]
Power = NDArray[np.float64]

BLOCK_FRAMES = 1 << 15
"""Sums are made in pieces that stay in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """Samples, float32 (1 or 2, frames), and their loudness as REAPER plays them.

    A single channel counts as two equal ones: a mono item sounds from both speakers. `gain` is still to be
    applied to `raw` and to what was `measured` of it, so that trying a fader costs nothing.
    """

    raw: Samples
    rate: int
    measured: Loudness
    gain: float = 1.0

    @classmethod
    def of(cls, samples: Samples, rate: int) -> Signal:
        """The signal, measured in one pass."""
        return cls(samples, rate, measure(samples, rate, dual_mono=True))

    @classmethod
    def total(cls, signals: Sequence[Signal], out: Samples | None = None) -> Signal:
        """The sum of signals, (2, frames), as long as the longest. One alone stays as it is.

        It may be written to `out`, which may be what one of them is made of.
        """
        if len(signals) == 1:
            return signals[0]
        rate = signals[0].rate
        frames = max(signal.raw.shape[1] for signal in signals)
        samples = np.empty((2, frames), dtype=np.float32) if out is None else out
        meter = LoudnessMeter(rate, 2)
        at = 0
        for block in summed(signals):
            samples[:, at : at + block.shape[1]] = block
            meter.add(block)
            at += block.shape[1]
        return cls(samples, rate, meter.result())

    @property
    def power(self) -> Power:
        """The K-weighted power of each 100 ms block, gain applied."""
        return self.measured.block_power * self.gain**2

    @property
    def samples(self) -> Samples:
        """The samples with the gain applied."""
        return self.raw if self.gain == 1.0 else self.raw * np.float32(self.gain)

    def scaled(self, gain_db: float) -> Signal:
        """The same signal louder or softer."""
        if gain_db == 0.0:
            return self
        return dataclasses.replace(self, gain=self.gain * amplitude(gain_db))

    @property
    def integrated_lufs(self) -> float:
        """BS.1770 integrated loudness."""
        return integrated_lufs(self.power)

    @property
    def one_channel_lufs(self) -> float:
        """Integrated loudness of the louder channel, or of one of two equal ones: what a detector sees."""
        energies = [float(np.vdot(channel, channel)) for channel in self.raw]
        share = max(energies) / sum(energies) if len(energies) == 2 and any(energies) else 0.5
        return self.integrated_lufs + 10.0 * float(np.log10(share))

    def lufs_over(self, mask: Mask) -> float:
        """Loudness over the blocks of a mask."""
        return masked_lufs(self.power, mask)

    def range_over(self, mask: Mask) -> float:
        """Range of the block levels over a mask, in dB."""
        return block_range_db(self.power, mask)


def summed(signals: Sequence[Signal]) -> Iterator[Samples]:
    """The sum of signals in blocks (2, frames), to the end of the longest."""
    frames = max(signal.raw.shape[1] for signal in signals)
    for start in range(0, frames, BLOCK_FRAMES):
        block = np.zeros((2, min(BLOCK_FRAMES, frames - start)), dtype=np.float32)
        for signal in signals:
            piece = signal.raw[:, start : start + BLOCK_FRAMES]
            block[:, : piece.shape[1]] += piece * np.float32(signal.gain)
        yield block


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What one plug-in became: its settings (None: not used), its output, why, and what was measured."""

    settings: Settings | None
    output: Signal
    why: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, float] = field(default_factory=dict)
