"""Planted predictors: one that knows what was done, one that always asks for the wrong thing, one that is deaf."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest

from daw_bridge.evaluation import recovery
from daw_bridge.evaluation.excerpts import Excerpt, hear
from daw_bridge.evaluation.observations import CONSTANT, DO_NOTHING, Observation
from daw_bridge.evaluation.recovery import recover, together_lu
from predictors.analysis import SessionAnalysis
from predictors.engineers import predict as engineers
from predictors.engineers_table import engineers_table
from predictors.eq_targets import eq_target
from predictors.spectrum import THIRD_OCTAVES_HZ
from predictors.targets import OCTAVES_HZ, Aim, Ballistics, BlockRangeTarget, Targets
from predictors.training.scores import correlation, mean_absolute_error, rmse

WET_LU = -10.0

BALLISTICS = Ballistics(
    ratio=Aim(3.0, ""), attack_ms=Aim(5.0, ""), release_ms=Aim(100.0, ""), knee_db=Aim(0.0, ""), rms_ms=Aim(5.0, "")
)


def _knowing(original: SessionAnalysis, sign: float = 1.0) -> Callable[[SessionAnalysis], Targets]:
    """Asks for what the original was; with the sign turned, for the change to be made once more."""

    def decide(analysis: SessionAnalysis) -> Targets:
        usual = engineers(analysis).lead
        changed_db = analysis.lead.spectrum_db - original.lead.spectrum_db
        gains_db = np.interp(np.log2(OCTAVES_HZ), np.log2(THIRD_OCTAVES_HZ), -sign * changed_db)
        gain_db = analysis.relative_loudness_lu - original.relative_loudness_lu
        wider_db = analysis.lead.block_range_db - original.lead.block_range_db
        wanted_lu = -8.0 if analysis.lead.active_lufs == original.lead.active_lufs else _less(-8.0, WET_LU)
        lead = dataclasses.replace(
            usual,
            relative_loudness_lu=Aim(analysis.relative_loudness_lu - sign * gain_db, ""),
            eq=eq_target(gains_db, "", Aim(120.0, "What is under the voice was not changed.")),
            dynamics=BlockRangeTarget(
                block_range_db=Aim(analysis.lead.block_range_db - sign * wider_db, ""), ballistics=BALLISTICS
            ),
            reverb=dataclasses.replace(usual.reverb, wet_lu=Aim(wanted_lu if sign > 0 else -2.0, "")),
        )
        return Targets(lead=lead)

    return decide


def _less(wanted_lu: float, present_lu: float) -> float:
    return 10 * math.log10(10 ** (wanted_lu / 10) - 10 ** (present_lu / 10))


@pytest.fixture(scope="module")
def observed(excerpt: Excerpt) -> list[Observation]:
    original = hear(excerpt)
    unasked = dataclasses.replace(engineers(original).lead, relative_loudness_lu=None, eq=None, dynamics=None)
    deciders = {
        "perfect": _knowing(original),
        "bad": _knowing(original, sign=-1.0),
        "silent": lambda _: Targets(lead=unasked),
    }
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(recovery, "WET_LU", (WET_LU, WET_LU))
        return list(recover(excerpt, deciders, seed=1))


def _value(observed, what, who, statistic=mean_absolute_error):
    chosen = [one for one in observed if (one.what, one.who) == (what, who)]
    predicted, true = (np.concatenate([getattr(one, side) for one in chosen]) for side in ("predicted", "true"))
    return statistic(predicted, true)


def test_who_knows_what_was_done_undoes_it(observed):
    assert _value(observed, "level undone", "perfect") == pytest.approx(0.0, abs=1e-6)
    assert _value(observed, "range undone", "perfect") == pytest.approx(0.0, abs=1e-6)
    assert _value(observed, "reverb the same", "perfect") == pytest.approx(0.0, abs=1e-6)
    assert _value(observed, "EQ undone", "perfect", correlation) > 0.9
    assert _value(observed, "EQ undone", "perfect", rmse) < 0.45 * _value(observed, "EQ undone", DO_NOTHING, rmse)


def test_who_asks_for_the_opposite_is_worse_than_who_does_nothing(observed):
    assert _value(observed, "level undone", "bad") == pytest.approx(
        2 * _value(observed, "level undone", DO_NOTHING)
    )
    assert _value(observed, "EQ undone", "bad", correlation) < -0.9
    assert _value(observed, "EQ undone", "bad", rmse) > 1.8 * _value(observed, "EQ undone", DO_NOTHING, rmse)
    assert _value(observed, "range undone", "bad") >= _value(observed, "range undone", DO_NOTHING)
    assert _value(observed, "reverb the same", "bad") > 0.5


def test_who_asks_for_nothing_is_as_good_as_the_baseline(observed):
    for what in ("level undone", "EQ undone", "range undone", "level the same", "EQ the same", "range the same"):
        assert _value(observed, what, "silent") == _value(observed, what, DO_NOTHING)


def test_the_gains_are_those_that_were_drawn(observed):
    gained = [one.predicted - one.true for one in observed if (one.what, one.who) == ("level undone", DO_NOTHING)]

    assert len(gained) == 4
    assert np.abs(gained).max() <= 8.0
    assert np.std(gained) > 1.0


def test_half_of_the_changes_of_range_widen_it_and_the_others_leave_nothing_to_undo(observed):
    left = [one.predicted - one.true for one in observed if (one.what, one.who) == ("range undone", DO_NOTHING)]

    assert all(wider > 0.2 for wider in left[0::2])
    assert all(narrower == 0.0 for narrower in left[1::2])


def test_reverbs_add_up_as_energies(observed):
    assert together_lu(-10.0, -10.0) == pytest.approx(-10.0 + 10 * math.log10(2))
    assert together_lu(-math.inf, -12.0) == pytest.approx(-12.0)
    # The constant adds the same whatever is there: with -10 LU there, -10 LU would be right.
    too_much = 10 * math.log10(1 + 10 ** ((engineers_table().wet_lu.median - WET_LU) / 10))
    assert _value(observed, "reverb the same", CONSTANT) == pytest.approx(too_much, abs=1e-6)


def test_trials_do_not_depend_on_who_else_is_judged(excerpt, monkeypatch):
    monkeypatch.setattr(recovery, "TRIALS", ((recovery._levels, 2), (recovery._eqs, 2)))
    alone, together = ({"engineers": engineers}, {"other": engineers, "engineers": engineers})
    first, second, other_seed = (
        [one.predicted.tolist() for one in recover(excerpt, who, seed=seed) if one.who == "engineers"]
        for who, seed in ((alone, 1), (together, 1), (alone, 2))
    )

    assert first == second
    assert first != other_seed
