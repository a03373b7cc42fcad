"""`daw-bridge match DRY WET` on files: what it finds lies in a project that renders, and can be reverted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daw_bridge.audio import resample
from daw_bridge.hosts.rpp.project import load_project
from daw_bridge.matching.chain import Chain, play
from daw_bridge.matching.losses import residual_db
from daw_bridge.plugins import Band, ReaEq
from matching.voices import RATE, lead

TRUE = Chain(eq=ReaEq(bands=(Band(frequency_hz=500.0, gain_db=-5.0, bandwidth_oct=1.5),)), fader_db=-3.0)
LATER_FRAMES = 500


@dataclass(frozen=True, slots=True)
class Take:
    """A folder with Dry.wav, Wet.wav (turned over, later, at 48 kHz), and Song.rpp that `match` made of them."""

    folder: Path
    document: dict[str, object]


@pytest.fixture(scope="module")
def take(shared, command, tmp_path_factory) -> Take:
    folder = tmp_path_factory.mktemp("take")
    dry = lead(shared, "rubidium", 5.0)
    wet = -np.pad(play(TRUE, dry, RATE), ((0, 0), (LATER_FRAMES, 0)))
    soundfile.write(folder / "Dry.wav", dry.T, RATE, subtype="FLOAT")
    soundfile.write(folder / "Wet.wav", resample(wet, RATE, 48000).T, 48000, subtype="FLOAT")
    ran = command("match", folder / "Dry.wav", folder / "Wet.wav", "-o", folder / "Song.rpp", "--json")
    assert ran.code == 0, ran.err
    return Take(folder, json.loads(ran.out))


def test_the_document_says_what_was_found_and_how_near_it_is(take):
    (track,) = take.document["plan"]["tracks"]

    assert track["fader_db"] == pytest.approx(-3.0, abs=0.2)
    assert [band["gain_db"] for band in track["eq"]["bands"]] == [pytest.approx(-5.0, abs=0.3)]
    assert (track["comp"], track["verb"]) == (None, None)
    assert take.document["alignment"]["offset_s"] == pytest.approx(LATER_FRAMES / RATE, abs=1e-6)
    assert take.document["alignment"]["inverted"]
    assert take.document["after"]["residual_db"] < -30.0 < take.document["before"]["residual_db"]
    results = take.document["plan"]["results"]
    assert results["residual_before_db"] == pytest.approx(take.document["before"]["residual_db"], abs=0.01)
    assert results["residual_db"] == pytest.approx(take.document["after"]["residual_db"], abs=0.01)
    assert results["distance"] < results["distance_before"]


def test_the_project_plays_what_the_wet_recording_holds(take, command, tmp_path):
    assert command("render", take.folder / "Song.rpp", "-o", tmp_path / "Played.wav").code == 0
    played, _ = soundfile.read(tmp_path / "Played.wav", always_2d=True, dtype="float32")
    wet, rate = soundfile.read(take.folder / "Wet.wav", always_2d=True, dtype="float32")
    there = resample(np.ascontiguousarray(wet.T), rate, RATE)[:, LATER_FRAMES:]
    frames = min(there.shape[1], len(played))

    assert residual_db(there[:, :frames], played.T[:, :frames]) < -30.0


def test_what_was_found_can_be_taken_out_again(take, command, tmp_path):
    assert command("revert", take.folder / "Song.rpp", "-o", tmp_path / "Dry.rpp").code == 0
    (track,) = load_project(tmp_path / "Dry.rpp").session.tracks

    assert (track.fx, track.fader.volume_db) == ((), 0.0)


def test_a_panned_recording_is_told_from_a_plain_one(take, command, tmp_path):
    dry, _ = soundfile.read(take.folder / "Dry.wav", dtype="float32")
    soundfile.write(tmp_path / "Panned.wav", np.stack([0.25 * dry, 0.5 * dry], 1), RATE, subtype="FLOAT")

    ran = command("match", take.folder / "Dry.wav", tmp_path / "Panned.wav", "--json")

    assert ran.code == 0, ran.err
    notes = json.loads(ran.out)["plan"]["notes"]
    assert notes == ["It leans to the right by 6.0 dB: pans are found with --mix WET DRY."]
    assert not any("leans" in note for note in take.document["plan"]["notes"])


def test_nothing_is_overwritten_and_what_is_no_pair_is_refused(take, command, tmp_path):
    dry, wet = take.folder / "Dry.wav", take.folder / "Wet.wav"
    soundfile.write(tmp_path / "Silent.wav", np.zeros(5 * RATE), RATE)
    answers = {
        "already exists": command("match", dry, wet, "-o", take.folder / "Song.rpp"),
        "There is no file": command("match", dry, tmp_path / "None.wav"),
        "Dry.wav and Silent.wav: The processed recording is silent": command("match", dry, tmp_path / "Silent.wav"),
        "more than once": command("match", dry, dry),
    }

    for words, ran in answers.items():
        assert ran.code == 1
        assert words in ran.err
