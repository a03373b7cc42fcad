"""The Python API as its users meet it: decide, look, write, play; nothing is written unasked."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

import daw_bridge
from daw_bridge import Mix, mix, render
from daw_bridge.api import write_mix
from daw_bridge.errors import DawBridgeError, NothingToMixError, OutputError, PresetError, RolesError
from daw_bridge.mix_files import MixFiles
from daw_bridge.plan_json import loads_plan
from daw_bridge.session import Role


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def cancel(one: str | Path, other: str | Path) -> bool:
    """Whether two files differ by less than -100 dBFS everywhere."""
    return bool(np.abs(soundfile.read(one)[0] - soundfile.read(other)[0]).max() < 1e-5)


@pytest.fixture
def made(song) -> Mix:
    return mix(vocals=["Lead Vocal.wav"], backings=["Drums.wav", "Chords.wav"])


def test_all_names_of_the_package_are_there() -> None:
    assert {name for name in daw_bridge.__all__ if getattr(daw_bridge, name) is None} == set()
    with pytest.raises(AttributeError, match="nonsense"):
        _ = daw_bridge.nonsense


def test_mixing_decides_and_writes_nothing(song) -> None:
    before = names(song)

    made = mix("Song.rpp", preset="rap", predictor="rules", amount=80)

    assert (made.plan.preset, made.plan.predictor, made.plan.amount) == ("rap", "rules", 80)
    assert [track.role for track in made.plan.tracks] == [Role.LEAD_VOCAL, Role.BACKING, Role.BACKING]
    assert all(track.why["fader_db"] for track in made.plan.tracks)
    assert names(song) == before


def test_the_mix_holds_the_session_before_and_after(made) -> None:
    before, after = made.before.tracks[0], made.session.tracks[0]

    assert before.fx == ()
    assert [fx.name for fx in after.fx] == ["DAW Bridge: EQ", "DAW Bridge: Comp", "DAW Bridge: Verb"]
    assert after.fader.volume_db == made.plan.tracks[0].fader_db


def test_recordings_and_the_project_of_them_are_decided_alike(made, song) -> None:
    assert mix("Song.rpp").plan == made.plan == loads_plan((song / "Plan.json").read_text(encoding="utf-8"))


def test_one_recording_may_be_given_alone(made) -> None:
    alone = mix(vocals="Lead Vocal.wav", backings=Path("Drums.wav"))
    several = mix(
        vocals=(path for path in ["Lead Vocal.wav"]), backings=["Drums.wav"], backing_vocals=["Chords.wav"]
    )

    assert [track.name for track in alone.plan.tracks] == ["Lead Vocal", "Drums"]
    assert [track.name for track in several.plan.tracks] == ["Lead Vocal", "Chords", "Drums"]


@pytest.mark.parametrize(
    "given",
    [{}, {"backings": ["Drums.wav"]}, {"project": "Song.rpp", "vocals": ["Lead Vocal.wav"]}, {"vocals": []}],
)
def test_neither_or_both_sources_is_a_mistake_of_the_caller(given) -> None:
    with pytest.raises(TypeError, match="either a project or recordings"):
        mix(**given)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"preset": "nonsense"}, PresetError),
        ({"predictor": "nonsense"}, PresetError),
        ({"amount": -1.0}, PresetError),
        ({"amount": float("nan")}, PresetError),
        ({"project": "missing.rpp"}, DawBridgeError),
    ],
)
def test_what_the_user_can_mend_is_a_daw_bridge_error(song, given, error) -> None:
    with pytest.raises(error) as caught:
        mix(**{"project": "Song.rpp", **given})

    assert caught.value.message
    assert caught.value.hint


def test_silence_and_unclear_roles_have_their_own_errors(song) -> None:
    soundfile.write("silent.wav", [0.0] * 44100, 44100)
    text = Path("Song.rpp").read_text(encoding="utf-8")
    Path("Unclear.rpp").write_text(text.replace('NAME "Lead Vocal"', "NAME x"), encoding="utf-8")

    with pytest.raises(NothingToMixError, match="silent"):
        mix(vocals="silent.wav", backings="Drums.wav")
    with pytest.raises(RolesError, match="lead vocal"):
        mix("Unclear.rpp")


def test_saving_gives_the_path_and_never_overwrites_unless_forced(made, song) -> None:
    saved = made.save("new.rpp")
    first = saved.read_bytes()

    assert saved == Path("new.rpp")
    assert first == Path("Mixed.rpp").read_bytes()
    with pytest.raises(OutputError, match="already exists"):
        made.save("new.rpp")
    made.save("new.rpp", force=True)
    assert saved.read_bytes() == first
    with pytest.raises(OutputError, match=r"written as \.rpp"):
        made.save("Drums.wav", force=True)
    with pytest.raises(OutputError, match="no folder"):
        made.save("nowhere/new.rpp")


def test_saving_over_the_project_itself_keeps_the_old_one(song) -> None:
    old = Path("Song.rpp").read_bytes()

    mix("Song.rpp").save("Song.rpp", force=True)

    assert Path("Song.rpp.bak").read_bytes() == old


def test_a_mix_and_the_project_saved_of_it_play_alike(made, song) -> None:
    made.save("new.rpp")
    of_mix, of_project = render(made, "1.wav"), render("new.rpp", Path("2.wav"))

    assert (of_mix.rate, of_mix.frames) == (of_project.rate, of_project.frames)
    assert of_mix.peak == pytest.approx(of_project.peak, abs=1e-5)
    assert cancel("1.wav", "2.wav")
    assert of_mix.duration_s == pytest.approx(soundfile.info("1.wav").duration)


@pytest.mark.parametrize("source", ["mix", "Song.rpp"])
def test_rendering_never_overwrites_unless_forced_and_never_a_recording(made, song, source) -> None:
    played = made if source == "mix" else source
    recording = Path("Drums.wav").read_bytes()

    with pytest.raises(OutputError, match="already exists"):
        render(played, "Mix.wav")
    with pytest.raises(OutputError, match="part of what is mixed"):
        render(played, "Drums.wav", force=True)
    with pytest.raises(OutputError, match=r"not written as '\.mp3'"):
        render(played, "new.mp3")
    render(played, "Mix.wav", force=True)

    assert Path("Drums.wav").read_bytes() == recording


def test_writing_all_gives_what_is_where(made, song) -> None:
    files = MixFiles(project=Path("n.rpp"), render=Path("n.flac"), plan=Path("n.json"))

    assert write_mix(made, files) == {"project": Path("n.rpp"), "render": Path("n.flac"), "plan": Path("n.json")}
    assert all(path.is_file() for path in (files.project, *files.beside))


def test_progress_is_told_from_0_to_1(song) -> None:
    told: list[tuple[str, float]] = []

    mix("Song.rpp", progress=lambda stage, done: told.append((stage, done)))

    assert all(stage for stage, _ in told)
    assert [done for _, done in told] == sorted(done for _, done in told)
    assert told[-1][1] == 1.0


def test_the_folder_may_change_between_mixing_and_saving(made, song, tmp_path, monkeypatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    render(made.save("n.rpp"), "n.wav")

    assert cancel("n.wav", song / "Mix.wav")
    assert os.path.relpath(song, Path.cwd()).replace(os.sep, "/") in Path("n.rpp").read_text(encoding="utf-8")
