"""What a reference tells, on analyses made by hand: what is followed, what is held, and what is said of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from predictors import engineers
from predictors.decide import DynamicsStyle, EqStyle, LevelStyle, Preset, ReverbStyle, decide
from predictors.eq_targets import octave_levels_db, tone_of
from predictors.reference import MixReference, VocalReference, notes
from predictors.reverberance import Reverberance
from predictors.targets import BlockRangeTarget, EnoughReverb

AVERAGE_DB = np.array([-31.2, -25.0, -16.3, -8.3, -4.5, -5.6, -9.1, -12.6, -16.9, -25.6])
PLAIN = Preset(name="plain", description="")
LOADED = Preset(
    name="loaded",
    description="every offset",
    level=LevelStyle(relative_loudness_lu=3.0, backing_vocals_lu=-9.0),
    eq=EqStyle(brightness_db=3.0),
    dynamics=DynamicsStyle(compression_db=3.0),
    reverb=ReverbStyle(rt60_factor=2.0, wet_lu=3.0, pre_delay_ms=30.0),
)
HALL = Reverberance(rt60_s=2.2, wet_lu=-11.0, confidence=0.9)
UNCLEAR = Reverberance(rt60_s=2.2, wet_lu=-11.0, confidence=0.1)


@pytest.fixture(scope="module")
def session(make_session, make_track):
    return make_session(
        make_track(block_range_db=18.0), relative_loudness_lu=-4.0, backing_vocals=make_track(active_lufs=-30.0)
    )


@pytest.fixture(scope="module")
def wet(make_track):
    """A finished vocal, brighter and more even than the average one."""

    def make(octaves_db=AVERAGE_DB, *, range_db=11.0, lu=-1.5, room=HALL, **others) -> VocalReference:
        track = make_track(tuple(octaves_db), block_range_db=range_db)
        return VocalReference(name="Wet.wav", vocal=track, relative_loudness_lu=lu, room=room, **others)

    return make


@pytest.fixture(scope="module")
def finished_mix(make_track):
    def make(octaves_db, *, room=HALL, **others) -> MixReference:
        return MixReference(name="Mix.wav", mix=make_track(tuple(octaves_db)), room=room, **others)

    return make


def test_a_vocal_with_its_backing_decides_every_aspect(session, wet):
    lead = decide(session, PLAIN, reference=wet()).lead

    assert lead.relative_loudness_lu.value == -1.5
    assert isinstance(lead.dynamics, BlockRangeTarget)
    assert lead.dynamics.block_range_db.value == 11.0
    assert (lead.reverb.rt60_s.value, lead.reverb.wet_lu.value) == (2.2, -11.0)


def test_the_same_balance_asks_for_nothing_but_the_high_pass(session, wet):
    eq = decide(session, PLAIN, reference=wet()).lead.eq

    np.testing.assert_allclose(tone_of(eq), 0.0, atol=0.02)
    assert eq.high_pass_hz == engineers.predict(session).lead.eq.high_pass_hz


def test_a_brighter_reference_makes_the_voice_as_bright(session, wet):
    brighter = AVERAGE_DB + np.array([0, 0, 0, 0, 0, 0, 1, 3, 5, 5])

    tone = tone_of(decide(session, PLAIN, reference=wet(brighter)).lead.eq)

    assert tone[8] - tone[5] == pytest.approx(5.0, abs=0.8)
    assert tone[3] == pytest.approx(tone[5], abs=0.3)


@pytest.mark.parametrize("aspect", ["level", "eq", "dynamics", "reverb"])
def test_one_aspect_can_be_taken_alone(session, wet, aspect):
    without = decide(session, LOADED)

    taken = decide(session, LOADED, reference=wet(AVERAGE_DB[::-1], aspects=(aspect,)))

    field = "relative_loudness_lu" if aspect == "level" else aspect
    for name in ("relative_loudness_lu", "eq", "dynamics", "reverb"):
        assert (getattr(taken.lead, name) == getattr(without.lead, name)) == (name != field)


def test_what_the_reference_decides_gets_no_offset_of_the_preset(session, wet):
    plain, loaded = (decide(session, preset, reference=wet()) for preset in (PLAIN, LOADED))

    assert loaded.lead == plain.lead
    assert loaded.backing_vocals.relative_loudness_lu.value == -9.0  # the reference says nothing of them


def test_a_vocal_alone_leaves_the_level_to_the_preset(session, wet):
    alone = decide(session, LOADED, reference=wet(lu=None))

    assert alone.lead.relative_loudness_lu == decide(session, LOADED).lead.relative_loudness_lu


def test_half_the_amount_goes_half_way(session, wet):
    brighter = AVERAGE_DB + np.array([0, 0, 0, 0, 0, 0, 1, 3, 5, 5])
    full, half = (decide(session, PLAIN, reference=wet(brighter), amount=amount).lead for amount in (None, 50.0))

    assert half.relative_loudness_lu.value == pytest.approx(-2.75)  # from -4 to -1.5 LU
    assert half.dynamics.block_range_db.value == pytest.approx(14.5)  # from 18 to 11 dB
    assert half.reverb.wet_lu.value == pytest.approx(-17.0, abs=0.05)
    np.testing.assert_allclose(tone_of(half.eq), tone_of(full.eq) / 2.0, atol=0.011)


def test_backing_vocals_follow_more_lightly(session, wet):
    voices = decide(session, PLAIN, reference=wet())

    behind = voices.backing_vocals
    assert behind.reverb.wet_lu.value == voices.lead.reverb.wet_lu.value + 3.0
    assert behind.dynamics.block_range_db == voices.lead.dynamics.block_range_db
    assert behind.dynamics.ballistics == engineers.predict(session).backing_vocals.dynamics.ballistics


def test_reasons_name_the_file_and_say_measured_or_estimated(session, wet):
    lead = decide(session, PLAIN, reference=wet()).lead

    for why in (lead.relative_loudness_lu.why, lead.eq.why, lead.dynamics.block_range_db.why):
        assert why.startswith("Measured")
        assert "Wet.wav" in why
        assert "Held" not in why
    for why in (lead.reverb.rt60_s.why, lead.reverb.wet_lu.why):
        assert why.startswith("Estimated")
        assert "Wet.wav" in why


def test_a_reference_that_is_surely_dry_asks_for_no_reverb(session, wet):
    dry = wet(room=dataclasses.replace(UNCLEAR, at_most_lu=-36.0))

    reverb = decide(session, LOADED, reference=dry).lead.reverb

    assert isinstance(reverb, EnoughReverb)
    assert "Wet.wav are too quiet" in reverb.why
    assert "at least 36 LU under the voice" in reverb.why
    assert notes(dry)[0].endswith("; no reverb heard in its pauses.")
    assert len(notes(dry)) == 1


def test_a_room_that_is_heard_counts_whatever_the_pauses_would_hold(session, wet):
    short = wet(room=Reverberance(rt60_s=0.4, wet_lu=-12.0, confidence=0.9, at_most_lu=-30.0))

    assert decide(session, PLAIN, reference=short).lead.reverb.wet_lu.value == -12.0


@pytest.mark.parametrize(
    ("ours", "added_lu"),
    [
        (Reverberance(rt60_s=2.0, wet_lu=-14.0, confidence=0.9), -14.0),  # as energy, half of -11 LU is left
        (Reverberance(rt60_s=0.5, wet_lu=-14.0, confidence=0.9), -11.0),  # too short to stand in for 2.2 s
        (Reverberance(rt60_s=2.0, wet_lu=-14.0, confidence=0.1), -11.0),
        (None, -11.0),
    ],
)
def test_the_reverb_that_our_voice_has_is_not_added_again(session, wet, ours, added_lu):
    wanted = decide(session, PLAIN, reference=wet(our_room=ours)).lead.reverb.wet_lu

    assert wanted.value == pytest.approx(added_lu, abs=0.05)
    assert ("our own voice" in wanted.why) == (added_lu != -11.0)


def test_a_voice_with_more_reverb_than_the_reference_gets_none(session, wet):
    ours = Reverberance(rt60_s=2.0, wet_lu=-9.0, confidence=0.9)

    reverb = decide(session, PLAIN, reference=wet(our_room=ours)).lead.reverb

    assert isinstance(reverb, EnoughReverb)
    assert "-9.0 LU of 2.0 s it has already" in reverb.why


def test_limits_hold_and_say_so(session, wet):
    telephone = AVERAGE_DB + np.array([0, 0, -35, -15, 3, 3, 3, -12, -30, -30])
    odd = wet(telephone, range_db=1.0, lu=30.0, room=dataclasses.replace(HALL, rt60_s=9.0, wet_lu=-2.0))

    lead = decide(session, PLAIN, reference=odd).lead

    assert (lead.relative_loudness_lu.value, lead.dynamics.block_range_db.value) == (6.4, 8.0)
    assert (lead.reverb.rt60_s.value, lead.reverb.wet_lu.value) == (4.0, -6.0)
    aims = (lead.relative_loudness_lu, lead.dynamics.block_range_db, lead.reverb.rt60_s, lead.reverb.wet_lu)
    assert all("Held to" in aim.why for aim in (*aims, lead.eq))


@given(arrays(float, 10, elements=st.floats(-100.0, 0.0)))
def test_no_reference_bends_a_voice_by_more_than_a_strong_eq(session, wet, octaves_db):
    tone = tone_of(decide(session, PLAIN, reference=wet(octaves_db)).lead.eq)

    assert np.isfinite(tone).all()
    assert np.abs(tone).max() <= 8.02
    assert np.abs(np.diff(tone)).max() <= 6.05


def test_a_recording_that_ends_in_an_octave_is_not_compared_there(session, wet, make_track):
    track = make_track(tuple(AVERAGE_DB))
    thirds = np.array(track.spectrum_db)
    thirds[24:] = -100.0  # 8 kHz: nothing from 4 kHz on
    low_rate = dataclasses.replace(wet(), vocal=dataclasses.replace(track, spectrum_db=thirds))

    tone = tone_of(decide(session, PLAIN, reference=low_rate).lead.eq)

    np.testing.assert_allclose(tone, 0.0, atol=0.1)


def test_an_unclear_room_leaves_the_reverb_to_the_preset(session, wet):
    targets = decide(session, LOADED, reference=wet(room=UNCLEAR))

    assert targets.lead.reverb == decide(session, LOADED).lead.reverb
    assert any("do not tell its room" in note for note in notes(wet(room=UNCLEAR)))
    assert not any("room" in note for note in notes(wet(room=UNCLEAR, aspects=("eq",))))


def test_a_dry_reference_asks_for_no_reverb_and_says_so(session, wet):
    dry = decide(session, PLAIN, reference=wet(room=dataclasses.replace(HALL, wet_lu=-30.0))).lead.reverb

    assert isinstance(dry, EnoughReverb)
    assert "Wet.wav" in dry.why
    assert "estimated" in dry.why


def test_notes_say_what_was_measured_and_what_was_estimated(wet, finished_mix):
    (of_vocal,) = notes(wet())
    (of_mix,) = notes(finished_mix(AVERAGE_DB))

    assert "level over its backing, spectrum, block range measured; its room estimated" in of_vocal
    assert "overall balance measured; its room estimated" in of_mix
    assert "-20.0 LUFS is only told" in of_mix


def mix_balance(session) -> np.ndarray:
    """The octaves of the session's mix as the engineers would have it, at any level."""
    said = engineers.predict(session)
    lead = 10.0 ** ((octave_levels_db(session.lead) + said.lead.eq.gains_db) / 10.0)
    backing = 10.0 ** (octave_levels_db(session.backing) / 10.0)
    return 10.0 * np.log10(lead + backing)


