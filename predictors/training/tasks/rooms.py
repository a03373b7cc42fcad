"""Rooms that voices are put into: measured ones, also with shorter decays, and ReaVerbate's."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy import signal

from daw_bridge.errors import AudioFileError
from daw_bridge.matching.impulse_response import reverb_settings_for
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.reaverbate_sound import room_size_for
from predictors.decay import MID_HZ, Band, decay, decay_time_s, direct_frames, onset, rt60_s
from predictors.training.datasets import ImpulseResponse
from predictors.training.perturb import verb_response
from predictors.training.tasks.material import RATE, draw_alike

Samples = NDArray[np.float32]

BANDS_HZ = {"low": (250.0, 500.0), "mid": MID_HZ, "high": (4000.0, 8000.0)}
"""Where decays are measured: an octave where voices are strong, the usual one, and where consonants are."""

SHORTER = (1.0, 0.8, 0.63, 0.5, 0.4)
SHORTEST_S = 0.25
"""To which parts of its RT60 a measured room is damped, so that there are rooms of every length down to this."""

VERB_RT60_S = tuple(np.geomspace(0.3, 5.0, 16))
VERB_DAMPENINGS = (0.0, 0.3, 0.6, 1.0)
VERB = "ReaVerbate"
VERB_SHARE = 1 / 3
"""Of the rooms, so many are ReaVerbate's. Ours."""

BLOCK, SMOOTH = RATE // 100, 10
OVER_NOISE, INAUDIBLE = 4.0, 1e-6

LEAST_T30 = 0.9
"""What falls the faster the longer it lasts (T30 under so much of T20) is an effect, no room: it has no RT60."""

RUMBLE_HZ = 60.0
"""Below this no voice excites a room, and recordings hold the noise of traffic."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Room:
    """A response (1, frames) at `RATE` without direct sound, its RT60 in `BANDS_HZ` (nan: unknown), its delay.

    The RT60s are those that ReaVerbate has when it is set to be as near to the room as it can be.
    """

    response: Samples
    rt60_s: tuple[float, ...]
    delay_ms: float
    group: str


def draw_room(rng: np.random.Generator, measured: tuple[ImpulseResponse, ...], *, vary: bool) -> Room:
    """A room: ReaVerbate's, or a measured one of which each place is as likely."""
    if not measured or rng.random() < VERB_SHARE:
        return verb_room(float(rng.choice(VERB_RT60_S)), float(rng.choice(VERB_DAMPENINGS)))
    impulse_response = draw_alike(rng, measured)
    return measured_room(impulse_response, float(rng.choice(SHORTER)) if vary else 1.0)


@cache
def verb_room(wanted_rt60_s: float, dampening: float) -> Room:
    """ReaVerbate with this RT60, kept in memory."""
    verb = ReaVerbate(room_size=room_size_for(wanted_rt60_s, dampening, RATE), dampening=dampening)
    return _room(verb_response(verb, RATE)[:1], VERB)


@cache
def measured_room(impulse_response: ImpulseResponse, part: float) -> Room:
    """A measured room, its RT60 brought to `part` of it, kept in memory. Raises DatasetError.

    The first channel is heard: of two, it is as good as the other, of four in B-format it is the one that hears
    all around. A decay that is multiplied with an exponential stays one, and ends sooner.
    """
    sound = impulse_response.load()
    response = _without_rumble(soxr.resample(sound.samples[0], sound.rate, RATE)[None])
    usual_s = rt60_s(response, RATE)
    behind = response[:, max(direct_frames(response, RATE), onset(response)) :]
    room = _room(_damped(behind, usual_s, part), impulse_response.group)
    return dataclasses.replace(room, rt60_s=_as_reaverbate(room))


def _as_reaverbate(room: Room) -> tuple[float, ...]:
    """The RT60s of the ReaVerbate nearest to a room: what is to be asked for when the room is heard."""
    try:
        nearest = reverb_settings_for(room.response, RATE).settings
    except AudioFileError:  # no decay stands out of its noise
        return (math.nan,) * len(BANDS_HZ)
    played = verb_response(nearest, RATE)[:1]
    reached = (_rt60_s(played, band_hz) for band_hz in BANDS_HZ.values())
    return tuple(value if math.isfinite(own) else math.nan for value, own in zip(reached, room.rt60_s, strict=True))


def _without_rumble(response: Samples) -> Samples:
    return np.asarray(signal.sosfilt(signal.butter(2, RUMBLE_HZ, "highpass", fs=RATE, output="sos"), response))


def _damped(response: Samples, usual_s: float, part: float) -> Samples:
    part = max(part, min(SHORTEST_S / usual_s, 1.0)) if usual_s > 0.0 else 1.0
    seconds = np.arange(response.shape[1]) / RATE
    return np.asarray(response * np.power(10.0, -3.0 * seconds * (1.0 / part - 1.0) / (usual_s or 1.0)), np.float32)


def _room(response: Samples, group: str) -> Room:
    heard = _audible(response)
    return Room(
        response=heard,
        rt60_s=tuple(_rt60_s(response, band_hz) for band_hz in BANDS_HZ.values()),
        delay_ms=1000.0 * onset(heard) / RATE,
        group=group,
    )


def _rt60_s(response: Samples, band_hz: Band) -> float:
    fall = decay(response, RATE, band_hz)
    t30_s = decay_time_s(fall.energy_left, RATE, -35.0)
    return math.nan if t30_s < LEAST_T30 * fall.rt60_s else fall.rt60_s


def _audible(response: Samples) -> Samples:
    """The response as far as it stands out of its noise, and until 60 dB under the whole, with a short fade."""
    power = np.square(response[0], dtype=np.float64)
    blocks = np.add.reduceat(power, np.arange(0, power.size, BLOCK))
    noise = np.median(blocks[-(-9 * blocks.size // 10) :]) if blocks.size > 1 else 0.0
    smooth = np.convolve(blocks, np.full(SMOOTH, 1.0 / SMOOTH), "same")
    peak = int(np.argmax(smooth))
    into_noise = np.flatnonzero(smooth[peak:] < OVER_NOISE * noise)
    end = peak + int(into_noise[0]) if into_noise.size else blocks.size
    left = np.cumsum(power[: end * BLOCK][::-1])[::-1]
    heard = response[:, : int(np.count_nonzero(left > INAUDIBLE * left[0]))].copy()
    fade = min(BLOCK, heard.shape[1])
    heard[:, heard.shape[1] - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return np.asarray(heard)
