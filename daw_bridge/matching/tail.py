"""The late part of a response as ReaVerbate: by its energy over time and frequency, and by its echoes."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from scipy import fft

from daw_bridge.audio import Samples
from daw_bridge.engineer.reverb import MAX_WET_DB
from daw_bridge.engineer.signal import Signal
from daw_bridge.errors import AudioFileError
from daw_bridge.matching.chain import as_heard
from daw_bridge.matching.impulse_response import reverb_settings_for
from daw_bridge.matching.response import Array, at_lines, convolved, heard_lines
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.reaverbate_sound import impulse_response
from daw_bridge.plugins.sound import process_all

FAINTEST_DB = -40.0
"""A tail with so little energy, against the direct sound, is none."""

_SAME_ECHOES = 0.3
"""The least correlation with ReaVerbate's echoes; those of other reverbs came to 0.1 at most (measured)."""

_LOW_CUT_HZ, _HIGH_CUT_HZ = 30.0, 18000.0
_LONGEST_DELAY_S = 0.5
_LOWEST_HZ = 50.0


@dataclass(frozen=True, slots=True)
class TailFit:
    """The reverb, and whether its very echoes are in the tail: then the rest can be found by waveform."""

    verb: ReaVerbate
    same_echoes: bool


def fit_tail(tail: Samples, source: Samples, rate: int, *, seed: int) -> TailFit | None:
    """The reverb that has this `tail`, (sides, frames) from a direct sound of 0 dB on, with `source` at its input.

    None where there is no reverb. Its dry is 0 dB, or lower where its wet would not go higher.
    """
    energy = float(np.square(tail, dtype=np.float64).sum()) / len(tail)
    if energy < 10.0 ** (FAINTEST_DB / 10.0):
        return None
    heard = heard_lines(source, rate)
    tail = _filtered(tail, heard)
    try:
        found = reverb_settings_for(tail, rate, seed=seed).settings
    except AudioFileError:
        return None
    verb = dataclasses.replace(found, dry_db=0.0)
    frames, likeness = _echoes(tail, verb, heard, rate)
    if likeness < _SAME_ECHOES:
        return TailFit(_as_loud(verb, tail, source, rate), same_echoes=False)
    verb = dataclasses.replace(
        verb,
        pre_delay_ms=1000.0 * frames / rate,
        low_cut_hz=max(verb.low_cut_hz, _LOW_CUT_HZ),
        high_cut_hz=min(verb.high_cut_hz, _HIGH_CUT_HZ),
    )
    return TailFit(verb, same_echoes=True)


def _filtered(tail: Samples, heard: Array) -> Samples:
    """Without the frequencies at which the response is anyone's guess."""
    size = fft.next_fast_len(tail.shape[1], real=True)
    lines = fft.rfft(tail, size)
    kept = fft.irfft(lines * np.square(at_lines(heard, lines.shape[1])), size)
    return np.asarray(kept[:, : tail.shape[1]], np.float32)


def _as_loud(verb: ReaVerbate, tail: Samples, source: Samples, rate: int) -> ReaVerbate:
    """With the wet level at which its sound, K-weighted, is as loud as that of the tail."""
    alone = dataclasses.replace(verb, dry_db=-math.inf)
    wanted, ours = convolved(source, tail), as_heard(process_all(alone, source, rate), len(tail))
    power = [float(Signal.of(sound, rate).power.sum()) for sound in (wanted, ours)]
    wet_db = verb.wet_db + 10.0 * math.log10(power[0] / power[1])
    lower_db = max(wet_db - MAX_WET_DB, 0.0)
    return dataclasses.replace(verb, wet_db=wet_db - lower_db, dry_db=-lower_db + 0.0)


def _echoes(tail: Samples, verb: ReaVerbate, heard: Array, rate: int) -> tuple[int, float]:
    """By how many frames ReaVerbate's echoes lie later in the tail, and how like they are there."""
    engine = impulse_response(dataclasses.replace(verb, pre_delay_ms=0.0), rate).sum(axis=1)
    engine = engine.mean(axis=0, keepdims=True) if len(tail) == 1 else engine
    size = fft.next_fast_len(tail.shape[1] + engine.shape[1], real=True)
    # All octaves alike.
    lines = at_lines(heard, size // 2 + 1) / (fft.rfftfreq(size, 1.0 / rate) + _LOWEST_HZ)
    wanted, ours = fft.rfft(tail, size), fft.rfft(engine, size)
    curve = fft.irfft((wanted * ours.conj()).sum(axis=0) * lines, size)[: round(_LONGEST_DELAY_S * rate)]
    norm = math.sqrt(_energy(wanted, lines, size) * _energy(ours, lines, size))
    at = int(np.argmax(curve))
    return at, float(curve[at]) / max(norm, 1e-30)


def _energy(spectra: Array, lines: Array, size: int) -> float:
    return float(2.0 * np.sum(np.square(np.abs(spectra)).sum(axis=0) * lines)) / size
