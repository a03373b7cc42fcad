"""The ReaVerbate that is nearest to an impulse response, and how near that is.

Room size, dampening, cuts and width come from the search (`verb_search`); wet follows from the energy and the
initial delay from the onset.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daw_bridge.engineer.reverb import MAX_WET_DB
from daw_bridge.errors import AudioFileError
from daw_bridge.matching.room import FloatArray, Room, energy_db, k_weighted, measure_room
from daw_bridge.matching.verb_search import nearest_verb, played_room
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.parameters import SILENT_DB
from daw_bridge.progress import Progress, silent
from predictors.decay import DIRECT_S, direct_frames

_LONGEST_DELAY_MS = 500.0

_HALF_OF_RT60, _HALF_S = 0.15, 0.25
"""When half of a response's energy has come at the latest: a share of RT60, and what early reflections may add. An
exponential decay has it after 0.05 RT60, 39 measured rooms after 0.1 at most; music and voices far later."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReverbMatch:
    """The settings, and what is `wanted` and `reached`, both measured in the same way, at `rate`.

    `direct_lu` is the direct sound against the reverb, K-weighted, in the response; None: it holds no direct sound,
    and is taken as what a convolution with it adds. The wet levels are the reverb's K-weighted energy then, else
    the same against the direct sound. `channels` are those of the file; of more than two the first was taken.
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

    Raises AudioFileError where no decay stands out of the noise, or it is not the end of the sound.
    """
    progress("measuring the impulse response", 0.0)
    given = np.atleast_2d(np.asarray(impulse_response, np.float64))
    samples = given if len(given) <= 2 else given[:1]
    direct = direct_frames(samples, rate)
    wanted = _measured(samples, direct, rate)
    if wanted is None:
        raise AudioFileError(
            "This is no impulse response: there is no decay that stands out of its noise and ends it.",
            hint="Give the answer of a room or of a reverb to one impulse, with 20 dB of its decay or more.",
        )
    verb, played = nearest_verb(wanted, rate, seed, progress)
    direct_db = _energy_db(samples[:, :direct], rate) if direct else -math.inf
    verb = _settled(verb, played, wanted, direct_db, rate)
    progress("measuring what is reached", 0.9)
    reached = played_room(verb, rate)
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


def _measured(samples: FloatArray, direct: int, rate: int) -> Room | None:
    """What follows the direct sound; its onset counts from there, or from the start where there is none.

    None where nothing follows, no decay stands out of the noise, or more comes after it.
    """
    following = samples[:, direct:]
    room = measure_room(following, rate) if following.any() else None
    if room is None or not np.isfinite(room.rt60_s).any() or not _falls(following, room, rate):
        return None
    return dataclasses.replace(room, onset_s=room.onset_s + DIRECT_S) if direct else room


def _falls(following: FloatArray, room: Room, rate: int) -> bool:
    """Whether the energy comes as early as in a decay; a song holds decays, too, but goes on after them."""
    energy = np.cumsum(np.square(following).sum(axis=0))
    half_s = float(np.searchsorted(energy, 0.5 * energy[-1])) / rate - room.onset_s
    return half_s <= _HALF_OF_RT60 * float(np.nanmedian(room.rt60_s)) + _HALF_S


def _energy_db(samples: FloatArray, rate: int) -> float:
    """K-weighted energy of a short sound, the mean of its channels; the filters are left to ring."""
    rung = k_weighted(np.pad(samples, ((0, 0), (0, rate // 5))), rate)
    return energy_db(float(np.square(rung).sum()) / len(samples))


def _settled(verb: ReaVerbate, played: Room, wanted: Room, direct_db: float, rate: int) -> ReaVerbate:
    """What is linear: the initial delay, and wet (with a direct sound: against a dry of 0 dB, or lower)."""
    delay_ms = 1000.0 * (wanted.onset_s - played.onset_s)
    wet_db, dry_db = wanted.energy_db - played.energy_db, -math.inf
    if direct_db > -math.inf:
        wet_db -= direct_db - _energy_db(np.ones((1, 1)), rate)
        dry_db = round(min(MAX_WET_DB - wet_db, 0.0), 1) + 0.0
        wet_db += dry_db
    return dataclasses.replace(
        verb,
        pre_delay_ms=round(min(max(delay_ms, 0.0), _LONGEST_DELAY_MS), 1),
        wet_db=round(max(min(wet_db, MAX_WET_DB), SILENT_DB), 1) + 0.0,
        dry_db=dry_db,
    )
