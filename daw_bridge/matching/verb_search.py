"""Search for the ReaVerbate that decays like a room and has its spectrum.

Room size follows from dampening and the decay; dampening and the two cuts are searched by differential evolution on
the engine in closed form. Then the engine is played and measured like the room, and what the closed form has missed
is added to what the next search wants.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from daw_bridge.matching import verb_model
from daw_bridge.matching.room import LEVELS_HZ, FloatArray, Room, measure_room
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.reaverbate_sound import impulse_response
from daw_bridge.progress import Progress

_ROUNDS, _NEAR, _WORTHWHILE = 6, 0.05, 0.95
"""The search ends when it is so near, or when another round has not made it nearer by 5 %."""

_LOW_CUT_HZ, _HIGH_CUT_HZ = (20.0, 10000.0), (100.0, 20000.0)
_NO_LOW_CUT_HZ, _NO_HIGH_CUT_HZ = 30.0, 19000.0

_TEN_PERCENT = math.log(1.1)
_LEVEL_STEP_DB = 2.0
"""A miss of 10 % of the decay in an octave costs as much as so many dB of its level."""

_CUT_COST = 0.02
"""For each octave of a cut: where it does nothing for the match, it stays open.

Cuts that cross cost far more, for they give the shape that they have the other way round, only softer.
"""

_MIDDLE_WEIGHT = 3.0
"""The decay from 500 Hz to 1 kHz counts as much as that of so many octaves."""

_AUDIBLE_DB = 40.0
"""Octaves that lie so far under the strongest one hardly count."""


@dataclass(frozen=True, slots=True, eq=False)
class _Aim:
    """What the closed form should give: decay times in its bands, levels in `LEVELS_HZ`."""

    rt60_s: FloatArray
    levels_db: FloatArray


def nearest_verb(wanted: Room, rate: int, seed: int, progress: Progress) -> tuple[ReaVerbate, Room]:
    """The settings that decay like a room, with its spectrum and width, and what they sound like at 0 dB."""
    aim, width = _aim(wanted), 1.0
    tried: list[tuple[float, ReaVerbate, Room]] = []
    for number in range(_ROUNDS):
        progress("looking for the nearest reverb", 0.2 + 0.7 * number / _ROUNDS)
        verb = dataclasses.replace(_evolved(aim, rate, seed), width=width)
        played = played_room(verb, rate)
        width = _width(verb.width, played.side_db, wanted.side_db)
        miss = float(_cost(_aim(played), _aim(wanted))) + abs(width - verb.width)
        enough = miss < _NEAR or any(miss > _WORTHWHILE * before for before, _, _ in tried)
        tried.append((miss, verb, played))
        if enough:
            break
        foretold = _foretold(verb, rate)
        aim = _Aim(
            wanted.rt60_s * foretold.rt60_s / played.rt60_s,
            wanted.levels_db + foretold.levels_db - played.levels_db,
        )
    _, verb, played = min(tried, key=lambda each: each[0])
    return verb, played


def _width(width: float, played_db: float, wanted_db: float) -> float:
    """Width turns the difference of the sides down and leaves their sum; one channel says nothing about it."""
    if width == 0.0 or math.isnan(wanted_db):
        return width
    return round(min(width * math.pow(10.0, (wanted_db - played_db) / 20.0), 1.0), 2)


def played_room(verb: ReaVerbate, rate: int) -> Room:
    """What the engine adds to a mono input, measured."""
    return measure_room(impulse_response(verb, rate).sum(axis=1), rate)


def _aim(room: Room) -> _Aim:
    return _Aim(room.rt60_s, room.levels_db)


def _evolved(aim: _Aim, rate: int, seed: int) -> ReaVerbate:
    """Differential evolution over dampening and the cuts; the room size follows from the dampening."""

    def cost(population: FloatArray) -> FloatArray:
        dampening, low, high = population
        rooms = verb_model.room_sizes(aim.rt60_s, dampening, rate)
        miss = _cost(_model(rooms, dampening, np.exp2(low), np.exp2(high), rate), aim)
        return np.asarray(miss + _CUT_COST * (low - high) + np.maximum(low - high, 0.0))

    bounds = [(0.0, 1.0), tuple(np.log2(_LOW_CUT_HZ)), tuple(np.log2(_HIGH_CUT_HZ))]
    found = optimize.differential_evolution(
        cost,
        bounds,
        seed=seed,
        vectorized=True,
        updating="deferred",
        polish=False,
        popsize=20,
        maxiter=150,
        tol=1e-4,
    )
    dampening = round(float(found.x[0]), 3)
    room_size = verb_model.room_sizes(aim.rt60_s, np.array([dampening]), rate)
    low_cut_hz, high_cut_hz = (float(cut) for cut in np.exp2(found.x[1:]))
    return ReaVerbate(
        wet_db=0.0,
        dry_db=-math.inf,
        room_size=round(float(room_size[0]), 4),
        dampening=dampening,
        width=1.0,
        low_cut_hz=0.0 if low_cut_hz < _NO_LOW_CUT_HZ else round(low_cut_hz, -1),
        high_cut_hz=20000.0 if high_cut_hz > _NO_HIGH_CUT_HZ else round(high_cut_hz, -1),
    )


def _foretold(verb: ReaVerbate, rate: int) -> _Aim:
    low_cut_hz = max(verb.low_cut_hz, 1.0)  # as good as none
    room, dampening, low, high = np.array([[verb.room_size], [verb.dampening], [low_cut_hz], [verb.high_cut_hz]])
    one = _model(room, dampening, low, high, rate)
    return _Aim(one.rt60_s[:, 0], one.levels_db[:, 0])


def _model(room: FloatArray, dampening: FloatArray, low_hz: FloatArray, high_hz: FloatArray, rate: int) -> _Aim:
    return _Aim(
        verb_model.decay_times_s(room, dampening, rate),
        verb_model.levels_db(room, dampening, (low_hz, high_hz), LEVELS_HZ, rate),
    )


def _cost(is_: _Aim, wanted: _Aim) -> FloatArray:
    """How far one, or each of many (in columns), is from what is wanted: 1 is 10 % of every decay.

    Absolute differences, so that a band that cannot be reached does not spoil those that can.
    """
    known = np.where(np.isfinite(wanted.rt60_s), (_MIDDLE_WEIGHT, *np.ones(wanted.rt60_s.size - 1)), 0.0)
    slow = np.abs(np.log(is_.rt60_s.T / wanted.rt60_s)) / _TEN_PERCENT
    levels = is_.levels_db.T - wanted.levels_db
    weights = _audible(wanted.levels_db)
    around = np.nansum(levels * weights, axis=-1, keepdims=True) / np.nansum(weights)
    dull = np.abs(levels - around) * weights / _LEVEL_STEP_DB
    decays = np.nansum(slow * known, axis=-1) / known.sum()
    return np.asarray(decays + np.nansum(dull, axis=-1) / np.nansum(weights))


def _audible(levels_db: FloatArray) -> FloatArray:
    """How much a level counts, by how near it is to the strongest; nan where it is not known."""
    return np.maximum(1.0 + (levels_db - np.nanmax(levels_db)) / _AUDIBLE_DB, 0.05)
