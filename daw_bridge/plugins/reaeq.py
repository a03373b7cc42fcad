"""ReaEQ: its settings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class BandKind(IntEnum):
    """Band types as numbered in a saved state and in `BANDTYPEn` (plugins.md, ReaEQ)."""

    LOW_SHELF = 0
    HIGH_SHELF = 1
    BAND_ALT_2 = 2
    LOW_PASS = 3
    HIGH_PASS = 4
    ALL_PASS = 5
    NOTCH = 6
    BAND_PASS = 7
    BAND = 8
    BAND_ALT = 9
    PARALLEL_BAND_PASS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One band. `gain_db` is ignored by passes, all-pass and notch."""

    kind: BandKind = BandKind.BAND
    frequency_hz: float
    gain_db: float = 0.0
    bandwidth_oct: float = 2.0
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaEq:
    """The bands from left to right and the global gain."""

    bands: tuple[Band, ...]
    gain_db: float = 0.0
