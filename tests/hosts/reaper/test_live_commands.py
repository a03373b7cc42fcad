"""The commands on the project that is open in REAPER."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from daw_bridge.audio import read_audio
from daw_bridge.cli import main
from daw_bridge.hosts.recordings import session_from_recordings
from daw_bridge.hosts.rpp.new_project import new_project
from daw_bridge.hosts.rpp.project import load_project
from daw_bridge.media import Media
from daw_bridge.rendering import mixdown

SECONDS = 8


class Studio:
    """An emulated REAPER with a song in it, and the commands of a user beside it."""

    def __init__(self, reaper: Any) -> None:
        self.reaper = reaper
        (reaper.resource_path / "reaper.ini").touch()
        (reaper.resource_path / "DAW Bridge" / "bridge.json").write_text(json.dumps({"port": reaper.port}))

    def run(self, *words: str | Path) -> Result:
        done = CliRunner().invoke(main, [*map(str, words), "--resource-path", str(self.reaper.resource_path)])
        assert done.exit_code == 0, done.output
        return done

    @property
    def undo_points(self) -> int:
        return len(self.reaper.state["undo"])


@pytest.fixture
def studio(bench: Any, demo_files: dict[str, Path], tmp_path: Path) -> Studio:
    for name in ("Lead Vocal", "Drums", "Chords"):
        samples, rate = soundfile.read(demo_files[name], dtype="float32", frames=SECONDS * 44100)
        soundfile.write(tmp_path / f"{name}.wav", samples, rate, subtype="PCM_24")
    project = tmp_path / "Song.rpp"
    session = session_from_recordings(
        vocals=[tmp_path / "Lead Vocal.wav"],
        backings=[tmp_path / "Drums.wav", tmp_path / "Chords.wav"],
        backing_vocals=[],
        project_path=project,
    )
    project.write_bytes(new_project(session))
    return Studio(bench(project).reaper)


def test_mix_sets_the_open_project_in_one_undo_point_as_it_sets_the_file(studio, tmp_path):
    done = studio.run("mix")
    file = CliRunner().invoke(main, ["mix", str(tmp_path / "Song.rpp"), "-o", str(tmp_path / "File.rpp")])
    (tmp_path / "Live.rpp").write_bytes(studio.reaper.saved())

    assert "Lead Vocal" in done.output
    assert file.exit_code == 0
    assert studio.undo_points == 1
    live, from_file = (load_project(tmp_path / name) for name in ("Live.rpp", "File.rpp"))
    assert live.saved is not None
    assert from_file.saved is not None
    assert live.saved.plan == from_file.saved.plan
    assert live.changes == ()


def test_mix_again_makes_no_undo_point_and_revert_gives_the_project_back(studio, tmp_path):
    studio.run("mix")
    studio.run("mix")
    assert studio.undo_points == 1

    studio.run("revert")

    (tmp_path / "Live.rpp").write_bytes(studio.reaper.saved())
    before, after = (load_project(tmp_path / name) for name in ("Song.rpp", "Live.rpp"))
    assert after.saved is None
    assert after.session.tracks == before.session.tracks


def test_mix_can_be_tried_without_touching_the_project(studio):
    before = studio.reaper.saved()
    done = studio.run("mix", "--dry-run", "--json")

    assert json.loads(done.stdout)["plan"]["preset"] == "natural"
    assert studio.reaper.saved() == before
    assert studio.undo_points == 0


def test_the_open_project_is_mixed_like_a_reference_and_says_so(studio, tmp_path):
    like = ("--reference-vocal", tmp_path / "Chords.wav", "--reference-backing", tmp_path / "Drums.wav")
    done = studio.run("mix", *like, "--verbose")

    words = " ".join(done.output.split())
    assert "decided by reference + engineers" in words
    assert "Measured in the reference Chords.wav: the vocal" in words
    plan = _mixed(studio, tmp_path / "Live.rpp").saved.plan
    assert plan.notes[0].startswith("From the reference Chords.wav: level over its backing, spectrum")
    assert "the reference Chords.wav against this voice" in plan.tracks[0].why["eq"]
    assert studio.undo_points == 1


def test_analyze_and_render_hear_the_open_project(studio, tmp_path):
    studio.run("mix")
    analyzed = studio.run("analyze")
    studio.run("render", "-o", tmp_path / "out.wav")

    assert "lead vocal" in analyzed.output
    assert soundfile.info(tmp_path / "out.wav").duration > SECONDS


def test_a_saved_plan_is_applied_to_the_open_project(studio, tmp_path):
    studio.run("mix", "--dry-run")
    file = CliRunner().invoke(
        main,
        [
            "mix",
            str(tmp_path / "Song.rpp"),
            "-o",
            str(tmp_path / "File.rpp"),
            "--plan",
            str(tmp_path / "Plan.json"),
        ],
    )
    assert file.exit_code == 0, file.output
    done = studio.run("apply", tmp_path / "Plan.json")

    assert done.output.startswith("applied: Song in REAPER (Lead Vocal, Drums, Chords)")
    assert studio.undo_points == 1


def _select(studio: Studio, *names: str) -> None:
    for number in range(3):
        track = studio.reaper.call("GetTrack", 0, number)
        name = studio.reaper.call("GetTrackName", track, "", 512)[2]
        studio.reaper.call("SetMediaTrackInfo_Value", track, "I_SELECTED", int(name in names))


def _mixed(studio: Studio, path: Path) -> Any:
    path.write_bytes(studio.reaper.saved())
    return load_project(path)


def test_with_tracks_selected_only_they_are_changed(studio, tmp_path):
    _select(studio, "Lead Vocal")
    before = _mixed(studio, tmp_path / "Before.rpp").session
    studio.run("mix", "--selected")
    after = _mixed(studio, tmp_path / "After.rpp").session

    changed = [old.name for old, new in zip(before.tracks, after.tracks, strict=True) if old != new]
    assert changed == ["Lead Vocal"]


def test_a_selection_leaves_what_was_set_on_the_others(studio, tmp_path):
    studio.run("mix")
    _select(studio, "Lead Vocal")
    before = _mixed(studio, tmp_path / "Before.rpp")
    studio.run("mix", "--selected", "--preset", "rap")
    after = _mixed(studio, tmp_path / "After.rpp")

    assert [track.fx for track in after.session.tracks[1:]] == [track.fx for track in before.session.tracks[1:]]
    assert after.session.tracks[0].fx != before.session.tracks[0].fx
    assert after.changes == ()
    studio.run("revert", "--selected")
    reverted = _mixed(studio, tmp_path / "Reverted.rpp")
    assert reverted.session.tracks[0].fx == ()
    assert reverted.session.tracks[1].fx == before.session.tracks[1].fx


def test_with_tracks_selected_only_the_others_sound_as_they_stand(studio, tmp_path):
    studio.run("mix")
    _select(studio, "Lead Vocal")
    studio.run("mix", "--selected", "--preset", "rap", "--render", tmp_path / "mix.wav")
    after = _mixed(studio, tmp_path / "After.rpp")

    played = mixdown(after.session, Media())
    mix = read_audio(tmp_path / "mix.wav").samples
    assert mix.shape == played.shape
    np.testing.assert_allclose(mix, played, atol=1e-5)
