"""The late part of a response as ReaVerbate: by its energy over time and frequency, and by its echoes."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from scipy import fft

from daw_bridge.audio import Samples
from daw_bridge.errors import AudioFileError
from daw_bridge.matching.impulse_response import reverb_settings_for
from daw_bridge.matching.response import DIRECT_S, Array
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.reaverbate_sound import impulse_response

FAINTEST_DB = -40.0
"""A tail with so little energy, against the direct sound, is none."""

_SAME_ECHOES = 0.3
"""The least correlation with ReaVerbate's echoes; those of other reverbs came to 0.1 at most (measured)."""

_LOW_CUT_HZ, _HIGH_CUT_HZ = 30.0, 18000.0
_LONGEST_DELAY_S = 0.5


@dataclass(frozen=True, slots=True)
class TailFit:
    """The reverb, and whether its very echoes are in the tail: then the rest can be found by waveform."""

    verb: ReaVerbate
    same_echoes: bool


def fit_tail(tail: Samples, weights: Array, rate: int, *, seed: int) -> TailFit | None:
    """The reverb beside a direct sound of 0 dB whose tail, (sides, frames) from the direct sound on, this is.

    `weights` say how much the lines of a spectrum count, from 0 to half the rate. None where there is no reverb.
    """
    energy = float(np.square(tail, dtype=np.float64).sum()) / len(tail)
    if energy < 10.0 ** (FAINTEST_DB / 10.0):
        return None
    start = round(DIRECT_S * rate)
    try:
        found = reverb_settings_for(tail[:, start:], rate, seed=seed).settings
    except AudioFileError:
        return None
    delay_ms = min(found.pre_delay_ms + 1000.0 * DIRECT_S, 500.0)
    verb = dataclasses.replace(found, dry_db=0.0, pre_delay_ms=delay_ms)
    frames, likeness = _echoes(tail, verb, weights, rate)
    if likeness < _SAME_ECHOES:
        return TailFit(verb, same_echoes=False)
    verb = dataclasses.replace(
        verb,
        pre_delay_ms=1000.0 * frames / rate,
        low_cut_hz=max(verb.low_cut_hz, _LOW_CUT_HZ),
        high_cut_hz=min(verb.high_cut_hz, _HIGH_CUT_HZ),
    )
    return TailFit(verb, same_echoes=True)


def _echoes(tail: Samples, verb: ReaVerbate, weights: Array, rate: int) -> tuple[int, float]:
    """By how many frames ReaVerbate's echoes lie later in the tail, and how like they are there."""
    engine = impulse_response(dataclasses.replace(verb, pre_delay_ms=0.0), rate).sum(axis=1)
    engine = engine.mean(axis=0, keepdims=True) if len(tail) == 1 else engine
    size = fft.next_fast_len(tail.shape[1] + engine.shape[1], real=True)
    lines = np.interp(np.linspace(0.0, 1.0, size // 2 + 1), np.linspace(0.0, 1.0, weights.size), weights)
    wanted, ours = fft.rfft(tail, size), fft.rfft(engine, size)
    curve = fft.irfft((wanted * ours.conj()).sum(axis=0) * lines, size)[: round(_LONGEST_DELAY_S * rate)]
    norm = math.sqrt(_energy(wanted, lines, size) * _energy(ours, lines, size))
    at = int(np.argmax(curve))
    return at, float(curve[at]) / max(norm, 1e-30)


def _energy(spectra: Array, lines: Array, size: int) -> float:
    return float(2.0 * np.sum(np.square(np.abs(spectra)).sum(axis=0) * lines)) / size
