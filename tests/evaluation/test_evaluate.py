"""The command on a tiny data set: one song as it is, one with an engineer's mix, one that is silent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daw_bridge import evaluate as job
from daw_bridge.evaluate import evaluate
from daw_bridge.evaluation import recovery

SECONDS = {"Plain": 10, "Mixed": 20}


@pytest.fixture(scope="module")
def songs(demo_song, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("songs")
    for name, start in SECONDS.items():
        piece = slice(start * demo_song.rate, (start + 4) * demo_song.rate)
        lead, backing = demo_song.stems["Lead Vocal"][:, piece], demo_song.stems["Chords"][:, piece]
        stems = {"vocals": lead, "chords": backing, "backing vocals": np.zeros_like(lead)}
        if name == "Mixed":
            stems["mixture"] = 0.5 * (lead + backing)
        _write(folder / name, stems, demo_song.rate)
    silence = np.zeros((2, 4 * demo_song.rate))
    _write(folder / "Silent", {"vocals": silence, "chords": silence}, demo_song.rate)
    return folder


def _write(folder: Path, stems: dict[str, np.ndarray], rate: int) -> None:
    folder.mkdir()
    for name, samples in stems.items():
        soundfile.write(folder / f"{name}.wav", samples.T, rate, subtype="FLOAT")


@pytest.fixture(scope="module")
def few_trials():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(recovery, "TRIALS", tuple((trial, 2) for trial, _ in recovery.TRIALS))
        yield


@pytest.fixture(scope="module")
def document(songs, command, few_trials) -> dict:
    ran = command("evaluate", songs, "--predictor", "rules", "--predictor", "engineers", "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def _scores(document, what):
    return next(row["scores"] for row in document["measures"] if row["what"] == what)


def test_predictors_and_baselines_stand_side_by_side(document):
    assert document["predictors"] == ["rules", "engineers"]
    assert document["songs"] == ["Mixed", "Plain"]
    assert set(_scores(document, "level undone")) == {"rules", "engineers", "do nothing", "constant"}
    assert set(_scores(document, "EQ undone")) == {"rules", "engineers", "do nothing"}
    assert set(_scores(document, "hit level")) == {"rules", "engineers"}
    assert all(
        cell["low"] <= cell["value"] <= cell["high"]
        for row in document["measures"]
        for cell in row["scores"].values()
    )


def test_what_is_asked_is_reached_and_the_chains_are_told_apart(document):
    assert all(cell["value"] < 0.1 for cell in _scores(document, "hit level").values())
    chains = _scores(document, "chain distance")
    assert chains["engineers"]["value"] < chains["rules"]["value"]


def test_an_engineers_mix_is_compared_with_where_there_is_one(document):
    said = " ".join(document["notes"])

    assert set(_scores(document, "A loudness")) == {"rules", "engineers", "do nothing"}
    assert 0.0 < _scores(document, "loudness over time")["do nothing"]["value"] < 5.0
    assert "No mix by an engineer: Plain." in said
    assert "out of balance by up to 8 dB" in said


def test_a_silent_song_is_left_out_and_named(document):
    assert any(note.startswith("Left out: Silent.") for note in document["notes"])


def test_the_table_is_the_same_for_a_seed_and_fits_what_programs_get(songs, command, few_trials):
    words = ("evaluate", songs, "--predictor", "rules", "--songs", "1")
    first, again = command(*words), command(*words)
    other = command(*words, "--seed", "4")

    assert first.code == again.code == other.code == 0
    assert first.out == again.out != other.out
    assert "level against backing, LU" in first.out
    assert "Plain" not in first.out


def test_the_excerpt_is_where_the_lead_sings_and_silent_backing_vocals_are_none(songs, monkeypatch):
    heard = []
    monkeypatch.setattr(job, "EXCERPT_S", 2.0)
    monkeypatch.setattr(job, "observe", lambda excerpt, *_, **__: heard.append(excerpt) or [])
    evaluate(songs, predictors=["rules"])

    assert {excerpt.name for excerpt in heard} >= set(SECONDS)
    assert {samples.shape[1] for excerpt in heard for samples in excerpt.stems.values()} == {2 * heard[0].rate}
    assert all("backing_vocals" not in excerpt.stems for excerpt in heard)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing"], "no folder"),
        (["."], "no data set"),
        (["songs", "--predictor", "oracle"], "no predictor 'oracle'"),
    ],
)
def test_what_cannot_be_evaluated_is_said_without_a_traceback(words, said, songs, tmp_path, command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paths = {"songs": songs}
    ran = command("evaluate", *(paths.get(word, word) for word in words))

    assert ran.code == 1
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_vocal_that_is_cut_off_is_not_judged(songs, tmp_path, command):
    shutil.copytree(songs / "Plain", tmp_path / "data" / "Cut")
    samples, rate = soundfile.read(songs / "Plain" / "vocals.wav")
    soundfile.write(tmp_path / "data" / "Cut" / "vocals.wav", samples[: rate // 50], rate)

    ran = command("evaluate", tmp_path / "data")

    assert ran.code == 1
    assert "Cut. Its vocal lasts 0.0 s, and 3 s are needed" in ran.err


def test_a_file_is_no_data_set(songs, command):
    ran = command("evaluate", songs / "Plain" / "vocals.wav")

    assert ran.code == 1
    assert "vocals.wav is a file" in ran.err


def test_a_folder_of_voices_alone_holds_no_song(tmp_path, command):
    _write(tmp_path / "voices", {"one": 0.1 * np.ones((1, 8000))}, 8000)
    ran = command("evaluate", tmp_path)

    assert ran.code == 1
    assert "holds no song" in ran.err


def test_it_says_which_songs_the_networks_know(songs):
    notes = [*job._notes(job._songs(songs), ["rules"])]
    known = [*job._notes([_as_group(song, "lithium") for song in job._songs(songs)], ["learned"])]

    assert not any("networks" in note for note in notes)
    assert any("made with lithium" in note for note in known)


def _as_group(song, group):
    import dataclasses

    return dataclasses.replace(song, group=group)
