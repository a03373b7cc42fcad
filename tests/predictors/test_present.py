from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictors import engineers
from predictors.eq_targets import tone_of
from predictors.present import (
    INAUDIBLE_LU,
    LARGEST_EQ_DB,
    LEAST_RATIO,
    Colour,
    Estimate,
    balancing,
    carrying,
    compressing,
    equalizing,
    less_carried,
)
from predictors.targets import OCTAVES_HZ, Aim, EnoughReverb, ReverbTarget

THIRDS_HZ = 1000.0 * 10.0 ** (np.arange(-11, 12) / 10.0)
OCTAVE = {hz: place for place, hz in enumerate(OCTAVES_HZ)}
SOURCE = "network x, held-out error 1.7 LU"


@pytest.fixture(scope="module")
def usual(make_session):
    return engineers.predict(make_session()).lead


def coloured(gains_db) -> Colour:
    return Colour(frequencies_hz=THIRDS_HZ, gains_db=np.broadcast_to(gains_db, THIRDS_HZ.shape), source=SOURCE)


def tilted(db_per_octave: float) -> Colour:
    return coloured(db_per_octave * np.log2(THIRDS_HZ / 1000.0))


def test_an_octave_is_the_mean_of_its_three_thirds():
    thirds = np.zeros(THIRDS_HZ.size)
    thirds[np.argmin(np.abs(THIRDS_HZ - 2000.0))] = 3.0

    octaves = coloured(thirds).at_octaves()

    np.testing.assert_allclose(octaves, [0, 0, 0, 0, 0, 0, 1, 0, 0, 0], atol=0.01)


def test_what_was_not_estimated_is_as_the_nearest_that_was():
    octaves = tilted(1.0).at_octaves()

    assert octaves[0] == octaves[1] == pytest.approx(np.log2(THIRDS_HZ[0] / 1000.0))
    assert octaves[-1] == pytest.approx(np.log2(THIRDS_HZ[-1] / 1000.0))


def test_a_colour_is_taken_back(make_track):
    tone = tone_of(equalizing(tilted(1.5), make_track()))

    assert tone[OCTAVE[4000.0]] - tone[OCTAVE[500.0]] == pytest.approx(-1.5 * 3, abs=0.1)


def test_a_voice_that_is_as_it_should_be_gets_the_high_pass_only(make_track):
    target = equalizing(coloured(0.0), make_track())

    np.testing.assert_allclose(tone_of(target), 0.0, atol=0.01)
    assert target.high_pass_hz.value == 75.0
    assert "not at all" in target.why


@given(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0))
def test_the_brighter_the_voice_the_less_treble_it_gets(make_track, one, other):
    duller, brighter = (tone_of(equalizing(tilted(slope), make_track())) for slope in sorted((one, other)))

    assert (
        brighter[OCTAVE[8000.0]] - brighter[OCTAVE[500.0]] <= duller[OCTAVE[8000.0]] - duller[OCTAVE[500.0]] + 0.02
    )


@given(st.lists(st.floats(-40.0, 40.0), min_size=THIRDS_HZ.size, max_size=THIRDS_HZ.size))
def test_no_estimate_bends_the_curve_beyond_limits(make_track, gains_db):
    tone = tone_of(equalizing(coloured(np.array(gains_db)), make_track()))

    assert np.ptp(tone) <= 2.0 * LARGEST_EQ_DB + 0.02


def test_what_lies_under_a_high_voice_is_not_lifted(make_track):
    rumble = np.where(THIRDS_HZ < 300.0, -12.0, 0.0)

    tone = tone_of(equalizing(coloured(rumble), make_track(lowest_hz=400.0)))

    np.testing.assert_allclose(tone, 0.0, atol=0.01)


def test_the_overall_gain_of_a_colour_does_not_count(make_track):
    assert equalizing(coloured(9.0), make_track()).gains_db == equalizing(coloured(0.0), make_track()).gains_db


def test_ratios_in_a_row_multiply(usual):
    wanted = usual.dynamics.ballistics.ratio.value

    left = compressing(usual.dynamics, Estimate(-4.0, SOURCE), 10.0)

    # From 14 to 10 dB it was compressed 1.4:1.
    assert left.ballistics.ratio.value * 1.4 == pytest.approx(wanted)
    assert "already compressed by 4.0 dB (network x" in left.ballistics.ratio.why
    assert left.below_loudness_db == usual.dynamics.below_loudness_db


