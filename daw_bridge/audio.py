"""Audio in memory, and the doors to audio files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Audio samples, float32, shape (channels, frames)."""


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Samples of shape (channels, frames), float32, full scale 1.0, and their rate in Hz."""

    samples: Samples
    rate: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1] / self.rate)
