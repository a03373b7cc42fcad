"""Networks decide, from the command line: with networks of one layer, whatever comes with us."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from predictors import cards, features
from predictors.features import FEATURE_COUNT, FEATURES_TAG
from tiny_network import always, write_network

LEARNED = ("--predictor", "learned")


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    """Networks for EQ, which look at the voice, and for reverb and level."""
    folder = tmp_path / "models"
    names = {f"gain_{hz}": "dB" for hz in (125, 250, 500, 1000, 2000, 4000, 8000)}
    weights = np.random.default_rng(2).normal(0.0, 0.01, (FEATURE_COUNT, len(names)))
    write_network(folder, "eq", names, weights, np.zeros(len(names)))
    always(folder, "wet", {"wet_lu": "LU"}, [-16.0])
    always(folder, "level", {"relative_loudness_lu": "LU"}, [-2.5], inputs=("vocal", "backing"))
    monkeypatch.setattr(cards, "MODELS", folder)
    return folder


def planned(command, *words: object) -> dict:
    ran = command("mix", *words, "--dry-run", "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)["plan"]


def test_a_mix_reaches_what_networks_ask_for_and_says_why(command, song, models) -> None:
    plan = planned(command, "Song.rpp", *LEARNED)

    lead = next(track for track in plan["tracks"] if track["name"] == "Lead Vocal")
    assert plan["predictor"] == "learned"
    assert plan["results"]["relative_loudness_lu"] == pytest.approx(-2.5, abs=0.1)
    assert lead["results"]["wet_lu"] == pytest.approx(plan["targets"]["lead"]["reverb"]["wet_lu"]["value"], abs=0.1)
    assert "(network level, held-out error 1.7 LU)" in lead["why"]["fader_db"]
    assert "network eq, held-out error 1.7 dB" in lead["why"]["eq"]
    assert "no network is shipped for dynamics" in lead["why"]["comp.ratio"]
    assert "Estimated already 16.0 LU of reverb" in lead["why"]["verb.wet_db"]


def test_a_second_run_changes_nothing(command, song, models) -> None:
    command("mix", "Song.rpp", "-o", "Once.rpp", *LEARNED)
    once = (song / "Once.rpp").read_bytes()

    ran = command("mix", "Once.rpp", "--in-place", *LEARNED)

    assert ran.code == 0, ran.err
    assert (song / "Once.rpp").read_bytes() == once
    assert "backup" not in ran.out


def test_the_same_is_decided_in_every_run(command, song, models) -> None:
    assert planned(command, "Song.rpp", *LEARNED) == planned(command, "Song.rpp", *LEARNED)


def test_a_wet_voice_gets_no_reverb_and_the_reason_in_terminal_and_page(command, song, models) -> None:
    always(models, "wet", {"wet_lu": "LU"}, [-9.0])

    ran = command("mix", "Song.rpp", "-o", "Wet.rpp", "--report", "Wet.html", "--verbose", *LEARNED)

    assert ran.code == 0, ran.err
    assert "DAW Bridge: Verb" not in (song / "Wet.rpp").read_text(encoding="utf-8")
    assert "No reverb: -13.5 LU are wanted." in " ".join(ran.out.split())
    assert "Estimated already 9.0 LU of reverb under the voice" in (song / "Wet.html").read_text(encoding="utf-8")


def test_a_preset_may_ask_networks_for_one_aspect(command, song, models) -> None:
    (song / "mine.toml").write_text('description = "Mine"\n[eq]\npredictor = "learned"\n', encoding="utf-8")

    plan = planned(command, "Song.rpp", "--preset", "mine.toml")

    whys = next(track["why"] for track in plan["tracks"] if track["name"] == "Lead Vocal")
    assert plan["predictor"] == "engineers + learned"
    assert {path for path, why in whys.items() if "network" in why} == {"eq"}
    assert plan["results"]["relative_loudness_lu"] == pytest.approx(0.0, abs=0.1)


def test_a_network_of_other_features_is_an_error_with_both_names_and_a_way_out(command, song, models) -> None:
    always(models, "wet", {"wet_lu": "LU"}, [-16.0], tag="mel-0-older")

    ran = command("mix", "Song.rpp", "-o", "New.rpp", *LEARNED)

    assert (ran.code, ran.out) == (1, "")
    assert "mel-0-older" in ran.err
    assert FEATURES_TAG in ran.err
    assert "Choose another predictor" in ran.err
    assert not (song / "New.rpp").exists()


def test_others_pay_nothing_for_networks(command, song, models, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("features were made")

    monkeypatch.setattr(features, "listen", refuse)

    assert command("mix", "Song.rpp", "--dry-run").code == 0
    assert command("analyze", "Song.rpp").code == 0
    assert command("mix", "Song.rpp", "--dry-run", *LEARNED).code == 1


def test_what_networks_are_told_is_not_shown(command, song) -> None:
    assert "features" not in command("analyze", "Song.rpp", "--json").out
