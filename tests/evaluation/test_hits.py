"""What was asked is what is heard; and where a plan is spoilt, the errors say by how much."""

from __future__ import annotations

import dataclasses
import math

import pytest

from daw_bridge.engineer import engineer
from daw_bridge.evaluation.excerpts import as_session, hear
from daw_bridge.evaluation.hits import chain_values, errors, play
from daw_bridge.evaluation.one_song import PLAIN
from daw_bridge.plugins import Band, BandKind, ReaEq
from predictors.chains import chain_table, place
from predictors.decide import decide
from predictors.engineers_table import engineers_table
from predictors.targets import Aim


@pytest.fixture(scope="module", params=["engineers", "rules"])
def mixed(request, excerpt):
    session, media = as_session(excerpt)
    plan = engineer(session, media, PLAIN, predictor=request.param)
    return session, media, plan, decide(hear(excerpt), PLAIN, predictor=request.param).lead


@pytest.fixture(scope="module")
def by_engineers(excerpt):
    session, media = as_session(excerpt)
    return session, media, engineer(session, media, PLAIN, predictor="engineers"), decide(hear(excerpt), PLAIN).lead


def _errors(session, media, plan, targets):
    return errors(session, media, plan, targets, play(session, media, plan))


def _spoilt(plan, **values):
    def change(track):
        if track.guid != "lead":
            return track
        return dataclasses.replace(track, **{name: spoil(getattr(track, name)) for name, spoil in values.items()})

    return dataclasses.replace(plan, tracks=tuple(change(track) for track in plan.tracks))


def test_our_engineer_hits_what_was_asked(mixed):
    found = _errors(*mixed)

    assert found["level"] < 0.1
    assert found["EQ"] < 0.5
    assert found["wet"] < 0.5
    assert found["RT60"] < 5.0
    assert found.get("range", 0.0) < 0.5
    assert found.get("threshold", 0.0) < 0.1
    assert found["ceiling"] < 0.05
    assert ("range" in found) != ("threshold" in found)


def test_what_a_spoilt_plan_misses_is_said_in_its_unit(by_engineers):
    session, media, plan, targets = by_engineers
    right = _errors(session, media, plan, targets)
    spoilt = _spoilt(
        plan,
        fader_db=lambda fader: fader + 3.0,
        comp=lambda comp: dataclasses.replace(comp, threshold_db=comp.threshold_db - 2.0),
        verb=lambda verb: dataclasses.replace(verb, wet_db=verb.wet_db + 4.0),
    )
    wrong = _errors(session, media, spoilt, targets)

    assert wrong["threshold"] == pytest.approx(2.0, abs=0.05)
    assert wrong["wet"] == pytest.approx(4.0, abs=0.1)
    assert wrong["level"] > right["level"] + 1.0


def test_a_vocal_above_its_backing_is_where_a_target_above_it_wants_it(by_engineers):
    session, media, plan, targets = by_engineers
    louder = _spoilt(plan, fader_db=lambda fader: fader + 3.0)
    wanted = dataclasses.replace(targets, relative_loudness_lu=Aim(targets.relative_loudness_lu.value + 3.0, ""))

    assert _errors(session, media, louder, wanted)["level"] < 0.1
    assert _errors(session, media, louder, targets)["level"] == pytest.approx(3.0, abs=0.1)


def test_a_wrong_curve_and_a_wrong_room_show(by_engineers):
    session, media, plan, targets = by_engineers
    spoilt = _spoilt(
        plan, eq=lambda _: None, verb=lambda verb: dataclasses.replace(verb, room_size=verb.room_size + 0.05)
    )
    wrong = _errors(session, media, spoilt, targets)

    assert wrong["EQ"] > 1.5
    assert wrong["RT60"] > 20.0


def test_a_mix_over_the_ceiling_shows_by_how_much(by_engineers):
    session, media, plan, targets = by_engineers
    mix = play(session, media, plan)
    peak = float(abs(mix).max())
    found = errors(session, media, plan, targets, mix / peak)

    assert found["ceiling"] == pytest.approx(1.0, abs=0.5)


def test_what_was_not_asked_for_is_left_out(by_engineers):
    session, media, plan, targets = by_engineers
    nothing = dataclasses.replace(targets, relative_loudness_lu=None, eq=None, dynamics=None, reverb=None)

    assert set(_errors(session, media, plan, nothing)) == {"ceiling"}


def test_a_chain_reads_as_real_chains_are_written_down(by_engineers):
    session, media, plan, targets = by_engineers
    table = engineers_table()
    chain = chain_values(session, media, plan)

    assert set(chain) == set(chain_table().quantiles)
    assert chain["wet_lu"] == pytest.approx(targets.reverb.wet_lu.value, abs=0.2)
    assert chain["rt60_s"] == pytest.approx(targets.reverb.rt60_s.value, rel=0.05)
    assert chain["threshold_below_lufs_db"] == pytest.approx(targets.dynamics.below_loudness_db.value, abs=0.1)
    assert chain["attack_ms"] == pytest.approx(table.attack_ms.median, abs=0.05)
    assert place(chain).farther > 0.9


def test_a_curve_is_counted_from_1_khz_and_a_chain_of_nothing_says_what_it_can(by_engineers):
    session, media, plan, _ = by_engineers
    shelf = ReaEq(
        bands=(
            Band(kind=BandKind.HIGH_PASS, frequency_hz=90.0, bandwidth_oct=1.9),
            Band(kind=BandKind.LOW_SHELF, frequency_hz=1500.0, gain_db=6.0, bandwidth_oct=1.0),
        )
    )
    with_eq = chain_values(session, media, _spoilt(plan, eq=lambda _: shelf))
    nothing = chain_values(
        session, media, _spoilt(plan, eq=lambda _: None, comp=lambda _: None, verb=lambda _: None)
    )

    assert with_eq["high_pass_hz"] == 90.0
    assert with_eq["eq_8000_db"] < -4.0
    assert nothing["eq_8000_db"] == 0.0
    assert (nothing["ratio"], nothing["wet_lu"]) == (1.0, -math.inf)
    assert "attack_ms" not in nothing
    assert "rt60_s" not in nothing
    assert place(nothing).farther < 0.05
