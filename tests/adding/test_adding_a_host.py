"""What a host promises: wherever a session comes from, a plan is put in, found again, and taken out with no trace.

Each source of daw_bridge/sources.py goes through the same tests, by the doors that the commands use. The recipe
is "Add a host" in daw_bridge/docs/code.md.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from daw_bridge.api import Mix, write_mix
from daw_bridge.applying import revert_project
from daw_bridge.errors import DawBridgeError, PlanError
from daw_bridge.hosts.recordings import session_from_recordings
from daw_bridge.hosts.rpp.new_project import new_project
from daw_bridge.live import revert_live
from daw_bridge.media import Media
from daw_bridge.mix_files import MixFiles
from daw_bridge.plan import MixPlan, TrackPlan, with_plan
from daw_bridge.plugins import Band, ReaComp, ReaEq, ReaVerbate
from daw_bridge.plugins.parameters import differences
from daw_bridge.session import Role, Session, Track
from daw_bridge.sources import LiveSource, Opened, ProjectSource, RecordingsSource, Source, open_source
from emulator.plugin import StartReaper

CHAIN = {
    "eq": ReaEq(bands=(Band(frequency_hz=2500.0, gain_db=-2.5, bandwidth_oct=1.2),)),
    "comp": ReaComp(threshold_db=-22.3, ratio=3.0, wet_db=4.0),
    "verb": ReaVerbate(wet_db=-21.7, room_size=0.6),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What the tests must be able to do with a source of one kind.

    `mixed` is where the mix is found after it was written into `project` (None: the open one). `contents` are the
    bytes that stand there; None where nothing does yet. `move_fader` does what a user would do to the first track;
    `fails` breaks what is written while it is open.
    """

    source: Source
    mixed: Source
    project: Path | None
    contents: Callable[[], bytes | None]
    move_fader: Callable[[], None]
    revert: Callable[[], object]
    fails: Callable[[], contextlib.AbstractContextManager[None]]


@pytest.fixture(params=typing.get_args(Source), ids=lambda kind: kind.__name__)
def host(request: pytest.FixtureRequest) -> Host:
    """A song of a vocal and two backing tracks, behind each source that `daw_bridge.sources.Source` names."""
    if request.param not in HOSTS:
        pytest.fail(f"{__file__}: HOSTS does not say how to test a {request.param.__name__}", pytrace=False)
    return request.getfixturevalue(HOSTS[request.param])


HOSTS = {ProjectSource: "file_host", RecordingsSource: "recordings_host", LiveSource: "live_host"}
"""The fixture that makes a Host of each source."""


@pytest.fixture
def session(mixed_once: Path, tmp_path: Path) -> Session:
    vocal, *backings = (mixed_once / f"{name}.wav" for name in ("Lead Vocal", "Drums", "Chords"))
    return session_from_recordings(
        vocals=[vocal], backings=backings, backing_vocals=[], project_path=tmp_path / "Song.rpp"
    )


@pytest.fixture
def file_host(session: Session, full_disk) -> Host:
    path = session.path
    assert path is not None
    path.write_bytes(new_project(session))
    source = ProjectSource(path=path)
    return Host(source=source, mixed=source, **_of_a_file(path), fails=full_disk)


@pytest.fixture
def recordings_host(session: Session, full_disk) -> Host:
    path = session.path
    assert path is not None
    vocal, *backings = (track.clips[0].source.path for track in session.tracks)
    source = RecordingsSource(vocals=(vocal,), backings=tuple(backings), output=path)
    return Host(source=source, mixed=ProjectSource(path=path), **_of_a_file(path), fails=full_disk)


def _of_a_file(path: Path) -> dict[str, typing.Any]:
    def move_fader() -> None:
        data = path.read_bytes()
        assert b"    VOLPAN 0.5" in data
        path.write_bytes(data.replace(b"    VOLPAN 0.5", b"    VOLPAN 0.7", 1))

    return {
        "project": path,
        "contents": lambda: path.read_bytes() if path.exists() else None,
        "move_fader": move_fader,
        "revert": lambda: revert_project(path, None, force=False),
    }


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], contextlib.AbstractContextManager[None]]:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    @contextlib.contextmanager
    def fails() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr("daw_bridge.files.os.fsync", full)
            yield

    return fails


@pytest.fixture
def live_host(session: Session, start_reaper: StartReaper) -> Host:
    assert session.path is not None
    session.path.write_bytes(new_project(session))
    reaper = start_reaper(session.path, script="daw-bridge")
    resource = reaper.resource_path
    (resource / "reaper.ini").touch()
    (resource / "DAW Bridge" / "bridge.json").write_text(json.dumps({"port": reaper.port}), encoding="utf-8")
    source = LiveSource(resource=resource)

    @contextlib.contextmanager
    def fails() -> Iterator[None]:
        reaper.do("fail_in", "*", 150)
        yield

    return Host(
        source=source,
        mixed=source,
        project=None,
        contents=reaper.saved,
        move_fader=lambda: reaper.call("SetMediaTrackInfo_Value", reaper.call("GetTrack", 0, 0), "D_VOL", 0.7),
        revert=lambda: revert_live(resource=resource),
        fails=fails,
    )


