"""Known settings are found again from real voices, and no others; other people's sound is neared."""

from __future__ import annotations

import numpy as np
import pedalboard
import pytest
import soundfile
from scipy import signal

from daw_bridge.engineer.reverb import wet_level_lu
from daw_bridge.engineer.signal import Signal
from daw_bridge.errors import MatchError
from daw_bridge.matching.align import Alignment
from daw_bridge.matching.chain import Chain, play
from daw_bridge.matching.pair import PairMatch, _pair, match_pair
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.reaeq_sound import response_db
from daw_bridge.plugins.reaverbate_sound import rt60_s
from matching.voices import RATE, lead
from predictors.analysis import active_mask

EQ = ReaEq(
    bands=(
        Band(kind=BandKind.HIGH_PASS, frequency_hz=110.0, bandwidth_oct=1.9),
        Band(frequency_hz=300.0, gain_db=-5.0),
        Band(kind=BandKind.HIGH_SHELF, frequency_hz=4000.0, gain_db=6.0),
    )
)
COMP = ReaComp(threshold_db=-32.0, ratio=3.0, attack_ms=5.0, release_ms=120.0)
VERB = ReaVerbate(wet_db=-12.0, room_size=0.75, pre_delay_ms=12.0, width=0.7, low_cut_hz=200.0, high_cut_hz=8000.0)


def _gain_db(chain: Chain) -> float:
    return chain.fader_db + (chain.comp.wet_db if chain.comp else 0.0)


def _eq_error_db(one: ReaEq | None, other: ReaEq | None) -> float:
    hz = np.geomspace(80.0, 12000.0, 80)
    curves = [response_db(eq, hz, RATE) if eq else np.zeros(80) for eq in (one, other)]
    return float(np.sqrt(np.mean(np.square(curves[0] - curves[1]))))


def _range_db(dry, chain: Chain) -> float:
    behind = play(Chain(eq=chain.eq, comp=chain.comp), dry, RATE)
    return Signal.of(behind, RATE).range_over(active_mask(Signal.of(dry, RATE).power))


def _found(dry, true: Chain, **more) -> PairMatch:
    return match_pair(dry, play(true, dry, RATE), RATE, **more)


@pytest.mark.parametrize("gain_db", [0.0, -4.3, 30.0])
def test_a_gain_is_a_fader_and_nothing_else(shared, gain_db):
    dry = np.pad(lead(shared, "hydrogen", 3.0), ((0, 0), (RATE, 0)))
    found = _found(dry, Chain(fader_db=gain_db))

    assert found.chain == Chain(fader_db=gain_db)
    assert set(found.why) == {"fader_db", "eq", "comp", "verb"}


def test_eq_and_gain_are_found_through_an_offset_and_a_turned_polarity(shared):
    dry = lead(shared, "rubidium", 4.0)
    wet = -np.pad(play(Chain(eq=EQ, fader_db=2.5), dry, RATE), ((0, 0), (3210, 0)))
    found = match_pair(dry, wet, RATE)

    assert found.alignment.offset_frames == 3210
    assert found.chain.inverted
    assert found.chain.fader_db == pytest.approx(2.5, abs=0.2)
    assert _eq_error_db(found.chain.eq, EQ) < 0.7
    assert found.after.residual_db < -20.0
    assert (found.chain.comp, found.chain.verb) == (None, None)


@pytest.mark.parametrize(
    ("dry", "true"),
    [
        pytest.param(("rubidium", 4.0), Chain(comp=COMP, fader_db=3.0), id="compressor"),
        pytest.param(("potassium", 4.0), Chain(verb=VERB, fader_db=-1.0), id="reverb"),
        pytest.param(("sodium", 5.0), Chain(eq=EQ, comp=COMP, verb=VERB, fader_db=1.5), id="all"),
    ],
)
def test_known_settings_are_found_and_no_others(shared, dry, true):
    dry = lead(shared, *dry)
    found = _found(dry, true)
    chain = found.chain

    assert [type(one) for one in chain.plugins] == [type(one) for one in true.plugins]
    assert _gain_db(chain) == pytest.approx(_gain_db(true), abs=0.2)
    assert _eq_error_db(chain.eq, true.eq) < 0.7
    assert _range_db(dry, chain) == pytest.approx(_range_db(dry, true), abs=0.5)
    assert found.after.residual_db < -20.0
    if true.verb is not None:
        behind = Signal.of(play(Chain(eq=true.eq, comp=true.comp), dry, RATE), RATE)
        rt60s = [rt60_s(verb.room_size, verb.dampening, RATE) for verb in (chain.verb, true.verb)]
        assert rt60s[0] == pytest.approx(rt60s[1], rel=0.1)
        assert wet_level_lu(behind, chain.verb) == pytest.approx(wet_level_lu(behind, true.verb), abs=1.0)