@given(st.floats(-30.0, 30.0), st.floats(-30.0, 30.0), st.floats(2.0, 30.0))
def test_the_more_a_voice_is_compressed_the_gentler_is_what_is_left(usual, one, other, range_db):
    more, less = (
        compressing(usual.dynamics, Estimate(change, SOURCE), range_db).ballistics.ratio.value
        for change in sorted((one, other))
    )

    assert LEAST_RATIO <= more <= less < 10.0


def test_a_voice_that_was_not_altered_gets_what_engineers_do(usual):
    left = compressing(usual.dynamics, Estimate(0.0, SOURCE), 14.2)

    assert left.ballistics.ratio.value == pytest.approx(usual.dynamics.ballistics.ratio.value)


def wet(target: ReverbTarget, lu: float) -> ReverbTarget | EnoughReverb:
    return less_carried(carrying(target, Estimate(lu, SOURCE), None))


def test_reverb_adds_up_as_energy_to_what_is_wanted(usual):
    wanted = usual.reverb.wet_lu.value

    left = wet(usual.reverb, wanted - 3.0)

    together = 10 ** (left.wet_lu.value / 10) + 10 ** ((wanted - 3.0) / 10)
    assert 10 * math.log10(together) == pytest.approx(wanted)
    assert left.rt60_s == usual.reverb.rt60_s
    assert f"Estimated already {3.0 - wanted:.1f} LU of reverb under the voice (network x" in left.wet_lu.why


def test_a_dry_voice_gets_all_of_it(usual):
    assert wet(usual.reverb, -60.0).wet_lu.value == pytest.approx(usual.reverb.wet_lu.value, abs=0.001)


def test_a_voice_that_is_as_wet_as_wanted_gets_none_and_the_reason(usual):
    wanted = usual.reverb.wet_lu.value

    enough = wet(usual.reverb, wanted)

    assert isinstance(enough, EnoughReverb)
    assert enough.why.startswith(f"No reverb: {wanted:.1f} LU are wanted.")
    assert SOURCE in enough.why


@given(st.floats(-80.0, 20.0), st.floats(-80.0, 20.0))
def test_the_wetter_the_voice_the_less_is_added_and_never_what_nobody_hears(usual, one, other):
    less, more = sorted((one, other))
    left = [wet(usual.reverb, lu) for lu in (less, more)]
    levels = [target.wet_lu.value if isinstance(target, ReverbTarget) else -math.inf for target in left]

    assert levels[1] <= levels[0] <= usual.reverb.wet_lu.value
    for target in left:
        if isinstance(target, ReverbTarget):
            assert target.wet_lu.value >= usual.reverb.wet_lu.value - INAUDIBLE_LU


def test_the_estimated_decay_is_told(usual):
    told = carrying(usual.reverb, Estimate(-9.1, SOURCE), Estimate(1.24, "network y, held-out error 0.2 s"))

    assert "decaying in 1.2 s (network y, held-out error 0.2 s)" in told.carried_lu.why


def test_a_target_that_nothing_was_said_about_stays(usual):
    assert less_carried(usual.reverb) is usual.reverb


@pytest.mark.parametrize(("estimated", "aimed"), [(-2.6, -2.6), (-11.0, -6.0), (9.0, 4.0)])
def test_no_level_is_further_away_than_in_released_songs(estimated, aimed):
    aim = balancing(Estimate(estimated, SOURCE))

    assert aim.value == aimed
    assert f"{estimated:+.1f} LU" in aim.why
    assert ("Not further" in aim.why) == (aimed != estimated)


def test_what_is_said_is_made_of_whole_sentences(make_track, usual):
    aims = [
        Aim(0.0, equalizing(tilted(2.0), make_track()).why),
        compressing(usual.dynamics, Estimate(3.0, SOURCE), 12.0).ballistics.ratio,
        wet(usual.reverb, -15.0).wet_lu,
        Aim(0.0, wet(usual.reverb, 0.0).why),
        balancing(Estimate(9.0, SOURCE)),
    ]

    for aim in aims:
        assert aim.why.endswith(".")
        assert ".." not in aim.why
        assert "  " not in aim.why


def test_nothing_else_of_the_compressor_changes(usual):
    left = compressing(usual.dynamics, Estimate(-4.0, SOURCE), 10.0)

    same = dataclasses.replace(left.ballistics, ratio=usual.dynamics.ballistics.ratio)
    assert same == usual.dynamics.ballistics
