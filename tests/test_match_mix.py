"""`daw-bridge match --mix` as its users meet it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from daw_bridge.hosts.rpp.project import load_project
from daw_bridge.media import Media
from daw_bridge.rendering import mixdown

RATE = 44100


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two noises and their mix: `Hiss` a quarter to the right and turned over, `Hum` half a second later."""
    folder = tmp_path_factory.mktemp("mix")
    rng = np.random.default_rng(1)
    bursts = np.repeat(rng.uniform(0.0, 0.3, 40), RATE // 10)
    hiss, hum = (bursts[:: 1 - 2 * turned] * rng.standard_normal(bursts.size) for turned in (0, 1))
    mix = np.zeros((bursts.size + RATE // 2, 2))
    mix[: hiss.size] = -0.5 * hiss[:, None] * (0.75, 1.0)
    mix[RATE // 2 :] += 0.25 * hum[:, None]
    for name, samples in {"Hiss": hiss, "Hum": hum, "Mix": mix, "Silence": 0.0 * hum}.items():
        soundfile.write(folder / f"{name}.wav", samples, RATE, subtype="FLOAT")
    return folder


def test_the_project_plays_the_mix_and_reverts(command, folder, tmp_path) -> None:
    song = tmp_path / "Song.rpp"
    tracks = (folder / "Hiss.wav", folder / "Hum.wav", folder / "Silence.wav")

    ran = command("match", "--mix", folder / "Mix.wav", *tracks, "-o", song)

    assert ran.code == 0, ran.err
    assert "Hiss 25 % right; Hum to the middle" in ran.out
    assert "Silence: not in the mix" in ran.out
    assert "-inf dB" in ran.out
    assert "(backing)" not in ran.out
    assert "Hum: lies 500.00 ms later in the mix" in ran.out
    played = mixdown(load_project(song).session, Media())
    mix = soundfile.read(folder / "Mix.wav", dtype="float32")[0].T
    assert np.std(played[:, : mix.shape[1]] - mix) < 0.003 * np.std(mix)
    report = command("report", song)
    assert report.code == 1
    assert "which of its tracks is the vocal, nobody said" in report.err
    assert command("revert", song).code == 0
    faders = [track.fader for track in load_project(song).session.tracks]
    assert [fader.volume_db for fader in faders] == [0.0, 0.0, 0.0]
    assert faders[0].pan == pytest.approx(0.25, abs=0.01)


def test_the_json_says_where_each_track_is(command, folder) -> None:
    ran = command("match", "--mix", folder / "Mix.wav", folder / "Hum.wav", folder / "Hiss.wav", "--json")

    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert [track["name"] for track in found["tracks"]] == ["Hum", "Hiss"]
    assert [track["inverted"] for track in found["tracks"]] == [False, True]
    assert found["tracks"][0]["offset_s"] == pytest.approx(0.5)
    assert [track["fader_db"] for track in found["plan"]["tracks"]] == pytest.approx([-12.04, -6.02], abs=0.05)
    assert found["after"]["distance"] < 0.1 * found["before"]["distance"]


def test_a_mix_that_holds_nothing_is_named(command, folder) -> None:
    ran = command("match", "--mix", folder / "Silence.wav", folder / "Hum.wav")

    assert ran.code == 1
    assert "Silence.wav: The mix is silent" in ran.err


def test_a_seed_that_there_cannot_be_is_wrong_usage(command, folder) -> None:
    ran = command("match", "--mix", folder / "Mix.wav", folder / "Hum.wav", "--seed", -1)

    assert ran.code == 2
    assert "--seed" in ran.err


def test_one_recording_without_a_mix_is_wrong_usage(command, folder) -> None:
    ran = command("match", folder / "Hum.wav")

    assert ran.code == 2
    assert "--mix MIX TRACK" in ran.err
