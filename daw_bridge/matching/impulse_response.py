"""The ReaVerbate that is nearest to an impulse response.

What is linear, or can be solved, is solved: room size from the decay, wet from the energy, width, initial delay.
Dampening and the two cuts are searched by differential evolution on the engine in closed form; then the engine is
played and measured like the response, and what the closed form has missed is added to what the next search wants.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from daw_bridge.engineer.reverb import MAX_WET_DB
from daw_bridge.errors import AudioFileError
from daw_bridge.matching import verb_model
from daw_bridge.matching.room import LEVELS_HZ, FloatArray, Room, energy_db, k_weighted, measure_room
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.parameters import SILENT_DB
from daw_bridge.plugins.reaverbate_sound import impulse_response as engine_response
from daw_bridge.progress import Progress, silent
from predictors.decay import DIRECT_S, direct_frames

_ROUNDS, _NEAR = 3, 0.1
_LOW_CUT_HZ, _HIGH_CUT_HZ = (20.0, 2000.0), (500.0, 20000.0)
_NO_LOW_CUT_HZ, _NO_HIGH_CUT_HZ = 30.0, 19000.0
_LONGEST_DELAY_MS = 500.0

_TEN_PERCENT = math.log(1.1)
_LEVEL_STEP_DB = 2.0
"""A miss of 10 % of the decay in an octave costs as much as so many dB of its level."""

_CUT_COST = 0.02
"""For each octave of a cut: where it does nothing for the match, it stays open."""

_AUDIBLE_DB = 40.0
"""Octaves that lie so far under the strongest one hardly count."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReverbMatch:
    """The settings, and what is `wanted` and `reached`, both measured in the same way, at `rate`.

    `direct_lu` is the direct sound against the reverb, K-weighted, in the response; None: it holds no direct sound,
    and is taken as what a convolution with it adds. `wet_lu` is then the reverb's K-weighted energy, otherwise
    that against the direct sound. `channels` are those of the file; of more than two the first was taken.
    """

    settings: ReaVerbate
    rate: int
    channels: int
    direct_lu: float | None
    wanted: Room
    reached: Room
    wanted_wet_lu: float
    reached_wet_lu: float

    @property
    def rt60_s(self) -> float:
        """What is reached from 500 Hz to 1 kHz."""
        return float(self.reached.rt60_s[0])

    @property
    def rt60_error(self) -> float:
        """The same against what is wanted: 0.1 is 10 % too long; nan where the response's is not known."""
        return float(self.reached.rt60_s[0] / self.wanted.rt60_s[0] - 1.0)

    @property
    def octave_rt60_errors(self) -> FloatArray:
        """Likewise in each of `predictors.decay.OCTAVES_HZ`."""
        return self.reached.rt60_s[1:] / self.wanted.rt60_s[1:] - 1.0

    @property
    def octave_level_errors_db(self) -> FloatArray:
        """The spectrum: the level of each of these octaves against the whole, reached minus wanted."""
        reached, wanted = (room.levels_db[1:-1] - room.energy_db for room in (self.reached, self.wanted))
        return reached - wanted

    @property
    def wet_error_db(self) -> float:
        """The reverb's level: positive is too loud."""
        return self.reached_wet_lu - self.wanted_wet_lu


def reverb_settings_for(
    impulse_response: NDArray[Any], rate: int, *, seed: int = 0, progress: Progress = silent
) -> ReverbMatch:
    """The settings nearest to a response, (frames,) or (channels, frames), in a project at its rate.

    Raises AudioFileError where no decay stands out of the noise.
    """
    progress("measuring the impulse response", 0.0)
    given = np.atleast_2d(np.asarray(impulse_response, np.float64))
    samples = given if len(given) <= 2 else given[:1]
    direct = direct_frames(samples, rate)
    wanted = _measured(samples, direct, rate)
    if not np.isfinite(wanted.rt60_s).any():
        raise AudioFileError(
            "This is no impulse response: no decay stands out of its noise.",
            hint="Give the answer of a room or of a reverb to one impulse, with 20 dB of its decay or more.",
        )
    verb, played = _searched(wanted, rate, seed, progress)
    direct_db = _energy_db(samples[:, :direct], rate) if direct else -math.inf
    verb = _settled(verb, played, wanted, direct_db, rate)
    progress("measuring what is reached", 0.9)
    reached = _played(verb, rate)
    unity_db = _energy_db(np.ones((1, 1)), rate) + verb.dry_db if direct else 0.0
    return ReverbMatch(
        settings=verb,
        rate=rate,
        channels=len(given),
        direct_lu=direct_db - wanted.energy_db if direct else None,
        wanted=wanted,
        reached=reached,
        wanted_wet_lu=wanted.energy_db - (direct_db if direct else 0.0),
        reached_wet_lu=reached.energy_db - unity_db,
    )


