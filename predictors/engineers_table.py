"""The table behind the `engineers` predictor: distributions over professional chains, averages over MUSDB18.

Made by `training/derive_engineers.py`; sources and licences in NOTICE-engineers.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from predictors.targets import OCTAVES_HZ

Array = NDArray[np.float64]

TABLE = Path(__file__).with_name("engineers_table.json")


@dataclass(frozen=True, slots=True)
class Spread:
    """How a quantity is distributed over the chains."""

    levels: tuple[float, ...]
    values: tuple[float, ...]

    def at(self, quantile: float) -> float:
        """The value that this part (0 to 1) of the chains stays under, within the 10th and 90th percentile."""
        return float(np.interp(quantile, self.levels, self.values))

    @property
    def median(self) -> float:
        """The value in the middle."""
        return self.at(0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineersTable:
    """What `chains` professional chains do to a vocal, and what a mixed vocal is like on average.

    Attack and release are time constants (63 %). The arrays have a value for each of `OCTAVES_HZ`:
    `eq_db`, `eq_low_db` and `eq_high_db` are the median, 10th and 90th percentile of the chains' EQ against 1 kHz
    (beyond 125 Hz and 8 kHz the values there); `vocal_db` is relative to its own total;
    `masking_db` is backing over vocal when both are equally loud.
    """

    chains: int
    threshold_below_lufs_db: Spread
    ratio: Spread
    attack_ms: Spread
    release_ms: Spread
    rt60_s: Spread
    rt60_8k_over_1k: Spread
    wet_lu: Spread
    eq_db: Array
    eq_low_db: Array
    eq_high_db: Array
    vocal_db: Array
    masking_db: Array


@cache
def engineers_table() -> EngineersTable:
    """The table that lies beside this module, read once."""
    raw = json.loads(TABLE.read_text(encoding="utf-8"))
    levels = tuple(raw["quantiles"])
    spreads = (
        "threshold_below_lufs_db",
        "ratio",
        "attack_ms",
        "release_ms",
        "rt60_s",
        "rt60_8k_over_1k",
        "wet_lu",
    )
    eq = raw["eq_over_1khz_db"]
    curves = [Spread(levels, tuple(eq[f"{min(max(hz, 125.0), 8000.0):g}"])) for hz in OCTAVES_HZ]
    return EngineersTable(
        chains=raw["chains"],
        **{name: Spread(levels, tuple(raw[name])) for name in spreads},
        eq_db=np.array([curve.median for curve in curves]),
        eq_low_db=np.array([curve.at(0.1) for curve in curves]),
        eq_high_db=np.array([curve.at(0.9) for curve in curves]),
        vocal_db=np.array(raw["average_vocal_db"]),
        masking_db=np.array(raw["average_masking_db"]),
    )
