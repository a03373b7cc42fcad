"""A dry recording is found in its processed one, whatever was done to it; what is unrelated is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daw_bridge.audio import Samples, resample
from daw_bridge.errors import MatchError
from daw_bridge.matching.align import Alignment, _line, _Window, _windows, align, find_alignment
from daw_bridge.matching.chain import Chain, play
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from matching.voices import RATE, lead

PROCESSED = Chain(
    eq=ReaEq(bands=(Band(frequency_hz=300.0, gain_db=-4.0), Band(kind=BandKind.HIGH_SHELF, frequency_hz=5000.0))),
    comp=ReaComp(threshold_db=-34.0, ratio=4.0),
    verb=ReaVerbate(wet_db=-8.0, room_size=0.8),
)


@pytest.fixture(scope="module")
def dry(shared: Path) -> Samples:
    return lead(shared, "hydrogen", 12.0)


@pytest.fixture(scope="module")
def wet(dry: Samples) -> Samples:
    return play(PROCESSED, dry, RATE)


@given(offset=st.integers(-4 * RATE, 4 * RATE), inverted=st.booleans())
@settings(max_examples=8, deadline=None)
def test_offset_and_polarity_are_found_through_eq_compressor_and_reverb(dry, wet, offset, inverted):
    moved = np.pad(wet, ((0, 0), (offset, 0))) if offset >= 0 else wet[:, -offset:]

    found = find_alignment(dry, -moved if inverted else moved, RATE)

    assert found.inverted == inverted
    assert found.drift_ppm == 0.0
    assert found.offset_frames == pytest.approx(offset, abs=2.0)  # an equaliser's phases are still in it


@pytest.mark.parametrize("drift_ppm", [-120.0, 30.0])
def test_a_clock_that_drifts_is_measured_and_undone(dry, wet, drift_ppm):
    drifted = resample(wet, 1e6, 1e6 + drift_ppm)
    found = find_alignment(dry, drifted, RATE)
    _, steady = align(dry, drifted, Alignment(offset_frames=0.0, drift_ppm=found.drift_ppm))
    frames = slice(RATE, 10 * RATE)
    left = steady[:, frames] - wet[:, frames]

    assert found.drift_ppm == pytest.approx(drift_ppm, abs=2.0)
    assert np.vdot(left, left) < 0.01 * np.vdot(wet[:, frames], wet[:, frames])


def test_the_dry_recording_is_put_where_it_sounds_and_a_part_of_a_frame_is_made_up_for():
    click = np.zeros((1, 100), np.float32)
    click[0, 10] = 1.0
    later = np.zeros((1, 130), np.float32)
    later[0, 37:39] = 0.5  # half a frame after 37
    moved, wet = align(click, later, Alignment(offset_frames=27.5))

    assert moved.shape == wet.shape == (1, 130)
    assert int(np.argmax(moved)) in (37, 38)
    assert np.argmax(wet) == np.argmax(moved)


def test_a_recording_that_was_cut_before_the_dry_one_starts_keeps_what_both_have():
    dry = np.arange(10, dtype=np.float32)[None]
    moved, _ = align(dry, np.zeros((1, 6), np.float32), Alignment(offset_frames=-3.0))

    assert moved.tolist() == [[3.0, 4.0, 5.0, 6.0, 7.0, 8.0]]


def test_another_song_is_refused(dry, shared):
    with pytest.raises(MatchError, match="does not sound like"):
        find_alignment(dry, lead(shared, "rubidium", 12.0), RATE)


def test_one_moment_alike_proves_less_than_several():
    def line(apart_s, height):
        return _line([_Window(number * apart_s * RATE, 100.0, 1.0, height) for number in range(4)], RATE)

    assert line(1.0, 0.2).at_zero == pytest.approx(100.0)
    assert line(0.1, 0.5).at_zero == pytest.approx(100.0)
    with pytest.raises(MatchError, match="does not sound like"):
        line(0.1, 0.2)


def test_recordings_that_overlap_by_less_than_a_window_are_compared_there(dry):
    overlap = RATE + RATE // 5
    wet = dry[0, -overlap:]
    windows = _windows(dry[0], np.pad(wet, (0, RATE)), overlap - dry.shape[1], RATE)
    short = _windows(dry[0], wet, overlap - dry.shape[1], RATE)

    assert windows
    assert {round(one.offset) for one in (*windows, *short)} == {overlap - dry.shape[1]}


def test_a_recording_at_another_speed_is_named_as_that(dry, wet):
    with pytest.raises(MatchError, match=r"faster.*44\.1 kHz played at 48"):
        find_alignment(dry, resample(wet, 48000, 44100), RATE)