def _measured(samples: FloatArray, direct: int, rate: int) -> Room:
    """What follows the direct sound; its onset counts from there, or from the start where there is none."""
    room = measure_room(samples[:, direct:], rate)
    return dataclasses.replace(room, onset_s=room.onset_s + DIRECT_S) if direct else room


def _played(verb: ReaVerbate, rate: int) -> Room:
    """What the engine adds to a mono input."""
    return measure_room(engine_response(verb, rate).sum(axis=1), rate)


def _energy_db(samples: FloatArray, rate: int) -> float:
    """K-weighted energy of a short sound, the mean of its channels; the filters are left to ring."""
    rung = k_weighted(np.pad(samples, ((0, 0), (0, rate // 5))), rate)
    return energy_db(float(np.square(rung).sum()) / len(samples))


@dataclass(frozen=True, slots=True, eq=False)
class _Aim:
    """What the closed form should give: decay times in its bands, levels in `LEVELS_HZ`."""

    rt60_s: FloatArray
    levels_db: FloatArray


def _aim(room: Room) -> _Aim:
    return _Aim(room.rt60_s, room.levels_db)


def _searched(wanted: Room, rate: int, seed: int, progress: Progress) -> tuple[ReaVerbate, Room]:
    """The nearest settings at 0 dB and full width, and what they sound like."""
    aim = _aim(wanted)
    tried = []
    for number in range(_ROUNDS):
        progress("looking for the nearest reverb", 0.2 + 0.7 * number / _ROUNDS)
        verb = _evolved(aim, rate, seed)
        played = _played(verb, rate)
        tried.append((float(_cost(_aim(played), _aim(wanted))), verb, played))
        if tried[-1][0] < _NEAR:
            break
        foretold = _foretold(verb, rate)
        aim = _Aim(
            wanted.rt60_s * foretold.rt60_s / played.rt60_s,
            wanted.levels_db + foretold.levels_db - played.levels_db,
        )
    _, verb, played = min(tried, key=lambda each: each[0])
    return verb, played


def _evolved(aim: _Aim, rate: int, seed: int) -> ReaVerbate:
    """Differential evolution over dampening and the cuts; the room size follows from the dampening."""

    def cost(population: FloatArray) -> FloatArray:
        dampening, low, high = population
        rooms = verb_model.room_sizes(aim.rt60_s, dampening, rate)
        miss = _cost(_model(rooms, dampening, np.exp2(low), np.exp2(high), rate), aim)
        return np.asarray(miss + _CUT_COST * (low - high))

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
        high_cut_hz=20000.0 if high_cut_hz > _NO_HIGH_CUT_HZ else round(high_cut_hz, -2),
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
    slow = np.abs(np.log(is_.rt60_s.T / wanted.rt60_s)) / _TEN_PERCENT
    levels = is_.levels_db.T - wanted.levels_db
    weights = _audible(wanted.levels_db)
    around = np.nansum(levels * weights, axis=-1, keepdims=True) / np.nansum(weights)
    dull = np.abs(levels - around) * weights / _LEVEL_STEP_DB
    return np.asarray(np.nanmean(slow, axis=-1) + np.nansum(dull, axis=-1) / np.nansum(weights))


def _audible(levels_db: FloatArray) -> FloatArray:
    """How much a level counts, by how near it is to the strongest; nan where it is not known."""
    return np.maximum(1.0 + (levels_db - np.nanmax(levels_db)) / _AUDIBLE_DB, 0.05)


def _settled(verb: ReaVerbate, played: Room, wanted: Room, direct_db: float, rate: int) -> ReaVerbate:
    """What can be solved: initial delay, width, and wet (with a direct sound: against a dry of 0 dB, or lower)."""
    delay_ms = 1000.0 * (wanted.onset_s - played.onset_s)
    width = _width(played.side_db, wanted.side_db)
    wet_db = wanted.energy_db - played.energy_db - _narrowed_db(width, played.side_db)
    dry_db = -math.inf
    if direct_db > -math.inf:
        wet_db -= direct_db - _energy_db(np.ones((1, 1)), rate)
        dry_db = round(min(MAX_WET_DB - wet_db, 0.0), 1)
        wet_db += dry_db
    return dataclasses.replace(
        verb,
        width=width,
        pre_delay_ms=round(min(max(delay_ms, 0.0), _LONGEST_DELAY_MS), 1),
        wet_db=round(max(min(wet_db, MAX_WET_DB), SILENT_DB), 1),
        dry_db=dry_db,
    )


def _width(played_db: float, wanted_db: float) -> float:
    """Width turns the difference of the sides down and leaves their sum; one channel says nothing about it."""
    return 1.0 if math.isnan(wanted_db) else round(min(10.0 ** ((wanted_db - played_db) / 20.0), 1.0), 2)


def _narrowed_db(width: float, side_db: float) -> float:
    side = 10.0 ** (side_db / 10.0)
    return energy_db((1.0 + width**2 * side) / (1.0 + side))
