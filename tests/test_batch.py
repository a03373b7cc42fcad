"""A folder of songs in one go: what counts as a song, and that no song holds up another."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from conftest import Command
from daw_bridge import batch
from daw_bridge.batch import Song, SongResult, find_songs, mix_songs
from daw_bridge.batch_text import batch_table
from daw_bridge.errors import NothingToMixError
from daw_bridge.hosts.rpp.project import load_project

STEMS = ("Lead Vocal.wav", "Drums.wav", "Chords.wav")


@pytest.fixture
def songs(mixed_once: Path, tmp_path: Path) -> Path:
    """Four songs: recordings, a project, a broken one, and one whose roles nobody can tell; and other files."""
    folder = tmp_path / "album of songs"
    recordings, project, broken, unclear = (
        folder / name for name in ("01 Één", "02 Project", "03 Broken", "04 Tr")
    )
    for place in (recordings, project, unclear):
        place.mkdir(parents=True)
        for stem in STEMS:
            shutil.copy(mixed_once / stem, place)
    shutil.copy(mixed_once / "Song.rpp", project / "My song.rpp")
    broken.mkdir()
    (broken / "Broken.rpp").write_text("<NOT A PROJECT\n")
    (unclear / "Lead Vocal.wav").rename(unclear / "Track 1.wav")
    (folder / "notes.txt").write_text("mine")
    (folder / ".hidden").mkdir()
    return folder


def documents(out: str) -> dict[str, dict[str, object]]:
    return {line["song"]: line for line in map(json.loads, out.splitlines())}


def test_every_song_is_mixed_into_its_own_folder_and_a_failing_one_stops_no_other(songs: Path, command: Command):
    ran = command("mix", songs, "--jobs", 2, "--json")

    assert ran.code == 1
    lines = documents(ran.out)
    assert {name: line["state"] for name, line in lines.items()} == {
        "01 Één": "mixed",
        "02 Project": "mixed",
        "03 Broken": "failed",
        "04 Tr": "failed",
    }
    assert abs(lines["01 Één"]["reached"]["relative_loudness_lu"]) < 0.1
    assert load_project(songs / "01 Één" / "01 Één.rpp").saved is not None
    assert load_project(songs / "02 Project" / "My song.mixed.rpp").saved is not None
    assert load_project(songs / "02 Project" / "My song.rpp").saved is None
    assert "Broken.rpp" in lines["03 Broken"]["error"]
    assert "lead vocal" in lines["04 Tr"]["error"]


def test_every_song_is_mixed_like_the_reference(songs: Path, command: Command):
    for name in ("02 Project", "03 Broken", "04 Tr"):
        shutil.rmtree(songs / name)
    like = ("--reference-vocal", songs / "01 Één" / "Chords.wav", "--from-reference", "eq")

    ran = command("mix", songs, *like, "--json")
    unclear = command("mix", songs, "--from-reference", "eq")

    assert ran.code == 0, ran.out
    saved = load_project(songs / "01 Één" / "01 Één.rpp").saved
    assert saved is not None
    assert any("From the reference Chords.wav: spectrum" in note for note in saved.plan.notes), saved.plan.notes
    assert unclear.code == 2
    assert "--from-reference goes with" in unclear.err


def test_finished_songs_are_skipped_until_they_are_wanted_again(songs: Path, command: Command):
    for name in ("03 Broken", "04 Tr"):
        shutil.rmtree(songs / name)
    first = command("mix", songs, "--preset", "pop")
    project = songs / "01 Één" / "01 Één.rpp"
    written = project.read_bytes(), project.stat().st_mtime_ns

    second = command("mix", songs, "--preset", "pop", "--json")
    assert first.code == second.code == 0
    assert {line["state"] for line in documents(second.out).values()} == {"skipped"}
    assert (project.read_bytes(), project.stat().st_mtime_ns) == written

    third = command("mix", songs, "--preset", "pop", "--again", "--json")
    assert {line["state"] for line in documents(third.out).values()} == {"again"}
    assert project.read_bytes() == written[0]
    assert not list(songs.rglob("*.bak*")), "nothing changed, so nothing is kept"


def test_a_folder_with_the_recordings_of_one_song_is_that_song(songs: Path):
    (song,) = find_songs(songs / "01 Één")

    assert song.name == "01 Één"
    assert song.output == songs / "01 Één" / "01 Één.rpp"
    assert {path.name: role.value for path, role in song.recordings.items()} == {
        "Lead Vocal.wav": "lead vocal",
        "Drums.wav": "backing",
        "Chords.wav": "backing",
    }


def test_projects_lie_in_the_folder_itself_or_several_in_one(songs: Path):
    shutil.copy(songs / "02 Project" / "My song.rpp", songs / "Loose.RPP")
    shutil.copy(songs / "02 Project" / "My song.rpp", songs / "02 Project" / "Take 2.rpp")

    names = [song.name for song in find_songs(songs)]
    assert names[:4] == ["Loose.RPP", "01 Één", "02 Project/My song.rpp", "02 Project/Take 2.rpp"]


def test_a_folder_without_songs_says_what_it_should_hold(tmp_path: Path, command: Command):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    with pytest.raises(NothingToMixError, match="no songs"):
        find_songs(tmp_path)

    ran = command("mix", tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert "a folder with recordings for each song" in ran.err


@pytest.mark.parametrize("option", ["-o", "--render", "--plan", "--report"])
def test_what_names_one_file_does_not_go_with_a_folder(songs: Path, command: Command, option: str):
    ran = command("mix", songs, option, "x.wav")

    assert ran.code == 2
    assert f"{option} goes with one song" in ran.err


def test_what_goes_with_a_folder_does_not_go_with_one_song(song: Path, command: Command):
    assert "a folder of songs" in command("mix", song / "Song.rpp", "--jobs", 2).err


def test_a_dry_run_writes_nothing(songs: Path, command: Command):
    before = sorted(songs.rglob("*"))
    ran = command("mix", songs, "--dry-run", "--json")

    assert documents(ran.out)["02 Project"]["state"] == "tried"
    assert sorted(songs.rglob("*")) == before


def test_a_process_that_is_killed_is_one_failed_song(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program = tmp_path / "program.py"
    program.write_text(
        "import os, signal, sys\n"
        "if 'dies.rpp' in sys.argv[2]: os.kill(os.getpid(), signal.SIGTERM)\n"
        'print(\'{"plan": {"results": {"relative_loudness_lu": 0.5}}}\')\n'
    )
    monkeypatch.setattr(batch, "command_line", lambda: (sys.executable, str(program)))
    folder = [
        Song(name=name, project=tmp_path / f"{name}.rpp", output=tmp_path / "o.rpp") for name in ("dies", "lives")
    ]

    results = {result.song: result for result in mix_songs(folder, jobs=1)}
    assert results["dies"].state == "failed"
    assert "its process ended" in results["dies"].error
    assert results["lives"].reached == {"relative_loudness_lu": 0.5}


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to one process")
def test_stopping_leaves_no_process_behind_and_no_half_written_project(songs: Path):
    shutil.copytree(songs / "01 Één", songs / "00 more")
    command = [sys.executable, "-m", "daw_bridge", "mix", str(songs), "--jobs", "2"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  background jobs ignore it
    )
    children = psutil.Process(process.pid)
    deadline = time.monotonic() + 30.0
    while not (running := children.children()) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "error: stopped" in errors
    gone, alive = psutil.wait_procs(running, timeout=10)
    assert not alive, gone
    assert not [path for path in songs.rglob("*") if path.suffix == ".tmp"]


def test_no_more_songs_run_at_once_than_were_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lock, now, most = threading.Lock(), 0, 0

    def mixed(song: Song, *_: object, **__: object) -> SongResult:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        return SongResult(song=song.name, state="mixed", project=song.output)

    monkeypatch.setattr(batch, "_mix_song", mixed)
    folder = [Song(name=str(number), output=tmp_path) for number in range(12)]
    seen = []
    results = list(mix_songs(folder, jobs=3, progress=lambda stage, done: seen.append(done)))

    assert len(results) == 12
    assert most == 3
    assert seen == [number / 12 for number in range(1, 13)]


def test_the_table_has_a_row_for_each_song_and_says_what_was_wrong():
    mixed = SongResult(
        song="A",
        state="mixed",
        project=Path("A.rpp"),
        seconds=12.4,
        reached={"relative_loudness_lu": -0.04, "true_peak_dbtp": -1.0},
    )
    failed = SongResult(song="Longer", state="failed", project=Path("L.rpp"), error="It is silent.", hint="Sing.")

    assert batch_table([mixed, failed]).splitlines() == [
        "song    state   vocal against backing  true peak  time",
        "A       mixed   +0.0 LU                -1.0 dBTP  12 s",
        "Longer  failed",
        "",
        "Longer: It is silent.",
        "  Sing.",
        "",
        "1 mixed, 1 failed.",
    ]


def test_a_song_gets_the_same_project_alone_or_beside_others(songs: Path, tmp_path: Path, command: Command) -> None:
    for broken in ("03 Broken", "04 Tr"):
        shutil.rmtree(songs / broken)
    one, alone = (shutil.copytree(songs, tmp_path / name) for name in ("one at a time", "alone"))

    ran = [command("mix", songs, "--jobs", 2), command("mix", one, "--jobs", 1)]
    recordings = alone / "01 Één"
    *backings, vocal = sorted(recordings / stem for stem in STEMS)
    given = [word for path in backings for word in ("--backing", path)]
    ran += [command("mix", "--vocal", vocal, *given, "-o", recordings / f"{recordings.name}.rpp")]
    ran += [command("mix", alone / "02 Project" / "My song.rpp")]

    assert [each.code for each in ran] == [0, 0, 0, 0]
    written = [{path.name: path.read_bytes() for path in folder.rglob("*.rpp")} for folder in (songs, one, alone)]
    assert len(written[0]) == 3
    assert written[0] == written[1] == written[2]
