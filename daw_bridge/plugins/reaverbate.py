"""ReaVerbate: its settings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaVerbate:
    """ReaVerbate's parameters; `room_size`, `dampening` run from 0 to 1, `width` from -1 to 1."""

    wet_db: float = -6.02
    dry_db: float = 0.0
    room_size: float = 0.2941
    dampening: float = 0.5
    width: float = 1.0
    pre_delay_ms: float = 0.0
    low_cut_hz: float = 0.0
    high_cut_hz: float = 20000.0
