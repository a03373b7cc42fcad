"""The closed form against the engine itself."""

from __future__ import annotations

import math

import numpy as np
import pytest

from daw_bridge.matching.room import LEVELS_HZ, measure_room
from daw_bridge.matching.verb_model import decay_times_s, levels_db, nearest_room
from daw_bridge.plugins import ReaVerbate
from daw_bridge.plugins.reaverbate_engine import engine_response
from daw_bridge.plugins.reaverbate_sound import impulse_response
from predictors.decay import octave_rt60_s

SETTINGS = [(0.4, 0.9, 44100), (0.6, 0.3, 48000), (0.7, 0.6, 96000), (0.85, 0.1, 44100), (0.93, 0.5, 48000)]


def column(*values: float) -> tuple[np.ndarray, ...]:
    return tuple(np.array([value]) for value in values)


@pytest.mark.parametrize(("room_size", "dampening", "rate"), SETTINGS)
def test_decays_and_levels_are_nearly_those_of_the_engine(room_size: float, dampening: float, rate: int) -> None:
    verb = ReaVerbate(
        wet_db=0.0, room_size=room_size, dampening=dampening, low_cut_hz=300.0, high_cut_hz=5000.0, width=1.0
    )
    heard = measure_room(impulse_response(verb, rate).sum(axis=1), rate)

    decays = decay_times_s(*column(room_size, dampening), rate)[:, 0]
    levels = levels_db(*column(room_size, dampening), column(300.0, 5000.0), LEVELS_HZ, rate)[:, 0]

    assert decays[[0, *range(3, 7)]] == pytest.approx(heard.rt60_s[[0, *range(3, 7)]], rel=0.08)
    assert decays[7] == pytest.approx(heard.rt60_s[7], rel=0.2)  # 8 kHz, where the octave below leaks in
    differences = (levels - heard.levels_db)[3:-1]  # from 500 Hz: below, the combs do not add up at random
    assert np.ptp(differences) < 1.5


@pytest.mark.parametrize(("room_size", "dampening", "rate"), SETTINGS)
def test_the_nearest_room_decays_like_the_one_that_was_measured(
    room_size: float, dampening: float, rate: int
) -> None:
    decays = octave_rt60_s(engine_response(room_size, dampening, rate), rate)

    found = nearest_room(decays, rate)

    assert octave_rt60_s(engine_response(*found, rate), rate) == pytest.approx(decays, rel=0.1)


def test_the_nearest_room_needs_not_know_every_octave() -> None:
    decays = octave_rt60_s(engine_response(0.8, 0.4, 48000), 48000)
    without_middle = np.where(np.arange(7) % 3 == 0, decays, math.nan)  # 125 Hz, 1 kHz, 8 kHz
    only_ends = np.where((np.arange(7) == 0) | (np.arange(7) == 6), decays, math.nan)

    for known in (without_middle, only_ends):
        room_size, dampening = nearest_room(known, 48000)
        assert room_size == pytest.approx(0.8, abs=0.03)
        assert dampening == pytest.approx(0.4, abs=0.15)


def test_a_decay_out_of_reach_gives_the_nearer_end() -> None:
    assert nearest_room(np.full(7, 60.0), 44100) == (1.0, 0.0)
    assert nearest_room(np.full(7, 0.01), 44100)[0] == 0.0
