"""The life of a plan in the open project: emulated, and with `pytest --reaper` in a real REAPER, too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daw_bridge.hosts.reaper.live import LiveProject, open_project
from daw_bridge.plan import MixPlan, TrackPlan
from daw_bridge.plugins import Band, BandKind, ReaComp, ReaEq, ReaVerbate
from daw_bridge.session import Role
from emulator.live import LiveReaper, new_track

EQ = ReaEq(
    bands=(
        Band(kind=BandKind.HIGH_PASS, frequency_hz=96.0, bandwidth_oct=1.9),
        Band(frequency_hz=330.0, gain_db=-2.4, bandwidth_oct=1.6),
        Band(kind=BandKind.HIGH_SHELF, frequency_hz=5200.0, gain_db=3.1, bandwidth_oct=1.2),
    )
)
COMP = ReaComp(threshold_db=-27.3, ratio=3.2, attack_ms=1.2, release_ms=118.0, rms_ms=0.0, wet_db=4.1)
VERB = ReaVerbate(wet_db=-15.4, room_size=0.864, dampening=0.18, low_cut_hz=200.0, high_cut_hz=10000.0)


class Song:
    """An open project with a track of ours at its end."""

    def __init__(self, reaper: LiveReaper) -> None:
        self.reaper, self.pointer = reaper, new_track(reaper)

    def open(self) -> LiveProject:
        return open_project(self.reaper._client)

    def plan(self, fader_db: float = -6.5) -> MixPlan:
        track = self.open().session.tracks[-1]
        lead = Role.LEAD_VOCAL
        planned = TrackPlan(
            guid=track.guid, name=track.name, role=lead, fader_db=fader_db, eq=EQ, comp=COMP, verb=VERB
        )
        return MixPlan(preset="natural", predictor="engineers", amount=100.0, tracks=(planned,))

    @property
    def undo(self) -> str:
        return str(self.reaper.call("Undo_CanUndo2", 0))


@pytest.fixture
def song(any_reaper: LiveReaper) -> Iterator[Song]:
    made = Song(any_reaper)
    yield made
    any_reaper.call("DeleteTrack", made.pointer)


def test_a_plan_is_applied_in_one_undo_step_and_read_back(song):
    project = song.open()
    applied = project.apply(song.plan())

    assert applied.changed
    assert project.verify(applied) == ()
    assert song.undo == "DAW Bridge: mix (natural)"
    track = song.open().session.tracks[-1]
    assert track.fader.volume_db == pytest.approx(-6.5, abs=0.005)
    assert [type(fx.settings) for fx in track.fx] == [ReaEq, ReaComp, ReaVerbate]
    assert all(fx.ours for fx in track.fx)


def test_the_same_plan_again_changes_nothing(song):
    plan = song.plan()
    song.open().apply(plan)
    again = song.open()

    assert again.changes == ()
    assert not again.apply(plan).changed


def test_a_fader_that_the_user_moves_is_kept_until_forced(song):
    plan = song.plan()
    song.open().apply(plan)
    song.reaper.call("SetMediaTrackInfo_Value", song.pointer, "D_VOL", 0.25)
    kept = song.open().apply(plan).kept

    assert [change.field for change in kept] == ["fader_db"]
    assert song.reaper.call("GetMediaTrackInfo_Value", song.pointer, "D_VOL") == pytest.approx(0.25)
    song.open().apply(plan, force=True)
    assert song.open().session.tracks[-1].fader.volume_db == pytest.approx(-6.5, abs=0.005)


def test_revert_takes_all_of_it_out(song):
    before = song.open().session.tracks[-1]
    song.open().apply(song.plan())
    song.open().revert()

    after = song.open()
    assert after.saved is None
    assert after.session.tracks[-1] == before


def test_one_undo_takes_it_back(song):
    before = song.open().session.tracks[-1]
    song.open().apply(song.plan())
    song.reaper.call("Undo_DoUndo2", 0)

    assert song.open().session.tracks[-1] == before
