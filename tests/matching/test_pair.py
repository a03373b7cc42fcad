"""Known settings are found again from real voices, and no others; other people's sound is neared."""

from __future__ import annotations

import numpy as np
import pedalboard
import pytest

from daw_bridge.engineer.reverb import wet_level_lu
from daw_bridge.engineer.signal import Signal
from daw_bridge.errors import MatchError
from daw_bridge.matching.chain import Chain, play
from daw_bridge.matching.pair import PairMatch, match_pair
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


def test_a_gain_is_a_fader_and_nothing_else(shared):
    found = _found(lead(shared, "hydrogen", 5.0), Chain(fader_db=-4.3))

    assert found.chain == Chain(fader_db=-4.3)
    assert set(found.why) == {"fader_db", "eq", "comp", "verb"}


def test_eq_and_gain_are_found_through_an_offset_and_a_turned_polarity(shared):
    dry = lead(shared, "rubidium", 5.0)
    wet = -np.pad(play(Chain(eq=EQ, fader_db=2.5), dry, RATE), ((0, 0), (3210, 0)))
    found = match_pair(dry, wet, RATE)

    assert found.alignment.offset_frames == 3210
    assert found.chain.inverted
    assert found.chain.fader_db == pytest.approx(2.5, abs=0.2)
    assert _eq_error_db(found.chain.eq, EQ) < 0.7
    assert found.after.residual_db < -20.0
    assert (found.chain.comp, found.chain.verb) == (None, None)


def test_eq_compressor_and_reverb_are_found_together(shared):
    dry = lead(shared, "sodium", 6.0)
    true = Chain(eq=EQ, comp=COMP, verb=VERB, fader_db=1.5)
    found = _found(dry, true)
    chain = found.chain
    behind = Signal.of(play(Chain(eq=EQ, comp=COMP), dry, RATE), RATE)

    assert chain.verb is not None
    assert _gain_db(chain) == pytest.approx(1.5, abs=0.2)
    assert _eq_error_db(chain.eq, EQ) < 0.7
    assert _range_db(dry, chain) == pytest.approx(_range_db(dry, true), abs=0.5)
    assert rt60_s(chain.verb.room_size, chain.verb.dampening, RATE) == pytest.approx(
        rt60_s(VERB.room_size, VERB.dampening, RATE), rel=0.1
    )
    assert wet_level_lu(behind, chain.verb) == pytest.approx(wet_level_lu(behind, VERB), abs=1.0)
    assert found.after.distance.total < 0.2 * found.before.distance.total


def test_other_peoples_processors_are_neared_in_every_measure(shared):
    dry = lead(shared, "sodium", 5.0)
    board = pedalboard.Pedalboard(
        [
            pedalboard.PeakFilter(400.0, -5.0, 1.0),
            pedalboard.Gain(3.0),
            pedalboard.Reverb(0.6, 0.5, 0.1, 0.45),
        ]
    )
    found = match_pair(dry, board(np.repeat(dry, 2, axis=0), RATE), RATE)

    assert found.chain.verb is not None
    assert not found.exact
    assert found.after.distance.total < 0.6 * found.before.distance.total
    assert found.after.residual_db < found.before.residual_db
    assert found.after.levels_residual_db < found.before.levels_residual_db - 3.0


def _interrupt(stage: str, done: float) -> None:
    if done > 0.2:
        raise KeyboardInterrupt


@pytest.mark.parametrize("stop", [{"budget_s": 0.0}, {"progress": _interrupt}], ids=["no time", "Ctrl-C"])
def test_a_search_that_is_stopped_gives_the_best_so_far(shared, stop):
    dry = lead(shared, "rubidium", 4.0)
    found = _found(dry, Chain(eq=EQ, fader_db=2.5), **stop)

    assert not found.complete
    assert found.after.distance.total < found.before.distance.total


def test_what_cannot_be_matched_is_refused(shared):
    dry = lead(shared, "rubidium", 6.0)
    for wet, words in (
        (np.zeros_like(dry), "silent"),
        (dry[:, :RATE], "1.0 s long"),
        (lead(shared, "hydrogen", 6.0), "does not sound like"),
    ):
        with pytest.raises(MatchError, match=words):
            match_pair(dry, wet, RATE)
