"""Decibels and linear gain."""

from __future__ import annotations

import math


def decibels(amplitude: float) -> float:
    """A linear amplitude in dB; 0 and below give -inf."""
    return 20.0 * math.log10(amplitude) if amplitude > 0.0 else -math.inf


def amplitude(gain_db: float) -> float:
    """A gain in dB as a linear amplitude; -inf gives 0."""
    return math.pow(10.0, gain_db / 20.0)
