from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictors import cards, engineers, rules
from predictors.decide import (
    PREDICTORS,
    DynamicsStyle,
    EqStyle,
    LevelStyle,
    Preset,
    ReverbStyle,
    decide,
)
from predictors.eq_targets import tone_of
from predictors.targets import Aim, BlockRangeTarget, ThresholdTarget

PLAIN = Preset(name="plain", description="nothing added")
RULES = Preset(
    name="rules",
    description="all by rules",
    level=LevelStyle(predictor="rules"),
    eq=EqStyle(predictor="rules"),
    dynamics=DynamicsStyle(predictor="rules"),
    reverb=ReverbStyle(predictor="rules"),
)


@pytest.fixture(scope="module", autouse=True)
def no_networks(tmp_path_factory):
    """What is decided here does not depend on what networks come with us: see test_learned."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cards, "MODELS", tmp_path_factory.mktemp("none"))
        yield


@pytest.fixture(scope="module")
def session(make_session, make_track):
    return make_session(
        make_track(active_lufs=-20.0, block_range_db=18.0),
        relative_loudness_lu=-4.0,
        backing_vocals=make_track(active_lufs=-30.0),
        tempo_bpm=120.0,
    )


@pytest.mark.parametrize(("name", "module"), [("engineers", engineers), ("rules", rules)])
def test_a_plain_preset_says_what_its_predictor_says(session, name, module):
    said = module.predict(session)

    targets = decide(session, PLAIN, predictor=name)

    assert targets.lead == said.lead
    assert targets.backing_eq == said.backing_eq
    assert dataclasses.replace(targets.backing_vocals, relative_loudness_lu=None) == said.backing_vocals


def test_aspects_come_from_different_predictors(session):
    mixed = dataclasses.replace(PLAIN, reverb=ReverbStyle(predictor="rules"), dynamics=RULES.dynamics)

    targets = decide(session, mixed)

    assert targets.lead.reverb == rules.predict(session).lead.reverb
    assert isinstance(targets.lead.dynamics, BlockRangeTarget)
    assert targets.lead.eq == engineers.predict(session).lead.eq


def test_a_named_predictor_decides_all_aspects(session):
    assert decide(session, PLAIN, predictor="rules") == decide(session, dataclasses.replace(RULES, name="plain"))


def test_an_unknown_predictor_is_refused_with_those_that_there_are(session):
    with pytest.raises(ValueError, match=r"'learnt'.*engineers, rules"):
        decide(session, PLAIN, predictor="learnt")


@pytest.mark.parametrize("amount", [-1.0, 101.0, float("nan")])
def test_an_amount_out_of_range_is_refused(session, amount):
    with pytest.raises(ValueError, match="amount"):
        decide(session, PLAIN, amount=amount)


def test_the_presets_offsets_are_added(session):
    preset = Preset(
        name="much",
        description="",
        level=LevelStyle(relative_loudness_lu=2.0, backing_vocals_lu=-9.0),
        eq=EqStyle(brightness_db=2.0),
        dynamics=DynamicsStyle(compression_db=1.5),
        reverb=ReverbStyle(rt60_factor=0.5, wet_lu=-3.0, pre_delay_ms=25.0),
    )

    plain, much = decide(session, PLAIN), decide(session, preset)

    assert much.lead.relative_loudness_lu.value == plain.lead.relative_loudness_lu.value + 2.0
    assert much.backing_vocals.relative_loudness_lu.value == -9.0
    assert much.lead.dynamics.below_loudness_db.value == plain.lead.dynamics.below_loudness_db.value + 1.5
    assert much.lead.reverb.rt60_s.value == plain.lead.reverb.rt60_s.value / 2.0
    assert much.lead.reverb.wet_lu.value == plain.lead.reverb.wet_lu.value - 3.0
    assert much.lead.reverb.pre_delay_ms.value == 25.0
    brighter = np.subtract(much.lead.eq.gains_db, plain.lead.eq.gains_db)
    np.testing.assert_allclose(brighter, [0, 0, 0, 0, 0, 0, 0.5, 1.2, 2.0, 2.0], atol=0.011)
    assert much.lead.eq.high_pass_hz == plain.lead.eq.high_pass_hz


def test_compression_makes_a_block_range_narrower(session):
    tighter = dataclasses.replace(RULES, dynamics=DynamicsStyle(predictor="rules", compression_db=2.0))

    assert decide(session, tighter).lead.dynamics.block_range_db.value == 12.0


def test_brightness_is_for_voices_only(make_session):
    covering = make_session(masking=np.full(10, 10.0))
    bright = dataclasses.replace(PLAIN, eq=EqStyle(brightness_db=3.0))

    assert decide(covering, bright).backing_eq == decide(covering, PLAIN).backing_eq
    assert decide(covering, PLAIN).backing_eq is not None


@pytest.mark.parametrize("predictor", PREDICTORS)
def test_nothing_is_left_to_do_at_0_percent(session, predictor):
    targets = decide(session, PLAIN, predictor=predictor, amount=0.0)

    assert targets.backing_eq is None
    for voice in (targets.lead, targets.backing_vocals):
        assert [getattr(voice, field.name) for field in dataclasses.fields(voice)] == [None] * 4


def test_half_way_lies_between_what_is_and_what_is_wanted(session):
    full, half = decide(session, PLAIN), decide(session, PLAIN, amount=50.0)

    assert half.lead.relative_loudness_lu.value == pytest.approx(-2.0)  # from -4 to 0 LU
    assert half.backing_vocals.relative_loudness_lu.value == pytest.approx(-8.0)  # from -10 to -6 LU
    assert half.lead.dynamics.ballistics.ratio.value == pytest.approx(
        (1.0 + full.lead.dynamics.ballistics.ratio.value) / 2.0
    )
    assert half.lead.reverb.wet_lu.value == pytest.approx(full.lead.reverb.wet_lu.value - 6.02, abs=0.01)
    np.testing.assert_allclose(tone_of(half.lead.eq), tone_of(full.lead.eq) / 2.0, atol=0.011)
    # The high-pass comes up from 20 Hz by as many octaves: 75 Hz is 1.9 octaves over it.
    assert half.lead.eq.high_pass_hz.value == pytest.approx(20.0 * (75.0 / 20.0) ** 0.5, abs=0.5)


def test_half_a_block_range_starts_where_the_voice_is(session):
    half = decide(session, RULES, amount=50.0).lead.dynamics

    assert isinstance(half, BlockRangeTarget)
    assert half.block_range_db.value == pytest.approx(16.0)  # from 18 to 14 dB


def test_a_voice_that_is_even_enough_is_not_asked_to_move_more(make_session, make_track):
    even = make_session(make_track(block_range_db=9.0))

    target = decide(even, RULES, amount=50.0).lead.dynamics

    assert target.block_range_db.value == 14.0


def test_the_amount_scales_the_presets_own(session):
    dry = dataclasses.replace(PLAIN, reverb=ReverbStyle(amount=0.0), eq=EqStyle(amount=60.0))

    targets = decide(session, dry, amount=50.0)

    assert targets.lead.reverb is None
    full = decide(session, PLAIN).lead.eq
    np.testing.assert_allclose(tone_of(targets.lead.eq), 0.3 * tone_of(full), atol=0.011)


@pytest.mark.parametrize("predictor", PREDICTORS)
def test_reasons_say_the_amount_unless_it_is_all(session, predictor):
    whole = [aim.why for aim in aims_of(decide(session, PLAIN, predictor=predictor))]
    half = decide(session, PLAIN, predictor=predictor, amount=50.0)

    assert not any("amount" in why for why in whole)
    for voice in (half.lead, half.backing_vocals):
        assert "50 %" in voice.relative_loudness_lu.why
        assert "50 %" in voice.eq.why
        assert "50 %" in voice.dynamics.ballistics.ratio.why
        assert "50 %" in voice.reverb.wet_lu.why


@given(st.sampled_from(sorted(PREDICTORS)), st.floats(0.0, 100.0))
def test_every_value_has_a_reason_in_whole_sentences(session, predictor, amount):
    targets = decide(session, PLAIN, predictor=predictor, amount=amount)

    for aim in aims_of(targets):
        assert np.isfinite(aim.value)
        assert aim.why[0].isupper() or aim.why[0].isdigit()
        assert aim.why.endswith(".")
        assert ".." not in aim.why
        assert "nan" not in aim.why


@given(st.floats(0.1, 99.9), st.floats(0.1, 99.9))
def test_more_amount_goes_further(session, one, other):
    less, more = (decide(session, PLAIN, amount=amount).lead for amount in sorted((one, other)))

    assert less.relative_loudness_lu.value <= more.relative_loudness_lu.value
    assert less.dynamics.ballistics.ratio.value <= more.dynamics.ballistics.ratio.value
    assert less.reverb.wet_lu.value <= more.reverb.wet_lu.value
    assert less.eq.high_pass_hz.value <= more.eq.high_pass_hz.value


def test_deciding_twice_gives_the_same(session):
    assert decide(session, PLAIN) == decide(session, PLAIN)


def test_backing_vocals_that_are_not_there_get_no_targets(make_session):
    assert decide(make_session(), PLAIN).backing_vocals is None


def test_silent_backing_vocals_are_aimed_at_directly(make_session, make_track):
    session = make_session(backing_vocals=make_track(active_lufs=float("-inf")))

    assert decide(session, PLAIN, amount=50.0).backing_vocals.relative_loudness_lu.value == -6.0


def aims_of(targets) -> list[Aim]:
    """Every aim anywhere in the targets, and every EQ's reason as one."""
    if isinstance(targets, Aim):
        return [targets]
    if not dataclasses.is_dataclass(targets):
        return []
    own = [Aim(0.0, targets.why)] if hasattr(targets, "why") else []
    fields = (aims_of(getattr(targets, field.name)) for field in dataclasses.fields(targets))
    return own + list(itertools.chain.from_iterable(fields))


@pytest.mark.parametrize("predictor", PREDICTORS)
def test_a_silent_backing_asks_for_no_level(make_session, predictor):
    silent = dataclasses.replace(make_session(), relative_loudness_lu=None, masking_octaves_db=None)

    targets = decide(silent, PLAIN, predictor=predictor)

    assert targets.lead.relative_loudness_lu is None
    assert targets.backing_eq is None


def test_a_threshold_target_stays_one_at_any_amount(session):
    assert isinstance(decide(session, PLAIN, amount=30.0).lead.dynamics, ThresholdTarget)