def test_a_mix_gives_all_tracks_the_same_small_tone(session, finished_mix):
    darker = mix_balance(session) + np.array([0, 0, 0, 0, 0, 0, -1, -2, -4, -4])
    plain = decide(session, PLAIN)

    bent = decide(session, PLAIN, reference=finished_mix(darker))

    tone = np.array(bent.backing_eq.gains_db)
    np.testing.assert_allclose(tone_of(bent.lead.eq) - tone_of(plain.lead.eq), tone, atol=0.02)
    assert tone[8] - tone[5] == pytest.approx(-2.0, abs=0.6)  # half of it
    assert bent.lead.relative_loudness_lu == plain.lead.relative_loudness_lu
    assert bent.lead.dynamics == plain.lead.dynamics


def test_a_mix_like_ours_changes_nothing(session, finished_mix):
    like = finished_mix(mix_balance(session), room=UNCLEAR)

    assert decide(session, PLAIN, reference=like) == decide(session, PLAIN)


@given(arrays(float, 10, elements=st.floats(-100.0, 0.0)))
def test_no_mix_bends_anything_by_more_than_3_db(session, finished_mix, octaves_db):
    bent, plain = decide(session, PLAIN, reference=finished_mix(octaves_db)), decide(session, PLAIN)

    tone = tone_of(bent.lead.eq) - tone_of(plain.lead.eq)
    assert np.abs(tone).max() <= 3.02


def test_the_room_of_a_mix_is_taken_within_what_chains_do(session, finished_mix):
    huge = dataclasses.replace(HALL, rt60_s=8.0, wet_lu=-9.0)

    reverb = decide(session, PLAIN, reference=finished_mix(AVERAGE_DB, room=huge)).lead.reverb

    assert reverb.rt60_s.value == pytest.approx(3.2, abs=0.05)
    assert reverb.wet_lu.value == pytest.approx(-11.2, abs=0.05)
    assert "Roughly estimated" in reverb.rt60_s.why
    assert "Held to" in reverb.rt60_s.why


def test_ringing_instruments_are_no_room(session, finished_mix):
    drums = finished_mix(AVERAGE_DB, room=dataclasses.replace(HALL, wet_lu=-5.0))

    assert decide(session, PLAIN, reference=drums).lead.reverb == decide(session, PLAIN).lead.reverb


def test_without_a_backing_a_mix_is_compared_with_the_voice_and_no_level_is_set(make_session, wet, finished_mix):
    alone = make_session(masking=None)

    assert decide(alone, PLAIN, reference=wet()).lead.relative_loudness_lu is None
    assert decide(alone, PLAIN, reference=finished_mix(AVERAGE_DB)).lead.eq is not None
