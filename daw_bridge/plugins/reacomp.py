"""ReaComp: its settings."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaComp:
    """ReaComp's parameters in the units that it shows.

    `wet_db` is the output gain and thus the make-up (at most +6.02 dB). `ratio` may be `math.inf`.
    """

    threshold_db: float = 0.0
    ratio: float = 4.0
    attack_ms: float = 3.0
    release_ms: float = 100.0
    pre_comp_ms: float = 0.0
    rms_ms: float = 5.0
    knee_db: float = 0.0
    detector_low_pass_hz: float = 20000.0
    detector_high_pass_hz: float = 0.0
    auto_make_up: bool = False
    auto_release: bool = False
    dry_db: float = -math.inf
    wet_db: float = 0.0