BOARD_EQ = [pedalboard.PeakFilter(400.0, -5.0, 1.0), pedalboard.HighShelfFilter(6000.0, 5.0, 0.7)]


def _in_a_church(shared, dry):
    response, rate = soundfile.read(
        shared / "data/ir/openair/StAndrewsChurch.flac", dtype="float32", always_2d=True
    )
    assert rate == RATE
    response = response[:RATE, :1].T / np.abs(response).max()
    return dry + np.float32(0.3) * signal.oaconvolve(dry, response, axes=1)[:, : dry.shape[1]].astype(np.float32)


def _through(*plugins, sides: int = 1):
    return lambda shared, dry: pedalboard.Pedalboard(list(plugins))(np.repeat(dry, sides, axis=0), RATE)


@pytest.mark.parametrize(
    ("name", "made", "plugins"),
    [
        pytest.param("sodium", _through(*BOARD_EQ), [ReaEq], id="EQ"),
        pytest.param(
            "vocadito_1", _through(pedalboard.Compressor(-39.0, 3.5, 5.0, 150.0)), [ReaComp], id="compressor"
        ),
        pytest.param(
            "sodium", _through(pedalboard.Reverb(0.6, 0.5, 0.1, 0.45), sides=2), [ReaVerbate], id="reverb"
        ),
        pytest.param("vocadito_1", _in_a_church, [ReaVerbate], id="church"),
    ],
)
def test_other_peoples_processors_are_neared(shared, name, made, plugins):
    dry = lead(shared, name, 4.0)
    found = match_pair(dry, made(shared, dry), RATE)
    before, after = found.before, found.after
    print(f"residual of levels {before.levels_residual_db:.1f} -> {after.levels_residual_db:.1f} dB,", end=" ")
    print(f"distance {before.distance.total:.3f} -> {after.distance.total:.3f}")

    assert [type(one) for one in found.chain.plugins] == plugins
    assert found.exact == (ReaVerbate not in plugins)
    assert after.distance.total < 0.9 * before.distance.total
    assert after.levels_residual_db < before.levels_residual_db - 1.0
    if found.exact:
        assert after.residual_db < before.residual_db - 10.0


def test_what_no_plug_in_brings_nearer_gets_none(shared):
    dry = lead(shared, "rubidium", 3.0)
    gated = np.where(np.abs(dry) > 0.02, dry, np.float32(0.0))
    found = match_pair(dry, gated, RATE)

    assert found.chain.plugins == ()
    assert found.after.distance.total <= found.before.distance.total


def _interrupt(stage: str, done: float) -> None:
    if done > 0.2:
        raise KeyboardInterrupt


@pytest.mark.parametrize("where", [slice(5 * RATE, 10 * RATE), slice(4 * RATE), slice(4 * RATE, None)])
def test_an_excerpt_is_compared_with_its_own_part_of_a_longer_recording(shared, where):
    song = lead(shared, "hydrogen", 12.0)
    found = match_pair(song[:, where], play(Chain(fader_db=-4.0), song, RATE), RATE)

    assert found.alignment.offset_frames == (where.start or 0)
    assert found.chain == Chain(fader_db=-4.0)
    assert found.after.residual_db < -60.0


def test_a_tail_behind_the_dry_recording_is_compared_too(shared):
    dry = lead(shared, "hydrogen", 3.0)
    ringing = play(Chain(verb=VERB), np.pad(dry, ((0, 0), (0, 2 * RATE))), RATE)
    pair = _pair(dry, ringing, RATE, Alignment(offset_frames=0.0))

    assert pair.wet.shape[1] == 5 * RATE


@pytest.mark.parametrize("stop", [{"budget_s": 0.0}, {"progress": _interrupt}], ids=["no time", "Ctrl-C"])
def test_a_search_that_is_stopped_gives_the_best_so_far(shared, stop):
    dry = lead(shared, "rubidium", 4.0)
    found = _found(dry, Chain(eq=EQ, fader_db=2.5), **stop)

    assert not found.complete
    assert "stopped" in found.why["verb"]
    assert found.after.distance.total < found.before.distance.total


def test_what_cannot_be_matched_is_refused(shared):
    dry = lead(shared, "rubidium", 6.0)
    for wet, words in (
        (np.zeros_like(dry), "silent"),
        (dry[:, :RATE], "1.0 s long"),
        (dry[:, :1], "1 sample long"),
        (lead(shared, "hydrogen", 6.0), "does not sound like"),
    ):
        with pytest.raises(MatchError, match=words):
            match_pair(dry, wet, RATE)
