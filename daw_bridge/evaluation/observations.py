"""What was observed: a prediction beside what would have been right, of one song."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

DO_NOTHING = "do nothing"
CONSTANT = "constant"
"""The baselines that every predictor stands beside."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """`what` was predicted by `who` for a song of this `group`; the first axis counts the trials."""

    what: str
    who: str
    group: str
    predicted: Array
    true: Array

    @classmethod
    def of(cls, what: str, who: str, group: str, predicted: ArrayLike, true: ArrayLike = 0.0) -> Observation:
        """One trial. Without `true`, what was predicted is an error, which should be 0."""
        values = np.asarray([predicted], dtype=np.float64)
        return cls(what, who, group, values, np.broadcast_to(np.asarray(true, dtype=np.float64), values.shape))