def planned(session: Session, **values: object) -> MixPlan:
    tracks = tuple(
        TrackPlan(guid=track.guid, name=track.name, role=track.role or Role.BACKING, fader_db=-6.0 + number, **one)
        for number, (track, one) in enumerate(zip(session.tracks, ({**CHAIN, **values}, {}, {}), strict=True))
    )
    return MixPlan(preset="natural", predictor="engineers", amount=100.0, tracks=tracks)


def read(source: Source) -> Opened:
    opened = open_source(source, Media())
    assert opened is not None, f"daw_bridge/sources.py: `open_source` has no arm for {type(source).__name__}"
    return opened


def write(host: Host, source: Source, **values: object) -> MixPlan:
    """A plan put in as `mix` does it; the plan."""
    opened = read(source)
    plan = planned(opened.session, **values)
    kept = opened.project.changes if opened.project else ()
    made = Mix(
        before=opened.session,
        session=with_plan(opened.session, plan),
        plan=plan,
        kept=kept,
        project=opened.project,
        media=Media(),
    )
    write_mix(made, MixFiles(project=host.project))
    return plan


def test_a_session_says_what_is_there_and_what_it_is(host: Host) -> None:
    session = read(host.source).session

    assert [(track.name, track.role) for track in session.tracks] == [
        ("Lead Vocal", Role.LEAD_VOCAL),
        ("Drums", Role.BACKING),
        ("Chords", Role.BACKING),
    ]
    assert len({track.guid for track in session.tracks}) == 3
    assert all(clip.source.path.is_file() for track in session.tracks for clip in track.clips)
    assert session.length_s == pytest.approx(8.0)
    assert session.rate == 44100


def test_a_plan_that_was_put_in_is_found_as_it_was_planned(host: Host) -> None:
    plan = write(host, host.source)

    opened = read(host.mixed)
    assert opened.project is not None
    assert opened.project.saved is not None
    assert opened.project.saved.plan == plan
    assert opened.project.changes == ()
    for track, wanted in zip(opened.project.session.tracks, plan.tracks, strict=True):
        assert track.fader.volume_db == pytest.approx(wanted.fader_db, abs=0.005)
        assert [fx.name for fx in track.fx if fx.ours] == [name for name, _ in wanted.chain]
        for fx, (_, settings) in zip(track.fx, wanted.chain, strict=True):
            assert fx.settings is not None
            assert differences(fx.settings, settings) == ()


def test_the_song_before_us_is_the_same_before_a_mix_and_after_it(host: Host) -> None:
    before = read(host.source).session
    write(host, host.source)

    again = read(host.mixed).session
    assert [_as_it_lies(track) for track in again.tracks] == [_as_it_lies(track) for track in before.tracks]


def _as_it_lies(track: Track) -> Track:
    """The track with one spelling of each path: a new project names its media from its own folder."""
    clips = tuple(
        dataclasses.replace(clip, source=dataclasses.replace(clip.source, path=clip.source.path.resolve()))
        for clip in track.clips
    )
    return dataclasses.replace(track, clips=clips)


def test_the_same_plan_again_changes_nothing(host: Host) -> None:
    write(host, host.source)
    once = host.contents()

    write(host, host.mixed)

    assert host.contents() == once


def test_a_fader_that_the_user_moved_is_told_and_stays(host: Host) -> None:
    write(host, host.source)
    host.move_fader()

    write(host, host.mixed, comp=None)

    project = read(host.mixed).project
    assert project is not None
    (change,) = project.changes
    assert (change.track, change.field, change.planned) == ("Lead Vocal", "fader_db", -6.0)
    assert project.session.tracks[0].fader.volume_db > -4.0


def test_a_plan_for_a_track_that_is_not_there_is_refused(host: Host) -> None:
    write(host, host.source)
    before, opened = host.contents(), read(host.mixed)
    plan = planned(opened.session)
    other = dataclasses.replace(plan.tracks[0], guid="{00000000-0000-0000-0000-000000000000}", name="Gone")
    made = Mix(
        before=opened.session,
        session=opened.session,
        plan=dataclasses.replace(plan, tracks=(other,)),
        project=opened.project,
        media=Media(),
    )

    with pytest.raises(PlanError, match="Gone"):
        write_mix(made, MixFiles(project=host.project))

    assert host.contents() == before


def test_what_fails_half_way_leaves_all_as_it_was(host: Host) -> None:
    before = host.contents()

    with host.fails(), pytest.raises(DawBridgeError) as caught:
        write(host, host.source)

    assert caught.value.hint
    assert host.contents() == before


def test_nothing_of_ours_is_left_after_a_revert(host: Host) -> None:
    plan = write(host, host.source)
    mixed = host.contents()
    assert mixed is not None

    host.revert()

    left = host.contents()
    assert left is not None
    assert b"DAW Bridge" in mixed
    assert b"DAW Bridge" not in left
    assert b"DAW_BRIDGE" not in left
    project = read(host.mixed).project
    assert project is not None
    assert project.saved is None
    assert [track.fader.volume_db for track in project.session.tracks] == [0.0] * len(plan.tracks)
    with pytest.raises(DawBridgeError):
        host.revert()
