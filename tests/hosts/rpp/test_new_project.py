from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daw_bridge.errors import OutputError
from daw_bridge.hosts.recordings import session_from_recordings
from daw_bridge.hosts.rpp.new_project import new_project, stable_guid
from daw_bridge.hosts.rpp.reading import read_session
from daw_bridge.hosts.rpp.tree import dump, parse
from daw_bridge.session import Clip, Fade, Fader, Master, PanMode, Session, Source, Tempo, Track


def heard(session: Session) -> Session:
    assert session.path is not None
    return read_session(parse(new_project(session)), session.path)


def recording(path: Path, **values: object) -> Clip:
    return Clip(source=Source(path=path), length_s=2.5, **values)  # type: ignore[arg-type]


def test_recordings_read_back_as_the_session_that_they_were(tmp_path: Path) -> None:
    songs = tmp_path / "songs"
    songs.mkdir()
    paths = [songs / 'Lead "7".wav', songs / "#Bänd it's.flac", tmp_path / "elsewhere.wav"]
    for path in paths:
        soundfile.write(path, np.zeros((4410, 2)), 44100)
    session = session_from_recordings(
        vocals=paths[:1], backing_vocals=(), backings=paths[1:], project_path=songs / "song.rpp"
    )

    again = heard(session)

    assert str(again.tracks[2].clips[0].source.path).endswith(str(Path("songs") / ".." / "elsewhere.wav"))
    again, without_roles = again.map_tracks(plain), session.map_tracks(plain)
    # A file always has a tempo; that of recordings says nothing about the music.
    assert again == dataclasses.replace(without_roles, tempo=(Tempo(position_s=0.0, bpm=120.0),))
    text = new_project(session).decode()
    assert "FILE 'Lead \"7\".wav'" in text
    assert '<SOURCE FLAC\n        FILE "#Bänd it\'s.flac"' in text
    assert f'FILE "{Path("..") / "elsewhere.wav"}"' in text


@pytest.mark.parametrize("name", ["all \" ' and `.wav", "two\nlines.wav"])
def test_a_path_that_no_project_can_hold_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    session = Session(
        name="song",
        rate=48000,
        path=tmp_path / "x.rpp",
        tracks=(Track(guid="{1}", name="x", clips=(recording(path),)),),
    )

    with pytest.raises(OutputError, match="cannot hold this path") as caught:
        new_project(session)

    assert "quotes" in caught.value.hint


def plain(track: Track) -> Track:
    """The track without its role, which no file tells, and with real paths."""
    clips = (
        dataclasses.replace(clip, source=Source(path=clip.source.path.resolve()), length_s=round(clip.length_s, 12))
        for clip in track.clips
    )
    return dataclasses.replace(track, role=None, clips=tuple(clips))


def test_all_that_a_track_of_recordings_can_have_reads_back(tmp_path: Path) -> None:
    clips = (
        recording(
            tmp_path / "a.wav",
            position_s=1 / 3,
            offset_s=0.1,
            play_rate=1.25,
            preserve_pitch=True,
            gain_db=-6.5,
            pan=-0.25,
            inverted=True,
            loop=True,
            channel_mode=3,
            fade_in=Fade(length_s=0.01, shape=1),
            fade_out=Fade(length_s=0.2, shape=6),
        ),
        recording(tmp_path / "b.mp3"),
    )
    fader = Fader(volume_db=-3.2, pan=0.3, width=0.5, pan_mode=PanMode.STEREO_PAN)
    track = Track(
        guid=stable_guid("vocal"),
        name="Vocal 1",
        clips=clips,
        fader=fader,
        inverted=True,
        mute=True,
        fx_enabled=False,
    )
    session = Session(
        name="song",
        path=tmp_path / "song.rpp",
        rate=96000,
        tracks=(track, dataclasses.replace(track, guid=stable_guid("other"), clips=(), to_parent=False)),
        master=Master(fader=Fader(volume_db=-1.0), mute=True),
        tempo=(Tempo(position_s=0.0, bpm=93.5),),
    )

    again = heard(session)

    assert again.rate == 96000
    assert again.tempo == session.tempo
    assert again.master.mute
    assert again.master.fader.volume_db == pytest.approx(-1.0)
    assert rounded(again.tracks[0]) == rounded(session.tracks[0])
    assert rounded(again.tracks[1]) == rounded(session.tracks[1])


def rounded(track: Track) -> str:
    """The track with its numbers rounded to what a file keeps."""
    fader = dataclasses.replace(track.fader, volume_db=round(track.fader.volume_db, 9))
    clips = tuple(
        dataclasses.replace(clip, gain_db=round(clip.gain_db, 9), position_s=round(clip.position_s, 9))
        for clip in track.clips
    )
    return repr(dataclasses.replace(track, fader=fader, clips=clips))


def test_the_file_is_the_same_every_time_and_a_whole_tree(tmp_path: Path) -> None:
    track = Track(guid=stable_guid("vocal"), name="Vocal", clips=(recording(tmp_path / "a.wav"),))
    session = Session(name="song", path=tmp_path / "song.rpp", rate=48000, tracks=(track,))

    data = new_project(session)

    assert data == new_project(session)
    assert dump(parse(data)) == data
    assert data.startswith(b"<REAPER_PROJECT 0.1 ")
    assert b"\n  SAMPLERATE 48000 1 0\n" in data


def test_media_is_named_absolutely_where_the_project_has_no_place_yet(tmp_path: Path) -> None:
    track = Track(guid=stable_guid("vocal"), name="Vocal", clips=(recording(tmp_path / "a.wav"),))
    session = Session(name="song", rate=48000, tracks=(track,))

    assert f'FILE "{tmp_path.resolve() / "a.wav"}"'.encode() in new_project(session)


def test_numbers_that_no_project_can_hold_are_a_bug(tmp_path: Path) -> None:
    track = Track(guid=stable_guid("x"), name="x", clips=(recording(tmp_path / "a.wav", position_s=float("nan")),))

    with pytest.raises(ValueError, match="nan"):
        new_project(Session(name="song", rate=48000, tracks=(track,)))
