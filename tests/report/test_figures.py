"""The numbers behind the pictures are those of the sound."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.reaverbate_sound import rt60_s
from daw_bridge.report.chain_figures import chain_figures
from daw_bridge.report.elements import script_json
from daw_bridge.report.figures import TABLE_ROWS, Figure, hertz, numbers, plain, signed, song_figures, table_rows
from daw_bridge.report.heard import LEVELS_DB, MOST_POINTS, SongHeard, TrackHeard, hear
from daw_bridge.session import Role

RATE = 44100
EQ = ReaEq(bands=(Band(kind=BandKind.HIGH_PASS, frequency_hz=100.0), Band(frequency_hz=1000.0, gain_db=6.0)))


@pytest.fixture(scope="module")
def heard(made) -> SongHeard:
    return hear(made, lambda stage, done: None)


@pytest.fixture(scope="module")
def lead(heard) -> TrackHeard:
    return next(track for track in heard.tracks if track.track.role is Role.LEAD_VOCAL)


def figure(heard: TrackHeard, kind: str, wanted=None) -> Figure:
    figures = chain_figures(heard, RATE, wanted)
    return next(one for one in figures if one.key == f"{heard.track.guid}-{kind}")


def at(shown: Figure, label: str, x: float) -> float:
    series = next(one for one in shown.series if one.label.startswith(label))
    pairs = [(place, value) for place, value in zip(shown.xs, series.values, strict=True) if value is not None]
    return float(np.interp(x, *zip(*pairs, strict=True)))


def test_what_was_measured_is_what_the_plan_promises(made, heard, lead) -> None:
    plan = made.plan
    track = next(track for track in plan.tracks if track.guid == lead.track.guid)

    assert heard.before.analysis.relative_loudness_lu == pytest.approx(
        plan.results["relative_loudness_before_lu"], abs=0.05
    )
    assert heard.after.analysis.relative_loudness_lu == pytest.approx(
        plan.results["relative_loudness_lu"], abs=0.05
    )
    assert heard.after.mix.true_peak_dbtp == pytest.approx(plan.results["true_peak_dbtp"], abs=0.05)
    assert lead.wet_lu == pytest.approx(track.results["wet_lu"], abs=0.05)
    assert lead.rt60_s == pytest.approx(track.results["rt60_s"], abs=0.01)
    assert lead.squeezed.range_before_db == pytest.approx(track.results["block_range_before_db"], abs=0.05)
    assert lead.squeezed.range_after_db == pytest.approx(track.results["block_range_db"], abs=0.05)


def test_handles_stand_where_reaeq_has_them(lead) -> None:
    shown = figure(dataclasses.replace(lead, eq=EQ), "eq")

    high_pass, bell = shown.marks
    assert (high_pass.x, high_pass.label, bell.x, bell.y, bell.label) == (100.0, "1", 1000.0, 6.0, "2")
    assert high_pass.y == pytest.approx(-3.0, abs=0.6)
    assert at(shown, "all bands", 1000.0) == pytest.approx(6.0, abs=0.2)


def test_a_band_that_is_off_is_not_drawn(lead) -> None:
    off = dataclasses.replace(EQ, bands=(EQ.bands[0], dataclasses.replace(EQ.bands[1], enabled=False)))

    shown = figure(dataclasses.replace(lead, eq=off), "eq")

    assert len(shown.marks) == 1
    assert shown.summary.startswith("1 band:")


def test_the_curve_that_was_asked_for_stands_beside_that_which_was_set(lead) -> None:
    shown = figure(dataclasses.replace(lead, eq=EQ), "eq", (-12.0, -6.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0))

    assert at(shown, "asked for", 1000.0) == pytest.approx(2.0, abs=0.1)


def test_the_transfer_curve_bends_at_the_threshold(lead) -> None:
    comp = ReaComp(threshold_db=-30.0, ratio=3.0, wet_db=4.0)

    shown = figure(dataclasses.replace(lead, comp=comp), "curve")

    assert at(shown, "compressed", -40.0) == pytest.approx(-40.0)
    assert at(shown, "compressed", -15.0) == pytest.approx(-25.0, abs=0.1)
    assert at(shown, "with make-up", -15.0) == pytest.approx(-21.0, abs=0.1)
    assert shown.marks[0].x == -30.0


def test_a_limiter_has_no_ratio(lead) -> None:
    shown = figure(dataclasses.replace(lead, comp=ReaComp(ratio=float("inf"))), "curve")

    assert "a limiter" in shown.summary


def test_the_histogram_holds_all_of_the_voice_above_its_lowest_class(lead) -> None:
    assert 0.9 < lead.squeezed.histogram.sum() <= 1.0 + 1e-9
    assert lead.squeezed.histogram.size == LEVELS_DB.size


def test_the_line_of_the_rt60_lies_on_the_decay_that_it_is_taken_from(lead) -> None:
    verb = ReaVerbate(room_size=0.7, dampening=0.3)
    wanted = rt60_s(0.7, 0.3, RATE)

    shown = figure(dataclasses.replace(lead, verb=verb, rt60_s=wanted), "decay")

    assert f"{wanted:.2f} s" in shown.summary
    end = shown.marks[0]
    assert (end.y, at(shown, "RT60", end.x)) == (-60.0, pytest.approx(-60.0, abs=0.5))
    for seconds_before in (0.6, 0.7, 0.8):  # of the RT60, back from its end: within -5 dB and -25 dB
        x = end.x - seconds_before * wanted
        assert at(shown, "500 Hz", x) == pytest.approx(at(shown, "RT60", x), abs=1.5)


def test_a_long_song_is_drawn_with_no_more_points_than_a_page_has(heard, lead) -> None:
    shown = [*song_figures(heard), *chain_figures(lead, RATE, None)]

    assert max(len(one.xs) for one in shown) <= MOST_POINTS
    assert all(len(series.values) == len(one.xs) for one in shown for series in one.series)
    assert all(len(table_rows(one)) <= TABLE_ROWS for one in shown)


def test_figures_are_plain_data_that_json_can_hold(heard, lead) -> None:
    shown = plain([*song_figures(heard), *chain_figures(lead, RATE, None)])

    assert len(json.loads(script_json(shown))) == 9
    assert all(one["x"]["label"] and one["y"]["label"] and one["summary"] for one in shown)


def test_the_song_says_what_changed_between_vocal_and_backing(heard) -> None:
    loudness, spectra, masking = song_figures(heard)

    assert "−5.2 LU against the backing before, 0.0 LU after" in loudness.summary
    assert "gained most at" in spectra.summary
    assert "it covered 16 before and covers 5 after" in masking.summary


def test_numbers_that_are_none_are_left_out() -> None:
    assert numbers([1.234, float("nan"), float("-inf"), -0.001]) == (1.23, None, None, 0.0)


@pytest.mark.parametrize(("value", "shown"), [(-0.04, "0.0"), (1.25, "+1.2"), (-6.0, "−6.0")])
def test_a_difference_has_a_true_sign_and_nothing_has_none(value, shown) -> None:
    assert signed(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(31.5, "32 Hz"), (996.0, "1 kHz"), (3150.0, "3.2 kHz"), (158.5, "160 Hz")]
)
def test_a_frequency_is_said_with_two_digits(value, shown) -> None:
    assert hertz(value) == shown
