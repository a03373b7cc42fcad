"""What is left of a mix as a track's ReaVerbate: its echoes always lie at the same times, so phases tell of them.

The level follows in closed form, and the two cuts from the same sums over bands; only room size and dampening have
to be sought by playing.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable

import numpy as np
from scipy import signal
from scipy.optimize import minimize

from daw_bridge.audio import Samples
from daw_bridge.decibels import decibels
from daw_bridge.matching.delays import Side, find_delay
from daw_bridge.matching.products import Array, Grid, Products, counts, inner_products, octave_edges
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.sound import process_all

Sides = tuple[Side, ...]
Place = Callable[[Samples], Sides]
"""Takes what a chain gives to the sides of the mix."""

_GRID = Grid(frame_s=0.18, pooled=8, edges_hz=octave_edges(60.0, 16000.0, 3))

_LONGEST_DELAY_S = 0.25
_CLEAR = 9.0
"""How far echoes must stand out of chance, in standard deviations."""

_FAINTEST_DB = -45.0
"""A reverb this far under what goes into it is not heard."""

_FIRST = ReaVerbate(wet_db=0.0, dry_db=-math.inf, room_size=0.65, dampening=0.5)
_LOW_CUTS_HZ = (0.0, 60.0, 100.0, 150.0, 200.0, 300.0, 450.0, 700.0)
_HIGH_CUTS_HZ = (20000.0, 14000.0, 11000.0, 9000.0, 7000.0, 5500.0, 4000.0, 2500.0)
_MOST_WET_DB = 6.0
_TRIES = 28
_BESIDE = (-2, -1, 1, 2)
"""By how many frames the initial delay may be off: an EQ's phases look like a shift."""

_CUT_WORTH = 1e-4
"""The share of what is left that a cut has to take away."""


def fit_echoes(
    dry: Samples, place: Place, left: Sides, rate: int, start: ReaVerbate | None = None
) -> ReaVerbate | None:
    """The reverb of `dry`, which is what goes into it, that explains most of what is left; None where none does.

    `start` is one that is nearly right. The dry sound beside it is at 0 dB.
    """
    if start is None:
        wet = place(process_all(_FIRST, dry, rate))
        delay = find_delay(left, wet, rate, (0, round(_LONGEST_DELAY_S * rate)))
        if delay.clearness < _CLEAR:
            return None
        first = dataclasses.replace(_FIRST, pre_delay_ms=1000.0 * delay.frames / rate)
        if not _audible(_best_cuts(first, dry, place, left, rate)[1], dry, rate):
            return None
    else:
        first = dataclasses.replace(start, wet_db=0.0, dry_db=-math.inf)

    def judged(values: Array) -> float:
        return _best_cuts(_room(first, values), dry, place, left, rate)[0]

    at = np.array([first.room_size, first.dampening])
    steps = np.array([[0.0, 0.0], [0.12 if at[0] < 0.8 else -0.12, 0.0], [0.0, 0.3]]) * (0.3 if start else 1.0)
    options = {"maxfev": _TRIES // 2 if start else _TRIES, "xatol": 0.004, "initial_simplex": at + steps}
    found = minimize(judged, at, method="Nelder-Mead", options=options)
    there = _room(first, found.x)
    tried = [_best_cuts(_later(there, frames, rate), dry, place, left, rate) for frames in (0, *_BESIDE)]
    cost, verb = min(tried, key=lambda one: one[0])
    if cost >= 0.0 or not _audible(verb, dry, rate):
        return None
    return dataclasses.replace(verb, dry_db=0.0)


def _audible(verb: ReaVerbate, dry: Samples, rate: int) -> bool:
    return _energy_db(process_all(verb, dry, rate)) - _energy_db(dry) > _FAINTEST_DB


def _later(verb: ReaVerbate, frames: int, rate: int) -> ReaVerbate:
    return dataclasses.replace(verb, pre_delay_ms=max(verb.pre_delay_ms + 1000.0 * frames / rate, 0.0))


def _energy_db(samples: Samples) -> float:
    return 10.0 * math.log10(float(np.mean(np.square(samples))) + 1e-30)


def _room(verb: ReaVerbate, values: Array) -> ReaVerbate:
    return dataclasses.replace(
        verb,
        room_size=round(float(np.clip(values[0], 0.0, 1.0)), 4),
        dampening=round(float(np.clip(values[1], 0.0, 1.0)), 3),
        low_cut_hz=0.0,
        high_cut_hz=20000.0,
    )


def _best_cuts(verb: ReaVerbate, dry: Samples, place: Place, left: Sides, rate: int) -> tuple[float, ReaVerbate]:
    """The change of what is left, as a share of it, with the cuts and the level that take most away."""
    wet = place(process_all(verb, dry, rate))
    sums = [inner_products(pair, rate, _GRID).sum(axis=0) for pair in zip(wet, left, strict=True)]
    both = np.sum(sums, axis=0)
    power, rest = both[:, 0, 0].real, both[:, 1, 1].real
    weights = counts(_GRID, rate) / np.maximum(rest, 1e-6 * rest.max(initial=0.0) + 1e-30)
    middle = np.sqrt(np.multiply(_GRID.edges_hz[:-1], _GRID.edges_hz[1:]))
    best, cuts, level = 0.0, (0.0, 20000.0), 0.0
    for low, high in itertools.product(_LOW_CUTS_HZ, _HIGH_CUTS_HZ):
        filtered = _cut(low, high, middle, rate)
        like = float(np.sum(weights * (both[:, 1, 0] * filtered.conj()).real))
        own = float(np.sum(weights * power * np.square(np.abs(filtered))))
        gain = min(max(like / max(own, 1e-30), 0.0), 2.0)
        cost = (gain * gain * own - 2.0 * gain * like) / max(float(np.sum(weights * rest)), 1e-30)
        if cost < best - (_CUT_WORTH if level else 0.0):
            best, cuts, level = cost, (low, high), gain
    wet_db = min(max(decibels(level), -100.0), _MOST_WET_DB)
    return best, dataclasses.replace(verb, wet_db=wet_db, low_cut_hz=cuts[0], high_cut_hz=cuts[1])


def _cut(low_hz: float, high_hz: float, frequencies_hz: Array, rate: int) -> Products:
    """The response of the two filters as ReaVerbate has them (see `reaverbate_sound`)."""
    total = np.ones(frequencies_hz.size, complex)
    for hz, kind in ((low_hz, "highpass"), (high_hz, "lowpass")):
        if 0.0 < hz < min(20000.0, rate / 2):
            sections = signal.butter(2, hz, kind, fs=rate, output="sos")
            total *= signal.sosfreqz(sections, frequencies_hz, fs=rate)[1]
    return total
