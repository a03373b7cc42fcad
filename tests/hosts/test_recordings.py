"""Recordings as a session, and recordings that cannot be used."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daw_bridge.errors import AudioFileError
from daw_bridge.hosts.recordings import session_from_recordings
from daw_bridge.media import Media
from daw_bridge.session import Role, Session

Record = Callable[..., Path]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Writes noise into a file below the test's folder."""

    def write(name: str, *, rate: int = 48000, channels: int = 1, seconds: float = 0.1) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(0).uniform(-0.5, 0.5, (round(rate * seconds), channels))
        soundfile.write(str(path), noise, rate)
        return path

    return write


def session_of(
    *vocals: Path,
    backings: tuple[Path, ...] = (),
    backing_vocals: tuple[Path, ...] = (),
    target: str = "/x/Song.rpp",
) -> Session:
    return session_from_recordings(
        vocals=vocals, backings=backings, backing_vocals=backing_vocals, project_path=Path(target)
    )


def test_each_file_is_a_track_named_after_it_with_its_role_and_length(record: Record) -> None:
    vocal, band = record("My Vocal.wav", seconds=0.25), record("band.flac", channels=2, rate=44100, seconds=0.5)
    choir = record("choir.ogg")

    session = session_of(vocal, backings=(band,), backing_vocals=(choir,))

    assert [(track.name, track.role) for track in session.tracks] == [
        ("My Vocal", Role.LEAD_VOCAL),
        ("choir", Role.BACKING_VOCAL),
        ("band", Role.BACKING),
    ]
    clips = [track.clips[0] for track in session.tracks]
    assert [clip.source.path for clip in clips] == [vocal, choir, band]
    assert [clip.length_s for clip in clips] == pytest.approx([0.25, 0.1, 0.5])
    assert (session.name, session.path, session.tempo) == ("Song", Path("/x/Song.rpp"), ())


def test_files_of_the_same_name_get_numbers(record: Record) -> None:
    session = session_of(record("a/take.wav"), record("b/Take.wav"), backings=(record("c/take.wav"),))

    assert [track.name for track in session.tracks] == ["take", "Take (2)", "take (3)"]


def test_guids_are_the_same_on_every_run_and_on_no_two_tracks(record: Record) -> None:
    vocal, band = record("v.wav"), record("b.wav")

    first, again = session_of(vocal, backings=(band,)), session_of(vocal, backings=(band,))

    guids = [track.guid for track in first.tracks]
    assert guids == [track.guid for track in again.tracks]
    assert len(set(guids)) == 2
    assert all(guid == guid.upper() and (guid[0], guid[-1]) == ("{", "}") for guid in guids)


def test_a_relative_path_becomes_absolute(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    vocal = record("v.wav")
    monkeypatch.chdir(vocal.parent)

    session = session_of(Path("v.wav"), target="song.rpp")

    assert session.tracks[0].clips[0].source.path == vocal
    assert session.path == vocal.parent / "song.rpp"


@pytest.mark.parametrize(
    ("vocals", "backings", "rate"),
    [
        ([48000, 48000], [44100, 44100, 44100], 48000),  # the vocals agree
        ([48000, 44100], [44100], 44100),  # they do not: what most have
        ([48000, 44100], [], 48000),  # of equals the higher
        ([8000], [48000], 44100),  # a telephone voice does not spoil the band
        ([8000], [], 8000),
        ([96000], [44100], 96000),
    ],
)
def test_the_rate(record: Record, vocals: list[int], backings: list[int], rate: int) -> None:
    sung = [record(f"v{place}.wav", rate=own) for place, own in enumerate(vocals)]
    played = tuple(record(f"b{place}.wav", rate=own) for place, own in enumerate(backings))

    assert session_of(*sung, backings=played).rate == rate


# --- recordings that cannot be used ------------------------------------------------------------------------------


def problem_with(*vocals: Path, backings: tuple[Path, ...] = ()) -> str:
    with pytest.raises(AudioFileError) as caught:
        session_of(*vocals, backings=backings)
    assert caught.value.hint
    return caught.value.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "gone.wav") in problem_with(tmp_path / "gone.wav")


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    assert "is a folder" in problem_with(tmp_path)


def test_a_text_is_not_audio(tmp_path: Path) -> None:
    path = tmp_path / "lyrics.wav"
    path.write_text("la la la\n" * 50)

    assert str(path) in problem_with(path)


def test_an_empty_recording_is_refused(record: Record) -> None:
    assert "0 samples" in problem_with(record("empty.wav", seconds=0.0))


def test_more_than_two_channels_are_refused(record: Record) -> None:
    assert "6 channels" in problem_with(record("surround.wav", channels=6))


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.flac", "a.ogg"])
@pytest.mark.parametrize("kept", [0.5, 0.95])
def test_a_file_that_breaks_off_is_refused(record: Record, name: str, kept: float) -> None:
    path = record(name, channels=2, seconds=1.0)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])

    assert "cut off" in problem_with(path)


def test_the_same_file_twice_is_refused_even_by_another_path(record: Record) -> None:
    vocal = record("v.wav")
    around = vocal.parent / "." / "x" / ".." / "v.wav"
    (vocal.parent / "x").mkdir()

    assert "more than once" in problem_with(vocal, vocal)
    assert "more than once" in problem_with(vocal, backings=(around,))


def test_a_real_song_becomes_a_session(shared: Path) -> None:
    songs = sorted(
        path for path in (shared / "data" / "songs").rglob("*") if path.suffix in (".wav", ".flac", ".ogg")
    )
    if len(songs) < 2:
        pytest.skip("no songs there")

    session = session_of(songs[0], backings=(songs[1],))

    assert session.rate >= 44100
    assert session.length_s > 5.0


@pytest.mark.skipif(os.name == "nt", reason="names are bytes on POSIX systems only")
def test_names_need_not_be_utf8(record: Record) -> None:
    plain, name = record("vocal.wav"), os.fsdecode(b"caf\xe9")
    try:
        vocal = plain.rename(plain.with_name(f"{name}.wav"))
    except OSError:
        pytest.skip("the disk takes no such names")

    session = session_of(vocal, backings=(record("caf.wav"),))

    assert [track.name for track in session.tracks] == [name, "caf"]
    assert Media().read(session.tracks[0].clips[0].source, 0, 10, 48000).any()
