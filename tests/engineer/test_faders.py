"""Faders are moved to where the groups stand as asked, and no further than they go."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from daw_bridge.engineer.faders import CEILING_DBTP, OTHERS_TOO_LOUD, Desk, Part, set_levels
from daw_bridge.engineer.signal import Signal
from predictors.analysis import active_mask
from predictors.targets import Aim

RATE = 44100


def _noise(level_db: float, seed: int = 1, seconds: float = 3.0) -> Signal:
    samples = np.random.default_rng(seed).uniform(-1.0, 1.0, (2, round(seconds * RATE))) * 10 ** (level_db / 20)
    return Signal.of(samples.astype(np.float32), RATE)


def _part(guid: str, level_db: float, fader_db: float = 0.0) -> Part:
    bus = _noise(level_db, seed=len(guid))
    return Part(guid=guid, fader_db=fader_db, bus=bus, mask=active_mask(bus.power))


def _desk(*leads: Part, backing_db: float = -20.0, backing_vocals: tuple[Part, ...] = ()) -> Desk:
    return Desk(
        leads=leads,
        lead_mask=leads[0].mask,
        backing_vocals=backing_vocals,
        backing=_noise(backing_db, seed=9),
        backing_faders_db={"drums": -3.0, "bass": 1.0},
    )


def _reached(desk: Desk, faders: dict[str, float]):
    return desk.heard({guid: faders[guid] - now for guid, now in desk.faders_db.items()})


def test_the_lead_moves_and_the_backing_stays():
    desk = _desk(_part("lead", -28.0))
    levels = set_levels(desk, Aim(1.0, "one up"), None)

    assert _reached(desk, levels.faders_db).relative_loudness_lu == pytest.approx(1.0, abs=0.02)
    assert levels.faders_db["drums"] == -3.0
    assert levels.faders_db["bass"] == 1.0


def test_what_a_fader_cannot_give_is_taken_from_the_backing_and_its_balance_stays():
    desk = _desk(_part("lead", -50.0))
    levels = set_levels(desk, Aim(0.0, "level"), None)

    assert levels.faders_db["lead"] == 12.0
    assert levels.faders_db["bass"] - levels.faders_db["drums"] == pytest.approx(4.0)
    assert _reached(desk, levels.faders_db).relative_loudness_lu == pytest.approx(0.0, abs=0.02)


def test_what_the_fader_of_backing_vocals_cannot_give_is_taken_from_the_rest():
    desk = _desk(_part("lead", -20.0), backing_vocals=(_part("choir", -50.0),))
    levels = set_levels(desk, Aim(0.0, "level"), Aim(-6.0, "under"))
    mix = _reached(desk, levels.faders_db)

    assert levels.faders_db["choir"] == 12.0
    assert mix.relative_loudness_lu == pytest.approx(0.0, abs=0.02)
    assert mix.backing_vocals_lu == pytest.approx(-6.0, abs=0.02)
    assert levels.faders_db["bass"] - levels.faders_db["drums"] == pytest.approx(4.0)
    assert "the backing vocals' fader ends at +12 dB" in levels.why["lead"]


def test_without_an_aim_the_level_stays_as_it_is():
    desk = _desk(_part("lead", -35.0, fader_db=2.0))
    levels = set_levels(desk, None, None)

    assert levels.faders_db["lead"] == 2.0
    assert levels.why["lead"] == "As it was."


def test_leads_are_evened_and_backing_vocals_follow_the_lead():
    desk = _desk(_part("a", -30.0), _part("bb", -40.0), backing_vocals=(_part("bgv", -20.0),))
    levels = set_levels(desk, Aim(0.0, "level"), Aim(-6.0, "six under"))
    moves = {guid: levels.faders_db[guid] - now for guid, now in desk.faders_db.items()}
    loudness = [part.bus.scaled(moves[part.guid]).lufs_over(part.mask) for part in desk.leads]

    assert loudness[0] == pytest.approx(loudness[1], abs=0.02)
    assert _reached(desk, levels.faders_db).backing_vocals_lu == pytest.approx(-6.0, abs=0.02)


@pytest.mark.parametrize(("evenness", "apart_db"), [(0.0, 8.0), (0.5, 4.0), (1.0, 0.0)])
def test_leads_come_as_close_to_each_other_as_is_asked(evenness, apart_db):
    desk = _desk(_part("lead", -28.0), _part("other", -20.0))
    levels = set_levels(desk, None, None, evenness=evenness)
    loud = {part.guid: part.bus.scaled(levels.faders_db[part.guid]).lufs_over(part.mask) for part in desk.leads}

    assert loud["other"] - loud["lead"] == pytest.approx(apart_db, abs=0.1)
    assert ("50 % closer" in levels.why["lead"]) is (evenness == 0.5)
    assert (levels.why["lead"] == "As it was.") is (evenness == 0.0)


@pytest.mark.parametrize("level_db", [-2.0, -1.37, -0.713])
def test_the_ceiling_holds_to_the_last_digit_of_the_faders(level_db):
    desk = _desk(_part("lead", level_db), backing_db=level_db + 0.4)
    levels = set_levels(desk, Aim(0.123, "level"), None)

    assert _reached(desk, levels.faders_db).true_peak_dbtp <= CEILING_DBTP


def test_a_fader_that_does_not_move_keeps_all_its_digits():
    desk = dataclasses.replace(_desk(_part("lead", -28.0)), backing_faders_db={"drums": -3.21987})
    levels = set_levels(desk, Aim(0.0, "level"), None)

    assert levels.faders_db["drums"] == -3.21987


def test_everything_comes_down_together_under_the_ceiling():
    desk = _desk(_part("lead", -1.0), backing_db=-1.0)
    levels = set_levels(desk, Aim(0.0, "level"), None)
    mix = _reached(desk, levels.faders_db)

    assert mix.true_peak_dbtp == pytest.approx(CEILING_DBTP, abs=0.02)
    assert levels.true_peak_dbtp == pytest.approx(mix.true_peak_dbtp, abs=0.02)
    assert mix.relative_loudness_lu == pytest.approx(0.0, abs=0.02)
    assert levels.faders_db["bass"] - levels.faders_db["drums"] == pytest.approx(4.0)


def test_a_track_without_a_role_that_is_too_loud_by_itself_is_told():
    desk = dataclasses.replace(_desk(_part("lead", -30.0)), others=_noise(3.0, seed=4))
    levels = set_levels(desk, Aim(0.0, "level"), None)

    assert levels.notes == (OTHERS_TOO_LOUD,)
    assert levels.true_peak_dbtp > CEILING_DBTP
    assert levels.faders_db["bass"] == 1.0  # nothing is turned down in vain


def test_beside_a_track_without_a_role_the_rest_comes_down_under_the_ceiling():
    desk = dataclasses.replace(_desk(_part("lead", -3.0), backing_db=-3.0), others=_noise(-20.0, seed=4))
    levels = set_levels(desk, Aim(0.0, "level"), None)

    assert levels.notes == ()
    assert levels.faders_db["bass"] < 0.0
    assert _reached(desk, levels.faders_db).true_peak_dbtp == pytest.approx(CEILING_DBTP, abs=0.3)
